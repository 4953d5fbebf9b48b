"""A killed run goes on where it was, on any number of ranks, and ends in the results of an undisturbed one."""

import json
import os
import shutil
import subprocess
import time
from pathlib import Path

import h5py
import records
import support
from fixtures import random_tokens, write_shard
from support import candidate, command, competition, evaluate, evaluation, items_in, kill_session, task

ROWS = 240
MODELS = ("first", "second", "third")
ITEMS = len(MODELS) * (1 + ROWS // 4)  # A sanity generation, and four rows each.
ENOUGH = 5


def files_of(folder: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


class Resume(support.EndToEnd):
    @classmethod
    def make_fixtures(cls) -> None:
        for seed, name in enumerate(MODELS):
            cls.make_model(name, seed)
        write_shard(cls.folder / "prose.h5", random_tokens(1, ROWS))
        candidates = [candidate(uid, name) for uid, name in enumerate(MODELS)]
        cls.competition = competition(1, "tiny", [task("prose", "prose.h5", 1.0, rows=ROWS)])
        cls.inputs = support.write_inputs(cls.folder, [cls.competition], candidates)
        cls.undisturbed = cls.folder / "undisturbed"
        outcome = evaluate(cls.inputs, cls.undisturbed)
        assert outcome.code == 0, outcome.err

    def kill_in_the_middle(self, out: Path, ranks: int) -> None:
        line = command(*evaluation(self.inputs, out), ranks=ranks)
        with subprocess.Popen(line, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True) as job:
            try:
                self.wait_for_items(job, out, ENOUGH)
            finally:
                kill_session(job.pid)
        self.assertFalse((out / "results.h5").exists())

    def wait_for_items(self, job: subprocess.Popen[bytes], out: Path, items: int) -> None:
        end = time.monotonic() + support.PATIENCE_SECONDS
        while items_in(out) < items:
            self.assertIsNone(job.poll(), "the job ended too soon")
            self.assertLess(time.monotonic(), end)

    def assert_same_results(self, out: Path) -> None:
        self.assertEqual(records.item_values(out), records.item_values(self.undisturbed))
        mine, other = records.outside_run(out / "results.h5"), records.outside_run(self.undisturbed / "results.h5")
        self.assertEqual([name for name in mine.keys() | other.keys() if mine.get(name) != other.get(name)], [])

    def test_a_killed_run_goes_on_with_other_ranks(self) -> None:
        out = self.folder / "killed"
        self.kill_in_the_middle(out, ranks=2)
        before = {item["key"] for item in records.journal_items(out)}
        self.assertGreaterEqual(len(before), ENOUGH)
        self.assertLess(len(before), ITEMS)
        self.tear_last_line(out)
        whole = len(records.journal_items(out))

        again = self.assert_done(evaluate(self.inputs, out, ranks=3))
        self.assertIn(f"{whole} items of earlier starts are in the journal and stand", again.err)
        self.assertIn("ignored, the line was not written to its end", again.err)
        keys = [item["key"] for item in records.journal_items(out)]
        self.assertEqual((len(keys), len(set(keys))), (ITEMS, ITEMS))
        self.assert_same_results(out)
        self.check_units_of_all_starts(out)
        self.check_third_start(out)

    def tear_last_line(self, out: Path) -> None:
        """As if the power had failed in the middle of a write."""
        path = max(out.glob("journal/*.jsonl"), key=lambda p: p.stat().st_size)
        path.write_bytes(path.read_bytes()[:-40])

    def check_units_of_all_starts(self, out: Path) -> None:
        """The timings of what an earlier start did are in the results, too."""
        with h5py.File(out / "results.h5") as file:
            self.assertEqual(len(file["run/unit_compute_seconds"]), ITEMS)
            self.assertEqual(int(file["run/unit_samples"][:].sum()), len(MODELS) * ROWS)

    def check_third_start(self, out: Path) -> None:
        journals = files_of(out / "journal")
        third = self.assert_done(evaluate(self.inputs, out))
        self.assertIn(f"{ITEMS} items of earlier starts", third.err)
        self.assertEqual(files_of(out / "journal"), journals)
        self.assert_same_results(out)

    def test_a_model_that_changes_under_the_run_fails_alone_and_can_be_mended(self) -> None:
        out, path = self.folder / "changed-model", self.folder / "models/third/model.safetensors"
        before = path.stat()
        line = command(*evaluation(self.inputs, out))
        with subprocess.Popen(line, stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as job:
            self.wait_for_items(job, out, 1)  # Every model has been checked, the first is at work.
            path.touch()
            job.communicate()
        self.assertEqual(job.returncode, 0)
        with h5py.File(out / "results.h5") as file, h5py.File(self.undisturbed / "results.h5") as other:
            self.assertEqual(file["status"][:].tolist(), [0, 0, 6])
            self.assertIn("models/third has changed since it was hashed", file["reason"].asstr()[2])
            mine, theirs = (f["competitions/tiny/samples/prose/nll_sum"][:2].tobytes() for f in (file, other))
            self.assertEqual(mine, theirs)
        os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
        self.assert_done(evaluate(self.inputs, out))
        self.assert_same_results(out)

    def test_bytes_that_change_behind_an_unchanged_date_are_not_scored_and_can_be_mended(self) -> None:
        out, path = self.folder / "other-bytes", self.folder / "models/third/model.safetensors"
        before = path.stat()

        def flip_a_bit_of_the_last_weight() -> None:
            with path.open("r+b") as file:
                file.seek(before.st_size - 4)  # The lowest of its mantissa: finite before and after.
                byte = file.read(1)[0]
                file.seek(before.st_size - 4)
                file.write(bytes([byte ^ 1]))
            os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))

        line = command(*evaluation(self.inputs, out))
        with subprocess.Popen(line, stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as job:
            self.wait_for_items(job, out, 1)
            flip_a_bit_of_the_last_weight()
            job.communicate()
        self.assertEqual(job.returncode, 0)
        flip_a_bit_of_the_last_weight()
        with h5py.File(out / "results.h5") as file:
            self.assertEqual(file["status"][:].tolist(), [0, 0, 6])
            self.assertIn("are not those that were hashed", file["reason"].asstr()[2])
        self.assert_done(evaluate(self.inputs, out))
        self.assert_same_results(out)

    def timeouts(self, out: Path) -> int:
        return sum(line["event"] == "timeout" for line in records.journal_lines(out))

    def test_a_timeout_is_tried_again_once(self) -> None:
        out = self.folder / "slow"
        inputs = support.write_inputs(self.folder, [self.competition], [candidate(3, "first")], "one")
        done = self.assert_done(evaluate(inputs, out, "--model-timeout", "1e-9", ranks=2))
        self.assertIn("no winner", done.out)
        tries = self.timeouts(out)  # Two, and in each one for every group that had begun with its part of the model.
        self.assertIn(tries, (2, 3, 4))
        self.assert_done(evaluate(inputs, out, "--model-timeout", "1e-9"))
        self.assertEqual(self.timeouts(out), tries, "a third try")
        with h5py.File(out / "results.h5") as file:
            self.assertEqual((file["status"][0], file["reason"].asstr()[0]), (4, "loaded for more than 1e-09 s"))
            self.assertNotIn("winner_uid", file["competitions/tiny"].attrs)
            self.assertEqual(file["weight_u16"][:].tolist(), [0] * 32)
        published = json.loads((out / "weights.json").read_text())
        self.assertEqual((published["uids"], published["competitions"][0]["winner"]), ([], None))

    def test_a_slow_model_behind_others_is_tried_again_by_itself(self) -> None:
        """Its second try computes at least an item of it, and the others are left alone."""
        out = self.folder / "slow-behind"
        self.make_model("heavy", 9, hidden_size=256, intermediate_size=2048, num_hidden_layers=24)
        entered = [candidate(3, "first"), candidate(4, "heavy")]
        roomy = self.competition | {"parameters": [1, 10**9], "max_bytes": 10**9}
        inputs = support.write_inputs(self.folder, [roomy], entered, "two")
        self.assert_done(evaluate(inputs, out, "--model-timeout", "1"))
        self.assertEqual(self.timeouts(out), 2)
        with h5py.File(out / "results.h5") as file:
            self.assertEqual(file["status"][:].tolist(), [0, 4])
            self.assertEqual(file["reason"].asstr()[1], "computed for more than 1 s")

    def test_a_model_in_work_when_a_gpu_failed_comes_last_and_is_given_up_the_second_time(self) -> None:
        out = self.folder / "gpu-failed"
        first = records.journal_items(self.undisturbed)[0]["model"]
        shutil.copytree(self.undisturbed, out)
        for path in (out / "journal").glob("*.jsonl"):
            path.unlink()
        self.note_failure(out, first, attempt=1)
        self.assert_done(evaluate(self.inputs, out))
        order = [item["model"] for item in records.journal_items(out)]
        self.assertEqual(order.index(first), len(order) * 2 // 3)
        self.assert_same_results(out)
        for path in (out / "journal").glob("*.jsonl"):
            path.unlink()
        self.note_failure(out, first, attempt=1)
        self.note_failure(out, first, attempt=2)
        self.assert_done(evaluate(self.inputs, out))
        self.assertNotIn(first, [item["model"] for item in records.journal_items(out)])
        with h5py.File(out / "results.h5") as file:
            self.assertEqual(sorted(file["status"][:].tolist()), [0, 0, 5])
            self.assertIn("the GPU is lost", file["reason"].asstr()[:].tolist())

    def note_failure(self, out: Path, model: str, attempt: int) -> None:
        """As a rank of a GPU that failed writes it."""
        event = {"event": "hang", "v": 1, "model": model, "reason": "the GPU is lost", "competition": "tiny", "attempt": attempt}
        text = json.dumps(event, separators=(",", ":"))[:-1].encode()
        line = text + records.CHECKSUM_FIELD + f'{records.xxh3(text):016x}"}}\n'.encode()
        (out / "journal" / f"0-{attempt}.jsonl").write_bytes(line)

    def test_inputs_named_in_another_way_are_the_same_inputs(self) -> None:
        journals = files_of(self.undisturbed / "journal")
        line = ["evaluate", "--competitions", "inputs.toml", "--candidates", "./inputs.json", "--out", "undisturbed"]
        done = subprocess.run(command(*line), cwd=self.folder, capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(files_of(self.undisturbed / "journal"), journals)

    def test_other_inputs_are_refused_and_the_folder_is_left_alone(self) -> None:
        before = files_of(self.undisturbed)
        changed = self.competition | {"reward": 0.5}
        candidates = [candidate(uid, name) for uid, name in enumerate(MODELS)]
        others = support.write_inputs(self.folder, [changed], candidates, "changed")
        renamed = [*candidates[:2], candidate(2, "third", repo="ns/renamed")]
        other_candidates = support.write_inputs(self.folder, [self.competition], renamed, "renamed")
        cases = [(others, [], "competitions was "), (other_candidates, [], "candidates was ")]
        cases += [(self.inputs, ["--rows", "3"], "(options.rows was null, is 3 now)")]
        for inputs, options, said in cases:
            refusal = evaluate(inputs, self.undisturbed, *options)
            self.assert_refused(refusal, 64, f"{self.undisturbed} holds a run with other inputs", said)
        both = evaluate(others, self.undisturbed, ranks=2)
        self.assert_refused(both, 64, "competitions was ")
        self.assertEqual(files_of(self.undisturbed), before)


if __name__ == "__main__":
    support.main()
