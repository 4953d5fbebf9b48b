"""The next model is read while one computes: with storage that is slow but no slower than the arithmetic, nobody waits."""

import json
import math
from pathlib import Path

import records
import support
from fixtures import random_tokens, write_shard
from support import candidate, competition, evaluate, task

MODELS = {1: "first", 2: "second", 3: "third"}
ROWS = 480
# Of the time that a model computes, how much a read of its whole file is made to take. A rank of a group reads between
# its part of it and all of it; and computing takes a varying time where others compute, too.
LOAD_SHARE = 0.4
HIDDEN_AT_LEAST = 0.95
# A machine that is busy in one of the two runs and not in the other makes them differ, never the other way round.
ATTEMPTS = 3


class LoadAhead(support.EndToEnd):
    @classmethod
    def make_fixtures(cls) -> None:
        for uid, name in MODELS.items():
            cls.make_model(name, uid)
        write_shard(cls.folder / "prose.h5", random_tokens(1, ROWS))
        tasks = [task("prose", "prose.h5", 1.0, rows=ROWS)]
        candidates = [candidate(uid, path, block=9000 + uid) for uid, path in MODELS.items()]
        cls.inputs = support.write_inputs(cls.folder, [competition(1, "tiny", tasks)], candidates)

    def units(self, out: Path) -> list[dict]:
        lines = [json.loads(line) for line in (out / "events.jsonl").read_text().splitlines()]
        return [line for line in lines if line["event"] == "unit_finished"]

    def slow_rate(self, out: Path) -> int:
        """Bytes per second at which a model's file takes LOAD_SHARE of the time that the model computed in this run."""
        seconds = sum(item["compute_seconds"] for item in records.journal_items(out)) / len(MODELS)
        return math.ceil((self.folder / "models" / "first" / "model.safetensors").stat().st_size / (LOAD_SHARE * seconds))

    def overlap(self, name: str, ranks: int, options: tuple[str, ...]) -> tuple[float, Path, Path, list[str]]:
        """Which share of the loads was hidden, the two runs, and the options of the slow one."""
        free = self.folder / f"free-{name}"
        self.assert_done(evaluate(self.inputs, free, *options, ranks=ranks))
        slow = [*options, "--max-read-rate", str(self.slow_rate(free))]
        ahead = self.folder / f"ahead-{name}"
        self.assert_done(evaluate(self.inputs, ahead, *slow, ranks=ranks))
        first, *others = self.units(ahead)
        load = sum(unit["load_seconds"] for unit in others)
        waited = sum(unit["load_wait_seconds"] for unit in others)
        print(f"{ranks} ranks: loads of {load:.2f} s, waited {waited:.3f} s, hidden {1 - waited / load:.3f}")
        self.assertEqual(len(others), len(MODELS) - 1)
        self.assertGreater(first["load_wait_seconds"], 0.9 * first["load_seconds"])
        return 1 - waited / load, free, ahead, slow

    def check(self, ranks: int, rows: int, *options: str) -> None:
        options = ("--rows", str(rows), *options)
        for attempt in range(ATTEMPTS):
            hidden, free, ahead, slow = self.overlap(f"{ranks}-{attempt}", ranks, options)
            if hidden >= HIDDEN_AT_LEAST:
                break
        self.assertGreaterEqual(hidden, HIDDEN_AT_LEAST)

        turns = self.folder / f"turns-{ranks}"
        self.assert_done(evaluate(self.inputs, turns, *slow[2:], "--no-load-ahead", "--rows", "4", ranks=ranks))
        for unit in self.units(turns):
            self.assertGreater(unit["load_wait_seconds"], 0.9 * unit["load_seconds"])

        self.assertEqual(records.item_values(ahead), records.item_values(free))
        self.assertEqual(len(self.units(turns)), len(MODELS))

    def test_one_rank_waits_for_the_first_model_only(self) -> None:
        self.check(0, ROWS)

    def test_both_ranks_of_a_group_wait_for_the_first_model_only(self) -> None:
        self.check(2, ROWS // 3, "--tp", "2")


if __name__ == "__main__":
    support.main()
