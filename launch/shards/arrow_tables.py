"""Parquet and Arrow files (as Hugging Face `datasets` writes them): one document is one row of the table."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from .errors import PrepareError
from .inputs import Document, Fields, Part, document_of

try:
    import pyarrow
    import pyarrow.ipc
    import pyarrow.parquet
except ModuleNotFoundError:
    pyarrow = None

TABLE_ROWS = 4096  # A larger row group is read again for each part of it, which bounds the memory of its texts.


@contextmanager
def reading(path: str | Path) -> Iterator[None]:
    if pyarrow is None:
        raise PrepareError(f"{path}: needs the Python package pyarrow: run launch/setup.sh")
    try:
        yield
    except (pyarrow.ArrowException, OSError) as problem:
        raise PrepareError(f"{path}: cannot be read as a table: {problem}") from problem


def batches_of(path: Path) -> Iterator[Any]:
    """The record batches of an Arrow file; `datasets` writes the streaming form, others the one with a footer."""
    with pyarrow.memory_map(str(path)) as file:
        footer = file.read(6) == b"ARROW1"
        file.seek(0)
        if footer:
            opened = pyarrow.ipc.open_file(file)
            yield from (opened.get_batch(i) for i in range(opened.num_record_batches))
        else:
            yield from pyarrow.ipc.open_stream(file)


def group_sizes(path: Path) -> list[int]:
    """Rows of each row group or record batch."""
    if path.suffix == ".arrow":
        return [batch.num_rows for batch in batches_of(path)]
    with pyarrow.parquet.ParquetFile(path) as file:
        return [file.metadata.row_group(i).num_rows for i in range(file.metadata.num_row_groups)]


def parts(path: Path) -> Iterator[Part]:
    with reading(path):
        sizes, bytes_of_file = group_sizes(path), path.stat().st_size
    total, begin = sum(sizes), 0
    for group, rows in enumerate(sizes):
        for first in range(begin, begin + rows, TABLE_ROWS):
            end = min(first + TABLE_ROWS, begin + rows)
            yield Part(str(path), first, end, bytes_of_file * (end - first) // total, group, begin)
        begin += rows


def columns_of(path: Path, group: int, wanted: list[str]) -> Any:
    if path.suffix == ".arrow":
        table = next(batch for i, batch in enumerate(batches_of(path)) if i == group)
        names = table.schema.names
    else:
        with pyarrow.parquet.ParquetFile(path) as file:
            names = file.schema_arrow.names
            table = file.read_row_group(group, columns=[name for name in wanted if name in names])
    missing = [name for name in wanted if name not in names]
    if missing:
        raise PrepareError(f"{path}: a column '{missing[0]}' expected, there are {', '.join(names)}")
    return table.select(wanted)


def read(part: Part, fields: Fields) -> Iterator[Document]:
    with reading(part.path):
        table = columns_of(Path(part.path), part.place, fields.names())
        records = table.slice(part.begin - part.place_row, part.end - part.begin).to_pylist()
    for row, record in enumerate(records, start=part.begin):
        yield document_of(record, fields, part.path, f"{part.path}: row {row}")
