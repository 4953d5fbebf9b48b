"""The README shows what the demo printed, and the demo printed what it evaluates now."""

import json
import re
import sys
import tomllib
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "launch"))

import record_demo

RECORD = record_demo.RECORD.read_text()
README = (ROOT / "README.md").read_text()
DEMO = ROOT / "launch/demo"


class DemoOutput(unittest.TestCase):
    def test_readme_shows_the_closing_part_of_the_record(self) -> None:
        self.assertEqual(record_demo.with_record(README, RECORD), README, "run: launch/demo.sh 2>&1 | launch/record_demo.py")

    def test_a_changed_number_is_found(self) -> None:
        changed = RECORD.replace("winner 63", "winner 64")
        self.assertNotEqual(changed, RECORD)
        self.assertNotEqual(record_demo.with_record(README, changed), README)

    def test_record_is_of_the_candidates_and_competitions_of_the_demo(self) -> None:
        candidates = json.loads((DEMO / "candidates-1.json").read_text())
        shown = re.findall(r"^ +(?:\d+|–) +(\d+) +(\S+) ", RECORD, re.M)
        self.assertEqual(sorted(shown), sorted((str(c["uid"]), c["repo"]) for c in candidates["candidates"]))
        for competition in tomllib.loads((DEMO / "competitions.toml").read_text())["competition"]:
            self.assertIn(f"competition {competition['id']} {competition['name']}, block {candidates['block']}", RECORD)
            for task in competition["task"]:
                self.assertIn(f"{task['name']} [nat], n={task['rows']}", RECORD)

    def test_each_candidate_became_what_the_demo_says(self) -> None:
        """The story of launch/demo/README.md, read from the tables."""
        status = dict(re.findall(r"^ +(?:\d+|–) +(\d+) +\S+ +(\S+) ", RECORD, re.M))
        wanted = {"12": "ok", "34": "ok", "41": "filtered", "56": "refused", "78": "filtered", "27": "ok"}
        wanted |= {"90": "non_finite", "63": "ok", "15": "ok", "16": "ok", "99": "refused"}
        self.assertEqual(status, wanted)
        self.assertEqual(re.findall(r"^winner (\d+):", RECORD, re.M), ["63", "15"])
        losses = dict(re.findall(r"^ +\d+ +(\d+) +\S+ +ok +(\d\.\d+) ", RECORD, re.M))
        self.assertLess(losses["63"], losses["27"])
        self.assertLess(losses["27"], losses["34"])
        self.assertLess(losses["34"], losses["12"])
        self.assertIn("99:demo/too-large: refused: parameters", RECORD)


if __name__ == "__main__":
    unittest.main()
