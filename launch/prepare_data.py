#!/usr/bin/env python3
"""Makes a token shard (HDF5) for `verdict evaluate` from text, JSON lines, Parquet, Arrow and HDF5.

A text file is one document; a line of .jsonl and .ndjson files, a row of .parquet and .arrow files, an entry of a column
of strings of .h5 files another, its text in --field. Names ending in .gz are unpacked. A folder is a data set of Hugging
Face `datasets`: as save_to_disk leaves it, or the Parquet, Arrow and JSON lines files in it.

Documents are packed into rows of --length tokens, each document followed by EOS; a rest that fills no row is dropped. The
same input gives the same file, byte for byte, with any number of --workers. After a kill the same line goes on where it
was; an unfinished shard never has the name of --out.

Examples:
  .venv/bin/python launch/prepare_data.py --tokenizer tokenizer.json --tokenizer-name gpt-4 --eos-id 100257 \\
      --vocab-size 100277 --length 4096 --out fineweb-0.h5 --domain web --seed 1 part-*.parquet
  .venv/bin/python launch/prepare_data.py --tokenizer .demo/tokenizer/tokenizer.json --tokenizer-name smollm2 \\
      --eos-id 0 --length 512 --rows 64 --out notes.h5 notes/*.txt
"""

import argparse
import hashlib
import os
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import tokenizers
from shards.documents import all_parts, input_files
from shards.errors import PrepareError, WorkerLost
from shards.inputs import Fields, Part
from shards.jobs import Job, make_jobs
from shards.packing import Leftover, Packer
from shards.pages import PAGE_ROWS, PageDraw, draw_parts
from shards.progress import Progress, say
from shards.work_folder import WorkFolder
from shards.workers import Work, load_tokenizer, pieces_of
from shards.writer import ShardInfo, ShardWriter
from tokenizers import Tokenizer

LARGEST_ID = 2**32 - 1


def positive(text: str) -> int:
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError(f"a number of at least 1 expected, not {text}")
    return value


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("inputs", nargs="+", type=Path, help="files and folders, in the order of their documents")
    parser.add_argument("--tokenizer", required=True, type=Path, help="tokenizer.json of the Hugging Face tokenizers library")
    parser.add_argument("--tokenizer-name", required=True, help="the name that the competition gives it")
    parser.add_argument("--vocab-size", type=positive, help="as the competition has it (default: the tokenizer's own)")
    parser.add_argument("--eos-id", required=True, type=int, help="id of the token that ends a document")
    parser.add_argument("--length", required=True, type=positive, help="tokens in a row")
    parser.add_argument("--rows", type=positive, help="at most so many rows (default: all that the text fills)")
    parser.add_argument("--field", default="text", help="field, column or dataset that holds the text (default: text)")
    parser.add_argument("--domain", default="", help="domain of all documents, kept for each row")
    parser.add_argument("--domain-field", default="", help="field that holds a document's domain")
    parser.add_argument("--source-field", default="", help="field that holds a document's source (default: the file's name)")
    parser.add_argument("--doc-id", action="store_true", help="store the document number of every token, too")
    parser.add_argument("--source", default="", help="where the text is from, in words (default: the input names)")
    parser.add_argument("--seed", type=int, help="shuffle the documents: stretches of the inputs, then in each 256 KiB")
    parser.add_argument("--pages", type=positive, help="draw so many pages of rows, as the reference does, by --block-hash")
    parser.add_argument("--block-hash", help="seeds the draw of pages, as text: 0x…")
    parser.add_argument("--page-rows", type=positive, default=PAGE_ROWS, help=f"rows in a page (default: {PAGE_ROWS})")
    parser.add_argument("--max-pages", type=positive, help="highest first row of a page (default: the last row)")
    parser.add_argument("--workers", type=positive, default=len(os.sched_getaffinity(0)), help="processes (default: a core each)")
    parser.add_argument("--out", required=True, type=Path, help="the shard to write")
    arguments = parser.parse_args()
    if (arguments.pages is None) != (arguments.block_hash is None):
        parser.error("--pages and --block-hash go together")
    if arguments.pages is not None and arguments.seed is not None:
        parser.error("--seed shuffles what --pages already draws: give one of them")
    return arguments


