"""Tiny checkpoints of Llama's relatives: same keys and names, one difference or two each.

Sizes as in llama_cases.py: they differ from each other, and heads are at least 4, so that every case runs on 4 ranks.
"""

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


def small(family: str, name: str, what: str, changes: dict[str, Any] | None = None, **more: Any) -> Case:
    return Case(family, name, what, {**_SMALL, **(changes or {})}, **more)


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
]
