"""The same bytes in two competitions are computed once, and fail only where they fail."""

from pathlib import Path

import h5py
import records
import scoring
import support
from fixtures import LENGTH, VOCABULARY, copy_edited, overflow_at, random_tokens, write_shard
from support import BLOCK_HASH, candidate, competition, evaluate, task

BAD_TOKEN = VOCABULARY - 1
BAD_SAMPLES = (5, 9)
ROWS = {"poison": 12, "prose": 18}
REASON = f"task 'poison', sample {min(BAD_SAMPLES)}: the output of layer 0 is not finite"


class Sharing(support.EndToEnd):
    @classmethod
    def make_fixtures(cls) -> None:
        copy_edited(cls.make_model("first", 1), "fragile", overflow_at(BAD_TOKEN))
        tokens = {name: random_tokens(seed, rows, vocabulary=BAD_TOKEN) for seed, (name, rows) in enumerate(ROWS.items())}
        drawn = scoring.drawn_rows(BLOCK_HASH, ROWS["poison"], ROWS["poison"])
        for sample in BAD_SAMPLES:
            tokens["poison"][drawn[sample], LENGTH // 2] = BAD_TOKEN
        for name in ROWS:
            write_shard(cls.folder / f"{name}.h5", tokens[name])
        # The model that fails would compute the rows that the other competition needs, too, and a task has a twin.
        with_poison = [task("poison", "poison.h5", 0.5), task("prose", "prose.h5", 0.5)]
        without = [task("prose", "prose.h5", 0.5), task("twin", "prose.h5", 0.5)]
        competitions = [competition(1, "poisoned", with_poison, reward=0.5), competition(2, "clean", without, reward=0.5)]
        candidates = [candidate(uid, path, 1 + uid // 3) for uid, path in enumerate(["fragile", "first"] * 2, 1)]
        cls.inputs = support.write_inputs(cls.folder, competitions, candidates)

    def check(self, run: Path) -> None:
        with h5py.File(run / "results.h5") as file:
            self.assertEqual(file["status"][:].tolist(), [2, 0, 0, 0])
            self.assertEqual(file["reason"].asstr()[0], REASON)
            poisoned = file["competitions/poisoned/samples/prose/nll_sum"][:]
            clean, twin = (file[f"competitions/clean/samples/{name}/nll_sum"][:] for name in ("prose", "twin"))
        self.assertEqual(clean.tobytes(), twin.tobytes())
        self.assertEqual(poisoned[1].tobytes(), clean[1].tobytes())
        keys = [item["key"] for item in records.journal_items(run)]
        self.assertEqual(len(keys), len(set(keys)))

    def test_bytes_share_their_items_and_not_their_failures(self) -> None:
        results = {}
        for ranks in (0, 2, 4):
            run = self.folder / f"run-{ranks}"
            self.assert_done(evaluate(self.inputs, run, ranks=ranks))
            self.check(run)
            results[ranks] = records.outside_run(run / "results.h5")
        self.assertTrue(results[0] == results[2] == results[4])
        journals = sorted((self.folder / "run-4/journal").iterdir())
        self.assert_done(evaluate(self.inputs, self.folder / "run-4"))
        self.assertEqual(sorted((self.folder / "run-4/journal").iterdir()), journals)
        self.assertEqual(records.outside_run(self.folder / "run-4/results.h5"), results[0])


if __name__ == "__main__":
    support.main()
