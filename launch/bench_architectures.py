#!/usr/bin/env python3
"""Forward tokens/s of each architecture beside transformers: a model of about 100M random weights each.

    .venv/bin/python launch/bench_architectures.py [CLASS…] [--length 512] [--rounds 3]

One JSON line per shape: tokens/s of both and the median, lowest and highest ratio of a round (the two take turns in `verdict
bench`), and how far the mean nll is from theirs. Models stand in a temporary folder, one at a time.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import transformers as tf

PROGRAM = Path(__file__).resolve().parents[1] / "build/release/verdict"
COMMON = {"vocab_size": 32000, "bos_token_id": 1, "eos_token_id": 2, "pad_token_id": 0, "max_position_embeddings": 4096}
WIDE = {**COMMON, "hidden_size": 768, "intermediate_size": 2048, "num_attention_heads": 12}
GROUPED = {**WIDE, "num_key_value_heads": 4}
FALCON = {**COMMON, "hidden_size": 768, "num_attention_heads": 12, "bias": False, "new_decoder_architecture": False}
GPT = {"vocab_size": 32000, "n_embd": 768, "n_head": 12, "n_positions": 4096, "bos_token_id": 1, "eos_token_id": 2}
BART = {**COMMON, "d_model": 768, "decoder_ffn_dim": 3072, "decoder_attention_heads": 12, "is_decoder": True, "is_encoder_decoder": False}

# Class, config class, what the README calls the variant, settings.
SHAPES: list[tuple[str, Any, str, dict[str, Any]]] = [
    ("LlamaForCausalLM", tf.LlamaConfig, "grouped heads", GROUPED),
    ("MistralForCausalLM", tf.MistralConfig, "window of 256", {**GROUPED, "sliding_window": 256}),
    ("Qwen2ForCausalLM", tf.Qwen2Config, "grouped heads", GROUPED),
    ("Qwen3ForCausalLM", tf.Qwen3Config, "grouped heads", {**GROUPED, "head_dim": 64}),
    ("Olmo2ForCausalLM", tf.Olmo2Config, "grouped heads", GROUPED),
    ("Phi3ForCausalLM", tf.Phi3Config, "grouped heads", GROUPED),
    ("GemmaForCausalLM", tf.GemmaConfig, "grouped heads", {**GROUPED, "head_dim": 64}),
    ("Gemma2ForCausalLM", tf.Gemma2Config, "window of 256 in every other layer, soft-caps",
     {**GROUPED, "head_dim": 64, "sliding_window": 256, "query_pre_attn_scalar": 64}),
    ("PhiForCausalLM", tf.PhiConfig, "partial rotary", WIDE),
    ("GPTNeoXForCausalLM", tf.GPTNeoXConfig, "partial rotary", WIDE),
    ("FalconForCausalLM", tf.FalconConfig, "7B form", {**FALCON, "multi_query": True, "parallel_attn": True}),
    ("FalconForCausalLM", tf.FalconConfig, "new decoder form", {**FALCON, "new_decoder_architecture": True, "num_kv_heads": 4}),
    ("FalconForCausalLM", tf.FalconConfig, "RW form",
     {**FALCON, "alibi": True, "multi_query": False, "parallel_attn": False, "bias": True}),
    ("GPT2LMHeadModel", tf.GPT2Config, "", GPT),
    ("GPTJForCausalLM", tf.GPTJConfig, "", {**GPT, "rotary_dim": 32}),
    ("BartForCausalLM", tf.BartConfig, "", BART),
]  # fmt: skip
LAYERS = {"GPT2LMHeadModel": "n_layer", "GPTJForCausalLM": "n_layer", "BartForCausalLM": "decoder_layers"}


def bench(program: Path, folder: Path, length: int, rounds: int) -> dict[str, dict[str, Any]]:
    """The metrics of one model made after folder/config.json, by name."""
    model = folder / "model"
    synth = [program, "synth", "--like", folder / "config.json", "--out", model, "--seed", "1"]
    subprocess.run(synth, check=True, stdout=sys.stderr)
    sizes = ["--length", str(length), "--rounds", str(rounds)]
    line = [program, "bench", "--model", model, "--python", sys.executable, *sizes]
    out = subprocess.run(line, check=True, stdout=subprocess.PIPE, text=True).stdout
    return {metric["metric"]: metric for metric in map(json.loads, out.splitlines())}


def measure(shape: tuple[str, Any, str, dict[str, Any]], given: argparse.Namespace) -> dict[str, Any]:
    name, make, variant, settings = shape
    depth = {LAYERS.get(name, "num_hidden_layers"): given.layers}
    with tempfile.TemporaryDirectory() as folder:
        make(**settings, **depth, architectures=[name], dtype="float32").save_pretrained(folder)
        found = bench(given.program, Path(folder), given.length, given.rounds)
    ratio = found["forward_ratio_to_transformers"]
    return {
        "metric": "architecture_ratio_to_transformers",
        "architecture": name,
        "variant": variant,
        "value": ratio["value"],
        "unit": "1",
        "min": ratio["min"],
        "max": ratio["max"],
        "n": ratio["n"],
        "length": given.length,
        "tokens_per_second": found["forward_tokens_per_second"]["value"],
        "transformers_tokens_per_second": found["transformers_tokens_per_second"]["value"],
        "mean_nll_difference_nat": ratio["mean_nll_difference_nat"],
        "numerics": ratio["numerics"],
    }


def main() -> None:
    parser = argparse.ArgumentParser(description="Forward tokens/s of each architecture beside transformers.")
    parser.add_argument("classes", nargs="*", metavar="CLASS", help="all by default, as " + SHAPES[0][0])
    parser.add_argument("--layers", type=int, default=10, help="layers of each model (default 10)")
    parser.add_argument("--length", type=int, default=512, help="tokens per row (default 512)")
    parser.add_argument("--rounds", type=int, default=3, help="measured rounds of each (default 3)")
    parser.add_argument("--program", type=Path, default=PROGRAM, help="verdict (default build/release/verdict)")
    given = parser.parse_args()
    known = [shape[0] for shape in SHAPES]
    unknown = [name for name in given.classes if name not in known]
    if unknown:
        parser.error(f"unknown {', '.join(unknown)}; known are {', '.join(dict.fromkeys(known))}")
    for shape in SHAPES:
        if shape[0] in (given.classes or known):
            print(json.dumps(measure(shape, given)), flush=True)


if __name__ == "__main__":
    main()
