"""The rules of a competition once more, written down on their own: losses by transformers, duels, weights."""

import hashlib
import math
import random
from dataclasses import dataclass
from pathlib import Path

import numpy as np

TEMPERATURE = 0.01


def drawn_rows(block_hash: str, rows_of_task: int, cap: int) -> list[int]:
    """The first `cap` of the task's rows in the order that everybody draws."""
    order = list(range(rows_of_task))
    random.Random(int.from_bytes(hashlib.sha256(block_hash.encode()).digest())).shuffle(order)
    return order[:cap]


def transformers_nll(folder: Path, tokens: np.ndarray) -> np.ndarray:
    """Per row, in nat: float64 cross-entropy of the float32 logits, summed over positions 1 to L-1."""
    import torch  # Slow to import, and only this function needs it.
    from transformers import LlamaForCausalLM

    model = LlamaForCausalLM.from_pretrained(folder, dtype=torch.float32).eval()
    ids = torch.from_numpy(tokens.astype(np.int64))
    with torch.inference_mode():
        logits = model(ids).logits[:, :-1].double()
        losses = torch.nn.functional.cross_entropy(logits.transpose(1, 2), ids[:, 1:], reduction="none")
    return losses.sum(dim=1).numpy()


@dataclass(frozen=True)
class Entry:
    """A model that has a score."""

    uid: int
    block: int
    score: float


@dataclass(frozen=True)
class Verdict:
    winner: int
    runner_up: int | None
    win_rate: dict[int, float]  # Of the competitive ones.
    step_weight: dict[int, float]


def decide(entries: list[Entry], epsilon: float, payout: str = "softmax") -> Verdict:
    """The hardened rules with a fixed epsilon."""
    keep = 1 - epsilon

    def beats(a: Entry, b: Entry) -> bool:
        return a.score * (keep if a.block < b.block else 1) < b.score * (keep if b.block < a.block else 1)

    def may_win(entry: Entry) -> bool:
        earlier = [other for other in entries if (other.block, other.uid) < (entry.block, entry.uid)]
        return all(entry.score < other.score * keep for other in earlier)

    competitive = [entry for entry in entries if may_win(entry)]
    others = len(competitive) - 1
    rate = {a.uid: sum(beats(a, b) for b in competitive) / others if others else 1.0 for a in competitive}
    ranking = sorted(competitive, key=lambda e: (-rate[e.uid], e.score, e.block, e.uid))
    winner = ranking[0].uid
    if payout == "winner":
        weights = {entry.uid: float(entry.uid == winner) for entry in entries}
    else:
        powers = {entry.uid: math.exp((rate.get(entry.uid, 0.0) - max(rate.values())) / TEMPERATURE) for entry in entries}
        weights = {uid: power / sum(powers.values()) for uid, power in powers.items()}
    return Verdict(winner, ranking[1].uid if others else None, rate, weights)


def to_u16(weights: np.ndarray) -> np.ndarray:
    return np.rint(weights / weights.max() * 65535).astype(int)
