"""Documents packed into rows of one length, without gaps.

Every document is followed by one EOS token; the stream is cut into rows wherever a row is full, and what is left at the
end is dropped. Each token carries the UTF-8 bytes of text that it stands for, so that the counts of all rows and of the
dropped rest add up to the bytes of all documents. EOS stands for 0 bytes.
"""

import itertools
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields
from typing import Self

import numpy as np
from tokenizers import Encoding, Tokenizer

from .inputs import Document

BATCH_DOCUMENTS = 64


@dataclass
class Stream:
    """Tokens with, for each, its bytes of text, its document (counted from 0), and numbers of its domain and source."""

    tokens: np.ndarray  # uint32 [n], as are the others
    n_bytes: np.ndarray
    doc_id: np.ndarray
    domain: np.ndarray
    source: np.ndarray

    @classmethod
    def empty(cls) -> Self:
        return cls(*(np.empty(0, np.uint32) for _ in fields(cls)))

    @classmethod
    def join(cls, parts: list[Self]) -> Self:
        return cls(*(np.concatenate([getattr(part, f.name) for part in parts]) for f in fields(cls)))

    def cut(self, begin: int, end: int) -> Self:
        return type(self)(*(getattr(self, f.name)[begin:end] for f in fields(self)))

    def __len__(self) -> int:
        return len(self.tokens)


@dataclass
class Piece:
    """The tokens of some documents, one after the other, each with its EOS. Names are numbered within the piece."""

    tokens: np.ndarray  # uint32 [n]
    n_bytes: np.ndarray  # uint32 [n]
    lengths: np.ndarray  # uint32 [documents]
    domain: np.ndarray  # uint32 [documents], into `domains`
    source: np.ndarray
    domains: list[str]
    sources: list[str]


class Names:
    """Numbers names in the order in which they are met."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}

    def number(self, name: str) -> int:
        return self._numbers.setdefault(name, len(self._numbers))

    def all(self) -> list[str]:
        return list(self._numbers)


def token_bytes(text: str, offsets: list[tuple[int, int]]) -> np.ndarray:
    """Bytes of text behind each token, [n]; they add up to the bytes of `text`.

    Offsets count characters. A token gets what lies between the furthest end before it and its own end, so that a
    character that is cut into several tokens counts once, with the first; text after the last token goes to it.
    """
    points = np.frombuffer(text.encode("utf-32-le"), "<u4")
    width = 1 + (points >= 0x80).astype(np.int64) + (points >= 0x800) + (points >= 0x10000)  # UTF-8 bytes
    bytes_before = np.concatenate([[0], np.cumsum(width)])
    ends = np.maximum.accumulate(np.array([end for _, end in offsets], np.int64))
    ends[-1] = len(text)
    return np.diff(bytes_before[ends], prepend=0).astype(np.uint32)


def encode_all(documents: Iterable[Document], tokenizer: Tokenizer) -> Iterator[tuple[Document, Encoding]]:
    """Text that spells a special token stays text: nobody can forge an EOS."""
    tokenizer.encode_special_tokens = True
    tokenizer.no_truncation()
    tokenizer.no_padding()
    remaining = iter(documents)
    while batch := list(itertools.islice(remaining, BATCH_DOCUMENTS)):
        texts = [document.text for document in batch]
        for document, encoding in zip(batch, tokenizer.encode_batch(texts, add_special_tokens=False), strict=True):
            if encoding.ids:  # A document of which the tokenizer keeps nothing is as good as empty.
                yield document, encoding


def encode_documents(documents: Iterable[Document], tokenizer: Tokenizer, eos_id: int) -> Piece:
    tokens, n_bytes, domain, source = [], [], [], []
    domains, sources = Names(), Names()
    for document, encoding in encode_all(documents, tokenizer):
        tokens.append(np.array([*encoding.ids, eos_id], np.uint32))
        n_bytes.append(np.append(token_bytes(document.text, encoding.offsets), np.uint32(0)))
        domain.append(domains.number(document.domain))
        source.append(sources.number(document.source))
    nothing = [np.empty(0, np.uint32)]
    return Piece(
        tokens=np.concatenate(tokens or nothing),
        n_bytes=np.concatenate(n_bytes or nothing),
        lengths=np.array([len(one) for one in tokens], np.uint32),
        domain=np.array(domain, np.uint32),
        source=np.array(source, np.uint32),
        domains=domains.all(),
        sources=sources.all(),
    )


@dataclass
class Leftover:
    """What was seen in all, for messages; tokens that filled no row are counted in `unused`."""

    documents: int = 0
    tokens: int = 0
    unused: int = 0


class Packer:
    """Joins pieces to rows. `domains` and `sources` name what the rows' numbers mean."""

    def __init__(self, length: int, max_rows: int | None) -> None:
        self.count = Leftover()
        self.domains, self.sources = Names(), Names()
        self._length, self._max_rows = length, max_rows
        self._waiting = Stream.empty()
        self._rows = 0

    def full(self) -> bool:
        return self._max_rows is not None and self._rows >= self._max_rows

    def _stream(self, piece: Piece) -> Stream:
        """With numbers that hold for all pieces."""
        documents = np.arange(len(piece.lengths), dtype=np.uint32) + np.uint32(self.count.documents)
        domain = np.array([self.domains.number(name) for name in piece.domains], np.uint32)
        source = np.array([self.sources.number(name) for name in piece.sources], np.uint32)
        columns = (documents, domain[piece.domain], source[piece.source])
        return Stream(piece.tokens, piece.n_bytes, *(np.repeat(column, piece.lengths) for column in columns))

    def add(self, piece: Piece) -> Stream:
        """The whole rows that are ready now, flat: a multiple of the row length."""
        joined = Stream.join([self._waiting, self._stream(piece)])
        self.count.documents += len(piece.lengths)
        self.count.tokens += len(piece.tokens)
        ready = len(joined) // self._length
        if self._max_rows is not None:
            ready = min(ready, self._max_rows - self._rows)
        self._rows += ready
        self._waiting = joined.cut(ready * self._length, len(joined))
        self.count.unused = len(self._waiting)
        return joined.cut(0, ready * self._length)


def most_frequent(numbers: np.ndarray) -> np.ndarray:
    """[rows, length] -> [rows]: the number that most tokens of a row have, the lower one of equals."""
    return np.array([np.bincount(row).argmax() for row in numbers], np.uint32)
