"""Commitments as they stand on chain: which submission each names, or why it names none.

The text is namespace:name:commit:secure_hash:competition, as taoverse writes it (src/taoverse/model/data.py at e350d5e4)
and verdict reads it (include/verdict/competition/commitment.h).
"""

import re
from dataclasses import dataclass
from typing import Any

from staging.store import COMMIT, REPO

LONGEST_TEXT, SHORTEST_REPO, LONGEST_REPO = 128, 4, 38  # Bytes, characters.
ABSENT = "None"
# What int() takes of ASCII, as taoverse calls it and verdict reads it.
INTEGER = re.compile(r"\s*[+-]?[0-9]+(_[0-9]+)*\s*", re.ASCII)


class Refused(Exception):
    """This is no commitment to a model: as if the miner had made none."""


@dataclass(frozen=True)
class Commitment:
    repo: str
    commit: str
    secure_hash: str | None
    competition: int


def text_of(record: Any) -> str:
    """The text in a record of Commitments.CommitmentOf, whichever way a version of the SDK decodes its first field."""
    try:
        field = record["info"]["fields"][0]
        while isinstance(field, (list, tuple)):
            field = field[0]
        kind, content = next(iter(field.items()))
    except (LookupError, TypeError, AttributeError, StopIteration):
        raise Refused("the record has no field") from None
    if not re.fullmatch(r"Raw\d+|BigRaw", kind):
        raise Refused(f"a field of raw bytes expected, found {kind}")
    try:
        if isinstance(content, str):
            raw = bytes.fromhex(content[2:]) if content.startswith("0x") else content.encode()
        else:
            while content and not isinstance(content[0], int):
                content = content[0]
            raw = bytes(content)
        return raw.decode()
    except (ValueError, TypeError):
        raise Refused("the field is no UTF-8 text") from None


def parse(text: str) -> Commitment:
    """Throws Refused with what was expected and what was found."""
    size = len(text.encode())
    if size > LONGEST_TEXT:
        raise Refused(f"at most {LONGEST_TEXT} bytes expected, found {size}")
    parts = text.split(":")
    if len(parts) < 4:
        raise Refused(f"at least 4 parts between ':' expected, found {len(parts)}")
    if len(parts) > 4 and not (INTEGER.fullmatch(parts[4]) and abs(int(parts[4])) < 2**63):
        raise Refused(f"a competition's number expected, found {parts[4]!r}")
    repo = f"{parts[0]}/{parts[1]}"
    if not SHORTEST_REPO <= len(repo) <= LONGEST_REPO or not REPO.fullmatch(repo):
        raise Refused(f"namespace/name of {SHORTEST_REPO} to {LONGEST_REPO} characters expected, found {repo!r}")
    if not COMMIT.fullmatch(parts[2]):
        raise Refused(f"a commit of 40 hex digits expected, found {parts[2]!r}")
    # The older form has four parts: competition 0, and the fourth is both hashes.
    competition = int(parts[4]) if len(parts) > 4 else 0
    return Commitment(repo, parts[2], None if parts[3] == ABSENT else parts[3], competition)
