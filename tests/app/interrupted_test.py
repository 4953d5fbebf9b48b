"""What else may befall a run folder: deleted under the run, of another version, from a clock that went back; and a grace time
that is shorter than an item."""

import json
import os
import shutil
import signal
import subprocess
import time
from pathlib import Path

import records
import support
from fixtures import random_tokens, write_shard
from support import Inputs, candidate, command, competition, evaluate, evaluation, items_in, task

BAD_DATA, AGAIN = 65, 75
CANNOT_WRITE_OR_READ = (73, 74)
ROWS = 1200


class Interrupted(support.EndToEnd):
    @classmethod
    def make_fixtures(cls) -> None:
        cls.make_model("first", 1)
        write_shard(cls.folder / "prose.h5", random_tokens(1, ROWS))
        cls.inputs = cls.entered("inputs", ROWS)

    @classmethod
    def entered(cls, name: str, rows: int) -> Inputs:
        wanted = competition(1, "tiny", [task("prose", "prose.h5", 1.0, rows=rows)])
        return support.write_inputs(cls.folder, [wanted], [candidate(1, "first")], name)

    def start(self, inputs: Inputs, out: Path, *options: str, ranks: int) -> subprocess.Popen[str]:
        line = command(*evaluation(inputs, out, *options), ranks=ranks)
        job = subprocess.Popen(line, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.addCleanup(job.kill)
        return job

    def wait_until(self, job: subprocess.Popen[str], out: Path, event: str, items: int) -> None:
        end = time.monotonic() + support.PATIENCE_SECONDS
        log = out / "events.jsonl"
        while items_in(out) < items or not log.exists() or f'"{event}"' not in log.read_text():
            self.assertIsNone(job.poll(), "the job ended too soon")
            self.assertLess(time.monotonic(), end)
            time.sleep(0.005)

    def test_a_folder_deleted_during_the_run_ends_it_with_a_word(self) -> None:
        for ranks in (0, 2):
            with self.subTest(ranks=ranks):
                out = self.folder / f"deleted-{ranks}"
                job = self.start(self.inputs, out, ranks=ranks)
                self.wait_until(job, out, "unit_started", 3)
                os.rename(out, self.folder / f"moved-{ranks}")  # At once, and then what was in it.
                shutil.rmtree(self.folder / f"moved-{ranks}")
                printed, said = job.communicate(timeout=support.PATIENCE_SECONDS)
                self.assertIn(job.returncode, CANNOT_WRITE_OR_READ, said)
                lines = [line for line in said.splitlines() if line.startswith("verdict: ")]
                self.assertGreaterEqual(len(lines), 1, said)
                self.assertIn(str(out), lines[0])
                self.assertIn("deleted", lines[0])
                self.assertEqual(printed, "")
                self.assertFalse(out.exists(), "a part of the folder came back")

    def test_when_the_grace_time_is_over_the_item_in_work_is_dropped(self) -> None:
        """One item holds all rows of a micro-batch, so that it takes longer than the grace time."""
        one_item = ("--micro-batch", str(ROWS))
        slow = self.make_model("slow", 3, num_hidden_layers=24)
        wanted = competition(1, "tiny", [task("prose", "prose.h5", 1.0, rows=ROWS)], parameters=[1, 10**7], max_bytes=10**8)
        inputs = support.write_inputs(self.folder, [wanted], [candidate(1, slow.name)], "slow")
        for ranks in (0, 2):
            with self.subTest(ranks=ranks):
                out = self.folder / f"grace-{ranks}"
                job = self.start(inputs, out, "--grace", "0.01", *one_item, ranks=ranks)
                self.wait_until(job, out, "unit_started", 0)
                job.send_signal(signal.SIGUSR1)
                _, said = job.communicate(timeout=support.PATIENCE_SECONDS)
                self.assertEqual(job.returncode, AGAIN, said)
                self.assertIn("the grace time is over: what is in work is dropped", said)
                self.assertEqual(items_in(out), 0)
                self.assertFalse((out / "results.h5").exists())
        self.assert_done(evaluate(inputs, out, *one_item))
        self.assertEqual(len(records.journal_items(out)), 2)  # The sanity generation, and one of rows.

    def finished(self, name: str) -> tuple[Inputs, Path]:
        inputs, out = self.entered(name, 40), self.folder / name
        self.assert_done(evaluate(inputs, out))
        return inputs, out

    def sealed(self, line: dict[str, object]) -> str:
        text = json.dumps(line, separators=(",", ":"))[:-1]
        return f'{text},"xxh3":"{records.xxh3(text.encode()):016x}"}}\n'

    def test_a_journal_of_a_later_version_is_refused_and_left_alone(self) -> None:
        inputs, out = self.finished("versions")
        (out / "results.h5").unlink()
        later = out / "journal" / "0-20300101T000000.000000Z.jsonl"
        later.write_text(self.sealed({"event": "start", "v": 1}) + self.sealed({"event": "item", "v": 3, "losses": []}))
        before = {path.name: path.read_bytes() for path in (out / "journal").iterdir()}
        refused = evaluate(inputs, out)
        self.assert_refused(refused, BAD_DATA, f"{later}:2", "journal version 3", "this program reads up to 2")
        self.assertEqual({path.name: path.read_bytes() for path in (out / "journal").iterdir()}, before)
        later.unlink()
        self.assert_done(evaluate(inputs, out))

    def test_a_clock_that_went_back_changes_nothing(self) -> None:
        """Names and times of journals from the future: half of the items were journalled "later" than the rest."""
        inputs, out = self.finished("clock")
        expected, results = records.item_values(out), records.outside_run(out / "results.h5")
        (out / "results.h5").unlink()
        (journal,) = (out / "journal").glob("*.jsonl")
        lines = journal.read_bytes().splitlines(keepends=True)
        journal.with_name("0-20990101T000000.000000Z.jsonl").write_bytes(b"".join(lines[: len(lines) // 2]))
        journal.unlink()
        for path in [out, out / "journal", *out.rglob("*")]:
            os.utime(path, (4_070_908_800, 4_070_908_800))  # 2099.
        for _ in range(2):
            self.assert_done(evaluate(inputs, out, ranks=2))
            keys = [item["key"] for item in records.journal_items(out)]
            self.assertEqual(sorted(keys), sorted(expected))
            self.assertEqual(records.item_values(out), expected)
            self.assertEqual(records.outside_run(out / "results.h5"), results)


if __name__ == "__main__":
    support.main()
