"""The program under test, a temporary folder for each test case, and the two input files of a run.

A test file is run as `python x_test.py PROGRAM [unittest arguments]`; ctest does so, with the environment that mpirun
wants.
"""

import contextlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import unittest
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import fixtures

PROGRAM = Path(sys.argv[1]).resolve() if len(sys.argv) > 1 else Path("verdict")
BLOCK = 10_000
BLOCK_HASH = "0x5f8e1c6a40d27b93e15604fdc7a2b8093d6e4f715a8bc2d09e63147fa5b0c8d2"
PATIENCE_SECONDS = 120


@dataclass(frozen=True)
class Outcome:
    code: int
    out: str
    err: str


def command(*arguments: str | Path, ranks: int = 0) -> list[str]:
    """The line to run; 0 ranks: without mpirun."""
    launcher = ["mpirun", "-n", str(ranks)] if ranks else []
    return [*launcher, str(PROGRAM), *map(str, arguments)]


def run(*arguments: str | Path, ranks: int = 0, env: dict[str, str] | None = None) -> Outcome:
    done = subprocess.run(
        command(*arguments, ranks=ranks),
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
        env=os.environ | (env or {}),
    )
    return Outcome(done.returncode, done.stdout, done.stderr)


def items_in(out: Path) -> int:
    """Items in the journals of a run that may be at work."""
    return sum(path.read_bytes().count(b'"event":"item"') for path in out.glob("journal/*.jsonl"))


def kill_session(leader: int) -> None:
    """Every process of a session at once: mpirun's ranks are process groups of their own."""
    for entry in Path("/proc").iterdir():
        with contextlib.suppress(ProcessLookupError, FileNotFoundError, ValueError):
            if os.getsid(int(entry.name)) == leader:
                os.kill(int(entry.name), signal.SIGKILL)


@dataclass(frozen=True)
class Inputs:
    competitions: Path
    candidates: Path


def evaluation(inputs: Inputs, out: Path, *options: str) -> list[str | Path]:
    """The arguments of `verdict evaluate`."""
    files = ["--competitions", inputs.competitions, "--candidates", inputs.candidates]
    return ["evaluate", *files, "--out", out, *options]


def evaluate(inputs: Inputs, out: Path, *options: str, ranks: int = 0, env: dict[str, str] | None = None) -> Outcome:
    return run(*evaluation(inputs, out, *options), ranks=ranks, env=env)


def read_json(path: Path) -> Any:
    return json.loads(path.read_text())


def task(name: str, data: str, weight: float, rows: int = 50, **changes: Any) -> dict[str, Any]:
    return {"name": name, "method": "text_loss", "data": [data], "weight": weight, "rows": rows} | changes


def competition(number: int, name: str, tasks: list[dict[str, Any]], **changes: Any) -> dict[str, Any]:
    settings = {
        "id": number,
        "name": name,
        "reward": 1.0,
        "parameters": [1, 100_000],
        "max_bytes": 1_000_000,
        "sequence_length": fixtures.LENGTH,
        "tokenizer": {"name": fixtures.TOKENIZER, "vocab_size": fixtures.VOCABULARY, "eos_id": fixtures.EOS},
        "epsilon": {"kind": "fixed", "value": 0.001},
        "eval_block_delay": 250,
    }
    return settings | changes | {"task": tasks}


def candidate(uid: int, path: str, number: int = 1, block: int = 9000, **changes: Any) -> dict[str, Any]:
    about = {"uid": uid, "hotkey": f"hotkey-{uid}", "repo": f"ns/{path}", "commit": f"{uid:040x}", "secure_hash": None}
    return about | {"competition": number, "block": block, "path": f"models/{path}"} | changes


def _toml_value(value: Any) -> str:
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{key} = {_toml_value(inner)}" for key, inner in value.items()) + " }"
    return json.dumps(value)


def _toml_table(header: str, table: dict[str, Any]) -> str:
    lines = [f"{key} = {_toml_value(value)}" for key, value in table.items() if key != "task"]
    inner = [_toml_table("[[competition.task]]", inner_table) for inner_table in table.get("task", [])]
    return "\n".join([header, *lines, "", *inner])


def competitions_text(competitions: list[dict[str, Any]], uids: int = 32) -> str:
    head = f"uids = {uids}\nnetuid = 9\nversion_key = 4062\n"
    return "\n".join([head, *(_toml_table("[[competition]]", c) for c in competitions)])


def candidates_text(candidates: list[dict[str, Any]]) -> str:
    return json.dumps({"block": BLOCK, "block_hash": BLOCK_HASH, "candidates": candidates}, indent=1)


def write_inputs(
    folder: Path,
    competitions: list[dict[str, Any]],
    candidates: list[dict[str, Any]],
    name: str = "inputs",
    uids: int = 32,
) -> Inputs:
    inputs = Inputs(folder / f"{name}.toml", folder / f"{name}.json")
    inputs.competitions.write_text(competitions_text(competitions, uids))
    inputs.candidates.write_text(candidates_text(candidates))
    return inputs


class EndToEnd(unittest.TestCase):
    """One temporary folder for all tests of a class; make_fixtures fills it."""

    folder: Path

    @classmethod
    def setUpClass(cls) -> None:
        scratch = tempfile.TemporaryDirectory(prefix="verdict-test-")
        cls.addClassCleanup(scratch.cleanup)
        cls.folder = Path(scratch.name)
        (cls.folder / "models").mkdir()
        cls.make_fixtures()

    @classmethod
    def make_fixtures(cls) -> None:
        """For the classes that inherit."""

    @classmethod
    def make_model(cls, name: str, seed: int, **changes: Any) -> Path:
        """A random model from `verdict synth`, in float32, sharpened so that its losses are far from log(vocabulary)."""
        config = cls.folder / f"{name}.config.json"
        config.write_text(json.dumps(fixtures.CONFIG | changes))
        folder = cls.folder / "models" / name
        done = run("synth", "--like", config, "--out", folder, "--seed", str(seed), "--dtype", "float32")
        assert done.code == 0, done.err
        fixtures.sharpen(folder)
        return folder

    def assert_refused(self, outcome: Outcome, code: int, *parts: str) -> None:
        """It ended with `code`, and the one line of ours that says why holds every part."""
        self.assertEqual(outcome.code, code, outcome.err)
        said = [line for line in outcome.err.splitlines() if line.startswith("verdict: ")]
        self.assertEqual(len(said), 1, outcome.err)
        for part in parts:
            self.assertIn(part, said[0])
        self.assertEqual(outcome.out, "")

    def assert_done(self, outcome: Outcome) -> Outcome:
        self.assertEqual(outcome.code, 0, outcome.err)
        return outcome


def main() -> None:
    unittest.main(argv=[sys.argv[0], *sys.argv[2:]])
