"""`inspect --follow` from beside a run: it waits for it, shows how far it is, and ends when the run ends."""

import signal
import subprocess
import time
from pathlib import Path

import support
from fixtures import random_tokens, write_shard
from support import candidate, command, competition, evaluation, run, task

ROWS = 400
# A model of about 80 kB then takes a second to load.
SLOWLY = ("--max-read-rate", "80000", "--no-load-ahead", "--threads", "1")


class Follow(support.EndToEnd):
    @classmethod
    def make_fixtures(cls) -> None:
        for seed, name in enumerate(("first", "second")):
            cls.make_model(name, seed)
        write_shard(cls.folder / "prose.h5", random_tokens(1, ROWS))
        tasks = [task("prose", "prose.h5", 1.0, rows=ROWS)]
        candidates = [candidate(1, "first"), candidate(2, "second")]
        cls.inputs = support.write_inputs(cls.folder, [competition(1, "tiny", tasks)], candidates)

    def start(self, *arguments: str | Path) -> subprocess.Popen[str]:
        process = subprocess.Popen(command(*arguments), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.addCleanup(process.kill)
        return process

    def wait_for(self, path: Path) -> None:
        deadline = time.monotonic() + support.PATIENCE_SECONDS
        while not path.exists() and time.monotonic() < deadline:
            time.sleep(0.02)
        self.assertTrue(path.exists())

    def test_it_waits_for_the_run_shows_it_and_then_its_tables(self) -> None:
        out = self.folder / "watched"
        follower = self.start("inspect", "--follow", out)
        evaluator = self.start(*evaluation(self.inputs, out, *SLOWLY))
        shown, said = follower.communicate(timeout=support.PATIENCE_SECONDS)
        # Whoever follows ends after the run has given its folder back.
        self.assertEqual(evaluator.wait(timeout=support.PATIENCE_SECONDS), 0)
        self.assertEqual(follower.returncode, 0, said)
        self.assertIn(f"waiting for a run in {out}", said)
        self.assertEqual(shown, run("inspect", out).out)
        self.assertIn("winner", shown)

    def test_a_finished_run_is_shown_at_once(self) -> None:
        out = self.folder / "done"
        self.assert_done(support.evaluate(self.inputs, out, "--rows", "4"))
        with (out / "events.jsonl").open("a") as events:
            events.write('{"event": "unit_sta')
        followed = self.assert_done(run("inspect", "--follow", out, "--json"))
        self.assertEqual(followed.out, run("inspect", out, "--json").out)

    def test_a_killed_run_is_said(self) -> None:
        out = self.folder / "killed"
        evaluator = self.start(*evaluation(self.inputs, out, *SLOWLY))
        self.wait_for(out / "journal")
        follower = self.start("inspect", "--follow", out)
        time.sleep(0.3)
        self.assertIsNone(follower.poll(), "it did not wait for the run")
        evaluator.kill()
        shown, said = follower.communicate(timeout=support.PATIENCE_SECONDS)
        self.assertEqual((follower.returncode, shown), (75, ""))
        self.assertIn("ended without a word", said)

    def test_a_stopped_run_is_said(self) -> None:
        out = self.folder / "stopped"
        evaluator = self.start(*evaluation(self.inputs, out, *SLOWLY))
        self.wait_for(out / "journal")
        evaluator.send_signal(signal.SIGUSR1)
        self.assertEqual(evaluator.wait(timeout=support.PATIENCE_SECONDS), 75)
        followed = run("inspect", "--follow", out)
        self.assertEqual((followed.code, followed.out), (75, ""))
        self.assertIn("was stopped before the end", followed.err)

    def test_a_run_that_never_begins_is_an_error(self) -> None:
        outcome = run("inspect", "--follow", self.folder / "never", "--patience", "0.3")
        self.assertEqual(outcome.code, 74)
        self.assertIn("no run began in", outcome.err)


if __name__ == "__main__":
    support.main()
