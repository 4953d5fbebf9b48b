"""JSON lines: one document a line. Large files are cut into parts at line ends, packed ones are one part."""

import gzip
import json
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from .errors import PrepareError
from .inputs import PART_BYTES, PART_ROWS, Document, Fields, Part, document_of


def open_lines(path: Path) -> BinaryIO:
    return gzip.open(path) if path.suffix == ".gz" else open(path, "rb")


def parts(path: Path) -> Iterator[Part]:
    packed = path.suffix == ".gz"
    row = place = begin = begin_place = 0
    try:
        with open_lines(path) as file:
            for line in file:
                row, place = row + 1, place + len(line)
                if not packed and (row - begin >= PART_ROWS or place - begin_place >= PART_BYTES):
                    yield Part(str(path), begin, row, place - begin_place, begin_place, begin)
                    begin, begin_place = row, place
        if row > begin:
            size = path.stat().st_size if packed else place - begin_place
            yield Part(str(path), begin, row, size, begin_place, begin)
    except (OSError, EOFError, zlib.error) as problem:
        raise PrepareError(f"{path}: cannot be read: {problem}") from problem


def lines_of(part: Part) -> Iterator[tuple[int, bytes]]:
    """The part's lines with their numbers, from 1."""
    with open_lines(Path(part.path)) as file:
        file.seek(part.place)
        for row, line in enumerate(file, start=part.place_row):
            if row >= part.end:
                return
            if row >= part.begin:
                yield row + 1, line


def record_of(line: bytes, place: str) -> dict[str, object]:
    try:
        record = json.loads(line.decode("utf-8"))
    except UnicodeDecodeError as problem:
        raise PrepareError(f"{place}: UTF-8 text expected, byte {problem.start} of the line is not") from problem
    except json.JSONDecodeError as problem:
        raise PrepareError(f"{place}: a JSON object expected: {problem.msg}") from problem
    if not isinstance(record, dict):
        raise PrepareError(f"{place}: a JSON object expected, found {type(record).__name__}")
    return record


def read(part: Part, fields: Fields) -> Iterator[Document | None]:
    try:
        for number, line in lines_of(part):
            place = f"{part.path}:{number}"
            yield document_of(record_of(line, place), fields, part.path, place) if line.strip() else None
    except (OSError, EOFError, zlib.error) as problem:
        raise PrepareError(f"{part.path}: cannot be read: {problem}") from problem
