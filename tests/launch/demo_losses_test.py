"""The demo's model through `verdict evaluate` at every TP degree, against transformers on the same rows."""

import importlib.util
import json
import os
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "launch"))

import h5py
import make_demo_models
import numpy
import torch
from transformers import LlamaForCausalLM

LICENSE = Path("/usr/share/common-licenses/GPL-3")
LENGTH, ROWS = 512, 3
# Per-row mean nll against float64 cross-entropy of transformers' float32 logits: the promise of the project.
TOLERANCE = 1e-5

COMPETITIONS = f"""
uids = 4
netuid = 9
version_key = 1
[[competition]]
id = 1
name = "license"
reward = 1.0
parameters = [1, 1_000_000_000]
max_bytes = 1_000_000_000
sequence_length = {LENGTH}
tokenizer = {{ name = "smollm2", vocab_size = 49152, eos_id = 0 }}
epsilon = {{ kind = "fixed", value = 0.005 }}
[[competition.task]]
name = "license"
method = "text_loss"
data = ["license.h5"]
weight = 1.0
rows = {ROWS}
"""


def run(*command: object) -> None:
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True)
    if done.returncode != 0:
        raise AssertionError(f"{' '.join(map(str, command))} ended with {done.returncode}:\n{done.stdout}{done.stderr}")


def reference(model: Path, shard: Path) -> numpy.ndarray:
    """Mean nll of each row of the shard."""
    with h5py.File(shard) as file:
        tokens = torch.from_numpy(file["tokens"][:].astype("int64"))
    decoder = LlamaForCausalLM.from_pretrained(model, dtype=torch.float32).eval()
    with torch.inference_mode():
        losses = [
            torch.nn.functional.cross_entropy(decoder(row[None]).logits[0, :-1].double(), row[1:]).item()
            for row in tokens
        ]
    return numpy.array(losses)


@unittest.skipIf(
    importlib.util.find_spec(make_demo_models.PACKAGE) is None or not LICENSE.is_file(),
    f"needs the Python package {make_demo_models.PACKAGE} and {LICENSE}",
)
class DemoLosses(unittest.TestCase):
    def test_every_degree_gives_the_losses_of_transformers(self) -> None:
        with tempfile.TemporaryDirectory() as scratch:
            folder = Path(scratch)
            make_demo_models.make_all(folder, ["smollm2-135m"])
            model, shard = folder / "models/smollm2-135m", folder / "license.h5"
            run(sys.executable, ROOT / "launch/prepare_data.py", "--tokenizer", folder / "tokenizer/tokenizer.json",
                "--tokenizer-name", "smollm2", "--vocab-size", 49152, "--eos-id", 0, "--length", LENGTH, "--rows", ROWS,
                "--out", shard, "--source", "GPL-3", LICENSE)  # fmt: skip
            (folder / "competitions.toml").write_text(COMPETITIONS)
            candidate = {"uid": 1, "hotkey": "h", "repo": "demo/smollm2", "commit": "0" * 40, "secure_hash": None,
                         "competition": 1, "block": 1, "path": "models/smollm2-135m"}  # fmt: skip
            (folder / "candidates.json").write_text(
                json.dumps({"block": 2, "block_hash": "0x5f", "candidates": [candidate]})
            )
            expected = reference(model, shard)
            for tp in (1, 2, 3, 4):
                with self.subTest(tp=tp):
                    difference = numpy.abs(self.evaluate(folder, tp) - expected).max()
                    print(f"TP {tp}: largest difference of a row's mean nll {difference:.1e} nat")
                    self.assertLess(difference, TOLERANCE)

    def evaluate(self, folder: Path, tp: int) -> numpy.ndarray:
        """Mean nll of each row of the shard, in its order."""
        out = folder / f"run{tp}"
        program = Path(os.environ["VERDICT_BINARY_DIR"]) / "verdict"
        run("mpirun", "-n", tp, program, "evaluate", "--competitions", folder / "competitions.toml",
            "--candidates", folder / "candidates.json", "--out", out, "--tp", tp)  # fmt: skip
        with h5py.File(out / "results.h5") as file:
            samples = file["competitions/license/samples/license"]
            losses = numpy.empty(ROWS)
            losses[samples["row"][:]] = samples["nll_sum"][0] / samples["tokens"][:]
        return losses


if __name__ == "__main__":
    unittest.main()
