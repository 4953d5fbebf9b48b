"""What gpu_check.sh does without a GPU: it says so; and that its inputs are ones that the program takes, on CPU."""

import contextlib
import io
import json
import os
import subprocess
import sys
import tempfile
import unittest
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
