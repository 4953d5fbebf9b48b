"""One file of a model: what it must be, and how it is checked while it arrives."""

import hashlib
import json
import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

CONFIG, INDEX, SINGLE = "config.json", "model.safetensors.index.json", "model.safetensors"
SAFE_NAME = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]{0,199}")
LARGEST_TEXT = 64 << 20  # Bytes of an index or a configuration.
BLOCK = 1 << 20


class Refused(Exception):
    """The submission is at fault; trying again changes nothing."""


class Trouble(Exception):
    """The network, the server or a mirror is at fault; trying again may help."""


@dataclass(frozen=True)
class Wanted:
    """A file as the hub announces it. `digest` is "sha256:…" of large files, "git:…" of those kept in git itself."""

    name: str
    size: int
    digest: str


def start_digest(digest: str, size: int) -> Any:
    """The hash object whose end is to be compared with `digest`."""
    kind = digest.partition(":")[0]
    if kind == "sha256":
        return hashlib.sha256()
    if kind == "git":  # The name of a blob: SHA-1 of a header and the content.
        return hashlib.sha1(f"blob {size}\0".encode(), usedforsecurity=False)
    raise Trouble(f"a hash of kind sha256 or git expected, found '{digest}'")


def add_file(running: Any, path: Path) -> None:
    with path.open("rb") as file:
        while block := file.read(BLOCK):
            running.update(block)


def check_file(path: Path, wanted: Wanted) -> None:
    """Throws Trouble unless size and content are what was announced."""
    size = path.stat().st_size
    if size != wanted.size:
        raise Trouble(f"{wanted.name}: {wanted.size} bytes expected, {size} found")
    running = start_digest(wanted.digest, wanted.size)
    add_file(running, path)
    found = running.hexdigest()
    if found != wanted.digest.partition(":")[2]:
        raise Trouble(f"{wanted.name}: content does not match its hash: {wanted.digest} expected, {found} found")


class Guard:
    """A file that arrives: never longer than announced, never later than the deadline."""

    def __init__(self, file: BinaryIO, wanted: Wanted, deadline: float, arrived: Callable[[int], None]) -> None:
        self._file, self._wanted, self._deadline, self._arrived = file, wanted, deadline, arrived

    def write(self, block: bytes) -> int:
        if self._file.tell() + len(block) > self._wanted.size:
            raise Trouble(f"{self._wanted.name}: more than the {self._wanted.size} bytes that were announced")
        if time.monotonic() > self._deadline:
            raise Trouble(f"{self._wanted.name}: not complete within the time that a model may take")
        self._arrived(len(block))
        return self._file.write(block)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file, name)


def shard_names(index: Path) -> list[str]:
    """The files that an index names. Throws Refused if it is none."""
    try:
        names = sorted(set(json.loads(index.read_bytes())["weight_map"].values()))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise Refused(f"{INDEX} is no index of shards: {error!r}") from error
    for name in names:
        if not isinstance(name, str) or not SAFE_NAME.fullmatch(name) or not name.endswith(".safetensors"):
            raise Refused(f"{INDEX} names {name!r}, which is no safetensors file of the folder")
    return names


def choose(listed: dict[str, Wanted], index: Path | None, also: list[str]) -> list[Wanted]:
    """What of a repository is a model: the configuration, the weights, their index. Throws Refused if one is missing."""
    names = [CONFIG]
    if index is not None:
        names += [INDEX, *shard_names(index)]
    else:
        names += [SINGLE]
    for name in names:
        if name not in listed:
            raise Refused(f"the repository has no {name} at this commit")
    extra = [name for name in also if name in listed and name not in names]
    return [listed[name] for name in dict.fromkeys([*names, *extra])]


def check_room(wanted: list[Wanted], limit: int | None) -> None:
    """Throws Refused if the files together are larger than the competition allows, or a text file is no text file."""
    for file in wanted:
        if file.name.endswith(".json") and file.size > LARGEST_TEXT:
            raise Refused(f"{file.name} has {file.size} bytes, at most {LARGEST_TEXT} are read")
    total = sum(file.size for file in wanted)
    if limit is not None and total > limit:
        raise Refused(f"{total} bytes in {len(wanted)} files, at most {limit} are allowed")
