#!/usr/bin/env python3
"""The peer of `verdict bench`: scores rows with transformers (batch 1), one per line of standard input: in float32 on the CPU, in
bfloat16 on a GPU.

Called by the program as: bench_transformers.py MODEL THREADS [cpu|cuda]. Each input line is a JSON list of token ids; each answer
is a JSON object with the seconds of forward pass and loss, and the row's nll.
"""

import json
import sys
import time

import torch
import transformers


def score(model: transformers.PreTrainedModel, tokens: list[int]) -> dict[str, float]:
    ids = torch.tensor([tokens], device=model.device)
    start = time.perf_counter()
    with torch.inference_mode():
        logits = model(ids, use_cache=False).logits
        nll = torch.nn.functional.cross_entropy(logits[0, :-1].float(), ids[0, 1:], reduction="sum")
        value = float(nll)  # Waits for a GPU.
    return {"seconds": time.perf_counter() - start, "nll": value}


def load(path: str, device: str) -> transformers.PreTrainedModel:
    """With sdpa, or with its own attention where a class has no other (GPT-J)."""
    settings = {"dtype": torch.bfloat16 if device == "cuda" else torch.float32, "local_files_only": True}
    try:
        return transformers.AutoModelForCausalLM.from_pretrained(path, attn_implementation="sdpa", **settings)
    except ValueError:
        return transformers.AutoModelForCausalLM.from_pretrained(path, attn_implementation="eager", **settings)


def main() -> None:
    path, threads = sys.argv[1], int(sys.argv[2])
    torch.set_num_threads(threads)
    device = sys.argv[3] if len(sys.argv) > 3 else "cpu"
    model = load(path, device).eval().to(device)
    print(json.dumps({"transformers": transformers.__version__, "torch": torch.__version__}), flush=True)
    for line in sys.stdin:
        print(json.dumps(score(model, json.loads(line))), flush=True)


if __name__ == "__main__":
    main()
