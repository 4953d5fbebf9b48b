"""What is tokenised already, in a folder beside the shard: a start after a kill goes on with it.

It holds plan.json (what decides the tokens), one file a job, and the shard while it is written. It goes when the shard is
complete, or when the inputs turn out to be bad.
"""

import fcntl
import json
import os
import shutil
import zipfile
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import numpy as np

from .errors import PrepareError
from .packing import Piece

ARRAYS = ("tokens", "n_bytes", "lengths", "domain", "source")


class WorkFolder:
    def __init__(self, out: Path, plan: dict[str, Any]) -> None:
        self.path = out.with_name(f".{out.name}.work")
        self._plan = json.dumps(plan, indent=1, sort_keys=True) + "\n"
        self.resumed = False
        self._lock: int | None = None

    def __enter__(self) -> Self:
        self.path.mkdir(parents=True, exist_ok=True)
        self._lock = os.open(self.path / "lock", os.O_CREAT | os.O_RDWR, 0o644)
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as problem:
            os.close(self._lock)
            raise PrepareError(f"{self.path}: another prepare_data is writing the same shard") from problem
        self._take_over()
        return self

    def _take_over(self) -> None:
        """Keeps what was done under the same plan."""
        plan = self.path / "plan.json"
        same = plan.is_file() and plan.read_text() == self._plan
        for old in self.path.iterdir():
            if old.suffix == ".partial" or (old.suffix == ".npz" and not same):
                old.unlink()
        self.resumed = any(self.path.glob("*.npz"))
        plan.write_text(self._plan)

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if kind is None or issubclass(kind, PrepareError):
            shutil.rmtree(self.path)
        os.close(self._lock)


def job_file(folder: Path, number: int) -> Path:
    return folder / f"{number:08d}.npz"


def save_piece(folder: Path, number: int, piece: Piece) -> None:
    names = np.frombuffer(json.dumps([piece.domains, piece.sources]).encode(), np.uint8)
    partial = folder / f"{number:08d}.{os.getpid()}.partial"
    with open(partial, "wb") as file:
        np.savez(file, names=names, **{name: getattr(piece, name) for name in ARRAYS})
    os.replace(partial, job_file(folder, number))


def load_piece(folder: Path, number: int) -> Piece | None:
    """None if it is not there or damaged: it is made again then."""
    try:
        with np.load(job_file(folder, number)) as file:
            domains, sources = json.loads(file["names"].tobytes())
            return Piece(**{name: file[name] for name in ARRAYS}, domains=domains, sources=sources)
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
        return None