def shard_info(arguments: argparse.Namespace, tokenizer: Tokenizer) -> ShardInfo:
    """Checks the tokenizer against what was asked for."""
    highest = max(tokenizer.get_vocab(with_added_tokens=True).values(), default=-1)
    vocab_size = arguments.vocab_size or highest + 1
    if tokenizer.id_to_token(arguments.eos_id) is None:
        raise PrepareError(f"{arguments.tokenizer}: has no token with the id {arguments.eos_id} given as --eos-id")
    if not highest < vocab_size <= LARGEST_ID:
        raise PrepareError(f"{arguments.tokenizer}: has ids up to {highest}; --vocab-size {vocab_size} does not hold them")
    return ShardInfo(
        tokenizer=arguments.tokenizer_name,
        vocab_size=vocab_size,
        eos_id=arguments.eos_id,
        length=arguments.length,
        source=arguments.source or ", ".join(path.name for path in arguments.inputs),
        with_doc_id=arguments.doc_id,
        with_domain=bool(arguments.domain or arguments.domain_field),
    )


def plan_of(arguments: argparse.Namespace, files: list[Path]) -> dict[str, Any]:
    """All that decides the tokens of a job: work that was done under another plan is thrown away."""
    free = ("inputs", "workers", "rows", "out", "tokenizer", "tokenizer_name", "source", "doc_id", "length", "vocab_size")
    stats = [(path, path.stat()) for path in files]
    return {
        "tokenizers": tokenizers.__version__,
        "options": {name: value for name, value in vars(arguments).items() if name not in free},
        "tokenizer": hashlib.sha256(arguments.tokenizer.read_bytes()).hexdigest(),
        "inputs": [[str(path.absolute()), stat.st_size, stat.st_mtime_ns] for path, stat in stats],
    }


def jobs_of(arguments: argparse.Namespace, files: list[Path]) -> tuple[Iterator[Job], int]:
    """The jobs, and the bytes that they read in all."""
    if arguments.pages is None:
        return make_jobs(all_parts(files), arguments.seed), sum(path.stat().st_size for path in files)
    draw = PageDraw(arguments.block_hash, arguments.pages, arguments.max_pages, arguments.page_rows)
    parts: list[Part] = [part for page in draw_parts(list(all_parts(files)), draw) for part in page]
    return make_jobs(parts, None), sum(part.size for part in parts)


def require_a_row(count: Leftover, length: int) -> None:
    if count.documents == 0:
        raise PrepareError("no text in the inputs")
    if count.tokens < length:
        raise PrepareError(
            f"too little text: {count.documents:,} documents give {count.tokens:,} tokens, a row needs {length:,}: "
            f"{length - count.tokens:,} more"
        )


def write_shard(arguments: argparse.Namespace, info: ShardInfo, files: list[Path], work: WorkFolder) -> None:
    fields = Fields(arguments.field, arguments.domain, arguments.domain_field, arguments.source_field)
    jobs, size = jobs_of(arguments, files)
    packer, progress = Packer(info.length, arguments.rows), Progress(arguments.rows, size)
    pieces = pieces_of(jobs, Work(arguments.tokenizer, info.eos_id, fields, work.path), arguments.workers)
    with closing(pieces), ShardWriter(arguments.out, info, work.path, packer.domains, packer.sources) as writer:
        for job, piece in pieces:
            writer.append(packer.add(piece))
            progress.step(job.size, writer.rows, packer.count.tokens)
            if packer.full():
                break
        require_a_row(packer.count, info.length)
    short = f" (of {arguments.rows:,} asked for: the text ended)" if arguments.rows and writer.rows < arguments.rows else ""
    say(
        f"{arguments.out}: {writer.rows:,} rows of {info.length:,} tokens{short} from {packer.count.documents:,} documents, "
        f"{packer.count.unused:,} tokens left over"
    )


def prepare(arguments: argparse.Namespace) -> None:
    info = shard_info(arguments, load_tokenizer(arguments.tokenizer))
    files = input_files(arguments.inputs)
    with WorkFolder(arguments.out, plan_of(arguments, files)) as work:
        if work.resumed:
            say(f"going on with what an earlier start left in {work.path}")
        write_shard(arguments, info, files, work)


def main() -> None:
    try:
        prepare(parse_arguments())
    except (PrepareError, WorkerLost, OSError) as problem:
        sys.exit(f"prepare_data: {problem}")


if __name__ == "__main__":
    main()
