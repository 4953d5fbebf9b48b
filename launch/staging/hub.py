"""Models from a Hugging Face hub, at an exact commit, by `huggingface_hub`."""

import os
from collections.abc import Callable
from pathlib import Path

import httpx
from huggingface_hub import HfApi, hf_hub_url
from huggingface_hub.errors import (
    EntryNotFoundError,
    GatedRepoError,
    HFValidationError,
    RepositoryNotFoundError,
    RevisionNotFoundError,
)
from huggingface_hub.file_download import http_get
from huggingface_hub.utils import build_hf_headers, disable_progress_bars

from staging.files import SAFE_NAME, Guard, Refused, Trouble, Wanted, check_file

NOT_THERE = (RepositoryNotFoundError, RevisionNotFoundError, EntryNotFoundError, GatedRepoError, HFValidationError)
LIST_SECONDS = 60.0


class Hub:
    """Says what a repository holds, and fetches it; what has arrived of a file is not asked for again."""

    def __init__(self, endpoint: str | None) -> None:
        disable_progress_bars()
        self._api = HfApi(endpoint=endpoint, library_name="verdict")

    def list(self, repo: str, commit: str) -> dict[str, Wanted]:
        """Files of the repository's top folder with size and hash. Throws Refused, Trouble."""
        try:
            info = self._api.model_info(repo, revision=commit, files_metadata=True, timeout=LIST_SECONDS)
        except NOT_THERE as error:
            raise Refused(f"not on the hub at this commit: {type(error).__name__}") from error
        except (httpx.HTTPError, OSError, ValueError, TypeError, KeyError) as error:
            raise Trouble(f"the hub does not say what is in it: {error}") from error
        if info.sha != commit:
            raise Trouble(f"asked for commit {commit}, the hub answers with {info.sha}")
        listed = {}
        for file in info.siblings or []:
            if not SAFE_NAME.fullmatch(file.rfilename):
                continue
            digest = f"sha256:{file.lfs.sha256}" if file.lfs else f"git:{file.blob_id}"
            if not isinstance(file.size, int) or file.size < 0 or digest.endswith((":None", ":")):
                raise Trouble(f"{file.rfilename}: the hub names no size or no hash")
            listed[file.rfilename] = Wanted(file.rfilename, file.size, digest)
        return listed

    def fetch(
        self, repo: str, commit: str, wanted: Wanted, place: Path, deadline: float, arrived: Callable[[int], None]
    ) -> None:
        """Puts the file at `place`, going on where an earlier start ended. Throws Trouble; what does not match
        its hash is gone then, what is incomplete stays for the next start."""
        url = hf_hub_url(repo, wanted.name, revision=commit, endpoint=self._api.endpoint)
        with place.open("ab") as file:
            there = file.tell()
            if there > wanted.size:
                file.truncate(0)
                there = 0
            arrived(there)
            try:
                http_get(
                    url,
                    Guard(file, wanted, deadline, arrived),
                    resume_size=there,
                    headers=build_hf_headers(library_name="verdict"),
                    expected_size=wanted.size,
                )
            except (httpx.HTTPError, OSError, ValueError) as error:
                raise Trouble(f"{wanted.name}: {error}") from error
            file.flush()
            os.fsync(file.fileno())
        try:
            check_file(place, wanted)
        except Trouble:
            place.unlink()
            raise
