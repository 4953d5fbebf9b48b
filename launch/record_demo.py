#!/usr/bin/env python3
"""Puts what the demo printed into docs/demo-output.txt, and its closing part into README.md.

Example:  launch/demo.sh 2>&1 | .venv/bin/python launch/record_demo.py
"""

import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
RECORD = ROOT / "docs/demo-output.txt"


def recorded(output: str) -> str:
    """From the start of the evaluation on, without blanks at the ends of lines."""
    at = output.find("demo: epoch 1:")
    if at < 0 or "\nwrote " not in output:
        sys.exit("record_demo: the output of a demo that went well expected")
    return "".join(line.rstrip() + "\n" for line in output[at:].rstrip().splitlines())


def parts(record: str) -> dict[str, str]:
    """The tables on the terminal, and the last table, from HDF5."""
    tables = re.search(r"^competition 1 .*?(?=^wrote )", record, re.M | re.S)
    losses = re.search(r"^task .*", record, re.M | re.S)
    if not tables or not losses:
        sys.exit("record_demo: the tables of competition 1 and the table of losses expected")
    return {"demo-output": tables[0].rstrip(), "demo-losses": losses[0].rstrip()}


def put(readme: str, name: str, text: str) -> str:
    block = re.compile(rf"(<!-- {name} begins[^>]*-->\n```\n).*?(\n```\n<!-- {name} ends -->)", re.S)
    changed, count = block.subn(lambda m: m[1] + text + m[2], readme)
    if count != 1:
        sys.exit(f"record_demo: README.md: one block {name} expected, {count} found")
    return changed


def with_record(readme: str, record: str) -> str:
    for name, text in parts(record).items():
        readme = put(readme, name, text)
    return readme


def main() -> None:
    output = ""
    for line in sys.stdin:
        sys.stderr.write(line)
        output += line
    record = recorded(output)
    RECORD.write_text(record)
    readme = ROOT / "README.md"
    readme.write_text(with_record(readme.read_text(), record))


if __name__ == "__main__":
    main()
