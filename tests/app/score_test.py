"""`verdict score` on steps: every published case by both rule sets, and what is not a step."""

import json
import math
from pathlib import Path
from typing import Any

import support
from support import run

CASES = Path(__file__).resolve().parents[1] / "competition/vectors/scoring_cases.json"
WEIGHTS = 2e-6  # The production code behind the cases works in float32 after the win rates.
NUMBERS = {"inf": math.inf, "-inf": -math.inf, "nan": math.nan}
STEP = {
    "kind": "single_step",
    "uids": [5, 3],
    "scores": {"5": 2.0, "3": 2.1},
    "blocks": {"5": 20, "3": 10},
    "eps": {"fixed": 0.005},
    "current_block": 30,
}


class Steps(support.EndToEnd):
    def write(self, step: Any, name: str = "step.json") -> Path:
        path = self.folder / name
        path.write_text(step if isinstance(step, str) else json.dumps(step))
        return path

    def score(self, step: Any, *options: str) -> Any:
        done = self.assert_done(run("score", self.write(step), "--json", *options))
        return json.loads(done.out)

    def assert_same(self, got: Any, expected: Any, where: str, tolerance: float = 0) -> None:
        """Equal structure and numbers; weights within their tolerance."""
        if isinstance(expected, dict):
            self.assertEqual(set(got), set(expected), where)
            for key, value in expected.items():
                wide = {"step_weights": WEIGHTS, "competition_weights": WEIGHTS, "subnet_weights": WEIGHTS, "u16_vals": 1}
                self.assert_same(got[key], value, f"{where}.{key}", wide.get(key, tolerance))
        elif isinstance(expected, list):
            self.assertEqual(len(got), len(expected), where)
            for i, value in enumerate(expected):
                self.assert_same(got[i], value, f"{where}[{i}]", tolerance)
        elif isinstance(expected, (int, float)) and tolerance:
            self.assertLessEqual(abs(NUMBERS.get(got, got) - expected), tolerance, where)
        else:
            self.assertEqual(got, expected, where)

    def test_every_published_case_by_both_rule_sets(self) -> None:
        compared = 0
        for case in json.loads(CASES.read_text())["cases"]:
            inputs = {key: value for key, value in case.items() if not key.startswith("expected")}
            for rules in ("reference", "hardened"):
                expected = case.get(f"expected_{rules}", case["expected_reference"])
                with self.subTest(case=case["id"], rules=rules):
                    self.assert_same(self.score(inputs, "--rules", rules), expected, case["id"])
                    compared += 1
        self.assertEqual(compared, 80)  # 32 steps, 3 legacy steps and 5 sequences, twice.

    def test_hardened_is_the_default_and_an_aborted_step_is_no_failure(self) -> None:
        step = STEP | {"scores": {"5": 2.0, "3": 2.0}, "blocks": {"5": 10, "3": 10}}
        self.assertEqual(self.score(step)["top_uid"], 3)
        self.assertEqual(self.score(step, "--rules", "reference"), {"error": "StepAborted"})
        self.assertIn("abandons", self.assert_done(run("score", self.write(step), "--rules", "reference")).out)

    def test_infinite_nan_and_missing_numbers(self) -> None:
        step = STEP | {"uids": [5, 3, 8], "scores": {"5": "nan", "3": "inf"}, "blocks": {"5": 20, "3": 10}}
        nobody = {"competitive": [], "wins": {}, "win_rate": {}, "top_uid": None}
        weights = {"step_weights": {"3": 0.0, "5": 0.0, "8": 0.0}}
        self.assertEqual(self.score(step), nobody | weights)
        self.assertEqual(self.score(step, "--rules", "reference")["top_uid"], 3)
        empty = STEP | {"uids": [], "scores": {}, "blocks": {}}
        self.assertEqual(self.score(empty), nobody | {"step_weights": {}})
        self.assertEqual(self.score(empty, "--rules", "reference"), {"error": "StepAborted"})

    def test_the_kind_and_what_has_a_default_may_be_left_out(self) -> None:
        legacy = {"uids": [1, 2], "losses": {"1": [2.0, 2.0], "2": [1.9, 1.995]}, "blocks": {"1": 5, "2": 6}}
        scored = self.score(legacy, "--rules", "hardened")
        self.assertEqual(scored["wins"], {"1": 1, "2": 1})
        self.assertEqual(set(scored), {"wins", "win_rate", "step_weights"})
        self.assertEqual(self.score(legacy, "--epsilon", "0")["wins"], {"1": 0, "2": 2})
        self.assertEqual(self.score(legacy | {"n_batches": 1})["wins"], {"1": 0, "2": 1})
        self.assertEqual(self.score({k: v for k, v in STEP.items() if k != "kind"})["top_uid"], 5)
        sequence = {"n": 4, "competitions": [{"id": 1, "reward": 1.0, "eps": {"fixed": 0.1}}], "steps": []}
        empty = {"steps": [], "competition_weights": {}, "subnet_weights": [0.0] * 4, "u16_uids": [], "u16_vals": []}
        self.assertEqual(self.score(sequence), empty)

    def test_other_epsilons_and_blocks(self) -> None:
        step = STEP | {"scores": {"5": 2.0, "3": 2.005}, "eps": {"linear": [0.01, 0.0, 100]}}
        self.assertEqual(self.score(step)["win_rate"]["3"], 1.0)
        self.assertEqual(self.score(step, "--block", "110")["win_rate"]["5"], 1.0)
        self.assertEqual(self.score(step, "--epsilon", "0.001")["win_rate"]["5"], 1.0)
        self.assertEqual(self.score(step, "--epsilon-start", "0.0001")["win_rate"]["5"], 1.0)
        self.assertEqual(self.score(step, "--epsilon-end", "0.01")["competitive"], [3])
        self.assertEqual(self.score(step, "--epsilon-blocks", "20")["win_rate"]["5"], 1.0)

    def test_tables_for_people(self) -> None:
        out = self.assert_done(run("score", self.write(STEP))).out
        self.assertIn("winner uid 5", out)
        self.assertRegex(out, r"5\s+1\s+1\.000000\s+1\.000000")

    def test_what_is_not_a_step_is_refused_with_its_place(self) -> None:
        bad = {
            "not JSON": "{",
            "must be an object": [],
            "key 'uids': expected an array, found nothing": {key: STEP[key] for key in STEP if key != "uids"},
            "key 'uids': expected each uid once": STEP | {"uids": [5, 5]},
            "key 'eps': expected": STEP | {"eps": {"cubic": 1}},
            "at least 1 block": STEP | {"eps": {"linear": [0.1, 0.1, 0]}},
            "key 'scores': expected a number, found \"many\"": STEP | {"scores": {"5": "many", "3": 1}},
            "key 'scores': expected only uids that stand in 'uids', found \"9\"": STEP | {"scores": {"5": 2.0, "3": 2.1, "9": 1.0}},
            "key 'blocks': expected only uids that stand in 'uids', found \"05\"": STEP | {"blocks": {"05": 1}},
            "key 'losses': expected only uids that stand in 'uids'": {"uids": [1], "losses": {"1": [1], "2": [1]}, "blocks": {}},
            "key 'temperature'": STEP | {"temperature": 0},
            "key 'kind'": STEP | {"kind": "other"},
            "key 'losses': expected a list of 2 losses": {"uids": [1], "losses": {"1": [1]}, "blocks": {}, "n_batches": 2},
            "key 'n': expected at least 1, found nothing": {"steps": [], "competitions": []},
        }
        for part, step in bad.items():
            with self.subTest(part):
                self.assert_refused(run("score", self.write(step), "--json"), 65, "step.json", part)
        self.assert_refused(run("score", self.write(STEP), "--rules", "per-batch"), 64, "losses per batch")
        self.assert_refused(run("score", self.write(STEP), "--epsilon-start", "0.1"), 64, "--epsilon-end")
        self.assert_refused(run("score", self.write(STEP), "--epsilon", "1"), 64, "--epsilon", "less than 1")
        self.assert_refused(run("score", self.folder / "absent.json"), 74, "absent.json")


if __name__ == "__main__":
    support.main()
