#!/usr/bin/env python3
"""The checks and measurements of gpu_check.sh, which calls it.

The tests of the build folder that need a GPU run first: every golden and every operation (gpu_test, alone and on two ranks). Then small
random models are scored on CPU in float32, on a GPU in bfloat16, there again in another process and by two groups, and by 2 and 4 ranks
that share the GPU or, with --gpus, have one each. Then the program measures a larger one. What does not fit into the seconds that
there are is a line with `skipped`.
"""

import argparse
import hashlib
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import h5py
import numpy as np

LENGTH = 256
ROWS = 8
VOCABULARY = 1024
LLAMA: dict[str, Any] = {
    "architectures": ["LlamaForCausalLM"],
    "model_type": "llama",
    "vocab_size": VOCABULARY,
    "hidden_size": 512,
    "intermediate_size": 1024,
    "num_hidden_layers": 4,
    "num_attention_heads": 8,
    "num_key_value_heads": 4,
    "head_dim": 64,
    "max_position_embeddings": 512,
    "rms_norm_eps": 1e-5,
    "rope_parameters": {"rope_theta": 10000.0, "rope_type": "default"},
    "hidden_act": "silu",
    "attention_bias": False,
    "mlp_bias": False,
    "tie_word_embeddings": False,
}
MODELS: dict[str, dict[str, Any]] = {
    "llama": LLAMA,
    "tied": LLAMA | {"tie_word_embeddings": True},
    "narrow": LLAMA | {"num_key_value_heads": 1, "vocab_size": VOCABULARY},
}
# Twelve layers as a model of 14B parameters has forty-eight.
LARGE = LLAMA | {
    "vocab_size": 100_352,
    "hidden_size": 5120,
    "intermediate_size": 13_824,
    "num_hidden_layers": 12,
    "num_attention_heads": 40,
    "num_key_value_heads": 8,
    "head_dim": 128,
    "max_position_embeddings": 4096,
}
# What is aimed at: the least, or with a minus sign the most.
GOALS = {
    "forward_ratio_to_transformers": 1.20,
    "model_flop_utilisation": 0.62,
    "logits_workspace_peak": -512.0 * 2**20,
}
# Dense products in bfloat16 of the SXM boards, FLOP/s, by a part of the name that the driver gives.
PEAKS = {"H100 80GB HBM3": 989e12, "H200": 989e12, "A100": 312e12}
BLOCK = 10_000
SECONDS = 600.0  # For all of it.
LEAST_SECONDS = 20.0  # A step that has less is not begun.
# Random models score about log(1024) = 6.9 nat. bfloat16 has 8 bits: 4 layers of roundings move a row's mean by some 1e-3.
BF16_BOUND = 1e-2
# The same numbers summed by other ranks: roundings of bfloat16 after each layer's partial sums.
TP_BOUND = 5e-3


def judged(line: dict[str, Any]) -> dict[str, Any]:
    """With `goal` and `met`, if something is aimed at. A goal that is missed is no failure: it is a figure."""
    goal = GOALS.get(line["metric"])
    if goal is None:
        return line
    met = line["value"] >= goal if goal > 0 else line["value"] <= -goal
    return line | {"goal": f"at {'least' if goal > 0 else 'most'} {abs(goal):g}", "met": met}


def utilisation(line: dict[str, Any], gpu: str) -> dict[str, Any] | None:
    """Of the products that the GPU can do; nothing for a board whose peak is not known here."""
    peak = next((flop for name, flop in PEAKS.items() if name in gpu), None)
    if line["metric"] != "forward_flop_per_second" or peak is None:
        return None
    share = {key: line[key] / peak for key in ("value", "min", "max")}
    return {"metric": "model_flop_utilisation", "unit": "1", "gpu": gpu, "peak_flop_per_second": peak} | share


def gpu_name() -> str:
    line = ["nvidia-smi", "--query-gpu=name", "--format=csv,noheader"]
    done = subprocess.run(line, stdout=subprocess.PIPE, text=True, check=False)
    return next(iter(done.stdout.splitlines()), "unknown")


class OutOfTime(RuntimeError):
    pass


