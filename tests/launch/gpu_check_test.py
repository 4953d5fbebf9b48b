"""What gpu_check.sh does without a GPU: it says so; and that its inputs are ones that the program takes, on CPU."""

import contextlib
import io
import json
import os
import subprocess
import sys
import tempfile
import unittest
import unittest.mock
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "launch"))
PROGRAMS = Path(sys.argv.pop()).parent if __name__ == "__main__" else Path()

import gpu_check  # noqa: E402


def gpu_check_sh(*options: str, gpus: int) -> subprocess.CompletedProcess[str]:
    """On a machine whose driver names so many GPUs."""
    with tempfile.TemporaryDirectory() as folder:
        smi = Path(folder) / "nvidia-smi"
        smi.write_text("#!/bin/sh\n" + "".join(f"echo 'GPU {i}: made up'\n" for i in range(gpus)))
        smi.chmod(0o755)
        env = os.environ | {"PATH": f"{folder}:{os.environ['PATH']}"}
        line = ["bash", str(ROOT / "launch" / "gpu_check.sh"), *options]
        return subprocess.run(line, capture_output=True, text=True, env=env, timeout=120, check=False)


class WithoutGpu(unittest.TestCase):
    def test_it_says_so_in_one_line(self) -> None:
        for gpus, options in ((0, ()), (1, ("--gpus", "2"))):
            done = gpu_check_sh(*options, gpus=gpus)
            self.assertEqual((done.returncode, done.stdout), (69, ""), done.stderr)
            self.assertEqual(len(done.stderr.splitlines()), 1, done.stderr)
            self.assertIn(f"this machine has {gpus} NVIDIA GPUs", done.stderr)

    def test_wrong_use_is_told_from_that(self) -> None:
        for options in (("--gpu", "1"), ("--gpus", "none"), ("--gpus",), ("--programs", "/nowhere"), ("--python", "/bin/false")):
            done = gpu_check_sh(*options, gpus=1)
            self.assertEqual((done.returncode, done.stdout), (64, ""), f"{options}: {done.stderr}")


class Steps(unittest.TestCase):
    """The steps around the programs, with made-up ones."""

    def steps(self, body: str, seconds: float = gpu_check.SECONDS) -> tuple[gpu_check.Check, list[dict[str, object]], str]:
        """After gpu_tests with this gpu_test: the check, its lines, and the exception's text."""
        with tempfile.TemporaryDirectory() as folder, contextlib.redirect_stdout(io.StringIO()) as out:
            program, mpirun = Path(folder) / "tests" / "eval" / "gpu_test", Path(folder) / "mpirun"
            program.parent.mkdir(parents=True)
            mpirun.write_text('#!/bin/sh\n[ "$1 $2" = "-n 2" ] && shift 2 && exec "$@"\n')
            mpirun.chmod(0o755)
            if body:
                program.write_text(f"#!/bin/sh\n{body}\n")
                program.chmod(0o755)
            check = gpu_check.Check(Path(folder), Path(folder), seconds)
            why = ""
            with unittest.mock.patch.dict(os.environ, {"PATH": f"{folder}:{os.environ['PATH']}"}):
                try:
                    check.gpu_tests()
                except RuntimeError as e:
                    why = f"{type(e).__name__}: {e}"
        return check, list(map(json.loads, out.getvalue().splitlines())), why

    def test_the_tests_pass_only_if_they_ran(self) -> None:
        check, lines, _ = self.steps("echo '[  PASSED  ] 42 tests.'")
        self.assertEqual(([line["pass"] for line in lines], check.failed), ([True, True], 0))
        check, lines, _ = self.steps("echo '[  PASSED  ] 0 tests.'; echo '[  SKIPPED ] 42 tests, listed below:'")
        self.assertEqual(([line["pass"] for line in lines], check.failed), ([False, False], 2))
        self.assertIn("RuntimeError: exit code 1: ", self.steps("exit 1")[2])

    def test_what_was_not_built_is_a_line_that_says_so(self) -> None:
        check, lines, _ = self.steps("")
        self.assertEqual(check.failed, 0)
        for line in lines:
            self.assertIn("gpu_test was not built", str(line["skipped"]))

    def test_nothing_begins_without_time_and_nothing_outlasts_it(self) -> None:
        _, lines, why = self.steps("touch begun", seconds=gpu_check.LEAST_SECONDS - 1)
        self.assertEqual(lines, [])
        self.assertRegex(why, "OutOfTime: 1[89] s are left, it begins with 20 s at least: .*gpu_test")
        least, gpu_check.LEAST_SECONDS = gpu_check.LEAST_SECONDS, 0.1
        try:
            self.assertIn("OutOfTime: was ended after 1 s", self.steps("exec sleep 30", seconds=1.4)[2])
        finally:
            gpu_check.LEAST_SECONDS = least


