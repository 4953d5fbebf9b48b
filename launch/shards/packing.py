"""Documents packed into rows of one length, without gaps.

Every document is followed by one EOS token; the stream is cut into rows wherever a row is full, and what is left at the
end is dropped. Each token carries the UTF-8 bytes of text that it stands for, so that the counts of all rows and of the
dropped rest add up to the bytes of all documents. EOS stands for 0 bytes.
"""

import itertools
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Self

import numpy as np
from tokenizers import Encoding, Tokenizer

BATCH_DOCUMENTS = 64


@dataclass
class Stream:
    """Tokens with, for each, its bytes of text and the number of its document (counted from 0)."""

    tokens: np.ndarray  # uint32 [n]
    n_bytes: np.ndarray  # uint32 [n]
    doc_id: np.ndarray  # uint32 [n]

    @classmethod
    def empty(cls) -> Self:
        return cls(*(np.empty(0, np.uint32) for _ in range(3)))

    @classmethod
    def join(cls, parts: list[Self]) -> Self:
        return cls(*(np.concatenate([getattr(p, name) for p in parts]) for name in ("tokens", "n_bytes", "doc_id")))

    def cut(self, begin: int, end: int) -> Self:
        return type(self)(self.tokens[begin:end], self.n_bytes[begin:end], self.doc_id[begin:end])

    def __len__(self) -> int:
        return len(self.tokens)


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


def encode_document(text: str, encoding: Encoding, eos_id: int, number: int) -> Stream:
    tokens = np.array([*encoding.ids, eos_id], np.uint32)
    n_bytes = np.append(token_bytes(text, encoding.offsets), np.uint32(0))
    return Stream(tokens, n_bytes, np.full(len(tokens), number, np.uint32))


def encode_documents(documents: Iterable[str], tokenizer: Tokenizer, eos_id: int) -> Iterator[Stream]:
    """One piece of the stream per document. Text that spells a special token stays text: nobody can forge an EOS."""
    tokenizer.encode_special_tokens = True
    tokenizer.no_truncation()
    tokenizer.no_padding()
    number = 0
    remaining = iter(documents)
    while batch := list(itertools.islice(remaining, BATCH_DOCUMENTS)):
        for text, encoding in zip(batch, tokenizer.encode_batch(batch, add_special_tokens=False), strict=True):
            if encoding.ids:  # A document of which the tokenizer keeps nothing is as good as empty.
                yield encode_document(text, encoding, eos_id, number)
                number += 1


@dataclass
class Leftover:
    """What was seen in all, for messages; tokens that filled no row are counted in `unused`."""

    documents: int = 0
    tokens: int = 0
    unused: int = 0


def pack_rows(pieces: Iterable[Stream], length: int, max_rows: int | None, count: Leftover) -> Iterator[Stream]:
    """Yields blocks of whole rows, flat: a multiple of `length` tokens each. Fills in `count` as it goes."""
    waiting = Stream.empty()
    rows = 0
    for piece in pieces:
        count.documents += 1
        count.tokens += len(piece)
        waiting = Stream.join([waiting, piece])
        ready = len(waiting) // length
        if max_rows is not None:
            ready = min(ready, max_rows - rows)
        if ready:
            yield waiting.cut(0, ready * length)
            waiting = waiting.cut(ready * length, len(waiting))
            rows += ready
        count.unused = len(waiting)
        if rows == max_rows:
            return
