"""launch/epoch.sh from commitments to weights, and launch/mpirun.sh: each may be stopped and started again."""

import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tests/app"), str(ROOT / "launch")]

import fixtures
import records
import support
from staging.files import Wanted
from staging.store import Store, folder_name

AGAIN = 75
SLOW = ("--max-read-rate", "25KB", "--grace", "2")
NAMES = ("a", "b", "c")


def commit_of(name: str) -> str:
    return f"{ord(name):040x}"


class Epochs(support.EndToEnd):
    @classmethod
    def make_fixtures(cls) -> None:
        cls.mirror = Store(cls.folder / "mirror")
        for seed, name in enumerate(NAMES):
            cls.admit(name, cls.make_model(name, seed))
        fixtures.write_shard(cls.folder / "prose.h5", fixtures.random_tokens(1, 24))
        wanted = support.competition(1, "tiny", [support.task("prose", "prose.h5", 1.0, rows=24)])
        cls.competitions = cls.folder / "competitions.toml"
        cls.competitions.write_text(support.competitions_text([wanted]))

    @classmethod
    def admit(cls, name: str, model: Path) -> None:
        """Into the mirror, as if it had been fetched."""
        repo, commit = f"ns/{name}", commit_of(name)
        folder = folder_name(repo, commit)
        shutil.copytree(model, cls.mirror.partial(folder), dirs_exist_ok=True)
        files = []
        for path in sorted(model.iterdir()):
            if path.suffix in (".json", ".safetensors"):
                sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
                files.append(Wanted(path.name, path.stat().st_size, f"sha256:{sha256}"))
        cls.mirror.admit(folder, repo, commit, files)

    def commitments(self, home: Path, block: int = support.BLOCK, names: tuple[str, ...] = NAMES) -> Path:
        entered = [support.candidate(uid, name, block=9000 + uid) for uid, name in enumerate(names)]
        for candidate in entered:
            candidate["commit"] = commit_of(candidate["repo"][-1])
            del candidate["path"]
        path = self.folder / f"{home.name}.json"
        path.write_text(json.dumps({"block": block, "block_hash": support.BLOCK_HASH, "candidates": entered}))
        return path

    def line(self, home: Path, *options: str | Path) -> list[str]:
        own = ["--home", home, "--competitions", self.competitions, "--commitments", self.folder / f"{home.name}.json"]
        own += ["--stage", f"--mirror {self.mirror.folder}"]
        return [str(word) for word in [ROOT / "launch/epoch.sh", *own, *options]]

    def environment(self) -> dict[str, str]:
        own = {"VERDICT": str(support.PROGRAM), "VERDICT_PYTHON": sys.executable, "VERDICT_RANKS_PER_NODE": "2"}
        return os.environ | own

    def epoch(self, home: Path, *options: str | Path) -> support.Outcome:
        done = subprocess.run(
            self.line(home, *options), env=self.environment(), capture_output=True, text=True, timeout=support.PATIENCE_SECONDS
        )
        return support.Outcome(done.returncode, done.stdout, done.stderr)

    def start(self, line: list[str], run: Path) -> subprocess.Popen[str]:
        """Returns when the first item is in the journal."""
        job = subprocess.Popen(
            line, env=self.environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            start_new_session=True,
        )  # fmt: skip
        self.addCleanup(job.wait)
        self.addCleanup(job.kill)
        end = time.monotonic() + support.PATIENCE_SECONDS
        while not any(b'"event":"item"' in path.read_bytes() for path in run.glob("journal/*.jsonl")):
            self.assertIsNone(job.poll(), "it ended too soon")
            self.assertLess(time.monotonic(), end, "no item appeared")
            time.sleep(0.05)
        return job

    def ends(self, job: subprocess.Popen[str], code: int) -> str:
        _, said = job.communicate(timeout=support.PATIENCE_SECONDS)
        self.assertEqual(job.returncode, code, said)
        return said

    def test_epoch_after_epoch_with_the_state_of_the_one_before(self) -> None:
        home = self.folder / "home"
        self.commitments(home)
        first = self.assert_done(self.epoch(home))
        self.assertIn("dry run: nothing is published", first.err)
        self.assertTrue((home / f"block-{support.BLOCK}/done").exists())
        state = json.loads((home / "state.json").read_text())
        self.assertEqual(state["block"], support.BLOCK)
        self.assertIn("nothing to do", self.assert_done(self.epoch(home)).err)
        self.assertFalse((home / "new-commitments.json").exists())
        self.commitments(home, support.BLOCK + 10)
        self.assert_done(self.epoch(home, "--keep-runs", "1"))
        self.assertEqual(json.loads((home / "state.json").read_text())["block"], support.BLOCK + 10)
        self.assertEqual([path.name for path in home.glob("block-*")], [f"block-{support.BLOCK + 10}"])
        self.assertFalse((home / "current").exists())

    def test_publishing_that_fails_is_tried_again_with_the_same_weights(self) -> None:
        home = self.folder / "publishing"
        self.commitments(home)
        failed = self.epoch(home, "--publish-with", "false")
        self.assertEqual(failed.code, AGAIN, failed.err)
        weights = (home / f"block-{support.BLOCK}/run/weights.json").read_text()
        state = (home / "state.json").read_bytes()
        self.commitments(home, support.BLOCK + 10)
        done = self.assert_done(self.epoch(home, "--publish-with", "cp -t " + str(self.folder)))
        self.assertIn(f"going on with block-{support.BLOCK}", done.err)
        self.assertEqual((self.folder / "weights.json").read_text(), weights)
        self.assertEqual((home / "state.json").read_bytes(), state, "an average moved twice")

    def test_stopped_epoch_is_gone_on_with_and_has_one_owner(self) -> None:
        home = self.folder / "stopped"
        self.commitments(home)
        run = home / f"block-{support.BLOCK}/run"
        job = self.start(self.line(home, "--", *SLOW), run)
        second = self.epoch(home)
        self.assertEqual((second.code, "another epoch is at work" in second.err), (AGAIN, True), second.err)
        job.send_signal(signal.SIGTERM)
        self.ends(job, AGAIN)
        self.assertFalse((run / "results.h5").exists())
        self.assert_done(self.epoch(home))
        keys = [item["key"] for item in records.journal_items(run)]
        self.assertEqual(len(keys), len(set(keys)), "an item was computed twice")

    def test_model_that_cannot_be_fetched_does_not_stop_an_epoch_for_ever(self) -> None:
        home = self.folder / "missing"
        self.commitments(home, names=("a", "b", "x"))
        self.assertEqual(self.epoch(home, "--stage-tries", "2").code, AGAIN)
        self.assertFalse((home / f"block-{support.BLOCK}/candidates.json").exists())
        done = self.assert_done(self.epoch(home, "--stage-tries", "2"))
        self.assertIn("2:ns/x: refused", done.out)
        self.assertIn("winner", done.out)

    def test_wrong_use_and_bad_commitments(self) -> None:
        home = self.folder / "wrong"
        self.commitments(home)
        for options, code, said in [
            (["--keep-runs", "none"], 64, "--keep-runs: a number of at least 1 expected"),
            (["--frobnicate"], 64, "unknown option '--frobnicate'"),
            (["--commitments-from", "echo {}"], 65, "it has no whole number 'block'"),
            (["--commitments-from", "false"], AGAIN, "no commitments from: false"),
        ]:
            with self.subTest(options=options):
                outcome = self.epoch(home, *options)
                self.assertEqual(outcome.code, code, outcome.err)
                self.assertIn(said, outcome.err)
        self.assertFalse((home / "current").exists())

    def test_interrupt_of_mpirun_script_is_a_clean_stop(self) -> None:
        """As the terminal sends it: to the whole process group."""
        inputs = support.write_inputs(self.folder, [], [support.candidate(i, name) for i, name in enumerate(NAMES)])
        out = self.folder / "interrupted"
        files = ["--competitions", self.competitions, "--candidates", inputs.candidates, "--out", out]
        line = [str(word) for word in [ROOT / "launch/mpirun.sh", "evaluate", *files]]
        job = self.start([*line, *SLOW], out)
        os.killpg(job.pid, signal.SIGINT)
        said = self.ends(job, AGAIN)
        self.assertIn("once more ends it at once", said)
        done = subprocess.run(line, env=self.environment(), capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertTrue((out / "results.h5").exists())


if __name__ == "__main__":
    support.main()
