"""HDF5 files of text: one document is one entry of the one-axis dataset of strings that the field names."""

from collections.abc import Iterator
from pathlib import Path

import h5py

from .errors import PrepareError
from .inputs import PART_ROWS, Document, Fields, Part, document_of


def open_file(path: Path) -> h5py.File:
    try:
        return h5py.File(path, "r")
    except OSError as problem:
        raise PrepareError(f"{path}: cannot be read as HDF5: {problem}") from problem


def string_columns(file: h5py.File) -> dict[str, h5py.Dataset]:
    found: dict[str, h5py.Dataset] = {}

    def look(name: str, item: object) -> None:
        if isinstance(item, h5py.Dataset) and item.ndim == 1 and h5py.check_string_dtype(item.dtype):
            found[name] = item

    file.visititems(look)
    return found


def parts(path: Path) -> Iterator[Part]:
    """Of its longest column of strings: all that a record needs are equally long."""
    with open_file(path) as file:
        columns = string_columns(file)
        if not columns:
            raise PrepareError(f"{path}: a one-axis dataset of strings expected, found {', '.join(file) or 'nothing'}")
        rows = max(len(column) for column in columns.values())
    size = path.stat().st_size
    for begin in range(0, rows, PART_ROWS):
        end = min(begin + PART_ROWS, rows)
        yield Part(str(path), begin, end, size * (end - begin) // rows)


def column_of(file: h5py.File, part: Part, name: str) -> list[str | None]:
    columns = string_columns(file)
    column = columns.get(name.strip("/"))
    if column is None:
        raise PrepareError(f"{part.path}: /{name}: a one-axis dataset of strings expected; there are {', '.join(columns)}")
    if len(column) < part.end:
        raise PrepareError(f"{part.path}: /{name}: at least {part.end} entries expected, found {len(column)}")
    texts: list[str | None] = []
    for row, value in enumerate(column[part.begin : part.end], start=part.begin):
        try:
            texts.append(value.decode("utf-8"))
        except UnicodeDecodeError as problem:
            place = f"{part.path}: /{name}: entry {row}"
            raise PrepareError(f"{place}: UTF-8 text expected, byte {problem.start} is not") from problem
    return texts


def read(part: Part, fields: Fields) -> Iterator[Document]:
    with open_file(Path(part.path)) as file:
        columns = {name: column_of(file, part, name) for name in fields.names()}
    for i in range(part.end - part.begin):
        record = {name: column[i] for name, column in columns.items()}
        yield document_of(record, fields, part.path, f"{part.path}: entry {part.begin + i}")
