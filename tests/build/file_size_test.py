#!/usr/bin/env python3
"""No source file is longer than 300 lines: who reads one can keep it in mind.

Usage: file_size_test.py ROOT_OF_THE_SOURCES
"""

import sys
import tempfile
import unittest
from pathlib import Path

ROOT = Path(sys.argv.pop(1)).resolve()
FOLDERS = ("src", "include", "launch", "tests", "slurm", "cmake")
SUFFIXES = {".cpp", ".h", ".cu", ".cuh", ".py", ".sh", ".cmake"}
LIMIT = 300


def lines_of_sources(root: Path) -> dict[str, int]:
    """Path and number of lines of every source file."""
    paths = [path for folder in FOLDERS for path in (root / folder).rglob("*") if path.suffix in SUFFIXES]
    return {str(path.relative_to(root)): len(path.read_bytes().splitlines()) for path in sorted(paths)}


def too_long(lines: dict[str, int]) -> list[str]:
    return [f"{path}: {count} lines" for path, count in lines.items() if count > LIMIT]


class FileSizes(unittest.TestCase):
    def test_no_source_file_is_longer_than_the_limit(self) -> None:
        lines = lines_of_sources(ROOT)
        for place in ("src/core/", "include/verdict/core/", "launch/", "tests/core/"):
            self.assertTrue(any(path.startswith(place) for path in lines), f"no source file found in {place}")
        self.assertEqual(too_long(lines), [], f"at most {LIMIT} lines expected")

    def test_one_line_too_many_is_found(self) -> None:
        with tempfile.TemporaryDirectory() as scratch:
            folder = Path(scratch) / "src/deep"
            folder.mkdir(parents=True)
            (folder / "long.cpp").write_text("\n" * (LIMIT + 1))
            (folder / "just_right.cpp").write_text("\n" * LIMIT)
            self.assertEqual(too_long(lines_of_sources(Path(scratch))), [f"src/deep/long.cpp: {LIMIT + 1} lines"])


if __name__ == "__main__":
    unittest.main()
