"""All inputs as parts, and the documents of a part, whatever the format."""

from collections.abc import Iterable, Iterator
from pathlib import Path

from . import arrow_tables, folders, hdf5_text, json_lines, text_files
from .errors import PrepareError
from .inputs import Document, Fields, Part, Reader

READERS: dict[str, Reader] = {
    ".jsonl": json_lines,
    ".ndjson": json_lines,
    ".parquet": arrow_tables,
    ".arrow": arrow_tables,
    ".h5": hdf5_text,
    ".hdf5": hdf5_text,
}
PACKED = (json_lines, text_files)


def reader_of(path: Path) -> Reader:
    """By the name; what no format claims is text."""
    packed = path.suffix == ".gz"
    reader = READERS.get(Path(path.stem).suffix if packed else path.suffix, text_files)
    if packed and reader not in PACKED:
        raise PrepareError(f"{path}: .gz is for text and JSON lines; unpack it first")
    return reader


def input_files(inputs: Iterable[Path]) -> list[Path]:
    """The inputs in their order, folders replaced by the files in them."""
    files = [file for path in inputs for file in (folders.files_of(path) if path.is_dir() else [path])]
    for file in files:
        reader_of(file)
        if not file.is_file():
            raise PrepareError(f"{file}: cannot be read: there is no such file")
    return files


def all_parts(files: Iterable[Path]) -> Iterator[Part]:
    for path in files:
        yield from reader_of(path).parts(path)


def documents_of(part: Part, fields: Fields) -> Iterator[Document]:
    """Those that hold any text."""
    for document in reader_of(Path(part.path)).read(part, fields):
        if document is not None and document.text.strip():
            yield document
