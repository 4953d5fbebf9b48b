"""The store: complete models under their names, everything else below `.partial`.

    STORE/ns--name--COMMIT/       a model; the folder has this name only when every file was checked
    STORE/.records/….json         its files with sizes and hashes; the file's time is that of the last use
    STORE/.partial/…/             what has arrived of a model
"""

import contextlib
import fcntl
import json
import os
import re
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

from staging.files import Trouble, Wanted

REPO = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,95}/[A-Za-z0-9][A-Za-z0-9._-]{0,95}")
COMMIT = re.compile(r"[0-9a-f]{40}")
FORGET_PARTIAL_SECONDS = 7 * 24 * 3600


def folder_name(repo: str, commit: str) -> str:
    return f"{repo.replace('/', '--')}--{commit}"


def read_record(store: Path, name: str) -> list[Wanted]:
    """What was staged under this name. Throws Trouble if there is no record, or no good one."""
    path = store / ".records" / f"{name}.json"
    try:
        return [Wanted(f["name"], f["size"], f["digest"]) for f in json.loads(path.read_text())["files"]]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise Trouble(f"{path} is no record of a model: {error!r}") from error


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


class Store:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        for inner in (folder / ".records", folder / ".partial"):
            inner.mkdir(parents=True, exist_ok=True)

    @contextlib.contextmanager
    def owned(self) -> Iterator[None]:
        """Two at once would take each other's folders away. Throws Trouble if there is another."""
        with (self.folder / ".lock").open("a") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError as error:
                raise Trouble(f"{self.folder}: another stage_models.py is at work in it") from error
            yield

    def complete(self, name: str) -> bool:
        """Whether a model is there, with all of its files in their sizes. What is not as it was left is taken away."""
        folder = self.folder / name
        if not folder.is_dir():
            return False
        try:
            files = read_record(self.folder, name)
            whole = {f.name: f.size for f in files} == {p.name: p.lstat().st_size for p in folder.iterdir()}
        except Trouble:
            whole = False
        if not whole:
            self.remove(name)
        return whole

    def partial(self, name: str) -> Path:
        place = self.folder / ".partial" / name
        place.mkdir(exist_ok=True)
        return place

    def admit(self, name: str, repo: str, commit: str, files: list[Wanted]) -> None:
        """All files of the partial folder have been checked: it becomes the model."""
        place = self.partial(name)
        for stray in {p.name for p in place.iterdir()} - {f.name for f in files}:
            (place / stray).unlink()
        _sync(place)
        record = self.folder / ".records" / f"{name}.json"
        content = {"repo": repo, "commit": commit, "files": [vars(f) for f in files]}
        partial = self.folder / ".partial" / f"{name}.json"
        with partial.open("w") as file:
            json.dump(content, file, indent=1)
            file.flush()
            os.fsync(file.fileno())
        partial.replace(record)
        place.rename(self.folder / name)
        _sync(self.folder)

    def used(self, name: str) -> None:
        os.utime(self.folder / ".records" / f"{name}.json")

    def remove(self, name: str) -> None:
        """The name goes first, so that a half-removed model has none."""
        grave = self.folder / ".partial" / f"{name}.removed"
        shutil.rmtree(grave, ignore_errors=True)
        if (self.folder / name).exists():
            (self.folder / name).rename(grave)
        (self.folder / ".records" / f"{name}.json").unlink(missing_ok=True)
        shutil.rmtree(grave, ignore_errors=True)

    def forget_partial(self, needed: set[str]) -> None:
        """Takes away what was removed, and what nobody went on with for a week."""
        for place in (self.folder / ".partial").iterdir():
            newest = max((p.stat().st_mtime for p in [place, *place.glob("*")]), default=0.0)
            old = time.time() - newest > FORGET_PARTIAL_SECONDS
            if place.is_dir() and place.name not in needed and (old or place.name.endswith(".removed")):
                shutil.rmtree(place, ignore_errors=True)

    def evict(self, limit: int, needed: set[str]) -> list[str]:
        """Removes the models that were not used for longest until all take at most `limit` bytes; never a needed one."""
        ages = {}
        sizes = {}
        for record in (self.folder / ".records").glob("*.json"):
            ages[record.stem] = record.stat().st_mtime
            sizes[record.stem] = sum(f.size for f in read_record(self.folder, record.stem))
        evicted = []
        for name in sorted(ages.keys() - needed, key=lambda n: (ages[n], n)):
            if sum(sizes.values()) <= limit:
                break
            self.remove(name)
            del sizes[name]
            evicted.append(name)
        return evicted
