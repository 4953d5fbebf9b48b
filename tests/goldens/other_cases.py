"""Tiny checkpoints of the architectures that are no relatives of Llama.

Sizes as in llama_cases.py. Where a class allows no head size of its own, hidden = heads times head size.
"""

from functools import partial
from typing import Any

from cases import Case

half = partial(Case, dtype="bfloat16")  # half the bytes; the losses are those of the weights raised to float32

_PHI: dict[str, Any] = {
    "hidden_size": 32,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "intermediate_size": 22,
    "vocab_size": 61,
    "max_position_embeddings": 128,
}
_NEOX: dict[str, Any] = {**_PHI, "vocab_size": 53}
_GPT: dict[str, Any] = {
    "n_embd": 20,
    "n_layer": 2,
    "n_head": 5,
    "n_inner": 26,
    "n_positions": 64,
    "vocab_size": 61,
    "bos_token_id": 1,
    "eos_token_id": 2,
}
_GPTJ: dict[str, Any] = {**_GPT, "n_embd": 32, "n_head": 4, "n_inner": 22, "rotary_dim": 4}
_FALCON: dict[str, Any] = {
    "hidden_size": 24,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "ffn_hidden_size": 26,
    "vocab_size": 61,
    "bos_token_id": 1,
    "eos_token_id": 2,
}
_RW = {"multi_query": False, "parallel_attn": False, "bias": True, "alibi": True}
_BART: dict[str, Any] = {
    "d_model": 20,
    "decoder_layers": 2,
    "decoder_attention_heads": 5,
    "decoder_ffn_dim": 26,
    "encoder_layers": 1,
    "encoder_attention_heads": 2,
    "encoder_ffn_dim": 8,
    "max_position_embeddings": 48,
    "vocab_size": 61,
    "is_decoder": True,
    "is_encoder_decoder": False,
    "forced_eos_token_id": None,
}


CASES: list[Case] = [
    half("phi", "base", "one norm for both branches, biases on everything and on the head, half of a head rotated", _PHI),
    half(
        "phi",
        "head_norms",
        "qk_layernorm: layer norms with a bias on each query and key head; 2 key/value heads",
        {**_PHI, "qk_layernorm": True, "num_key_value_heads": 2, "layer_norm_eps": 0.01, "vocab_size": 53},
        {"layer_norm_eps": 1e-5},
    ),
    half(
        "phi",
        "erf_gelu_old_config",
        "hidden_act gelu is the erf form; config.json as older transformers wrote it",
        {**_PHI, "hidden_act": "gelu", "num_key_value_heads": 1},
        {"hidden_act": "gelu_new"},
        naive_moves=1.5e-5,  # the two forms of gelu are close
        old_config=True,
    ),
    half("gpt_neox", "parallel", "q k v of each head side by side, two norms before both branches, a quarter rotated", _NEOX),
    half(
        "gpt_neox",
        "sequential",
        "use_parallel_residual false, attention_bias false, half of a head rotated, nine heads",
        {
            **_NEOX,
            "hidden_size": 36,
            "num_attention_heads": 9,
            "num_hidden_layers": 1,
            "use_parallel_residual": False,
            "attention_bias": False,
            "rope_parameters": {"rope_type": "default", "rope_theta": 300.0, "partial_rotary_factor": 0.5},
        },
        {"use_parallel_residual": True},
    ),
    half(
        "gpt_neox",
        "head_as_lm_head",
        "the head under the name that transformers 5 has in memory; old rotary_pct and rotary_emb_base",
        {**_NEOX, "rope_parameters": {"rope_type": "default", "rope_theta": 500.0, "partial_rotary_factor": 0.5}},
        old_config=True,
        renames={"embed_out": "lm_head"},
    ),
    half("gpt2", "base", "learned positions, weights stored [in, out], tied head, 5 heads", _GPT),
    half(
        "gpt2",
        "no_prefix",
        "tensor names without 'transformer.', the default mlp width of 4 times hidden",
        {**_GPT, "n_inner": None, "n_embd": 16, "n_head": 4, "vocab_size": 53, "layer_norm_epsilon": 0.01},
        {"layer_norm_epsilon": 1e-5},
        renames={"transformer.": ""},
    ),
    half(
        "gpt2",
        "untied",
        "a head of its own; positions of exactly one row",
        {**_GPT, "tie_word_embeddings": False, "n_positions": 41, "vocab_size": 47, "activation_function": "silu"},
        {"activation_function": "gelu_new"},
    ),
    half("gptj", "base", "neighbours rotated against each other, 4 of 8 dimensions; a bias on the head", _GPTJ, attention="eager"),
    half(
        "gptj",
        "whole_heads",
        "whole heads are rotated, the default mlp width of 4 times hidden",
        {**_GPTJ, "n_embd": 24, "n_head": 4, "rotary_dim": 6, "vocab_size": 53, "n_inner": None},
        attention="eager",
    ),
    half(
        "falcon",
        "multi_query",
        "the form of the 7B: all q, one k, one v; one norm for both branches; no biases",
        _FALCON,
    ),
    half(
        "falcon",
        "multi_query_sequential",
        "multi-query with parallel_attn false: two norms in sequence; biases",
        {**_FALCON, "parallel_attn": False, "bias": True, "vocab_size": 53},
    ),
    half(
        "falcon",
        "new_decoder",
        "the form of the 40B: per group q … q k v, two norms for two parallel branches",
        {
            **_FALCON,
            "hidden_size": 36,
            "num_attention_heads": 6,
            "new_decoder_architecture": True,
            "num_kv_heads": 2,
            "layer_norm_epsilon": 0.01,
        },
        {"layer_norm_epsilon": 1e-5},
    ),
    half(
        "falcon",
        "new_decoder_one_norm",
        "the form of the 11B: the new decoder with one norm, biases, an untied head",
        {
            **_FALCON,
            "new_decoder_architecture": True,
            "num_kv_heads": 4,
            "num_ln_in_parallel_attn": 1,
            "bias": True,
            "tie_word_embeddings": False,
        },
    ),
    half(
        "falcon",
        "alibi",
        "the form of RW: q k v of each head, sequential, biases, ALiBi with 8 heads",
        {**_FALCON, **_RW, "hidden_size": 32, "num_attention_heads": 8},
        attention="sdpa",  # eager adds ALiBi twice
    ),
    half(
        "falcon",
        "alibi_six_heads",
        "ALiBi slopes of a number of heads that is no power of two",
        {**_FALCON, **_RW, "hidden_size": 36, "num_attention_heads": 6, "num_hidden_layers": 1, "vocab_size": 53},
        attention="sdpa",
    ),
    half(
        "bart",
        "decoder",
        "norms after the additions, learned positions from row 2 on, unused attention to an encoder, tied head",
        _BART,
    ),
    half(
        "bart",
        "scaled_embedding",
        "scale_embedding: the embedding times sqrt(20); tanh gelu",
        {**_BART, "scale_embedding": True, "activation_function": "gelu_new", "vocab_size": 53, "decoder_layers": 1},
        {"scale_embedding": False},
    ),
]
