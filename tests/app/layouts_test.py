"""The same losses whatever the number of groups; close ones at another TP degree, micro-batch or dtype."""

import json
import shutil
from pathlib import Path

import h5py
import numpy as np
import records
import support
from fixtures import LENGTH, copy_edited, overflow, random_tokens, write_shard
from support import Outcome, candidate, competition, evaluate, run, task

# What float32 may differ by between two orders of summation, per token.
PER_TOKEN = 1e-5
# bfloat16 keeps 8 bits of every product's operands; seen here 0.017 in the worst row's mean.
PER_TOKEN_BFLOAT16 = 0.05
# Rows that fill neither the last item of 4 nor the last micro-batch of 2.
ROWS = {"prose": 27, "code": 10}
# Fewer models than 4 groups: their rows are cut, too.
MODELS = {1: "first", 2: "second", 3: "clone", 4: "overflow"}


class Layouts(support.EndToEnd):
    @classmethod
    def make_fixtures(cls) -> None:
        first = cls.make_model("first", 1)
        cls.make_model("second", 2)
        shutil.copytree(first, first.parent / "clone")
        copy_edited(first, "overflow", overflow)
        for seed, (name, rows) in enumerate(ROWS.items()):
            write_shard(cls.folder / f"{name}.h5", random_tokens(seed, rows))
        tasks = [task("prose", "prose.h5", 0.7), task("code", "code.h5", 0.3)]
        candidates = [candidate(uid, path, block=9000 + uid) for uid, path in MODELS.items()]
        cls.inputs = support.write_inputs(cls.folder, [competition(1, "tiny", tasks)], candidates)
        cls.done: dict[Path, Outcome] = {}

    def evaluated(self, *options: str, ranks: int = 0) -> Path:
        """The run folder of an evaluation, which is made once."""
        folder = self.folder / "-".join(["run", str(ranks), *(option.strip("-") for option in options)])
        if not folder.exists():
            self.done[folder] = self.assert_done(evaluate(self.inputs, folder, *options, ranks=ranks))
        return folder

    def losses(self, folder: Path) -> np.ndarray:
        """Per token, of the good models and all rows."""
        with h5py.File(folder / "results.h5") as file:
            samples = file["competitions/tiny/samples"]
            return np.concatenate([samples[f"{name}/nll_sum"][:3] for name in ROWS], axis=1) / (LENGTH - 1)

    def assert_same(self, folder: Path, other: Path) -> None:
        self.assertEqual(records.item_values(folder), records.item_values(other))
        mine, theirs = records.outside_run(folder / "results.h5"), records.outside_run(other / "results.h5")
        self.assertGreater(len(mine), 100)
        self.assertEqual([name for name in mine.keys() | theirs.keys() if mine.get(name) != theirs.get(name)], [])

    def assert_close(self, folder: Path, other: Path, tolerance: float) -> None:
        difference = np.abs(self.losses(folder) - self.losses(other)).max()
        self.assertLess(difference, tolerance)
        self.assertGreater(difference, 0.0, "not one bit differs: was the option heard?")

    def test_one_two_and_four_groups_give_the_same_bits(self) -> None:
        alone = self.evaluated()
        self.assertEqual(len(records.item_values(alone)), 22)  # 2 models × (a sanity generation + 7 + 3 items of 4 rows).
        for ranks in (2, 4):
            self.assert_same(self.evaluated(ranks=ranks), alone)
        writers = {item["leader_rank"] for item in records.journal_items(self.evaluated(ranks=4))}
        self.assertGreater(len(writers), 1, "the groups did not share the work")

    def test_json_option_prints_one_document_whatever_the_ranks(self) -> None:
        again = self.assert_done(evaluate(self.inputs, self.evaluated(ranks=2), "--json", ranks=2))
        document = json.loads(again.out)
        self.assertEqual([c["status"] for c in document["candidates"]], ["ok", "ok", "ok", "non_finite"])
        inspected = self.assert_done(run("inspect", self.evaluated(ranks=2), "--json"))
        self.assertEqual(inspected.out, again.out)

    def test_one_and_two_groups_of_two_ranks_give_the_same_bits(self) -> None:
        pair = self.evaluated("--tp", "2", ranks=2)
        self.assert_same(self.evaluated("--tp", "2", ranks=4), pair)
        self.assert_close(pair, self.evaluated(), PER_TOKEN)
        self.assertFalse(records.item_values(pair).keys() & records.item_values(self.evaluated()).keys())

    def test_a_rank_that_fills_no_group_is_said_and_changes_nothing(self) -> None:
        three = self.evaluated("--tp", "2", ranks=3)
        self.assertIn("1 ranks fill no group and stay idle", self.done[three].err)
        self.assert_same(three, self.evaluated("--tp", "2", ranks=2))

    def test_micro_batches_change_rounding_only(self) -> None:
        batched = self.evaluated("--micro-batch", "2", ranks=3)
        # On CPU a product's row may round as it does alone, so equal bits are no surprise.
        difference = np.abs(self.losses(batched) - self.losses(self.evaluated())).max()
        self.assertLess(difference, PER_TOKEN)
        self.assert_same(batched, self.evaluated("--micro-batch", "2"))

    def test_bfloat16_is_near_float32(self) -> None:
        self.assert_close(self.evaluated("--dtype", "bfloat16"), self.evaluated(), PER_TOKEN_BFLOAT16)

    def test_rows_option_caps_every_task_and_keeps_the_order(self) -> None:
        few, all_rows = self.evaluated("--rows", "6"), self.evaluated()
        with h5py.File(few / "results.h5") as capped, h5py.File(all_rows / "results.h5") as full:
            for name in ROWS:
                mine, theirs = (file[f"competitions/tiny/samples/{name}"] for file in (capped, full))
                self.assertEqual(mine["nll_sum"].shape, (4, 6))
                self.assertEqual(mine["nll_sum"][:3].tobytes(), theirs["nll_sum"][:3, :6].tobytes())
                self.assertEqual(mine["row_hash"][:].tolist(), theirs["row_hash"][:6].tolist())
            self.assertEqual(capped["competitions/tiny/rows"][:].tolist(), [6, 6])


if __name__ == "__main__":
    support.main()
