"""Ten kills by SIGKILL at random moments, each rerun on another number of ranks: nothing is lost and nothing done twice."""

import collections
import random
import subprocess
import time
from pathlib import Path
from typing import Any

import records
import support
from fixtures import random_tokens, write_shard
from support import candidate, command, competition, evaluate, evaluation, items_in, kill_session, task

SEED = 20260321
KILLS = 10
MODELS = ("first", "second", "third")
ROWS = 2000
ITEMS = len(MODELS) * (1 + ROWS // 4)  # A sanity generation, and four rows each.
# A kill comes when so many items are new, and up to so long after; 0: while the ranks start or read the journals.
MOST_NEW_ITEMS = 40
LONGEST_WAIT_SECONDS = 0.2


class Kills(support.EndToEnd):
    @classmethod
    def make_fixtures(cls) -> None:
        for seed, name in enumerate(MODELS):
            cls.make_model(name, seed)
        write_shard(cls.folder / "prose.h5", random_tokens(1, ROWS))
        candidates = [candidate(uid, name) for uid, name in enumerate(MODELS)]
        wanted = competition(1, "tiny", [task("prose", "prose.h5", 1.0, rows=ROWS)])
        cls.inputs = support.write_inputs(cls.folder, [wanted], candidates)
        cls.undisturbed = cls.folder / "undisturbed"
        outcome = evaluate(cls.inputs, cls.undisturbed)
        assert outcome.code == 0, outcome.err

    def run_and_kill(self, out: Path, ranks: int, new_items: int, wait: float) -> None:
        line = command(*evaluation(self.inputs, out), ranks=ranks)
        before, end = items_in(out), time.monotonic() + support.PATIENCE_SECONDS
        with subprocess.Popen(line, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True) as job:
            try:
                while items_in(out) < before + new_items and job.poll() is None:
                    self.assertLess(time.monotonic(), end, "no items appeared")
                    time.sleep(0.002)
                time.sleep(wait)
                self.assertIsNone(job.poll(), "the job ended before its kill")
            finally:
                kill_session(job.pid)
        self.assertFalse((out / "results.h5").exists())

    def test_ten_kills_and_reruns_on_other_rank_counts(self) -> None:
        out, moments, kills = self.folder / "killed", random.Random(SEED), []
        for number in range(KILLS):
            ranks = moments.randint(1, 8)
            new_items = 0 if number % 4 == 1 else moments.randint(1, MOST_NEW_ITEMS)
            self.run_and_kill(out, ranks, new_items, moments.uniform(0, LONGEST_WAIT_SECONDS))
            kills.append((ranks, items_in(out)))
        print(f"seed {SEED}; (ranks, items in the journals) at each kill: {kills}")
        self.assertGreater(len({ranks for ranks, _ in kills}), 3)
        self.assertLess(kills[-1][1], ITEMS)
        self.assert_done(evaluate(self.inputs, out, ranks=3))
        self.check_counts(records.journal_lines(out))
        self.assertEqual(records.item_values(out), records.item_values(self.undisturbed))
        mine, other = records.outside_run(out / "results.h5"), records.outside_run(self.undisturbed / "results.h5")
        self.assertEqual([name for name in mine.keys() | other.keys() if mine.get(name) != other.get(name)], [])

    def check_counts(self, lines: list[dict[str, Any]]) -> None:
        items = [line for line in lines if line["event"] == "item"]
        times = collections.Counter(item["key"] for item in items)
        rows = collections.Counter((item["model"], row) for item in items for row in range(*item.get("samples", [0])))
        print(f"{len(items)} items of {ITEMS} keys in {sum(line['event'] == 'start' for line in lines)} journal files")
        self.assertEqual([key for key, count in times.items() if count > 1], [], "journalled twice")
        self.assertEqual(len(times), ITEMS, "an item is lost")
        self.assertEqual((len(rows), set(rows.values())), (len(MODELS) * ROWS, {1}), "a row is lost or done twice")


if __name__ == "__main__":
    support.main()
