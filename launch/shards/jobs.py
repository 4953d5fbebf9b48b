"""What is tokenised at a time, in an order that the seed decides and that no number of workers changes."""

import random
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from .documents import documents_of
from .inputs import Document, Fields, Part

JOB_BYTES = 256 * 1024


@dataclass(frozen=True)
class Job:
    """Some parts, read in order; with `shuffle` their documents are then put into an order drawn from it."""

    number: int
    parts: tuple[Part, ...]
    shuffle: str | None = None

    @property
    def size(self) -> int:
        return sum(part.size for part in self.parts)


def make_jobs(parts: Iterable[Part], shuffle_seed: int | None) -> Iterator[Job]:
    """Small parts are put together. With a seed the parts are shuffled first, so all of them are looked for."""
    if shuffle_seed is not None:
        parts = list(parts)
        random.Random(shuffle_seed).shuffle(parts)
    number, waiting, size = 0, [], 0
    for part in parts:
        waiting.append(part)
        size += part.size
        if size >= JOB_BYTES:
            yield Job(number, tuple(waiting), _shuffle_of(shuffle_seed, number))
            number, waiting, size = number + 1, [], 0
    if waiting:
        yield Job(number, tuple(waiting), _shuffle_of(shuffle_seed, number))


def _shuffle_of(seed: int | None, number: int) -> str | None:
    return None if seed is None else f"{seed} {number}"


def documents_of_job(job: Job, fields: Fields) -> Iterator[Document]:
    documents = (document for part in job.parts for document in documents_of(part, fields))
    if job.shuffle is None:
        yield from documents
        return
    held = list(documents)
    random.Random(job.shuffle).shuffle(held)
    yield from held
