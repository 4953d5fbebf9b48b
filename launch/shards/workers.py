"""Jobs tokenised by several processes; their pieces come back in the order of the jobs."""

import functools
import itertools
import multiprocessing
import os
import threading
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from pathlib import Path

from tokenizers import Tokenizer

from .errors import PrepareError, WorkerLost
from .inputs import Fields
from .jobs import Job, documents_of_job
from .packing import Piece, encode_documents
from .work_folder import load_piece, save_piece

AHEAD = 2  # Jobs in work or waiting for their turn, for each worker.


def load_tokenizer(path: Path) -> Tokenizer:
    if not path.is_file():
        raise PrepareError(f"{path}: no such tokenizer file")
    try:
        return Tokenizer.from_file(str(path))
    except Exception as problem:  # The library raises bare Exception.
        raise PrepareError(f"{path}: not a tokenizer.json: {problem}") from problem


@dataclass(frozen=True)
class Work:
    """All that a worker must know."""

    tokenizer: Path
    eos_id: int
    fields: Fields
    folder: Path


class Worker:
    def __init__(self, work: Work) -> None:
        self._work = work
        self._tokenizer = load_tokenizer(work.tokenizer)

    def do(self, job: Job) -> None:
        piece = encode_documents(documents_of_job(job, self._work.fields), self._tokenizer, self._work.eos_id)
        save_piece(self._work.folder, job.number, piece)


@functools.cache
def _worker_of(work: Work) -> Worker:
    """Made once in each process of the pool."""
    return Worker(work)


def _do(work: Work, job: Job) -> None:
    _worker_of(work).do(job)


def _start() -> None:
    """In each process of the pool: one core, and an end when the parent ends, which a killed one cannot ask for."""
    os.environ["TOKENIZERS_PARALLELISM"] = "false"

    def end_with_parent() -> None:
        multiprocessing.parent_process().join()
        os._exit(1)

    threading.Thread(target=end_with_parent, daemon=True).start()


def _piece_of(work: Work, job: Job, done: Future[None] | None) -> Piece:
    if done is not None:
        done.result()
    piece = load_piece(work.folder, job.number)
    if piece is None:
        raise OSError(f"{work.folder}: job {job.number} was written and cannot be read")
    return piece


def _in_this_process(jobs: Iterable[Job], work: Work) -> Iterator[tuple[Job, Piece]]:
    worker = Worker(work)
    for job in jobs:
        piece = load_piece(work.folder, job.number)
        if piece is None:
            worker.do(job)
            piece = _piece_of(work, job, None)
        yield job, piece


def _in_a_pool(jobs: Iterable[Job], work: Work, workers: int) -> Iterator[tuple[Job, Piece]]:
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(workers, mp_context=context, initializer=_start) as pool:
        waiting: deque[tuple[Job, Future[None] | None]] = deque()
        try:
            for job in jobs:
                ready = load_piece(work.folder, job.number) is not None
                waiting.append((job, None if ready else pool.submit(_do, work, job)))
                if len(waiting) > workers * AHEAD:
                    first, done = waiting.popleft()
                    yield first, _piece_of(work, first, done)
            while waiting:
                first, done = waiting.popleft()
                yield first, _piece_of(work, first, done)
        except BrokenProcessPool as problem:
            raise WorkerLost("a worker was killed (out of memory?); the same line goes on where this ended") from problem
        finally:
            pool.shutdown(wait=True, cancel_futures=True)


def pieces_of(jobs: Iterable[Job], work: Work, workers: int) -> Iterator[tuple[Job, Piece]]:
    """Each job with its piece, in order. What the work folder holds already is not made again."""
    remaining = iter(jobs)
    first = list(itertools.islice(remaining, 2))
    everything = itertools.chain(first, remaining)
    if workers == 1 or len(first) < 2:
        return _in_this_process(everything, work)
    return _in_a_pool(everything, work, workers)
