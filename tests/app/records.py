"""What a run leaves behind: journals, results.h5, and the checksums that they carry."""

import ctypes
import ctypes.util
import json
from pathlib import Path
from typing import Any

import h5py
import numpy as np

CHECKSUM_FIELD = b',"xxh3":"'


def _load_xxh3() -> Any:
    library = ctypes.CDLL(ctypes.util.find_library("xxhash") or "libxxhash.so.0")
    library.XXH3_64bits.restype = ctypes.c_uint64
    library.XXH3_64bits.argtypes = [ctypes.c_char_p, ctypes.c_size_t]
    return library.XXH3_64bits


def xxh3(data: bytes) -> int:
    return _load_xxh3()(data, len(data))


def journal_lines(run: Path) -> list[dict[str, Any]]:
    """Every whole line of every journal; each must carry its own checksum."""
    lines = []
    for path in sorted((run / "journal").glob("*.jsonl")):
        for number, line in enumerate(path.read_bytes().splitlines(keepends=True), 1):
            if not line.endswith(b"\n"):
                continue  # Torn: readers ignore it.
            text, _, digest = line.rpartition(CHECKSUM_FIELD)
            if digest != f'{xxh3(text):016x}"}}\n'.encode():
                raise AssertionError(f"{path.name}:{number} does not match its checksum: {line!r}")
            lines.append(json.loads(line))
    return lines


def journal_items(run: Path) -> list[dict[str, Any]]:
    return [line for line in journal_lines(run) if line["event"] == "item"]


def item_values(run: Path) -> dict[str, Any]:
    """What the journals say of each key: numbers as Python reads them, so equal means bit for bit."""
    return {item["key"]: item.get("generated") or (item["nll_nat"], item["tokens"]) for item in journal_items(run)}


def _plain(file: h5py.File, value: Any) -> Any:
    """Something that can be compared: references by the name of what they lead to."""
    if isinstance(value, h5py.Reference):
        return file[value].name
    if isinstance(value, np.ndarray):
        # NaN must equal itself, and 0.0 must not equal -0.0.
        if value.dtype.kind in "fiu":
            return (value.dtype.str, value.shape, value.tobytes())
        return [_plain(file, element) for element in value]
    if isinstance(value, np.void):
        return [_plain(file, element) for element in value]
    if isinstance(value, np.generic):
        return (value.dtype.str, value.tobytes())
    return value


def outside_run(path: Path) -> dict[str, Any]:
    """Every dataset and attribute of a results file but those below /run."""
    found: dict[str, Any] = {}
    with h5py.File(path) as file:

        def add(name: str, item: Any) -> None:
            if name == "run" or name.startswith("run/"):
                return
            for key, value in item.attrs.items():
                found[f"{name}@{key}"] = _plain(file, value)
            found[name] = _plain(file, item[()]) if isinstance(item, h5py.Dataset) else "group"

        add("", file)
        file.visititems(add)
    return found


def texts(dataset: h5py.Dataset) -> list[str]:
    return list(dataset.asstr()[:])
