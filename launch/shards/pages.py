"""Pages of a large data set, drawn by a block hash as the reference draws them (pretrain/dataset.py of
macrocosm-os/pretraining at 42328dea).

A page is a stretch of rows; n of them are drawn as random.randint(1, max_pages) from one generator, and the number drawn
is the first row of the page. The reference asks a server for 100 rows from there. max_pages is the number of rows unless
given: the reference has a constant for each of its data sets.
"""

import hashlib
import random
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass

from .errors import PrepareError
from .inputs import Part

PAGE_ROWS = 100


@dataclass(frozen=True)
class PageDraw:
    block_hash: str
    pages: int
    max_pages: int | None = None
    page_rows: int = PAGE_ROWS


def seed_of(block_hash: str) -> int:
    """SHA-256 of the text as given, as a big-endian integer."""
    return int.from_bytes(hashlib.sha256(block_hash.encode("utf-8")).digest(), "big")


def sample_pages(seed: int, max_pages: int, count: int) -> list[int]:
    generator = random.Random(seed)
    return [generator.randint(1, max_pages) for _ in range(count)]


def rows_of(parts: list[Part], firsts: list[int], begin: int, end: int) -> Iterator[Part]:
    """The rows [begin, end) of all parts in a line; `firsts` has the first row of each."""
    index = bisect_right(firsts, begin) - 1
    while begin < end and index < len(parts):
        part, first = parts[index], firsts[index]
        stop = min(end, first + part.end - part.begin)
        yield part.rows(part.begin + begin - first, part.begin + stop - first)
        begin, index = stop, index + 1


def draw_parts(parts: list[Part], draw: PageDraw) -> list[list[Part]]:
    """For each page, in the order drawn, the parts that hold its rows."""
    firsts, total = [], 0
    for part in parts:
        firsts.append(total)
        total += part.end - part.begin
    limit = draw.max_pages or total - 1
    if limit < 1 or limit >= total:
        raise PrepareError(f"the inputs have {total:,} rows; pages up to row {limit:,} cannot be drawn from them")
    pages = sample_pages(seed_of(draw.block_hash), limit, draw.pages)
    return [list(rows_of(parts, firsts, page, min(page + draw.page_rows, total))) for page in pages]
