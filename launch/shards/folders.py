"""Folders of Hugging Face `datasets`: as save_to_disk leaves them, or a repository's files as they were downloaded."""

import json
from pathlib import Path
from typing import Any

from .errors import PrepareError

READ_IN_FOLDERS = (".parquet", ".arrow", ".jsonl", ".jsonl.gz", ".ndjson", ".ndjson.gz")


def read_json(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as problem:
        raise PrepareError(f"{path}: JSON expected: {problem}") from problem


def saved_files(folder: Path) -> list[Path]:
    """What state.json lists, in its order."""
    state = read_json(folder / "state.json")
    entries = state.get("_data_files") if isinstance(state, dict) else None
    if not isinstance(entries, list) or not all(isinstance(e, dict) and isinstance(e.get("filename"), str) for e in entries):
        raise PrepareError(f"{folder / 'state.json'}: a list '_data_files' of file names expected")
    if state.get("_indices_data_files"):
        raise PrepareError(f"{folder}: its rows are reordered by an index; save it again after dataset.flatten_indices()")
    return [folder / entry["filename"] for entry in entries]


def files_of(folder: Path) -> list[Path]:
    if (folder / "state.json").is_file():
        return saved_files(folder)
    if (folder / "dataset_dict.json").is_file():
        splits = read_json(folder / "dataset_dict.json").get("splits", [])
        raise PrepareError(f"{folder}: holds the splits {', '.join(splits)}; name one of them, such as {folder / splits[0]}")
    found = [path for path in folder.rglob("*") if path.name.endswith(READ_IN_FOLDERS) and path.is_file()]
    if not found:
        raise PrepareError(f"{folder}: files of the kinds {', '.join(READ_IN_FOLDERS)} expected, found none")
    return sorted(found, key=lambda path: str(path.relative_to(folder)).encode())
