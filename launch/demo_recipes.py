"""How each model of the demo is made. Imports torch: only for those who really make one."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

os.environ["TQDM_DISABLE"] = "1"  # Read when transformers is imported; its bars would fill a log.

import demo_training
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
NAN_TENSOR = "model.layers.5.self_attn.o_proj.weight"
NUDGE = 0.1  # Of the way from the original to the trained model: better, but by less than epsilon.
MIDDLE_LAYERS = (13, 14, 15)
SPREAD_LAYERS = (8, 14, 20)


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


@dataclass
class Kitchen:
    """What the recipes take: the original, and rows of text to train on. Models are made in it, one after the other."""

    original: LlamaForCausalLM
    training_rows: torch.Tensor | None = None  # [rows, length]
    passes: int = 1  # How often training goes over them.

    @cached_property
    def trained(self) -> list[dict[str, torch.Tensor]]:
        """The weights that training changed, after each pass."""
        if self.training_rows is None:
            raise ValueError("no rows to train on")
        return demo_training.train_top(self.original, self.training_rows, self.passes)


def save_nan(kitchen: Kitchen, folder: Path) -> None:
    kitchen.original.get_parameter(NAN_TENSOR)[3, 7] = float("nan")
    save(kitchen.original, folder)


def save_trained(kitchen: Kitchen, folder: Path, passes: int, share: float = 1.0) -> None:
    for name, trained in kitchen.trained[passes - 1].items():
        parameter = kitchen.original.get_parameter(name)
        parameter.copy_((parameter.float() + share * (trained - parameter.float())).to(parameter.dtype))
    save(kitchen.original, folder)


def save_pruned(kitchen: Kitchen, folder: Path, dropped: tuple[int, ...]) -> None:
    """Without these layers: a smaller model that still speaks."""
    model = kitchen.original
    layers, count = model.model.layers, model.config.num_hidden_layers
    kept = [layer for i, layer in enumerate(layers) if i not in dropped]
    model.model.layers, model.config.num_hidden_layers = torch.nn.ModuleList(kept), len(kept)
    try:
        save(model, folder)
    finally:
        model.model.layers, model.config.num_hidden_layers = layers, count


Recipe = Callable[[Kitchen, Path], None]

MODELS: dict[str, Recipe] = {
    "smollm2-135m": lambda kitchen, folder: save(kitchen.original, folder),
    "exact-copy": lambda kitchen, folder: save(kitchen.original, folder),
    "near-clone": lambda kitchen, folder: save_clone(kitchen.original, folder),
    "coarse-quantised": lambda kitchen, folder: save_quantised(kitchen.original, folder),
    "missing-tensor": lambda kitchen, folder: save_without_tensor(kitchen.original, folder),
    "with-nan": save_nan,
    "nudged": lambda kitchen, folder: save_trained(kitchen, folder, passes=1, share=NUDGE),
    "fine-tuned": lambda kitchen, folder: save_trained(kitchen, folder, passes=1),
    "fine-tuned-longer": lambda kitchen, folder: save_trained(kitchen, folder, passes=2),
    "pruned-middle": lambda kitchen, folder: save_pruned(kitchen, folder, MIDDLE_LAYERS),
    "pruned-spread": lambda kitchen, folder: save_pruned(kitchen, folder, SPREAD_LAYERS),
}


def make_model(name: str, kitchen: Kitchen, folder: Path) -> None:
    """Writes one candidate; the original is as it was afterwards."""
    original = kitchen.original
    weights = {key: tensor.clone() for key, tensor in original.state_dict().items()}
    with torch.no_grad():
        MODELS[name](kitchen, folder)
    for path in folder.iterdir():
        path.chmod(0o644)  # safetensors makes its files readable by their owner only
    original.load_state_dict(weights)
