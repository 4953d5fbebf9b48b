"""Random and extreme epochs and numbers: the program against an oracle in Python.

Usage: oracle_test.py PROGRAM FIXED_PROBE [unittest arguments]. VERDICT_ORACLE_CASES sets the number of epochs, VERDICT_ORACLE_SEED
where they begin; a failure names the seed of its case.
"""

import json
import os
import random
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path
from typing import Any

import oracle

PROGRAM, PROBE = (Path(sys.argv.pop(1)).resolve() for _ in range(2))
FOLDER = Path(__file__).resolve().parent
CASES = int(os.environ.get("VERDICT_ORACLE_CASES", "200"))
FIRST_SEED = int(os.environ.get("VERDICT_ORACLE_SEED", "1"))
I64, U64 = 2**63 - 1, 2**64 - 1


class Draw:
    """A state of a subnet from a seed; every list has ordinary and extreme values."""

    def __init__(self, seed: int) -> None:
        self.r = random.Random(seed)

    def some(self, *values: Any) -> Any:
        return self.r.choice(values)

    def u16(self) -> int:
        return self.some(0, 1, 2, 32767, 32768, 65534, 65535, self.r.randint(0, 65535))

    def params(self, n: int, block: int) -> dict[str, Any]:
        low, high = sorted((self.u16(), self.u16()))
        return {
            "kappa": self.some(32767, 32767, self.u16()),
            "bonds_penalty": self.some(0, 65535, self.u16()),
            "bonds_moving_average": self.some(0, 1, 900_000, 999_999, 1_000_000, self.r.randint(0, 10**6)),
            "yuma3": self.some(True, True, False),
            "liquid_alpha": self.some(True, False),
            "alpha_low": low,
            "alpha_high": high,
            "alpha_sigmoid_steepness": self.some(0, 1000, -1000, 5000, 2**31 - 1, -(2**31), self.r.randint(-9999, 9999)),
            "max_allowed_validators": self.some(0, 1, 2, n - 1, n, n + 1, 65535),
            "activity_cutoff": self.some(0, 1, 200, 5000, U64),
            "tempo": self.some(0, 1, 99, 360, U64),
            "min_stake": self.some(0, 0, 5, 10**12, U64),
            "owner_uid": self.some(None, self.r.randrange(n)),
            "last_step_block": self.some(0, max(block - 50, 0), block, U64),
        }

    def stake(self) -> list[int]:
        kind = self.some("equal", "small", "usual", "huge", "mixed", "none")
        draw = {
            "equal": lambda: 1000,
            "small": lambda: self.r.randint(0, 3),
            "usual": lambda: self.r.randint(0, 10**15),
            "huge": lambda: I64 - self.r.randint(0, 1),
            "mixed": lambda: self.some(0, 1, 10**12, I64),
            "none": lambda: 0,
        }[kind]
        return [draw() for _ in range(self.n)]

    def rows(self, share: float) -> dict[str, list[list[int]]]:
        rows = {}
        for i in range(self.n):
            if self.r.random() < share:
                targets = self.r.sample(range(self.n), self.r.randint(0, self.n))
                rows[str(i)] = [[j, self.u16()] for j in targets]
        return rows

    def copied_rows(self) -> dict[str, list[list[int]]]:
        """Validators that agree, up to one: where consensus is not 0."""
        row = [[j, self.u16()] for j in range(self.n)]
        return {str(i): self.some(row, row, row, row[::-1], row[:1]) for i in range(self.n)}

    def ease(self, case: dict[str, Any]) -> None:
        """Most states at the limits pay nobody. Half of the draws do, and are at the limits in other ways."""
        n = case["n"]
        case |= {"block": 300_000, "last_update": [299_999] * n, "block_at_registration": [0] * (n - 1) + [299_999]}
        case |= {"weights": self.copied_rows(), "commit_blocks": {}}
        case["params"] |= {"min_stake": 0, "kappa": self.some(32767, 20000), "max_allowed_validators": 64}
        case["params"] |= {"activity_cutoff": 5000, "tempo": 360, "last_step_block": self.some(0, 299_998)}

    def case(self) -> dict[str, Any]:
        self.n = n = self.some(1, 2, 3, 5, 8, 13, 21)
        block = self.some(0, 1, 1000, 300_000, U64)
        near = lambda: min(max(block + self.r.randint(-400, 3), 0), U64)  # noqa: E731
        registered = lambda: self.some(0, near(), max(near() - 500, 0))  # noqa: E731
        case = {
            "n": n,
            "block": block,
            "emission": self.some(0, 7, 10**9, 296 * 10**9, U64),
            "stake": self.stake(),
            "params": self.params(n, block),
            "last_update": [self.some(near(), block) for _ in range(n)],
            "block_at_registration": [registered() for _ in range(n)],
            "validator_permit": [self.r.random() < 0.8 for _ in range(n)],
            "weights": self.some(self.rows(0.9), self.copied_rows()),
            "bonds": self.rows(0.7),
            "commit_blocks": {str(i): near() for i in range(n) if self.r.random() < 0.15},
        }
        if self.r.random() < 0.5:
            self.ease(case)
        for optional in ("params", "bonds", "commit_blocks"):
            if self.r.random() < 0.05:
                del case[optional]
        for key in list(case.get("params", {})):
            if self.r.random() < 0.05 and not key.startswith("alpha_"):
                del case["params"][key]
        return case


