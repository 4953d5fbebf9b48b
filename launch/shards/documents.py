"""Documents, in order, out of text files and JSON lines."""

import gzip
import json
from collections.abc import Iterator
from pathlib import Path

from .errors import PrepareError

JSON_LINES = (".jsonl", ".ndjson")


def read_text(path: Path) -> str:
    """The text of a file, unpacked if its name ends in .gz."""
    try:
        raw = path.read_bytes()
        content = gzip.decompress(raw) if path.suffix == ".gz" else raw
    except (OSError, EOFError) as problem:
        raise PrepareError(f"{path}: cannot be read: {problem}") from problem
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as problem:
        raise PrepareError(f"{path}: UTF-8 text expected, byte {problem.start} is not") from problem


def json_documents(path: Path, field: str) -> Iterator[str]:
    """One document a line: the text in `field` of a JSON object."""
    for number, line in enumerate(read_text(path).split("\n"), start=1):
        if not line.strip():
            continue
        try:
            record = json.loads(line)
        except json.JSONDecodeError as problem:
            raise PrepareError(f"{path}:{number}: a JSON object expected: {problem.msg}") from problem
        if not isinstance(record, dict) or not isinstance(record.get(field), str):
            raise PrepareError(f"{path}:{number}: a JSON object with text in field '{field}' expected")
        try:
            record[field].encode()
        except UnicodeEncodeError as problem:
            raise PrepareError(f"{path}:{number}: text expected, field '{field}' has half a surrogate pair") from problem
        yield record[field]


def read_documents(inputs: list[Path], field: str) -> Iterator[str]:
    """All documents that hold any text: a text file is one document, JSON lines are one a line."""
    for path in inputs:
        if path.is_dir():
            raise PrepareError(f"{path}: a file expected, this is a folder")
        suffix = Path(path.stem).suffix if path.suffix == ".gz" else path.suffix
        if suffix == ".parquet":
            raise PrepareError(f"{path}: Parquet is not read; write it as JSON lines first")
        documents = json_documents(path, field) if suffix in JSON_LINES else iter([read_text(path)])
        yield from (text for text in documents if text.strip())
