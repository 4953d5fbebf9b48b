#!/usr/bin/env python3
"""Two tiny random models, a shard and the two files of a competition for smoke.sbatch; or compares two of its runs.

Usage: smoke_inputs.py VERDICT FOLDER
       smoke_inputs.py --compare A/results.h5 B/results.h5      exit code 1 if one bit of one loss differs
"""

import hashlib
import json
import subprocess
import sys
from pathlib import Path

import h5py
import numpy as np

VOCABULARY, LENGTH, ROWS, MODELS = 211, 64, 64, 2
CONFIG = {
    "architectures": ["LlamaForCausalLM"],
    "model_type": "llama",
    "vocab_size": VOCABULARY,
    "hidden_size": 64,
    "intermediate_size": 128,
    "num_hidden_layers": 2,
    "num_attention_heads": 8,
    "num_key_value_heads": 4,
    "head_dim": 8,
    "max_position_embeddings": LENGTH,
    "rms_norm_eps": 1e-5,
    "rope_theta": 10000.0,
    "hidden_act": "silu",
    "attention_bias": False,
    "mlp_bias": False,
    "tie_word_embeddings": False,
}
COMPETITIONS = f"""uids = 8
netuid = 1
version_key = 1

[[competition]]
id = 1
name = "smoke"
reward = 1.0
parameters = [1, 10_000_000]
max_bytes = 100_000_000
sequence_length = {LENGTH}
tokenizer = {{ name = "smoke", vocab_size = {VOCABULARY}, eos_id = 0 }}
epsilon = {{ kind = "fixed", value = 0.001 }}
eval_block_delay = 0

[[competition.task]]
name = "random"
method = "text_loss"
data = ["random.h5"]
weight = 1.0
rows = {ROWS}
"""


def write_shard(path: Path) -> None:
    tokens = np.random.default_rng(1).integers(0, VOCABULARY, (ROWS, LENGTH), dtype=np.uint32)
    with h5py.File(path, "w") as file:
        filters = {"shuffle": True, "compression": "gzip", "compression_opts": 1, "fletcher32": True}
        file.create_dataset("tokens", data=tokens, dtype="<u4", chunks=(32, LENGTH), **filters)
        file.create_dataset("n_bytes", data=np.full(ROWS, 4 * LENGTH, dtype="<u4"))
        sha256 = hashlib.sha256(tokens.astype("<u4").tobytes()).hexdigest()
        about = {"format": "verdict-tokens", "format_version": 1, "tokenizer": "smoke", "vocab_size": VOCABULARY}
        file.attrs.update(about | {"eos_id": 0, "packed": 1, "source": "random numbers", "sha256": sha256})


def make(verdict: str, folder: Path) -> None:
    folder.mkdir(parents=True)
    (folder / "config.json").write_text(json.dumps(CONFIG))
    for seed in range(MODELS):
        line = [verdict, "synth", "--like", folder / "config.json", "--out", folder / f"model-{seed}", "--seed", seed]
        subprocess.run([str(word) for word in line], check=True)
    write_shard(folder / "random.h5")
    (folder / "competitions.toml").write_text(COMPETITIONS)
    candidates = [
        {
            "uid": seed,
            "hotkey": f"hotkey-{seed}",
            "repo": f"smoke/model-{seed}",
            "commit": f"{seed:040x}",
            "competition": 1,
            "block": seed,
            "path": f"model-{seed}",
        }
        for seed in range(MODELS)
    ]
    content = {"block": 100, "block_hash": "0x01", "candidates": candidates}
    (folder / "candidates.json").write_text(json.dumps(content, indent=1))


def losses(path: str) -> bytes:
    with h5py.File(path) as file:
        values = file["competitions/smoke/samples/random/nll_sum"][()]
    if not np.isfinite(values).all() or values.shape != (MODELS, ROWS):
        raise SystemExit(f"{path}: {MODELS} × {ROWS} finite losses expected")
    return bytes(values.tobytes())


def main() -> int:
    if len(sys.argv) == 4 and sys.argv[1] == "--compare":
        return 0 if losses(sys.argv[2]) == losses(sys.argv[3]) else 1
    if len(sys.argv) != 3:
        raise SystemExit(__doc__)
    make(sys.argv[1], Path(sys.argv[2]))
    return 0


if __name__ == "__main__":
    sys.exit(main())
