"""Several models at a time, from the hub or a mirror into the store, with a word on how far it is."""

import argparse
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from staging.files import INDEX, Refused, Trouble, Wanted, check_room, choose
from staging.hub import Hub
from staging.mirror import Mirror
from staging.store import Store, folder_name

PROGRESS_SECONDS = 5.0


@dataclass(frozen=True)
class Request:
    repo: str
    commit: str
    limit: int | None = None  # Bytes of all of its files.

    @property
    def name(self) -> str:
        return folder_name(self.repo, self.commit)


@dataclass
class Outcome:
    """Names of models; why, for those that are not there."""

    staged: list[str] = field(default_factory=list)
    refused: dict[str, str] = field(default_factory=dict)
    trouble: dict[str, str] = field(default_factory=dict)


class Progress:
    """Bytes there and bytes to come, over all threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._start = self._last = time.monotonic()
        self._arrived = self._expected = self._models = 0

    def say(self, text: str) -> None:
        print(f"stage_models: {text}", file=sys.stderr, flush=True)

    def expect(self, count: int) -> None:
        with self._lock:
            self._expected += count
            self._models += 1

    def arrived(self, count: int) -> None:
        with self._lock:
            self._arrived += count
            now = time.monotonic()
            if now - self._last < PROGRESS_SECONDS:
                return
            self._last = now
            rate = self._arrived / (now - self._start) / 1e6
            text = f"{self._arrived / 1e9:.2f} of {self._expected / 1e9:.2f} GB of {self._models} models, {rate:.1f} MB/s"
        self.say(text)


class Stager:
    def __init__(self, store: Store, given: argparse.Namespace) -> None:
        self._store, self._given = store, given
        self._source = Mirror(given.mirror) if given.mirror else Hub(given.endpoint)
        self._progress = Progress()

    def say(self, text: str) -> None:
        self._progress.say(text)

    def run(self, requests: list[Request]) -> Outcome:
        """Every request; one that fails leaves the others alone."""
        outcome = Outcome()
        with ThreadPoolExecutor(self._given.jobs) as pool:
            for request, problem in zip(requests, pool.map(self._one, requests), strict=True):
                if problem is None:
                    outcome.staged.append(request.name)
                    continue
                kind = outcome.refused if isinstance(problem, Refused) else outcome.trouble
                kind[request.name] = str(problem)
        return outcome

    def _one(self, request: Request) -> Refused | Trouble | None:
        try:
            if not self._store.complete(request.name):
                self._fetch(request)
            self._store.used(request.name)
        except (Refused, Trouble) as problem:
            word = "refused" if isinstance(problem, Refused) else "not staged"
            self.say(f"{request.repo} at {request.commit[:12]}: {word}: {problem}")
            return problem
        return None

    def _fetch(self, request: Request) -> None:
        deadline = time.monotonic() + self._given.model_seconds
        listed = self._source.list(request.repo, request.commit)
        place = self._store.partial(request.name)
        index = None
        if INDEX in listed:
            check_room([listed[INDEX]], request.limit)
            index = self._get(request, listed[INDEX], place, deadline)
        wanted = choose(listed, index, self._given.also)
        check_room(wanted, request.limit)
        self._progress.expect(sum(file.size for file in wanted))
        for file in wanted:
            if file.name != INDEX or index is None:
                self._get(request, file, place, deadline)
        self._store.admit(request.name, request.repo, request.commit, wanted)
        size = sum(file.size for file in wanted) / 1e9
        self.say(f"{request.repo} at {request.commit[:12]}: {len(wanted)} files, {size:.3f} GB")

    def _get(self, request: Request, file: Wanted, place: Path, deadline: float) -> Path:
        self._source.fetch(request.repo, request.commit, file, place / file.name, deadline, self._progress.arrived)
        return place / file.name
