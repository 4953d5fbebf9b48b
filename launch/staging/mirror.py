"""Models from a folder, without a network: another store of this tool, or a cache of `huggingface_hub`."""

import re
import shutil
import time
from collections.abc import Callable
from pathlib import Path

from staging.files import SAFE_NAME, Refused, Trouble, Wanted, check_file
from staging.store import folder_name, read_record

SHA256, SHA1 = re.compile(r"[0-9a-f]{64}"), re.compile(r"[0-9a-f]{40}")


class Mirror:
    """Answers as the hub does."""

    def __init__(self, folder: Path) -> None:
        if not folder.is_dir():
            raise Trouble(f"--mirror {folder}: no such folder")
        self._folder = folder

    def list(self, repo: str, commit: str) -> dict[str, Wanted]:
        name = folder_name(repo, commit)
        if (self._folder / name).is_dir():
            return {file.name: file for file in read_record(self._folder, name)}
        snapshot = self._snapshot(repo, commit)
        if snapshot.is_dir():
            return {file.name: file for file in map(_from_cache, sorted(snapshot.iterdir())) if file}
        raise Trouble(f"the mirror {self._folder} has neither {name} nor {snapshot.relative_to(self._folder)}")

    def _snapshot(self, repo: str, commit: str) -> Path:
        return self._folder / f"models--{repo.replace('/', '--')}" / "snapshots" / commit

    def fetch(
        self, repo: str, commit: str, wanted: Wanted, place: Path, deadline: float, arrived: Callable[[int], None]
    ) -> None:
        for folder in (self._folder / folder_name(repo, commit), self._snapshot(repo, commit)):
            if (folder / wanted.name).exists():
                break
        else:
            raise Refused(f"{wanted.name}: not in the mirror")
        if time.monotonic() > deadline:
            raise Trouble(f"{wanted.name}: not complete within the time that a model may take")
        try:
            shutil.copyfile(folder / wanted.name, place)
        except OSError as error:
            raise Trouble(f"{wanted.name}: {error}") from error
        arrived(wanted.size)
        try:
            check_file(place, wanted)
        except Trouble:
            place.unlink()
            raise


def _from_cache(path: Path) -> Wanted | None:
    """In the cache a file is a link to a blob, whose name is its hash: that of git, or SHA-256 for large files."""
    if not SAFE_NAME.fullmatch(path.name) or not path.is_file():
        return None
    blob = path.resolve().name
    kind = "sha256" if SHA256.fullmatch(blob) else "git" if SHA1.fullmatch(blob) else ""
    if not kind or not path.is_symlink():
        raise Trouble(f"{path}: no link to a blob named by its hash, so there is nothing to compare it with")
    return Wanted(path.name, path.stat().st_size, f"{kind}:{blob}")
