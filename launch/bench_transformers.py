#!/usr/bin/env python3
"""The peer of `verdict bench`: scores rows with transformers (float32, batch 1), one per line of standard input.

Called by the program as: bench_transformers.py MODEL THREADS. Each input line is a JSON list of token ids; each answer
is a JSON object with the seconds of forward pass and loss, and the row's nll.
"""

import json
import sys
import time

import torch
import transformers


def score(model: transformers.PreTrainedModel, tokens: list[int]) -> dict[str, float]:
    ids = torch.tensor([tokens])
    start = time.perf_counter()
    with torch.inference_mode():
        logits = model(ids, use_cache=False).logits
        nll = torch.nn.functional.cross_entropy(logits[0, :-1], ids[0, 1:], reduction="sum")
    return {"seconds": time.perf_counter() - start, "nll": float(nll)}


def load(path: str) -> transformers.PreTrainedModel:
    """With sdpa, or with its own attention where a class has no other (GPT-J)."""
    settings = {"dtype": torch.float32, "local_files_only": True}
    try:
        return transformers.AutoModelForCausalLM.from_pretrained(path, attn_implementation="sdpa", **settings)
    except ValueError:
        return transformers.AutoModelForCausalLM.from_pretrained(path, attn_implementation="eager", **settings)


def main() -> None:
    path, threads = sys.argv[1], int(sys.argv[2])
    torch.set_num_threads(threads)
    model = load(path).eval()
    print(json.dumps({"transformers": transformers.__version__, "torch": torch.__version__}), flush=True)
    for line in sys.stdin:
        print(json.dumps(score(model, json.loads(line))), flush=True)


if __name__ == "__main__":
    main()
