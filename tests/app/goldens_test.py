"""Every golden checkpoint through the whole program: the losses of transformers, at TP 1 and TP 2."""

import json
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import support
from fixtures import EOS, write_shard
from support import candidate, competition, evaluate, task

GOLDENS = Path(__file__).resolve().parents[1] / "goldens"
PER_TOKEN = 1e-5


class Goldens(support.EndToEnd):
    """One competition for each: a golden has a vocabulary and rows of its own."""

    @classmethod
    def make_fixtures(cls) -> None:
        cls.expected: dict[str, dict[str, Any]] = {}
        for path in sorted(GOLDENS.glob("*/*/expected.json")):
            cls.expected["-".join(path.parts[-3:-1])[:32]] = json.loads(path.read_text()) | {"folder": path.parent}
        assert len(cls.expected) >= 15
        competitions, candidates = [], []
        for number, (name, golden) in enumerate(cls.expected.items()):
            tokens = np.array(golden["tokens"], dtype=np.uint32)
            vocabulary = json.loads((golden["folder"] / "config.json").read_text())["vocab_size"]
            write_shard(cls.folder / f"{name}.h5", tokens, vocab_size=vocabulary)
            # Random weights often repeat themselves, which is not what is asked here.
            rules = {"sequence_length": tokens.shape[1], "reward": 0.01, "sanity_generation": False}
            rules["tokenizer"] = {"name": "made-up", "vocab_size": vocabulary, "eos_id": EOS}
            competitions.append(competition(number, name, [task("golden", f"{name}.h5", 1.0)], **rules))
            candidates.append(candidate(number, name, number) | {"path": str(golden["folder"])})
        cls.inputs = support.write_inputs(cls.folder, competitions, candidates, uids=256)

    def check(self, ranks: int, *options: str) -> None:
        run = self.folder / f"run-{ranks}"
        self.assert_done(evaluate(self.inputs, run, *options, ranks=ranks))
        with h5py.File(run / "results.h5") as file:
            self.assertEqual(file["reason"].asstr()[:].tolist(), [""] * len(self.expected))
            for name, golden in self.expected.items():
                samples = file[f"competitions/{name}/samples/golden"]
                expected = np.array(golden["nll_sum"])[samples["row"][:]]
                difference = np.abs(samples["nll_sum"][0] - expected).max() / samples["tokens"][0]
                self.assertLess(difference, PER_TOKEN, name)

    def test_one_rank(self) -> None:
        self.check(0)

    def test_two_ranks_for_each_model(self) -> None:
        self.check(2, "--tp", "2")


if __name__ == "__main__":
    support.main()
