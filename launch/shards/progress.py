"""The progress of data preparation, on standard error."""

import sys
import time

SECONDS_BETWEEN_LINES = 5.0


def say(text: str) -> None:
    print(f"prepare_data: {text}", file=sys.stderr, flush=True)


def duration(seconds: float) -> str:
    """"42 s", "3 min 20 s", "2 h 5 min"."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"


class Progress:
    """Done is what is nearer to its end: the rows asked for, or the bytes of the inputs."""

    def __init__(self, wanted_rows: int | None, total_bytes: int, clock=time.monotonic) -> None:
        self._wanted, self._total, self._clock = wanted_rows, total_bytes, clock
        self._start = self._spoken = clock()
        self._bytes = 0

    def _fraction(self, rows: int, done_bytes: int) -> float:
        of_rows = rows / self._wanted if self._wanted else 0.0
        of_bytes = done_bytes / self._total if self._total else 0.0
        return min(1.0, max(of_rows, of_bytes))

    def line(self, rows: int, tokens: int) -> str:
        fraction, elapsed = self._fraction(rows, self._bytes), self._clock() - self._start
        left = f", about {duration(elapsed * (1 - fraction) / fraction)} left" if fraction > 0 else ""
        limit = f" of {self._wanted:,}" if self._wanted else ""
        return (
            f"{rows:,}{limit} rows from {self._bytes / 1e6:,.1f} of {self._total / 1e6:,.1f} MB, "
            f"{tokens / max(elapsed, 1e-9):,.0f} tokens/s{left}"
        )

    def step(self, size: int, rows: int, tokens: int) -> None:
        self._bytes += size
        if self._clock() - self._spoken >= SECONDS_BETWEEN_LINES:
            self._spoken = self._clock()
            say(self.line(rows, tokens))