class Check:
    def __init__(self, programs: Path, folder: Path, seconds: float = SECONDS) -> None:
        self.programs = programs
        self.program = programs / "verdict"
        self.folder = folder
        self.failed = 0
        self.end = time.monotonic() + seconds

    def metric(self, name: str, value: float, unit: str, passed: bool, **more: Any) -> None:
        self.failed += not passed
        print(json.dumps({"metric": name, "value": value, "unit": unit, "pass": passed} | more), flush=True)

    def skip(self, name: str, why: str) -> None:
        print(json.dumps({"metric": name, "value": None, "unit": "1", "skipped": why}), flush=True)

    def run(self, *arguments: str | Path, ranks: int = 1) -> str:
        return self.start(self.program, *arguments, ranks=ranks)

    def start(self, program: Path, *arguments: str | Path, ranks: int = 1) -> str:
        """What it prints. Raises OutOfTime before it begins, or when the seconds are over while it runs."""
        left = self.end - time.monotonic()
        launch = ["mpirun", "-n", str(ranks)] if ranks > 1 else []
        line = [*launch, str(program), *map(str, arguments)]
        if left < LEAST_SECONDS:
            raise OutOfTime(f"{max(left, 0):.0f} s are left, it begins with {LEAST_SECONDS:.0f} s at least: {' '.join(line)}")
        try:
            done = subprocess.run(line, stdout=subprocess.PIPE, text=True, timeout=left, check=False)
        except subprocess.TimeoutExpired as e:
            raise OutOfTime(f"was ended after {left:.0f} s, when the time for all was over: {' '.join(line)}") from e
        if done.returncode != 0:
            raise RuntimeError(f"exit code {done.returncode}: {' '.join(line)}")
        return done.stdout

    def gpu_tests(self) -> None:
        """A test that skips itself has checked nothing, and does not pass here."""
        program = self.programs / "tests" / "eval" / "gpu_test"
        for ranks in (1, 2):
            name = f"gpu_test_np{ranks}"
            if not program.exists():
                self.skip(name, f"{program} was not built")
                continue
            out = self.start(program, ranks=ranks)
            passed = "[  PASSED  ]" in out and "[  SKIPPED ]" not in out
            more = {} if passed else {"reason": "the tests say that they passed nothing, or skipped something"}
            self.metric(name, float(passed), "1", passed, **more)

    def synth(self, name: str, config: dict[str, Any], seed: int) -> Path:
        file = self.folder / f"{name}.config.json"
        file.write_text(json.dumps(config), encoding="utf-8")
        self.run("synth", "--like", file, "--out", self.folder / "models" / name, "--seed", str(seed))
        return self.folder / "models" / name

    def write_inputs(self) -> None:
        tokens = np.random.default_rng(1).integers(0, VOCABULARY, (ROWS, LENGTH)).astype("<u4")
        with h5py.File(self.folder / "text.h5", "w") as f:
            f.create_dataset("tokens", data=tokens, chunks=tokens.shape, shuffle=True, compression=1, fletcher32=True)
            f.create_dataset("n_bytes", data=np.full(ROWS, 1000, dtype="<u4"))
            f.attrs.update({"format": "verdict-tokens", "format_version": 1, "tokenizer": "random", "vocab_size": VOCABULARY})
            f.attrs.update({"eos_id": 0, "packed": 1, "source": "random", "sha256": hashlib.sha256(tokens.tobytes()).hexdigest()})
        (self.folder / "competitions.toml").write_text(
            "uids = 32\nnetuid = 9\nversion_key = 1\n\n[[competition]]\nid = 1\nname = \"check\"\nreward = 1.0\n"
            f"parameters = [1, 100000000]\nmax_bytes = 1000000000\nsequence_length = {LENGTH}\n"
            f'tokenizer = {{ name = "random", vocab_size = {VOCABULARY}, eos_id = 0 }}\n'
            'epsilon = { kind = "fixed", value = 0.001 }\neval_block_delay = 0\nsanity_generation = false\n\n'
            f'[[competition.task]]\nname = "text"\nmethod = "text_loss"\ndata = ["text.h5"]\nweight = 1.0\nrows = {ROWS}\n',
            encoding="utf-8",
        )
        candidates = [
            {"uid": uid, "hotkey": f"key-{uid}", "repo": f"ns/{name}", "commit": f"{uid:040x}", "secure_hash": None}
            | {"competition": 1, "block": BLOCK - 1000, "path": f"models/{name}"}
            for uid, name in enumerate(MODELS)
        ]
        text = json.dumps({"block": BLOCK, "block_hash": "0x5f", "candidates": candidates})
        (self.folder / "candidates.json").write_text(text, encoding="utf-8")

    def losses(self, name: str, *options: str, ranks: int = 1) -> np.ndarray:
        """[model, row]: the mean nll of each row in nat."""
        inputs = ("--competitions", self.folder / "competitions.toml", "--candidates", self.folder / "candidates.json")
        out = self.folder / "runs" / name
        self.run("evaluate", *inputs, "--out", out, "--hash-cache", "none", *options, ranks=ranks)
        with h5py.File(out / "results.h5") as f:
            group = f["competitions/check/samples/text"]
            return np.asarray(group["nll_sum"]) / np.asarray(group["tokens"])

    def correctness(self, gpus: int) -> None:
        cpu = self.losses("cpu", "--device", "cpu")
        gpu = self.losses("gpu", "--device", "cuda", "--tp", "1")
        again = self.losses("again", "--device", "cuda", "--tp", "1")
        self.metric("gpu_repeat_same_bits", float((gpu == again).all()), "1", bool((gpu == again).all()), models=len(MODELS))
        groups = self.losses("groups", "--device", "cuda", "--share-gpu", "--tp", "1", ranks=2)
        self.metric("gpu_two_groups_same_bits", float((gpu == groups).all()), "1", bool((gpu == groups).all()), models=len(MODELS))
        self.compare("gpu_bf16_against_cpu_float32", gpu, cpu, BF16_BOUND)
        for tp in (2, 4):
            staged = self.losses(f"staged{tp}", "--device", "cuda", "--share-gpu", "--tp", str(tp), ranks=tp)
            self.compare(f"gpu_tp{tp}_staged_against_tp1", staged, gpu, TP_BOUND)
            if gpus >= tp:
                nccl = self.losses(f"nccl{tp}", "--device", "cuda", "--tp", str(tp), ranks=tp)
                self.compare(f"gpu_tp{tp}_nccl_against_tp1", nccl, gpu, TP_BOUND)

    def compare(self, name: str, found: np.ndarray, expected: np.ndarray, bound: float) -> None:
        """Of the mean over all rows, with its standard error; a loss that is not there fails."""
        difference = (found - expected).ravel()
        mean = float(np.mean(difference))
        spread = statistics.stdev(difference.tolist()) / len(difference) ** 0.5
        self.metric(name, mean, "nat", abs(mean) <= bound, bound=bound, stderr=spread, n=len(difference))

    def measure(self, python: str, gpus: int) -> None:
        model = self.synth("large", LARGE, 7)
        line = ("bench", "--model", model, "--device", "cuda", "--length", "4096", "--rounds", "7")
        peer = ("--python", python) if subprocess.run([python, "-c", "import transformers"], check=False).returncode == 0 else ()
        if not peer:
            print(f"{python} has no transformers: the ratio to it is not measured", file=sys.stderr)
        self.show(self.run(*line, *peer), gpu_name())
        if gpus > 1:
            self.show(self.run(*line, "--calibration", self.folder / "calibration.json", ranks=gpus), gpu_name())

    def show(self, text: str, gpu: str) -> None:
        """The lines of `verdict bench`, and what follows from them."""
        for metric in map(json.loads, text.splitlines()):
            derived = utilisation(metric, gpu)
            for line in [metric, *([derived] if derived else [])]:
                print(json.dumps(judged(line)), flush=True)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--programs", type=Path, required=True)
    parser.add_argument("--gpus", type=int, default=1)
    parser.add_argument("--python", default=sys.executable)
    options = parser.parse_args()
    start = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="verdict-gpu-check-", dir=os.environ.get("TMPDIR")) as folder:
        check = Check(options.programs.resolve(), Path(folder))
        steps = {
            "tests": check.gpu_tests,
            "inputs": lambda: [check.write_inputs(), *(check.synth(n, c, i) for i, (n, c) in enumerate(MODELS.items()))],
            "correctness": lambda: check.correctness(options.gpus),
            "measurements": lambda: check.measure(options.python, options.gpus),
        }
        for name, step in steps.items():
            try:
                step()
            except OutOfTime as e:
                check.skip(f"gpu_check_{name}", str(e))
                check.failed += name != "measurements"  # What was not checked is not known to be right.
            except (RuntimeError, OSError, KeyError, ValueError) as e:
                check.metric(f"gpu_check_{name}", 0, "1", False, reason=str(e))
    check.metric("gpu_check_seconds", round(time.monotonic() - start, 1), "s", True, gpus=options.gpus)
    return 70 if check.failed else 0


if __name__ == "__main__":
    sys.exit(main())
