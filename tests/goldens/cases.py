"""What one golden checkpoint is: an architecture, a configuration, and why it is there."""

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Case:
    """One checkpoint. `naive` holds settings that a wrong reader would use; they must give other losses.

    `attention` names the implementation in transformers that is right; without it both must agree (SDPA is used).
    `renames` are beginnings of tensor names that other writers spell otherwise.
    """

    family: str  # a row of FAMILIES
    name: str
    what: str
    settings: dict[str, Any]
    naive: dict[str, Any] = field(default_factory=dict)
    naive_moves: float = 1e-3  # some row's loss at least, in nat
    dtype: str = "float32"
    max_shard_size: str = "1GB"
    old_config: bool = False
    attention: str | None = None
    rows: int = 3
    length: int = 41  # tokens in a row
    renames: dict[str, str] = field(default_factory=dict)
