"""The same bits on 1 to 8 ranks at a fixed TP degree, in another order of units, and beside programs that take the cores."""

import contextlib
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import records
import support
from fixtures import random_tokens, write_shard
from support import Inputs, candidate, competition, evaluate, task

MODELS = ("first", "second")
ROWS = {"prose": 30, "code": 9}


@contextlib.contextmanager
def cores_taken(programs: int) -> Iterator[None]:
    hogs = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(programs)]
    try:
        yield
    finally:
        for hog in hogs:
            hog.kill()
            hog.wait()


class SameBits(support.EndToEnd):
    @classmethod
    def make_fixtures(cls) -> None:
        for seed, name in enumerate(MODELS):
            cls.make_model(name, seed)
        for seed, (name, rows) in enumerate(ROWS.items()):
            write_shard(cls.folder / f"{name}.h5", random_tokens(seed, rows))
        cls.inputs = cls.entered(dict(enumerate(MODELS)), "inputs")

    @classmethod
    def entered(cls, models: dict[int, str], name: str) -> Inputs:
        tasks = [task("prose", "prose.h5", 0.5), task("code", "code.h5", 0.5)]
        candidates = [candidate(uid, model) for uid, model in models.items()]
        return support.write_inputs(cls.folder, [competition(1, "tiny", tasks)], candidates, name)

    def evaluated(self, name: str, ranks: int, *options: str, inputs: Inputs | None = None) -> Path:
        out = self.folder / name
        self.assert_done(evaluate(inputs or self.inputs, out, *options, ranks=ranks))
        return out

    def assert_same(self, out: Path, other: Path) -> None:
        values = records.item_values(out)
        self.assertEqual(len(values), len(MODELS) * (1 + 8 + 3))
        self.assertEqual(values, records.item_values(other))
        mine, theirs = records.outside_run(out / "results.h5"), records.outside_run(other / "results.h5")
        self.assertEqual([name for name in mine.keys() | theirs.keys() if mine.get(name) != theirs.get(name)], [])

    def test_one_to_eight_ranks_at_tp_1(self) -> None:
        alone = self.evaluated("tp1-1", 1)
        for ranks in (2, 3, 4, 5, 6, 7, 8):
            with self.subTest(ranks=ranks):
                self.assert_same(self.evaluated(f"tp1-{ranks}", ranks), alone)

    def test_two_to_eight_ranks_at_tp_2(self) -> None:
        pair = self.evaluated("tp2-2", 2, "--tp", "2")
        for ranks in (4, 6, 8):
            with self.subTest(ranks=ranks):
                self.assert_same(self.evaluated(f"tp2-{ranks}", ranks, "--tp", "2"), pair)

    def test_in_another_order_of_units(self) -> None:
        forward = self.evaluated("forward", 0)
        backward = self.evaluated("backward", 0, inputs=self.entered(dict(enumerate(reversed(MODELS))), "backward"))
        orders = [[item["key"] for item in records.journal_items(out)] for out in (forward, backward)]
        self.assertNotEqual(*orders, "the order is the same: this shows nothing")
        self.assertEqual(records.item_values(forward), records.item_values(backward))

    def test_beside_programs_that_take_every_core(self) -> None:
        quiet = self.evaluated("quiet", 0)
        with cores_taken(4):
            self.assert_same(self.evaluated("crowded", 3), quiet)


if __name__ == "__main__":
    support.main()
