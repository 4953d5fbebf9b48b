"""Text files: each is one document."""

import gzip
import zlib
from collections.abc import Iterator
from pathlib import Path

from .errors import PrepareError
from .inputs import Document, Fields, Part


def read_bytes(path: Path) -> bytes:
    """The content of a file, unpacked if its name ends in .gz."""
    try:
        raw = path.read_bytes()
        return gzip.decompress(raw) if path.suffix == ".gz" else raw
    except (OSError, EOFError, zlib.error) as problem:
        raise PrepareError(f"{path}: cannot be read: {problem}") from problem


def parts(path: Path) -> Iterator[Part]:
    try:
        size = path.stat().st_size
    except OSError as problem:
        raise PrepareError(f"{path}: cannot be read: {problem}") from problem
    yield Part(str(path), 0, 1, size)


def read(part: Part, fields: Fields) -> Iterator[Document]:
    path = Path(part.path)
    try:
        text = read_bytes(path).decode("utf-8")
    except UnicodeDecodeError as problem:
        raise PrepareError(f"{path}: UTF-8 text expected, byte {problem.start} is not") from problem
    yield Document(text, fields.domain, path.name)