class AgainstOracle(unittest.TestCase):
    def test_the_oracle_itself_computes_the_published_cases(self) -> None:
        for case in json.loads((FOLDER / "vectors/yuma_cases.json").read_text())["cases"]:
            self.assertEqual(oracle.Epoch(case).expected(), case["expected"], case["id"])

    def test_random_epochs(self) -> None:
        paid = limited = 0
        with tempfile.TemporaryDirectory() as scratch:
            path = Path(scratch) / "epoch.json"
            for seed in range(FIRST_SEED, FIRST_SEED + CASES):
                case = Draw(seed).case()
                path.write_text(json.dumps(case))
                done = subprocess.run([PROGRAM, "consensus", path, "--json"], capture_output=True, text=True)
                self.assertEqual(done.returncode, 0, f"seed {seed}: {done.stderr}")
                expected = oracle.Epoch(case).expected()
                self.assertEqual(json.loads(done.stdout), expected, f"seed {seed}")
                paid += any(expected["server_emission"])
                limited += any(0 < t < 65530 for t in expected["validator_trust"])
        # Draws in which nothing is paid or clipped would test little.
        self.assertGreater(paid, CASES // 4)
        self.assertGreater(limited, CASES // 8)

    def test_numbers_at_their_limits(self) -> None:
        r = random.Random(7)
        edges = [0, 1, -1, 2**31, 2**32, -(2**32), 2**32 + 1, 65535 << 32, I64, -(2**63), I64 - 1, 20 << 32, -20 << 32]
        edges += [r.randint(-(2 ** r.randint(1, 63)), 2 ** r.randint(1, 63) - 1) for _ in range(100)]
        functions = {"+": oracle.add, "-": oracle.sub, "*": oracle.mul, "/": oracle.div, "e": lambda a, _: oracle.exp(a)}
        questions = [(op, a, b) for op in functions for a in edges for b in (edges if op != "e" else [0])]
        questions += [("e", r.randint(-21 << 32, 21 << 32), 0) for _ in range(2000)]
        text = "".join(f"{op} {a} {b}\n" for op, a, b in questions)
        answers = subprocess.run([PROBE], input=text, capture_output=True, text=True, check=True).stdout.split()
        self.assertEqual(len(answers), len(questions))
        for (op, a, b), answer in zip(questions, answers):
            self.assertEqual(int(answer), functions[op](a, b), f"{a} {op} {b}")


if __name__ == "__main__":
    unittest.main()
