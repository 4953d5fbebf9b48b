"""Several run folders into one: the bits of one run over all, or a refusal that names what differs."""

import json
import shutil
from pathlib import Path

import records
import support
from fixtures import copy_edited, put_nan, random_tokens, write_shard
from support import Inputs, Outcome, candidate, competition, evaluate, run, task

MODELS = {1: "first", 2: "second", 3: "clone", 4: "broken", 5: "absent", 6: "third"}
EARLY, LATE = (1, 2, 4), (3, 5, 6)


class Merge(support.EndToEnd):
    @classmethod
    def make_fixtures(cls) -> None:
        first = cls.make_model("first", 1)
        cls.make_model("second", 2)
        cls.make_model("third", 3)
        shutil.copytree(first, first.parent / "clone")
        copy_edited(first, "broken", put_nan)
        for seed, (name, rows) in enumerate({"prose": 9, "code": 6}.items()):
            write_shard(cls.folder / f"{name}.h5", random_tokens(seed, rows))
        cls.whole_inputs = cls.inputs_of("whole", tuple(MODELS))
        cls.whole = cls.evaluated("whole", cls.whole_inputs)
        cls.early = cls.evaluated("early", cls.inputs_of("early", EARLY))
        cls.late = cls.evaluated("late", cls.inputs_of("late", LATE))

    @classmethod
    def inputs_of(cls, name: str, uids: tuple[int, ...], **changes: object) -> Inputs:
        tasks = [task("prose", "prose.h5", 0.7), task("code", "code.h5", 0.3)]
        candidates = [candidate(uid, MODELS[uid], block=9000 + uid) for uid in uids]
        return support.write_inputs(cls.folder, [competition(1, "tiny", tasks, **changes)], candidates, name)

    @classmethod
    def evaluated(cls, name: str, inputs: Inputs, *options: str) -> Path:
        folder = cls.folder / f"run-{name}"
        done = evaluate(inputs, folder, *options)
        assert done.code == 0, done.err
        return folder

    def merge(self, name: str, *runs: Path, options: tuple[str, ...] = ()) -> tuple[Path, Outcome]:
        out = self.folder / f"merged-{name}"
        return out, run("merge", *runs, "--out", out, *options)

    def assert_same_results(self, folder: Path, other: Path) -> None:
        mine, theirs = records.outside_run(folder / "results.h5"), records.outside_run(other / "results.h5")
        self.assertGreater(len(mine), 100)
        self.assertEqual([name for name in mine.keys() | theirs.keys() if mine.get(name) != theirs.get(name)], [])
        weights = [json.loads((run_folder / "weights.json").read_text()) for run_folder in (folder, other)]
        for document in weights:  # It is of the whole file, /run included.
            self.assertEqual(len(document.pop("results_sha256")), 64)
        self.assertEqual(*weights)

    def test_halves_are_bit_for_bit_one_run_over_all(self) -> None:
        for name, runs in (("halves", (self.early, self.late)), ("swapped", (self.late, self.early))):
            folder, done = self.merge(name, *runs)
            self.assert_done(done)
            self.assert_same_results(folder, self.whole)
            self.assert_done(run("verify", folder))
            self.assertEqual(records.item_values(folder), records.item_values(self.whole))
        self.assertIn("winner", done.out)

    def test_a_merge_can_be_inspected_merged_again_and_repeated(self) -> None:
        folder, done = self.merge("once", self.early, self.late, options=("--json",))
        inspected = self.assert_done(run("inspect", folder, "--json"))
        self.assertEqual(inspected.out, self.assert_done(done).out)
        again, done = self.merge("twice", folder, self.whole)
        self.assert_done(done)
        self.assert_same_results(again, self.whole)
        repeated, done = self.merge("once", self.early, self.late)
        self.assert_done(done)
        self.assert_same_results(repeated, self.whole)
        self.assert_refused(self.merge("once", self.early)[1], 64, "other inputs", "candidates")

    def test_a_merge_of_one_candidates_file_goes_on_as_its_evaluation(self) -> None:
        folder, done = self.merge("resumable", self.whole)
        self.assert_done(done)
        before = len(records.journal_items(folder))
        self.assert_done(evaluate(self.whole_inputs, folder))
        self.assertEqual(len(records.journal_items(folder)), before)

    def test_what_nobody_has_evaluated_is_said_and_nothing_is_written(self) -> None:
        partial = self.folder / "partial"
        shutil.copytree(self.late, partial)
        for file in ("results.h5", "weights.json"):
            (partial / file).unlink()
        for journal in (partial / "journal").iterdir():
            lines = journal.read_text().splitlines(keepends=True)
            items = [i for i, line in enumerate(lines) if '"event":"item"' in line]
            journal.write_text("".join(lines[: items[-1]]) + lines[items[-1]][:40])
        folder, done = self.merge("missing", self.early, partial)
        self.assertEqual(done.code, 75, done.err)
        self.assertIn("1 of 6 items are in no journal", done.err)
        self.assertIn("was not written to its end", done.err)
        self.assertFalse(folder.exists())
        # The rest of it is found in another run that has it.
        folder, done = self.merge("mended", self.early, partial, self.late)
        self.assert_done(done)
        self.assert_same_results(folder, self.whole)

    def test_runs_that_measured_otherwise_are_refused_with_the_difference(self) -> None:
        cases = {
            "numerics": (self.evaluated("bf16", self.inputs_of("late", LATE), "--dtype", "bfloat16"), "dtype", "bfloat16"),
            "rows": (self.evaluated("rows", self.inputs_of("late", LATE), "--rows", "3"), "options.rows", "3"),
            "rules": (self.evaluated("rules", self.inputs_of("other", LATE, reward=0.5)), "competitions file"),
        }
        for name, (other, *parts) in cases.items():
            with self.subTest(name):
                folder, done = self.merge(name, self.early, other)
                self.assert_refused(done, 64, "cannot be merged", str(self.early), str(other), *parts)
                self.assertFalse(folder.exists())

    def test_another_submission_of_a_uid_is_refused(self) -> None:
        inputs = self.inputs_of("impostor", (3, 5))
        text = json.loads(inputs.candidates.read_text())
        text["candidates"][0] |= {"uid": 1}
        inputs.candidates.write_text(json.dumps(text))
        other = self.evaluated("impostor", inputs)
        self.assert_refused(self.merge("impostor", self.early, other)[1], 64, "candidate 1 of", "is not the same", "repo")

    def test_contradicting_journals_are_refused_naming_both(self) -> None:
        forged = self.folder / "forged"
        shutil.copytree(self.early, forged)
        for journal in (forged / "journal").iterdir():
            journal.write_bytes(b"".join(map(forge, journal.read_bytes().splitlines(keepends=True))))
        folder, done = self.merge("forged", self.early, forged)
        self.assert_refused(done, 65, "has other values than", str(self.early / "journal"), str(forged / "journal"))
        self.assertFalse(folder.exists())

    def test_wrong_use_is_refused(self) -> None:
        self.assert_refused(run("merge", self.early, self.late, "--out", self.early), 64, "is one of the runs")
        self.assert_refused(self.merge("folder", self.early, self.folder)[1], 64, "is no run folder")
        damaged = self.folder / "damaged"
        shutil.copytree(self.late, damaged)
        text = (damaged / "job.json").read_text()
        (damaged / "job.json").write_text(text.replace("ns/third", "ns/thirt"))
        self.assert_refused(self.merge("damaged", self.early, damaged)[1], 65, "job.json", "checksum")
        (damaged / "job.json").unlink()
        self.assert_refused(self.merge("damaged", self.early, damaged)[1], 64, "has no job.json")

    def test_a_state_is_replaced_once_and_only_by_runs_that_started_from_it(self) -> None:
        state, whole_state = self.folder / "state.json", self.folder / "whole-state.json"
        with_state = self.evaluated("with-state", self.whole_inputs, "--state", str(whole_state))
        for _ in range(2):  # The first evaluation of all: there is no state yet, which is that of both halves.
            folder, done = self.merge("state", self.early, self.late, options=("--state", str(state)))
            self.assert_done(done)
            self.assertEqual(state.read_text(), whole_state.read_text())
            self.assert_same_results(folder, with_state)
        self.assertTrue((folder / "state.before.json").exists())

        text = state.read_text()
        state.write_text(self.later_state(text))
        refused = self.merge("late", self.early, self.late, options=("--state", str(state)))[1]
        self.assert_refused(refused, 64, "is not the state that the runs started from")
        self.assertFalse((self.folder / "merged-late").exists())

    def test_the_next_epoch_is_merged_from_copies_of_the_state(self) -> None:
        first = self.folder / "first-epoch.json"
        self.evaluated("first-epoch", self.whole_inputs, "--state", str(first))
        runs = {}
        for name, uids in (("next-whole", tuple(MODELS)), ("next-early", EARLY), ("next-late", LATE)):
            inputs = self.inputs_of(name, uids)
            text = json.loads(inputs.candidates.read_text()) | {"block": support.BLOCK + 1}
            inputs.candidates.write_text(json.dumps(text))
            shutil.copy(first, self.folder / f"{name}.state")
            runs[name] = self.evaluated(name, inputs, "--state", str(self.folder / f"{name}.state"))
        parts = runs["next-early"], runs["next-late"]
        folder, done = self.merge("next", *parts, options=("--state", str(first)))
        self.assert_done(done)
        self.assert_same_results(folder, runs["next-whole"])
        self.assertEqual(first.read_text(), (self.folder / "next-whole.state").read_text())

    def test_runs_from_other_states_are_refused(self) -> None:
        state = self.folder / "other.state"
        self.evaluated("other-epoch", self.whole_inputs, "--state", str(state))
        inputs = self.inputs_of("other-late", LATE)
        text = json.loads(inputs.candidates.read_text()) | {"block": support.BLOCK + 1}
        inputs.candidates.write_text(json.dumps(text))
        runs = [self.evaluated("stateless", inputs), self.evaluated("stateful", inputs, "--state", str(state))]
        self.assert_refused(self.merge("states", *runs)[1], 64, "cannot be merged", "state (SHA-256)")

    def later_state(self, text: str) -> str:
        """What an evaluation of another block leaves."""
        before, after = self.folder / "elsewhere.state", self.inputs_of("elsewhere", EARLY)
        before.write_text(text)
        candidates = json.loads(after.candidates.read_text()) | {"block": support.BLOCK + 7}
        after.candidates.write_text(json.dumps(candidates))
        self.evaluated("elsewhere", after, "--state", str(before))
        return before.read_text()


def forge(line: bytes) -> bytes:
    """Another loss, with a checksum of its own."""
    if b'"nll_nat":' not in line:
        return line
    text, _, _ = line.rpartition(records.CHECKSUM_FIELD)
    document = json.loads(text + b"}")
    document["nll_nat"][0] += 0.5
    text = json.dumps(document, separators=(",", ":"))[:-1].encode()
    return text + records.CHECKSUM_FIELD + f'{records.xxh3(text):016x}"}}\n'.encode()


if __name__ == "__main__":
    support.main()
