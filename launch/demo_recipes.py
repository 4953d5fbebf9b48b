"""How each model of the demo is made. Imports torch: only for those who really make one."""

import os
from collections.abc import Callable
from pathlib import Path

os.environ["TQDM_DISABLE"] = "1"  # Read when transformers is imported; its bars would fill a log.

import torch
from safetensors.torch import load_file, save_file
from transformers import AutoTokenizer, LlamaConfig, LlamaForCausalLM
from transformers import logging as transformers_logging

transformers_logging.set_verbosity_error()

MISSING_TENSOR = "model.layers.17.mlp.down_proj.weight"
# bf16 keeps 8 bits: noise of 1e-3 moves one weight in eighty to its neighbour, smaller noise would be rounded away.
CLONE_NOISE = 1e-3
CLONE_LAYER = "model.layers.29."  # Who copies changes as little as it takes to have another hash.
GRID_LEVELS = 7  # -7 … 7 in each block: 4 bits
GRID_BLOCK = 32
SHARD_SIZE = "120MB"


def load_original(gguf: Path) -> LlamaForCausalLM:
    """A plain Llama with the file's weights: no setting left that says it was quantised, or that is not a Llama's."""
    source = LlamaForCausalLM.from_pretrained(gguf.parent, gguf_file=gguf.name, dtype=torch.float32)
    known = LlamaConfig().to_dict().keys() - {"quantization_config", "_name_or_path"}
    settings = {key: value for key, value in source.config.to_dict().items() if key in known}
    model = LlamaForCausalLM(LlamaConfig(**settings))
    model.load_state_dict(source.state_dict())
    return model.to(torch.bfloat16).eval()


def add_noise(model: LlamaForCausalLM) -> None:
    generator = torch.Generator().manual_seed(20)
    for name, parameter in model.named_parameters():
        if not name.startswith(CLONE_LAYER):
            continue
        noise = torch.randn(parameter.shape, generator=generator)
        parameter.copy_((parameter.float() * (1.0 + CLONE_NOISE * noise)).to(parameter.dtype))


def round_to_grid(model: LlamaForCausalLM) -> None:
    """Every matrix of the blocks to 4 bits, one scale for 32 neighbours in a row."""
    for name, parameter in model.named_parameters():
        if parameter.dim() != 2 or "embed" in name:
            continue
        blocks = parameter.float().reshape(-1, GRID_BLOCK)
        step = blocks.abs().amax(dim=1, keepdim=True).clamp_min(1e-12) / GRID_LEVELS
        parameter.copy_(((blocks / step).round() * step).reshape(parameter.shape).to(parameter.dtype))


def save(model: LlamaForCausalLM, folder: Path, max_shard_size: str = "10GB") -> None:
    model.save_pretrained(folder, max_shard_size=max_shard_size)
    (folder / "generation_config.json").unlink(missing_ok=True)


def save_without_tensor(model: LlamaForCausalLM, folder: Path) -> None:
    save(model, folder)
    path = folder / "model.safetensors"
    tensors = load_file(path)
    del tensors[MISSING_TENSOR]
    save_file(tensors, path, metadata={"format": "pt"})


def save_clone(model: LlamaForCausalLM, folder: Path) -> None:
    add_noise(model)
    save(model, folder)


def save_quantised(model: LlamaForCausalLM, folder: Path) -> None:
    round_to_grid(model)
    save(model, folder, SHARD_SIZE)


def save_tokenizer(gguf: Path, folder: Path) -> None:
    tokenizer = AutoTokenizer.from_pretrained(gguf.parent, gguf_file=gguf.name)
    folder.mkdir()
    tokenizer.backend_tokenizer.save(str(folder / "tokenizer.json"))


MODELS: dict[str, Callable[[LlamaForCausalLM, Path], None]] = {
    "smollm2-135m": save,
    "near-clone": save_clone,
    "coarse-quantised": save_quantised,
    "missing-tensor": save_without_tensor,
}


def make_model(name: str, original: LlamaForCausalLM, folder: Path) -> None:
    """Writes one candidate; `original` is as it was afterwards."""
    weights = {key: tensor.clone() for key, tensor in original.state_dict().items()}
    with torch.no_grad():
        MODELS[name](original, folder)
    for path in folder.iterdir():
        path.chmod(0o644)  # safetensors makes its files readable by their owner only
    original.load_state_dict(weights)