class Goals(unittest.TestCase):
    def shown(self, gpu: str, *lines: dict[str, object]) -> list[dict[str, object]]:
        with contextlib.redirect_stdout(io.StringIO()) as out:
            gpu_check.Check(Path(), Path()).show("".join(json.dumps(line) + "\n" for line in lines), gpu)
        return list(map(json.loads, out.getvalue().splitlines()))

    def test_what_is_aimed_at_is_judged_and_nothing_else(self) -> None:
        ratio, peak, load = self.shown(
            "none",
            {"metric": "forward_ratio_to_transformers", "value": 1.19, "unit": "1"},
            {"metric": "logits_workspace_peak", "value": 512 * 2**20, "unit": "B"},
            {"metric": "load_bytes_per_second", "value": 1e9, "unit": "B/s"},
        )
        self.assertEqual((ratio["goal"], ratio["met"]), ("at least 1.2", False))
        self.assertTrue(peak["met"])
        self.assertNotIn("goal", load)

    def test_utilisation_is_of_the_peak_of_a_known_board(self) -> None:
        line = {"metric": "forward_flop_per_second", "value": 494.5e12, "min": 247.25e12, "max": 989e12, "unit": "1/s"}
        self.assertEqual(len(self.shown("NVIDIA Something", line)), 1)
        found = self.shown("NVIDIA H200", line)[1]
        self.assertEqual([found[key] for key in ("metric", "value", "min", "max", "met")], ["model_flop_utilisation", 0.5, 0.25, 1.0, False])

    def test_what_is_no_json_is_an_error_that_main_reports(self) -> None:
        with self.assertRaises(ValueError):
            gpu_check.Check(Path(), Path()).show("Segmentation fault\n", "NVIDIA H200")


class OnCpu(unittest.TestCase):
    def test_its_models_and_rows_are_evaluated_and_compared(self) -> None:
        with tempfile.TemporaryDirectory() as folder, contextlib.redirect_stdout(io.StringIO()) as out:
            check = gpu_check.Check(PROGRAMS, Path(folder))
            check.write_inputs()
            for seed, (name, config) in enumerate(gpu_check.MODELS.items()):
                check.synth(name, config | {"hidden_size": 64, "intermediate_size": 64, "head_dim": 8}, seed)
            cpu = check.losses("cpu", "--device", "cpu")
            check.compare("same", cpu, cpu, 0.0)
            self.assertEqual(check.failed, 0)
            check.compare("other", cpu + 2e-3, cpu, 1e-3)
            self.assertEqual(check.failed, 1)
            with self.assertRaisesRegex(RuntimeError, "exit code 64"):
                check.losses("none", "--no-such-option")
        self.assertEqual(cpu.shape, (len(gpu_check.MODELS), gpu_check.ROWS))
        self.assertTrue(((cpu > 6) & (cpu < 8)).all(), cpu)
        same, other = map(json.loads, out.getvalue().splitlines())
        self.assertEqual((same["pass"], same["unit"], same["n"]), (True, "nat", cpu.size))
        self.assertEqual((other["pass"], round(other["value"], 6)), (False, 2e-3))


if __name__ == "__main__":
    unittest.main()
