"""Tiny models and shards, made in the test."""

import hashlib
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from safetensors.numpy import load_file, save_file

VOCABULARY, EOS, LENGTH, TOKENIZER = 101, 0, 128, "made-up"

CONFIG: dict[str, Any] = {
    "architectures": ["LlamaForCausalLM"],
    "model_type": "llama",
    "vocab_size": VOCABULARY,
    "hidden_size": 32,
    "intermediate_size": 48,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "head_dim": 8,
    "max_position_embeddings": 160,
    "rms_norm_eps": 1e-5,
    "rope_parameters": {"rope_theta": 10000.0, "rope_type": "default"},
    "hidden_act": "silu",
    "attention_bias": False,
    "mlp_bias": False,
    "tie_word_embeddings": False,
}

Tensors = dict[str, np.ndarray]


def edit_tensors(folder: Path, edit: Callable[[Tensors], None]) -> None:
    path = folder / "model.safetensors"
    tensors = load_file(path)
    edit(tensors)
    save_file(tensors, path, metadata={"format": "pt"})


def sharpen(folder: Path, factor: float = 12.0) -> None:
    """Matrices from a spread of 0.02 to one at which attention and mlp matter."""

    def scale(tensors: Tensors) -> None:
        for name, tensor in tensors.items():
            if tensor.ndim == 2:
                tensors[name] = tensor * np.float32(factor)

    edit_tensors(folder, scale)


def copy_edited(source: Path, name: str, edit: Callable[[Tensors], None]) -> Path:
    """A sibling of a model with other tensors."""
    folder = source.parent / name
    shutil.copytree(source, folder)
    edit_tensors(folder, edit)
    return folder


def put_nan(tensors: Tensors) -> None:
    tensors["model.layers.1.mlp.down_proj.weight"][3, 5] = np.nan


def overflow(tensors: Tensors) -> None:
    """Finite weights whose products are not."""
    tensors["model.layers.1.mlp.down_proj.weight"] *= np.float32(1e37)
    tensors["model.layers.1.mlp.up_proj.weight"] *= np.float32(1e20)


def overflow_at(token: int) -> Callable[[Tensors], None]:
    """Products of layer 0 overflow where this token stands, and nowhere else: it alone has a component 0."""

    def edit(tensors: Tensors) -> None:
        embedding = tensors["model.embed_tokens.weight"]
        embedding[:, 0] = 0
        embedding[token, 0] = 1
        tensors["model.layers.0.self_attn.o_proj.weight"][0, :] = 0
        tensors["model.layers.0.mlp.up_proj.weight"][:, 0] = 3e38

    return edit


def drop_tensor(tensors: Tensors) -> None:
    del tensors["model.layers.1.self_attn.k_proj.weight"]


def random_tokens(seed: int, rows: int, length: int = LENGTH, vocabulary: int = VOCABULARY) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, vocabulary, (rows, length), dtype=np.uint32)


def write_shard(path: Path, tokens: np.ndarray, **attributes: Any) -> None:
    """A token shard as the README describes it; `attributes` replace those of the root."""
    filters = {"shuffle": True, "compression": "gzip", "compression_opts": 1, "fletcher32": True}
    n_bytes = 90 + np.arange(len(tokens), dtype=np.uint32)
    with h5py.File(path, "w") as f:
        f.create_dataset("tokens", data=tokens, dtype="<u4", chunks=(min(16, len(tokens)), tokens.shape[1]), **filters)
        f.create_dataset("n_bytes", data=n_bytes, dtype="<u4")
        own = {"format": "verdict-tokens", "format_version": 1, "tokenizer": TOKENIZER, "vocab_size": VOCABULARY}
        own |= {"eos_id": EOS, "packed": 1, "source": "random", "sha256": token_sha256(tokens)}
        f.attrs.update(own | attributes)


def token_sha256(tokens: np.ndarray) -> str:
    return hashlib.sha256(tokens.astype("<u4").tobytes()).hexdigest()
