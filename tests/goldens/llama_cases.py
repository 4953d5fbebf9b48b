"""The tiny Llama checkpoints of tests/goldens/llama: one configuration each, and why it is there.

Sizes differ from each other on purpose (H*E != D, F != 4*D, odd or prime where the format allows), so that a swapped
dimension cannot pass. Heads are at least 4 everywhere, so that every case runs on 1, 2 and 4 ranks.
"""

from typing import Any

from cases import Case

# D hidden, H heads, K kv heads, E head size, F mlp, V vocabulary.
_SMALL: dict[str, Any] = {
    "hidden_size": 16,  # D
    "num_hidden_layers": 2,
    "num_attention_heads": 4,  # H
    "num_key_value_heads": 2,  # K
    "head_dim": 6,  # E
    "intermediate_size": 22,  # F
    "vocab_size": 61,  # V
    "rms_norm_eps": 1e-5,
    "max_position_embeddings": 128,
    "tie_word_embeddings": False,
    "rope_parameters": {"rope_type": "default", "rope_theta": 10000.0},
}

_LLAMA3 = {
    "rope_type": "llama3",
    "rope_theta": 500.0,
    "factor": 4.0,
    "low_freq_factor": 1.0,
    "high_freq_factor": 4.0,
    # With head size 8 the four wave lengths fall into all three bands: kept, blended and divided.
    "original_max_position_embeddings": 32,
}
_DYNAMIC = {"rope_type": "dynamic", "rope_theta": 100.0, "factor": 2.0}
_YARN = {
    "rope_type": "yarn",
    "rope_theta": 100.0,
    "factor": 4.0,
    "beta_fast": 4.0,
    "beta_slow": 1.0,
    "original_max_position_embeddings": 32,
}


def llama(name: str, what: str, changes: dict[str, Any] | None = None, naive: dict[str, Any] | None = None, **more: Any) -> Case:
    return Case("llama", name, what, {**_SMALL, **(changes or {})}, naive or {}, **more)


CASES: list[Case] = [
    llama("baseline", "grouped heads, head size times heads differs from hidden, untied head"),
    llama(
        "tied_prime_vocabulary",
        "the head is the embedding, its tensor is not in the file; 101 words divide by no rank count",
        {"vocab_size": 101, "tie_word_embeddings": True},
    ),
    llama(
        "one_kv_head",
        "one key/value head for four heads: fewer than the ranks of a group of two or four",
        {"num_key_value_heads": 1, "vocab_size": 59},
    ),
    llama(
        "all_kv_heads",
        "as many key/value heads as heads, head size not named in config.json",
        {"num_key_value_heads": 4, "hidden_size": 24, "head_dim": None, "vocab_size": 53, "num_hidden_layers": 1},
    ),
    llama(
        "nine_heads",
        "9 heads in 3 key/value groups: neither divides by 2 or 4",
        {"num_attention_heads": 9, "num_key_value_heads": 3, "hidden_size": 18, "head_dim": 4},
    ),
    llama(
        "five_groups",
        "10 heads in 5 key/value groups: groups are split unevenly over 2 and 4 ranks",
        {"num_attention_heads": 10, "num_key_value_heads": 5, "hidden_size": 20, "head_dim": 4, "vocab_size": 37},
    ),
    llama(
        "wide_heads",
        "explicit head size: heads times head size is 56, hidden is 16, so q is [56, 16] and o is [16, 56]",
        {"head_dim": 14, "num_hidden_layers": 1},
    ),
    llama(
        "biases",
        "attention_bias and mlp_bias: a bias on every linear, added once after a row-parallel sum",
        {"attention_bias": True, "mlp_bias": True, "num_key_value_heads": 1},
    ),
    llama(
        "rope_llama3",
        "llama3 rotary scaling, wave lengths in all three bands",
        {"head_dim": 8, "rope_parameters": _LLAMA3},
        {"rope_parameters": {"rope_type": "default", "rope_theta": 500.0}},
    ),
    llama(
        "rope_linear",
        "linear rotary scaling by 3, theta 1000",
        {"rope_parameters": {"rope_type": "linear", "rope_theta": 1000.0, "factor": 3.0}},
        {"rope_parameters": {"rope_type": "default", "rope_theta": 1000.0}},
    ),
    llama(
        "rope_dynamic",
        "dynamic rotary scaling: rows of 41 tokens of a model made for 16",
        {"rope_parameters": _DYNAMIC, "max_position_embeddings": 16},
        {"max_position_embeddings": 64},
    ),
    llama(
        "rope_yarn",
        "yarn rotary scaling with its amplitude, a ramp over the dimensions",
        {"head_dim": 8, "rope_parameters": _YARN},
        {"rope_parameters": _YARN | {"attention_factor": 1.0}},
    ),
    llama(
        "old_config_yarn",
        "the older config.json with yarn, its ramp not rounded to whole dimensions",
        {"head_dim": 8, "rope_parameters": _YARN | {"truncate": False, "beta_fast": 6.0}, "vocab_size": 43},
        {"rope_parameters": _YARN | {"beta_fast": 6.0}},
        old_config=True,
    ),
    llama(
        "old_config",
        "config.json as older transformers wrote it: rope_theta at the top, rope_scaling null, torch_dtype",
        {"rope_parameters": {"rope_type": "default", "rope_theta": 300.0}},
        {"rope_parameters": {"rope_type": "default", "rope_theta": 10000.0}},
        old_config=True,
    ),
    llama(
        "old_config_llama3",
        "the older config.json with a rope_scaling object",
        {"head_dim": 8, "rope_parameters": _LLAMA3, "vocab_size": 47},
        {"rope_parameters": {"rope_type": "default", "rope_theta": 10000.0}},
        old_config=True,
    ),
    llama("bfloat16", "the file is bf16; the losses are those of its weights raised to float32", dtype="bfloat16"),
    llama("sharded", "several safetensors files with an index", {"vocab_size": 71}, max_shard_size="8KB"),
    llama(
        "large_eps",
        "rms_norm_eps 0.05, far from the default, so that a forgotten key shows",
        {"rms_norm_eps": 0.05, "vocab_size": 73},
        {"rms_norm_eps": 1e-6},
    ),
    llama(
        "odd_mlp",
        "an odd mlp width of 29: its split over ranks is uneven",
        {"intermediate_size": 29, "num_hidden_layers": 3, "hidden_size": 12, "vocab_size": 43},
    ),
    llama("long_row", "a row of 4096 tokens, no window", dtype="bfloat16", rows=1, length=4096),
]
