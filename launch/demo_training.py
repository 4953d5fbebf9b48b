"""A little fine-tuning on CPU, in well under a minute: only the last layers learn, from hidden states computed once.

The same rows give the same weights on one kind of machine: one order, a fixed number of threads, no dropout.
"""

from pathlib import Path

import h5py
import numpy as np
import torch
from transformers import LlamaForCausalLM

ROWS_OF_A_SHARD = 12
TOP_LAYERS = 4
BATCH_ROWS = 3
LEARNING_RATE = 2e-4
THREADS = 2


def read_rows(shards: list[Path]) -> torch.Tensor:
    """The first rows of each shard, by turns, [rows, length]: every batch sees every domain."""
    read = []
    for path in sorted(shards):
        with h5py.File(path) as file:
            read.append(file["tokens"][:ROWS_OF_A_SHARD].astype(np.int64))
    return torch.from_numpy(np.stack(read, axis=1).reshape(-1, read[0].shape[1]))


def hidden_before_top(model: LlamaForCausalLM, rows: torch.Tensor) -> torch.Tensor:
    """What the first of the top layers is given, [rows, length, hidden]."""
    layers, norm = model.model.layers, model.model.norm
    model.model.layers, model.model.norm = layers[:-TOP_LAYERS], torch.nn.Identity()
    try:
        with torch.no_grad():
            return torch.cat([model.model(input_ids=row[None], use_cache=False).last_hidden_state for row in rows])
    finally:
        model.model.layers, model.model.norm = layers, norm


def train_pass(model: LlamaForCausalLM, hidden: torch.Tensor, rows: torch.Tensor, optimizer: torch.optim.Optimizer) -> None:
    for begin in range(0, len(rows), BATCH_ROWS):
        batch = slice(begin, begin + BATCH_ROWS)
        logits = model(inputs_embeds=hidden[batch], use_cache=False).logits[:, :-1]
        loss = torch.nn.functional.cross_entropy(logits.flatten(0, 1), rows[batch, 1:].flatten())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()


def train_top(original: LlamaForCausalLM, rows: torch.Tensor, passes: int) -> list[dict[str, torch.Tensor]]:
    """The top layers' weights by name in float32, after each pass over the rows. `original` is not changed."""
    threads = torch.get_num_threads()
    torch.set_num_threads(THREADS)
    try:
        with torch.enable_grad():
            return _train_top(original, rows, passes)
    finally:
        torch.set_num_threads(threads)


def _train_top(original: LlamaForCausalLM, rows: torch.Tensor, passes: int) -> list[dict[str, torch.Tensor]]:
    model = LlamaForCausalLM(original.config).float().eval()
    model.load_state_dict(original.state_dict())
    model.requires_grad_(False)
    hidden = hidden_before_top(model, rows)
    first = len(model.model.layers) - TOP_LAYERS
    learning = {
        name: parameter
        for name, parameter in model.named_parameters()
        if name.startswith("model.layers.") and int(name.split(".")[2]) >= first
    }
    for parameter in learning.values():
        parameter.requires_grad_(True)
    model.model.layers = model.model.layers[-TOP_LAYERS:]
    optimizer = torch.optim.AdamW(learning.values(), lr=LEARNING_RATE, weight_decay=0.0)
    after_pass = []
    for _ in range(passes):
        train_pass(model, hidden, rows, optimizer)
        after_pass.append({name: parameter.detach().clone() for name, parameter in learning.items()})
    return after_pass
