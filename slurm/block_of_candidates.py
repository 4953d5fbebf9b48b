#!/usr/bin/env python3
"""Writes one block of a candidates file, with paths that hold wherever the block lies. Needs nothing but Python 3.6.

Usage: block_of_candidates.py CANDIDATES.json --block I --blocks N --out FILE

Exit code 3: the block has no candidates, and a file `empty` stands beside FILE in its place. 65: not a candidates file.
64: FILE is there with other content, so it is of another division or of other candidates.
"""

import argparse
import json
import os
import sys

EMPTY, USAGE, BAD_DATA = 3, 64, 65


def block_text(path, block, blocks):
    """The block's file, or nothing if no candidate is in it."""
    with open(path, encoding="utf-8") as file:
        content = json.load(file)
    chosen = content["candidates"][block::blocks]
    folder = os.path.dirname(os.path.abspath(path))
    for candidate in chosen:
        candidate["path"] = os.path.normpath(os.path.join(folder, candidate["path"]))
    content["candidates"] = chosen
    return json.dumps(content, indent=1) + "\n" if chosen else ""


def write_whole(path, text):
    with open(path + ".partial", "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    os.replace(path + ".partial", path)


def fail(code, message):
    print("block_of_candidates: " + message, file=sys.stderr)
    return code


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("candidates")
    parser.add_argument("--block", type=int, required=True)
    parser.add_argument("--blocks", type=int, required=True)
    parser.add_argument("--out", required=True)
    given = parser.parse_args()
    if not 0 <= given.block < given.blocks:
        return fail(USAGE, "block %d of %d: 0 to %d expected" % (given.block, given.blocks, given.blocks - 1))
    try:
        text = block_text(given.candidates, given.block, given.blocks)
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        return fail(BAD_DATA, "%s is no candidates file: %r" % (given.candidates, error))
    path = given.out if text else os.path.join(os.path.dirname(given.out), "empty")
    for other in (given.out, os.path.join(os.path.dirname(given.out), "empty")):
        if not os.path.exists(other):
            continue
        with open(other, encoding="utf-8") as file:
            if other != path or file.read() != text:
                return fail(USAGE, "%s is of another division or of other candidates: give another --out" % other)
        return 0 if text else EMPTY
    write_whole(path, text)
    return 0 if text else EMPTY


if __name__ == "__main__":
    sys.exit(main())
