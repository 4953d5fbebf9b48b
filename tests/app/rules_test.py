"""Rule sets, missing tasks, commitments and hashes end to end, and the arithmetic of a run once more from its file."""

import base64
import hashlib
import json
import shutil
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import support
from fixtures import copy_edited, put_nan, random_tokens, write_shard
from safetensors.numpy import load_file
from support import candidate, competition, evaluate, run, task

RULES = ("hardened", "reference", "per-batch")
EPSILON = 0.04


def b64_sha256(data: bytes) -> str:
    return base64.b64encode(hashlib.sha256(data).digest()).decode()


def secure_hash(folder: Path, hotkey: str) -> str:
    """Of a flat folder: the hash over the hashes of its files by name, then that and the hotkey."""
    files = "".join(b64_sha256(path.read_bytes()) for path in sorted(folder.iterdir()))
    return b64_sha256((b64_sha256(files.encode()) + hotkey).encode())


class RuleSets(support.EndToEnd):
    @classmethod
    def make_fixtures(cls) -> None:
        for seed, name in enumerate(["first", "second", "third"], 1):
            cls.make_model(name, seed)
        copy_edited(cls.folder / "models/first", "nan", put_nan)
        write_shard(cls.folder / "prose.h5", random_tokens(1, 12))
        write_shard(cls.folder / "code.h5", random_tokens(2, 6))
        cls.tasks = [task("prose", "prose.h5", 0.75), task("code", "code.h5", 0.25)]
        linear = {"kind": "linear", "start": EPSILON, "end": 0.0001, "blocks": 20000}
        cls.competitions = [competition(1, "one", cls.tasks, reward=0.5, epsilon=linear)]
        cls.competitions += [competition(2, "two", [cls.tasks[0] | {"weight": 1.0}], reward=0.2, payout="winner")]
        cls.candidates = [candidate(3, "first"), candidate(5, "second", block=9100), candidate(7, "third", block=9200)]
        cls.candidates += [candidate(8, "nan", block=9050), candidate(9, "second", number=2)]
        cls.inputs = support.write_inputs(cls.folder, cls.competitions, cls.candidates)
        for rules in RULES:
            done = evaluate(cls.inputs, cls.folder / rules, "--rules", rules)
            assert done.code == 0, done.err

    def inspected(self, name: str) -> Any:
        return json.loads(self.assert_done(run("inspect", self.folder / name, "--json")).out)

    def scored(self, path: Path, *options: str) -> Any:
        scored = json.loads(self.assert_done(run("score", path, "--json", *options)).out)
        self.changes = scored.pop("what_if")
        return scored

    def winner(self, scored: Any, index: int = 0) -> int | None:
        return scored["competitions"][index]["winner_uid"]

    def test_a_file_gives_exactly_its_own_verdict_again(self) -> None:
        for rules in RULES:
            with self.subTest(rules):
                again = self.scored(self.folder / rules / "results.h5")
                self.assertEqual(again, self.inspected(rules))
                self.assertEqual([c["changed"] for c in self.changes], [False, False])
                self.assertEqual(again["rules"], rules)

    def test_other_rules_on_a_file_are_what_an_evaluation_by_them_says(self) -> None:
        for rules in RULES:
            self.assertEqual(self.scored(self.folder / "hardened", "--rules", rules), self.inspected(rules))

    def test_by_batches_every_row_is_a_duel(self) -> None:
        with h5py.File(self.folder / "per-batch/results.h5") as file:
            group = file["competitions/one"]
            uids = group["uid"][:].tolist()
            rows = np.concatenate([group["samples"][t]["nll_sum"][:] for t in ("prose", "code")], axis=1)
            wins = dict(zip(uids, group["wins"][:].tolist(), strict=True))
            winner = int(group.attrs["winner_uid"])
        losses = np.where(np.isnan(rows), np.inf, rows / 31)
        block = {c["uid"]: c["block"] for c in self.candidates}
        expected = {}
        for i, a in enumerate(uids):
            expected[a] = 0
            for j, b in enumerate(uids):
                ours = losses[i] * (1 - EPSILON if block[a] < block[b] else 1)
                theirs = losses[j] * (1 - EPSILON if block[b] < block[a] else 1)
                expected[a] += int((ours < theirs).sum())
        del expected[8]  # Failed: it is shown with no wins.
        self.assertEqual({uid: wins[uid] for uid in expected}, expected)
        self.assertEqual(winner, max(expected, key=lambda uid: expected[uid]))

    def test_what_would_have_won_if(self) -> None:
        base = self.folder / "hardened"
        scores = {m["uid"]: m["score"] for m in self.inspected("hardened")["competitions"][0]["models"]}
        del scores[8]
        best = min(scores, key=lambda uid: scores[uid])
        self.assertEqual(self.winner(self.scored(base, "--epsilon", "0")), best)
        self.assertEqual(self.winner(self.scored(base, "--epsilon", "0.9")), 3)  # The earliest.
        self.assertEqual(self.changes[0]["changed"], self.changes[0]["winner_in_file"] != 3)
        self.assertEqual(self.winner(self.scored(base, "--epsilon-end", "0.9", "--epsilon-start", "0.9")), 3)
        # Before its delay is over a candidate takes no part.
        early = self.scored(base, "--block", "9300")
        statuses = {c["uid"]: c["status"] for c in early["candidates"]}
        self.assertEqual((statuses[3], statuses[5], statuses[7]), ("ok", "too_early", "too_early"))
        self.assertEqual(self.winner(early), 3)
        won = self.winner(self.inspected("hardened"))
        self.assertEqual(won, 3)  # The others are better, and not by enough.
        self.assertIn(f"one: uid {best} would have won instead of uid 3", run("score", base, "--epsilon", "0").out)
        self.assertIn("one: uid 3 wins, as in the file", run("score", base, "--epsilon", "0.9").out)

    def test_fewer_rows_are_those_that_an_evaluation_would_draw(self) -> None:
        self.assert_done(evaluate(self.inputs, self.folder / "few", "--rows", "4"))
        self.assertEqual(self.scored(self.folder / "hardened", "--rows", "4"), self.inspected("few"))
        seeds = [self.scored(self.folder / "hardened", "--rows", "4", "--seed", seed) for seed in ("a", "b", "a")]
        self.assertEqual(seeds[0], seeds[2])
        self.assertNotEqual(seeds[0]["competitions"][0]["models"], seeds[1]["competitions"][0]["models"])

    def test_options_that_do_not_fit(self) -> None:
        step = self.folder / "step.json"
        step.write_text("{}")
        self.assert_refused(run("score", step, "--rows", "3"), 64, "--rows", "step.json")
        self.assert_refused(run("score", self.folder / "models"), 64)
        self.assert_refused(run("score", self.folder / "hardened", "--epsilon-start", "1"), 64, "--epsilon-start")

    def test_other_rules_are_another_run(self) -> None:
        self.assert_refused(evaluate(self.inputs, self.folder / "hardened", "--rules", "reference"), 64, "options")

    def test_averages_over_epochs_come_again_from_the_file_alone(self) -> None:
        state = self.folder / "state.json"
        for number, candidates in enumerate([self.candidates[:1], self.candidates[1:3]]):
            inputs = support.write_inputs(self.folder, self.competitions, candidates, name=f"epoch{number}")
            text = support.read_json(inputs.candidates) | {"block": support.BLOCK + 100 * number}
            inputs.candidates.write_text(json.dumps(text))
            self.assert_done(evaluate(inputs, self.folder / f"epoch{number}", "--state", str(state)))
        alone = self.folder / "alone.h5"
        shutil.copy(self.folder / "epoch1/results.h5", alone)
        self.assertEqual(self.scored(alone), self.inspected("epoch1"))
        self.assertEqual({w["uid"]: w["weight"] for w in self.scored(alone)["weights"]}[3], 0.5)

    def test_a_model_that_keeps_failing_is_postponed(self) -> None:
        state = self.folder / "failing.json"
        reasons = []
        for number in range(3):
            inputs = support.write_inputs(self.folder, self.competitions, self.candidates[3:4], name=f"failing{number}")
            text = support.read_json(inputs.candidates) | {"block": support.BLOCK + 100 * number}
            inputs.candidates.write_text(json.dumps(text))
            out = self.folder / f"failing{number}"
            self.assert_done(evaluate(inputs, out, "--state", str(state)))
            failed = self.inspected(out.name)["candidates"][0]
            self.assertEqual(failed["status"], "non_finite")
            reasons.append(failed["reason"])
        self.assertNotIn("not computed", reasons[1])
        self.assertIn("2 times in a row: not computed again before block 10400", reasons[2])

    def missing(self, name: str, *options: str) -> Any:
        tasks = [*self.tasks, task("gone", "gone-*.h5", 0.5)]
        for one, weight in zip(tasks, (0.25, 0.25, 0.5), strict=True):
            tasks[tasks.index(one)] = one | {"weight": weight}
        wanted = [competition(1, "one", tasks, reward=0.5), self.competitions[1]]
        inputs = support.write_inputs(self.folder, wanted, self.candidates, name="missing")
        done = self.assert_done(evaluate(inputs, self.folder / name, *options))
        self.assertIn("task 'gone' of one: data 'gone-*.h5' matches no file", done.err)
        return self.inspected(name)

    def test_a_missing_task_makes_its_competition_void_and_is_said(self) -> None:
        void = self.missing("void")
        one, two = void["competitions"]
        self.assertEqual((one["winner_uid"], one["missing_tasks"], one["void"]), (None, ["gone"], True))
        self.assertEqual((two["winner_uid"], two["missing_tasks"], two["void"]), (9, [], False))
        self.assertEqual(two["reward_effective"], 1.0)
        self.assertEqual([w["uid"] for w in void["weights"]], [9])
        published = support.read_json(self.folder / "void/weights.json")
        self.assertIsNone(published["competitions"][0]["winner"])

        allowed = self.missing("allowed", "--allow-missing-tasks")
        self.assertIsNotNone(self.winner(allowed))
        self.assertEqual(allowed["competitions"][0]["missing_tasks"], ["gone"])
        self.assertAlmostEqual(allowed["competitions"][0]["reward_effective"], 5 / 7)
        with h5py.File(self.folder / "allowed/results.h5") as file:
            self.assertEqual(file["competitions/one/task_weight"][:].tolist(), [0.5, 0.5])
            self.assertEqual(file["competitions/one"].attrs["missing_tasks"].tolist(), ["gone"])
        self.assertEqual(self.scored(self.folder / "void", "--allow-missing-tasks"), allowed)
        self.assertEqual(self.scored(self.folder / "void"), void)
        self.assertEqual(self.scored(self.folder / "allowed"), allowed)
        self.assert_done(run("verify", self.folder / "void", self.folder / "allowed", self.folder / "allowed/inputs.json"))

    def statuses(self, name: str, candidates: list[dict[str, Any]], **changes: Any) -> dict[int, tuple[str, str]]:
        wanted = [self.competitions[0], self.competitions[1] | changes]
        inputs = support.write_inputs(self.folder, wanted, candidates, name=name)
        self.assert_done(evaluate(inputs, self.folder / name, "--rows", "2"))
        return {c["uid"]: (c["status"], c["reason"]) for c in self.inspected(name)["candidates"]}

    def test_the_hash_binds_the_files_to_the_hotkey(self) -> None:
        folder = self.folder / "models/second"
        good = secure_hash(folder, "hotkey-3")
        found = self.statuses(
            "hashes",
            [candidate(3, "second", secure_hash=good), candidate(5, "second", secure_hash=good)]
            + [candidate(7, "first", secure_hash=secure_hash(folder, "hotkey-7"))],
        )
        self.assertEqual(found[3][0], "ok")
        self.assertEqual((found[5][0], found[7][0]), ("refused", "refused"))  # Another hotkey; other files.
        self.assertIn(f"committed is {good}", found[5][1])

    def test_norms_beyond_the_limits_are_refused(self) -> None:
        tensors = load_file(self.folder / "models/first/model.safetensors")
        parts = ("q_proj", "k_proj", "v_proj", "o_proj", "up_proj", "down_proj")
        norms = {n: float(np.linalg.norm(t.astype(np.float64))) for n, t in tensors.items() if n.split(".")[-2] in parts}
        largest = max(norms, key=lambda name: norms[name])
        for name, factor, status in (("within", 1.001, "ok"), ("beyond", 0.999, "refused")):
            limits = {"soft": norms[largest] * factor, "soft_share": 1.0, "hard": norms[largest] * factor}
            status_found, reason = self.statuses(name, [candidate(3, "first", number=2)], norms=limits)[3]
            self.assertEqual(status_found, status, reason)
        self.assertIn(f"the norm of {largest.split('.')[-2]} in layer {largest.split('.')[2]} is", reason)
        strict = {"soft": min(norms.values()) / 2, "soft_share": 0.5, "hard": 1e6}
        self.assertIn("of the norms are above", self.statuses("soft", [candidate(3, "first", number=2)], norms=strict)[3][1])

    def test_commitments_and_schedules_are_checked_in_order(self) -> None:
        good = candidate(3, "first")
        text = f"ns:first:{good['commit']}:None:1"
        found = self.statuses(
            "commitments",
            [good | {"commitment": text}, candidate(4, "first", commitment=text), candidate(5, "first", commitment="a:b")]
            + [candidate(6, "first", number=2), candidate(7, "first", block=9990, commitment="a:b")],
            scheduled=False,
        )
        self.assertEqual(found[3][0], "ok")
        self.assertEqual({found[uid][0] for uid in (4, 5, 6, 7)}, {"refused"})
        self.assertIn("the commitment's commit is", found[4][1])
        self.assertIn("at least 4 parts", found[5][1])
        self.assertIn("competition two is not scheduled at block 9000", found[6][1])
        self.assertIn("at least 4 parts", found[7][1])  # Before the delay.
        self.assertEqual([c["name"] for c in self.inspected("commitments")["competitions"]], ["one"])


if __name__ == "__main__":
    support.main()
