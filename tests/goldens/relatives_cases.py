"""Tiny checkpoints of Llama's relatives: same keys and names, one difference or two each.

Sizes as in llama_cases.py: they differ from each other, and heads are at least 4, so that every case runs on 4 ranks.
"""

from functools import partial
from typing import Any

from cases import Case

_SMALL: dict[str, Any] = {
    "hidden_size": 16,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "head_dim": 6,
    "intermediate_size": 22,
    "vocab_size": 61,
    "max_position_embeddings": 128,
    "rope_parameters": {"rope_type": "default", "rope_theta": 10000.0},
}
_WINDOW = 7  # tokens; rows have 41
_FLAGGED = {"use_sliding_window": True, "sliding_window": _WINDOW, "max_window_layers": 1, "num_hidden_layers": 3}
# Without a head size: the class has none. Its padding token must lie in the vocabulary.
_PHI3 = {key: value for key, value in _SMALL.items() if key != "head_dim"} | {"pad_token_id": 0}
_FACTORS = {
    "rope_type": "longrope",
    "rope_theta": 100.0,
    "short_factor": [1.0, 1.1, 1.5, 2.0],
    "long_factor": [1.5, 2.5, 4.0, 8.0],
}
_LONGROPE = {"hidden_size": 32, "rope_parameters": _FACTORS, "vocab_size": 53}


def small(family: str, name: str, what: str, changes: dict[str, Any] | None = None, **more: Any) -> Case:
    return Case(family, name, what, {**_SMALL, **(changes or {})}, **more)


# Half the bytes; the losses are those of the weights raised to float32.
half = partial(small, dtype="bfloat16")
half_case = partial(Case, dtype="bfloat16")

