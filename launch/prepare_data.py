#!/usr/bin/env python3
"""Makes a token shard (HDF5) for `verdict evaluate` from text files and JSON lines.

A text file is one document; in .jsonl and .ndjson files every line is one, its text in --field. Names ending in .gz are
unpacked. Documents are packed into rows of --length tokens, each document followed by EOS; a rest that fills no row is
dropped. The same input gives the same file, byte for byte.

Examples:
  .venv/bin/python launch/prepare_data.py --tokenizer tokenizer.json --tokenizer-name gpt-4 --eos-id 100257 \\
      --vocab-size 100277 --length 4096 --out fineweb-0.h5 --source "FineWeb sample" part-*.jsonl
  .venv/bin/python launch/prepare_data.py --tokenizer .demo/tokenizer/tokenizer.json --tokenizer-name smollm2 \\
      --eos-id 0 --length 512 --rows 64 --out notes.h5 notes/*.txt
"""

import argparse
import sys
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

from shards.documents import read_documents
from shards.errors import PrepareError
from shards.packing import Leftover, Stream, encode_documents, pack_rows
from shards.writer import ShardInfo, ShardWriter
from tokenizers import Tokenizer

PROGRESS_SECONDS = 5.0
LARGEST_ID = 2**32 - 1


def say(text: str) -> None:
    print(f"prepare_data: {text}", file=sys.stderr, flush=True)


def positive(text: str) -> int:
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError(f"a number of at least 1 expected, not {text}")
    return value


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("inputs", nargs="+", type=Path, help="text files and JSON lines, in the order of their documents")
    parser.add_argument("--tokenizer", required=True, type=Path, help="tokenizer.json of the Hugging Face tokenizers library")
    parser.add_argument("--tokenizer-name", required=True, help="the name that the competition gives it")
    parser.add_argument("--vocab-size", type=positive, help="as the competition has it (default: the tokenizer's own)")
    parser.add_argument("--eos-id", required=True, type=int, help="id of the token that ends a document")
    parser.add_argument("--length", required=True, type=positive, help="tokens in a row")
    parser.add_argument("--rows", type=positive, help="at most so many rows (default: all that the text fills)")
    parser.add_argument("--field", default="text", help="field of JSON lines that holds the text (default: text)")
    parser.add_argument("--doc-id", action="store_true", help="store the document number of every token, too")
    parser.add_argument("--source", default="", help="where the text is from, in words (default: the input names)")
    parser.add_argument("--out", required=True, type=Path, help="the shard to write")
    return parser.parse_args()


def load_tokenizer(path: Path) -> Tokenizer:
    if not path.is_file():
        raise PrepareError(f"{path}: no such tokenizer file")
    try:
        return Tokenizer.from_file(str(path))
    except Exception as problem:  # The library raises bare Exception.
        raise PrepareError(f"{path}: not a tokenizer.json: {problem}") from problem


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
    )


def with_progress(blocks: Iterable[Stream], length: int, wanted: int | None) -> Iterator[Stream]:
    rows, spoken = 0, time.monotonic()
    for block in blocks:
        rows += len(block) // length
        if time.monotonic() - spoken >= PROGRESS_SECONDS:
            spoken = time.monotonic()
            say(f"{rows:,}{f' of {wanted:,}' if wanted else ''} rows")
        yield block


def require_a_row(count: Leftover, length: int) -> None:
    if count.documents == 0:
        raise PrepareError("no text in the inputs")
    if count.tokens < length:
        raise PrepareError(
            f"too little text: {count.documents:,} documents give {count.tokens:,} tokens, a row needs {length:,}: "
            f"{length - count.tokens:,} more"
        )


def prepare(arguments: argparse.Namespace) -> None:
    tokenizer = load_tokenizer(arguments.tokenizer)
    info = shard_info(arguments, tokenizer)
    count = Leftover()
    pieces = encode_documents(read_documents(arguments.inputs, arguments.field), tokenizer, info.eos_id)
    blocks = pack_rows(pieces, info.length, arguments.rows, count)
    with ShardWriter(arguments.out, info) as writer:
        for block in with_progress(blocks, info.length, arguments.rows):
            writer.append(block)
        require_a_row(count, info.length)
    short = f" (of {arguments.rows:,} asked for: the text ended)" if arguments.rows and writer.rows < arguments.rows else ""
    say(
        f"{arguments.out}: {writer.rows:,} rows of {info.length:,} tokens{short} from {count.documents:,} documents, "
        f"{count.unused:,} tokens left over"
    )


def main() -> None:
    try:
        prepare(parse_arguments())
    except (PrepareError, OSError) as problem:
        sys.exit(f"prepare_data: {problem}")


if __name__ == "__main__":
    main()
