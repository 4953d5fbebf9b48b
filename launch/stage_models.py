#!/usr/bin/env python3
"""Fetches the models of a candidates file from a Hugging Face hub, each at its exact commit, and writes the file with paths.

Of each repository: config.json, the index, and the safetensors files that make the model (--also for more, such as
generation_config.json and tokenizer files, which a committed secure_hash covers). Every file is compared with the size
and the hash that the hub announces; a folder has its name only when it is complete. After a kill the same line goes on.

Exit code 0: staged, or refused for good (not there, gated, too large, no model): those keep a path that does not exist,
so that `verdict evaluate` names them. 75: the network or the hub failed for some; nothing is written, run the same line
again (or, with --give-up, treat them as refused); also if not one model is there, which is rarely their fault. 64 wrong use, 65 no candidates file, 74 the store cannot be written.

Examples:
  .venv/bin/python launch/stage_models.py commitments.json --store models --out candidates.json \\
      --competitions competitions.toml --keep 500GB
  .venv/bin/python launch/stage_models.py commitments.json --store models --out candidates.json --mirror /mnt/hub
Environment: HF_ENDPOINT, HF_TOKEN, HF_HUB_DOWNLOAD_TIMEOUT (seconds without a byte; 10) as in huggingface_hub.
"""

import argparse
import json
import os
import re
import sys
import tomllib
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent))

from staging.files import Trouble
from staging.staging import Request, Stager
from staging.store import COMMIT, REPO, Store, folder_name

DONE, USAGE, BAD_DATA, IO_ERROR, AGAIN = 0, 64, 65, 74, 75
UNITS = {"": 1, "KB": 10**3, "MB": 10**6, "GB": 10**9, "TB": 10**12}


class Problem(Exception):
    """Ends the program with an exit code and one line."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code


def byte_count(text: str) -> int:
    found = re.fullmatch(r"(\d+)([KMGT]B)?", text)
    if not found:
        raise argparse.ArgumentTypeError(f"bytes expected, such as 500GB, found '{text}'")
    return int(found[1]) * UNITS[found[2] or ""]


def parse(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("candidates", type=Path, help="candidates file; what it says of paths is replaced")
    parser.add_argument("--store", type=Path, required=True, help="folder of the models, on storage that every rank sees")
    parser.add_argument("--out", type=Path, required=True, help="candidates file to write")
    parser.add_argument("--competitions", type=Path, help="competitions file, for max_bytes at the block")
    parser.add_argument("--max-bytes", type=byte_count, help="of a model, whatever the competition allows")
    parser.add_argument("--keep", type=byte_count, help="evict the least recently used models until all take less")
    parser.add_argument("--also", action="append", default=[], metavar="FILE", help="another file of the repository")
    parser.add_argument("--mirror", type=Path, help="a folder in place of the hub: a store, or a cache of huggingface_hub")
    parser.add_argument("--endpoint", help="another hub than HF_ENDPOINT")
    parser.add_argument("--jobs", type=int, default=4, help="models at a time (4)")
    parser.add_argument("--model-seconds", type=float, default=3600.0, help="a model may take this long (3600)")
    parser.add_argument("--give-up", action="store_true", help="write the file even if the network failed for some")
    try:
        given = parser.parse_args(arguments)
    except SystemExit as end:
        raise SystemExit(USAGE if end.code else 0) from None
    if given.jobs < 1:
        raise Problem(USAGE, f"--jobs: at least 1 expected, found {given.jobs}")
    return given


def read_candidates(path: Path) -> dict[str, Any]:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        for number, candidate in enumerate(content["candidates"]):
            if not REPO.fullmatch(candidate["repo"]) or not COMMIT.fullmatch(candidate["commit"]):
                found = f"{candidate['repo']!r} at {candidate['commit']!r}"
                raise Problem(BAD_DATA, f"{path}: candidates[{number}]: ns/name at 40 hex digits expected, found {found}")
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise Problem(BAD_DATA, f"{path} is no candidates file: {error!r}") from error
    return dict(content)


def limits_at(path: Path | None, block: int) -> dict[int, int]:
    """max_bytes by competition, as its `from` tables have it at the block."""
    if path is None:
        return {}
    try:
        competitions = tomllib.loads(path.read_text())["competition"]
        limits = {}
        for competition in competitions:
            limits[competition["id"]] = competition["max_bytes"]
            for change in sorted(competition.get("from", []), key=lambda c: c["block"]):
                if change["block"] <= block and "max_bytes" in change:
                    limits[competition["id"]] = change["max_bytes"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise Problem(USAGE, f"{path} is no competitions file: {error!r}") from error
    return limits


def requests_of(content: dict[str, Any], given: argparse.Namespace) -> list[Request]:
    """Each model once, with the largest of the limits of the competitions that it is in."""
    limits = limits_at(given.competitions, content.get("block", 0))
    found: dict[str, Request] = {}
    for candidate in content["candidates"]:
        bounds = [b for b in (limits.get(candidate.get("competition")), given.max_bytes) if b is not None]
        limit = min(bounds, default=None)
        name = folder_name(candidate["repo"], candidate["commit"])
        earlier = found.get(name)
        if earlier is not None:
            limit = None if limit is None or earlier.limit is None else max(limit, earlier.limit)
        found[name] = Request(candidate["repo"], candidate["commit"], limit)
    return list(found.values())


def write_candidates(content: dict[str, Any], given: argparse.Namespace) -> None:
    """Paths relative to the file that is written, as its readers take them; whole or not at all."""
    folder = given.out.resolve().parent
    for candidate in content["candidates"]:
        place = given.store.resolve() / folder_name(candidate["repo"], candidate["commit"])
        candidate["path"] = os.path.relpath(place, folder)
    partial = given.out.with_name(given.out.name + ".partial")
    with partial.open("w", encoding="utf-8") as file:
        json.dump(content, file, indent=1)
        file.write("\n")
        file.flush()
        os.fsync(file.fileno())
    partial.replace(given.out)


def stage(given: argparse.Namespace) -> int:
    content = read_candidates(given.candidates)
    requests = requests_of(content, given)
    store = Store(given.store)
    with store.owned():
        stager = Stager(store, given)
        outcome = stager.run(requests)
        store.forget_partial(set(outcome.trouble))
        if given.keep is not None:
            for name in store.evict(given.keep, {r.name for r in requests}):
                stager.say(f"evicted {name}")
    stager.say(
        f"{len(outcome.staged)} of {len(requests)} models are there, {len(outcome.refused)} refused, "
        f"{len(outcome.trouble)} to be tried again"
    )
    if requests and not outcome.staged:
        stager.say("not one model is there: is it the endpoint, the token, the network?")
    if (outcome.trouble or (requests and not outcome.staged)) and not given.give_up:
        return AGAIN
    write_candidates(content, given)
    stager.say(f"wrote {given.out}")
    return DONE


def main(arguments: list[str] | None = None) -> int:
    try:
        return stage(parse(arguments))
    except Problem as problem:
        print(f"stage_models: {problem}", file=sys.stderr)
        return problem.code
    except Trouble as trouble:
        print(f"stage_models: {trouble}", file=sys.stderr)
        return AGAIN
    except OSError as error:
        print(f"stage_models: {error}", file=sys.stderr)
        return IO_ERROR


if __name__ == "__main__":
    sys.exit(main())
