"""A polite stop, and one owner a run folder."""

import json
import os
import signal
import subprocess
import time
from pathlib import Path

import records
import support
from fixtures import random_tokens, write_shard
from support import candidate, command, competition, evaluate, evaluation, items_in, task

ROWS = 400
MODELS = ("first", "second")


class Stop(support.EndToEnd):
    @classmethod
    def make_fixtures(cls) -> None:
        for seed, name in enumerate(MODELS):
            cls.make_model(name, seed)
        write_shard(cls.folder / "prose.h5", random_tokens(1, ROWS))
        candidates = [candidate(uid, name) for uid, name in enumerate(MODELS)]
        wanted = competition(1, "tiny", [task("prose", "prose.h5", 1.0, rows=ROWS)])
        cls.inputs = support.write_inputs(cls.folder, [wanted], candidates)

    def start(self, out: Path, ranks: int) -> subprocess.Popen[str]:
        """Returns when the first items are in the journal."""
        job = subprocess.Popen(
            command(*evaluation(self.inputs, out), ranks=ranks), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        self.addCleanup(job.kill)
        end = time.monotonic() + support.PATIENCE_SECONDS
        while items_in(out) < 3:
            self.assertIsNone(job.poll(), "the job ended too soon")
            self.assertLess(time.monotonic(), end, "no items appeared")
            time.sleep(0.01)
        return job

    def assert_stops_and_goes_on(self, name: str, ranks: int, sent: signal.Signals) -> None:
        out = self.folder / name
        job = self.start(out, ranks)
        job.send_signal(sent)
        printed, said = job.communicate(timeout=support.PATIENCE_SECONDS)
        self.assertEqual(job.returncode, 75, said)
        self.assertIn("run the same line again", said)
        self.assertEqual(printed, "")
        self.assertFalse((out / "results.h5").exists())
        self.assertFalse((out / "weights.json").exists())
        done = items_in(out)
        self.assertLess(done, len(MODELS) * (1 + ROWS // 4))
        self.assert_done(evaluate(self.inputs, out))
        self.assertEqual(len(records.journal_items(out)), len(MODELS) * (1 + ROWS // 4))
        keys = [item["key"] for item in records.journal_items(out)]
        self.assertEqual(len(keys), len(set(keys)), "an item was computed twice")
        self.assertTrue((out / "results.h5").exists())

    def test_sigusr1_to_mpirun_stops_after_the_items_in_work(self) -> None:
        self.assert_stops_and_goes_on("usr1", 2, signal.SIGUSR1)

    def test_sigterm_stops_a_single_process_the_same_way(self) -> None:
        self.assert_stops_and_goes_on("term", 0, signal.SIGTERM)

    def test_a_second_run_on_the_folder_is_refused_and_the_first_goes_on(self) -> None:
        out = self.folder / "owned"
        job = self.start(out, 0)
        os.kill(job.pid, signal.SIGSTOP)  # So that it is there for as long as the second one waits for its end.
        try:
            second = evaluate(self.inputs, out)
        finally:
            os.kill(job.pid, signal.SIGCONT)
        owner = json.loads((out / "lock").read_text())
        self.assertEqual(owner["pid"], job.pid)
        self.assert_refused(second, 64, str(out), f"process {job.pid}", owner["host"])
        _, said = job.communicate(timeout=support.PATIENCE_SECONDS)
        self.assertEqual(job.returncode, 0, said)


if __name__ == "__main__":
    support.main()
