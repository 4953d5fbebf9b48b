"""docs/attacks.md names tests that exist, and every attack once."""

import re
import sys
from pathlib import Path

root = Path(sys.argv[1])
text = (root / "docs/attacks.md").read_text()
sources = "\n".join(path.read_text() for path in (root / "tests").rglob("*") if path.suffix in (".cpp", ".py"))
cases = {f"{suite}.{name}" for suite, name in re.findall(r"TEST(?:_[FP])?\(\s*(\w+),\s*(\w+)\)", sources)}
cases |= set(re.findall(r"def (test_\w+)", sources))

rows = re.findall(r"^\| (\d+) \|(.*)", text, re.MULTILINE)
named = re.findall(r"`([A-Z]\w+\.\w+|test_\w+)`", "".join(row for _, row in rows))
missing = sorted({name for name in named if name not in cases})
if [int(number) for number, _ in rows] != list(range(1, 33)):
    sys.exit("docs/attacks.md must have one row for each of 1 to 32")
if missing or len(named) < 31:
    sys.exit(f"docs/attacks.md names tests that do not exist: {', '.join(missing)}")
