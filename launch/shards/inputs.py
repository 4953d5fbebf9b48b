"""What every kind of input has in common: documents, and the parts that a file is read in.

A module that reads a format has two functions:
  parts(path)        the file as parts, in order; cheap, since it is called before anything is read
  read(part, fields) the documents of one part, one for each of its rows (None where a row holds no text)
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Protocol

from .errors import PrepareError

PART_ROWS = 64
PART_BYTES = 256 * 1024


@dataclass(frozen=True)
class Part:
    """Rows `begin` to `end` of a file; a row is a line, a table's row, or a whole text file."""

    path: str
    begin: int
    end: int
    size: int  # Bytes of the file that these rows take, about: for the progress line.
    place: int = 0  # Where reading starts: a byte of the file, or the number of a row group …
    place_row: int = 0  # … and the row that lies there, at or before `begin`.

    def rows(self, begin: int, end: int) -> "Part":
        """Only these of its rows."""
        return replace(self, begin=begin, end=end, size=self.size * (end - begin) // max(1, self.end - self.begin))


@dataclass(frozen=True)
class Fields:
    """Which field of a record holds what; the domain is `domain` where a record does not say."""

    text: str = "text"
    domain: str = ""
    domain_field: str = ""
    source_field: str = ""

    def names(self) -> list[str]:
        return list(dict.fromkeys(name for name in (self.text, self.domain_field, self.source_field) if name))


@dataclass(frozen=True)
class Document:
    text: str
    domain: str
    source: str


class Reader(Protocol):
    """A module that reads one format."""

    def parts(self, path: Path) -> Iterator[Part]: ...

    def read(self, part: Part, fields: Fields) -> Iterator[Document | None]: ...


def text_of(record: Mapping[str, Any], field: str, place: str) -> str:
    value = record.get(field)
    if not isinstance(value, str):
        found = "nothing" if value is None else f"{type(value).__name__}"
        raise PrepareError(f"{place}: text in field '{field}' expected, found {found}")
    try:
        value.encode()
    except UnicodeEncodeError as problem:
        raise PrepareError(f"{place}: text expected, field '{field}' has half a surrogate pair") from problem
    return value


def document_of(record: Mapping[str, Any], fields: Fields, path: str, place: str) -> Document:
    """`place` names file and line or row in errors."""
    return Document(
        text=text_of(record, fields.text, place),
        domain=text_of(record, fields.domain_field, place) if fields.domain_field else fields.domain,
        source=text_of(record, fields.source_field, place) if fields.source_field else Path(path).name,
    )