CASES: list[Case] = [
    small("mistral", "no_window", "sliding_window null: full causal attention", {"sliding_window": None}),
    small(
        "mistral",
        "window",
        "every layer sees 7 tokens of 41",
        {"sliding_window": _WINDOW, "vocab_size": 53},
        naive={"sliding_window": _WINDOW + 1},
    ),
    small(
        "mistral",
        "one_token_window",
        "a window of one token: attention is the value alone",
        {"sliding_window": 1, "num_key_value_heads": 1, "vocab_size": 47},
        naive={"sliding_window": 2},
    ),
    small(
        "mistral",
        "wide_heads",
        "explicit head size as in Mistral-Nemo: q is [40, 16], o is [16, 40]; a window as wide as the row",
        {"head_dim": 10, "sliding_window": 41, "rms_norm_eps": 1e-5, "num_hidden_layers": 1},
        naive={"sliding_window": 30},
    ),
    small(
        "mistral",
        "old_config",
        "config.json as older transformers wrote it",
        {"sliding_window": 12, "rope_parameters": {"rope_type": "default", "rope_theta": 300.0}},
        naive={"rope_parameters": {"rope_type": "default", "rope_theta": 10000.0}},
        old_config=True,
    ),
    small(
        "mistral",
        "long_window",
        "a row of 4096 tokens with a window of 700",
        {"sliding_window": 700},
        naive={"sliding_window": None},
        dtype="bfloat16",
        rows=1,
        length=4096,
    ),
    small(
        "qwen2",
        "biases",
        "a bias on q, k and v and none on o, one key/value head: replicated biases at 2 and 4 ranks",
        {"num_key_value_heads": 1, "vocab_size": 59},
    ),
    small(
        "qwen2",
        "window_flag_off",
        "a window is named but use_sliding_window is false: it does not count",
        {"sliding_window": _WINDOW, "max_window_layers": 0, "use_sliding_window": False},
    ),
    small(
        "qwen2",
        "window_from_a_layer_on",
        "use_sliding_window: layers from max_window_layers on, the first is full",
        {**_FLAGGED, "vocab_size": 43},
        naive={"layer_types": ["sliding_attention"] * 3},
    ),
    small(
        "qwen2",
        "tied_seven_heads",
        "7 heads of one group as in the 0.5B: uneven over 2, 3 and 4 ranks; tied head",
        {
            "num_attention_heads": 7,
            "num_key_value_heads": 1,
            "hidden_size": 14,
            "head_dim": 4,
            "tie_word_embeddings": True,
            "vocab_size": 101,
        },
    ),
    half(
        "qwen3",
        "head_norms",
        "a norm on each query and key head before the rotation; one key/value head",
        {"num_key_value_heads": 1, "attention_bias": False},
    ),
    half(
        "qwen3",
        "window_and_biases",
        "a window on the last layer, attention_bias on q, k, v and o, tied head",
        {**_FLAGGED, "max_window_layers": 2, "attention_bias": True, "tie_word_embeddings": True, "vocab_size": 53},
        naive={"layer_types": ["full_attention"] * 3},
    ),
    half(
        "gemma",
        "one_kv_head",
        "weight + 1 norms, embedding times sqrt(16), tied head, tanh gelu; heads times head size differs from hidden",
        {"num_key_value_heads": 1, "hidden_act": "gelu_pytorch_tanh", "rms_norm_eps": 1e-5},
        naive={"hidden_act": "gelu"},
        naive_moves=1.5e-5,  # the two forms of gelu are close
    ),
    half("gemma", "all_kv_heads", "as many key/value heads as heads, prime vocabulary", {"num_key_value_heads": 4, "vocab_size": 101}),
    half(
        "gemma2",
        "caps_and_windows",
        "four norms a block, both soft-caps, query_pre_attn_scalar, windows on layers 0 and 2",
        {
            "sliding_window": _WINDOW,
            "num_hidden_layers": 3,
            "query_pre_attn_scalar": 3,
            "attn_logit_softcapping": 2.0,
            "final_logit_softcapping": 3.0,
        },
        naive={"query_pre_attn_scalar": 6},
        attention="eager",  # SDPA ignores the soft-cap of the scores
    ),
    half(
        "gemma2",
        "wide_window",
        "the window is wider than the row: soft-caps without windows",
        {"sliding_window": 64, "query_pre_attn_scalar": 6, "attn_logit_softcapping": 2.0, "vocab_size": 53},
        naive={"attn_logit_softcapping": 50.0},
        attention="eager",
    ),
    half(
        "gemma2",
        "long_row",
        "a row of 4096 tokens: soft-caps on whole rows and in windows of 900",
        {"sliding_window": 900, "query_pre_attn_scalar": 6, "attn_logit_softcapping": 2.0},
        naive={"attn_logit_softcapping": 50.0},
        attention="eager",
        rows=1,
        length=4096,
    ),
    half(
        "gemma2",
        "no_caps",
        "both soft-caps null, one key/value head",
        {
            "num_key_value_heads": 1,
            "sliding_window": 12,
            "query_pre_attn_scalar": 6,
            "attn_logit_softcapping": None,
            "final_logit_softcapping": None,
        },
        naive={"final_logit_softcapping": 30.0},
    ),
    half_case(
        "phi3",
        "fused",
        "one tensor for q, k and v, one for gate and up; 2 key/value heads for 4",
        {**_PHI3, "num_key_value_heads": 2},
    ),
    half_case(
        "phi3",
        "partial_rotary_and_window",
        "half of each head is rotated; a window on every layer",
        {
            **_PHI3,
            "num_attention_heads": 4,
            "num_key_value_heads": 1,
            "hidden_size": 32,
            "sliding_window": _WINDOW,
            "vocab_size": 53,
            "rope_parameters": {"rope_type": "default", "rope_theta": 500.0, "partial_rotary_factor": 0.5},
        },
        naive={"sliding_window": None},
    ),
    half_case(
        "phi3",
        "longrope_long",
        "rows of 41 tokens of a model first made for 24: the long factors, and the amplitude of 128 / 24",
        {**_PHI3, **_LONGROPE, "original_max_position_embeddings": 24},
        naive={"original_max_position_embeddings": 41},
    ),
    half_case(
        "phi3",
        "old_config_longrope_short",
        "the older config.json; short factors for half of each head, and the long ones from the 51st token on, which is generated",
        {
            **_PHI3,
            **_LONGROPE,
            "original_max_position_embeddings": 50,
            "rope_parameters": _FACTORS
            | {"short_factor": [1.2, 2.0], "long_factor": [3.0, 6.0], "partial_rotary_factor": 0.5, "attention_factor": 1.5},
        },
        naive={"original_max_position_embeddings": 40},
        old_config=True,
    ),
    half(
        "olmo2",
        "whole_norms",
        "norms after the branches only; one norm over all query heads, one over both key heads",
        {"head_dim": 4},
    ),
    half(
        "olmo2",
        "one_kv_head",
        "the one key head is on every rank and counted once in the norm; nine heads",
        {
            "num_attention_heads": 9,
            "num_key_value_heads": 1,
            "hidden_size": 36,
            "head_dim": 4,
            "intermediate_size": 17,
            "vocab_size": 43,
            "rms_norm_eps": 0.02,
        },
        naive={"rms_norm_eps": 1e-5},
    ),
]
