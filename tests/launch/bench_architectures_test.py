"""launch/bench_architectures.py: a shape for every architecture that is implemented, and a line for each."""

import json
import re
import subprocess
import sys
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = sys.argv.pop()
SCRIPT = ROOT / "launch/bench_architectures.py"


class BenchArchitectures(unittest.TestCase):
    def run_script(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run([sys.executable, SCRIPT, *arguments], capture_output=True, text=True, check=False)

    def test_every_architecture_of_the_readme_has_a_shape(self) -> None:
        table = (ROOT / "README.md").read_text().split("## Architectures", 1)[1].split("\n## ", 1)[0]
        named = set(re.findall(r"`(\w+(?:ForCausalLM|LMHeadModel))`", table))
        self.assertGreaterEqual(len(named), 14)
        known = self.run_script("Unknown").stderr.split("known are ")[1].strip().split(", ")
        self.assertEqual(named, set(known))

    def test_a_line_has_the_ratio_and_equal_losses(self) -> None:
        done = self.run_script("GPT2LMHeadModel", "--layers", "1", "--length", "32", "--rounds", "1", "--program", PROGRAM)
        self.assertEqual(done.returncode, 0, done.stderr)
        (line,) = done.stdout.splitlines()
        found = json.loads(line)
        self.assertEqual(found["architecture"], "GPT2LMHeadModel")
        self.assertGreater(found["value"], 0)
        self.assertLess(abs(found["mean_nll_difference_nat"]), 1e-5)


if __name__ == "__main__":
    unittest.main()
