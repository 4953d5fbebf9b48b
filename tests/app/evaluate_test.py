"""One evaluation of two competitions, good and bad candidates: every number of its files is computed once more here."""

import hashlib
import json
import math
import shutil
import subprocess
from typing import Any, NoReturn

import h5py
import numpy as np
import records
import scoring
import support
import xarray
from fixtures import LENGTH, copy_edited, drop_tensor, overflow, put_nan, random_tokens, write_shard
from support import BLOCK, BLOCK_HASH, candidate, competition, evaluate, run, task

EPSILON = 0.001
CODE_ROWS = 10
COMPETITIONS = {"small": 1, "other": 2}
GOOD = {"small": {3: "second", 5: "first", 8: "clone"}, "other": {4: "third", 6: "first"}}
REFUSED = {11: "missing-tensor", 13: "nowhere", 23: "bulky"}
TARGETS = LENGTH - 1
# What float32 logits of two programs may differ by, per token (the program's promise against transformers).
PER_TOKEN = 1e-5


def refuse_constant(name: str) -> NoReturn:
    raise AssertionError(f"{name} is no JSON")


class OneEvaluation(support.EndToEnd):
    @classmethod
    def make_fixtures(cls) -> None:
        first = cls.make_model("first", 1)
        cls.make_model("second", 2)
        cls.make_model("third", 3)
        cls.make_model("bulky", 4, num_hidden_layers=3)
        shutil.copytree(first, first.parent / "clone")
        copy_edited(first, "missing-tensor", drop_tensor)
        copy_edited(first, "nan", put_nan)
        copy_edited(first, "overflow", overflow)
        (cls.folder / "data").mkdir()
        prose = [random_tokens(1, 24), random_tokens(2, 8)]
        for number, tokens in enumerate(prose):
            write_shard(cls.folder / f"data/prose-{number}.h5", tokens)
        cls.tokens = {"prose": np.concatenate(prose), "code": random_tokens(3, 24)}
        write_shard(cls.folder / "data/code.h5", cls.tokens["code"])
        cls.inputs = support.write_inputs(cls.folder, cls.competitions(), cls.candidates())
        cls.run_folder = cls.folder / "run"
        cls.outcome = evaluate(cls.inputs, cls.run_folder)
        assert cls.outcome.code == 0, cls.outcome.err

    @staticmethod
    def competitions() -> list[dict[str, Any]]:
        prose = task("prose", "data/prose-*.h5", 0.7)
        code = task("code", "data/code.h5", 0.3, rows=CODE_ROWS)
        parameters = [1, 25_000]  # Three layers are too many.
        return [
            competition(1, "small", [prose, code], reward=0.6, parameters=parameters),
            competition(2, "other", [code, prose], reward=0.4, parameters=parameters, payout="winner"),
        ]

    @staticmethod
    def candidates() -> list[dict[str, Any]]:
        good = [
            candidate(3, "second", block=9100),
            candidate(5, "first", block=9000),
            candidate(8, "clone", block=9400),  # The same bytes as "first".
            candidate(4, "third", 2, block=9000),
            candidate(6, "first", 2, block=9200),
        ]
        bad = [candidate(uid, name) for uid, name in REFUSED.items()]
        return [*good, *bad, candidate(17, "second", block=BLOCK - 100), candidate(19, "nan"), candidate(29, "overflow")]

    def setUp(self) -> None:
        self.file = h5py.File(self.run_folder / "results.h5")
        self.addCleanup(self.file.close)

    def sample_rows(self, name: str) -> list[int]:
        return scoring.drawn_rows(BLOCK_HASH, len(self.tokens[name]), {"prose": 50, "code": CODE_ROWS}[name])

    def test_status_and_reason_of_each_candidate(self) -> None:
        uids = self.file["uid"][:].tolist()
        self.assertEqual(uids, [3, 4, 5, 6, 8, 11, 13, 17, 19, 23, 29])
        status = dict(zip(uids, self.file["status"][:].tolist(), strict=True))
        reason = dict(zip(uids, records.texts(self.file["reason"]), strict=True))
        self.assertEqual({uid: s for uid, s in status.items() if s}, {11: 1, 13: 1, 23: 1, 17: 8, 19: 2, 29: 2})
        self.assertEqual({reason[uid] for uid in uids if status[uid] == 0}, {""})
        self.assertIn("missing tensors: 'model.layers.1.self_attn.k_proj.weight'", reason[11])
        self.assertIn("models/nowhere", reason[13])
        self.assertIn("allowed are 1 to 25000", reason[23])
        self.assertEqual(reason[17], "committed 100 blocks ago, evaluated after 250")
        self.assertEqual(reason[19], "weight 'model.layers.1.mlp.down_proj.weight' [3, 5] is not finite")
        self.assertEqual(reason[29], "task 'prose', sample 0: the output of layer 1 is not finite")
        scores = dict(zip(uids, self.file["score"][:].tolist(), strict=True))
        self.assertEqual({uid for uid in uids if math.isnan(scores[uid])}, {*REFUSED, 17, 19, 29})

    def test_losses_of_each_row_are_those_of_transformers(self) -> None:
        for name, models in GOOD.items():
            for task_name, tokens in self.tokens.items():
                samples = self.file[f"competitions/{name}/samples/{task_name}"]
                drawn = self.sample_rows(task_name)
                of_uid = dict(zip(self.file[f"competitions/{name}/uid"][:].tolist(), samples["nll_sum"][:], strict=True))
                for uid, folder in models.items():
                    expected = scoring.transformers_nll(self.folder / "models" / folder, tokens[drawn])
                    self.assertGreater(np.ptp(expected), 1.0, "losses of all rows are alike: the test could not fail")
                    difference = np.abs(of_uid[uid] - expected).max() / TARGETS
                    self.assertLess(difference, PER_TOKEN, (name, task_name, folder))
                self.assertEqual(samples["tokens"][:].tolist(), [TARGETS] * len(drawn))

    def test_samples_say_where_their_row_is(self) -> None:
        samples = self.file["competitions/small/samples/prose"]
        self.assertEqual(samples.attrs["shard_names"].tolist(), ["prose-0.h5", "prose-1.h5"])
        places = zip(samples["shard"][:].tolist(), samples["row"][:].tolist(), strict=True)
        drawn = self.sample_rows("prose")
        self.assertEqual([shard * 24 + row for shard, row in places], drawn)
        hashes = [records.xxh3(row.astype("<u4").tobytes()) for row in self.tokens["prose"][drawn]]
        self.assertEqual(samples["row_hash"][:].tolist(), hashes)

    def test_scores_winner_and_margin_follow_from_the_rows(self) -> None:
        for name, models in GOOD.items():
            group = self.file[f"competitions/{name}"]
            self.check_scores(group, models)
            self.check_decision(group, name)

    def check_scores(self, group: h5py.Group, models: dict[int, str]) -> None:
        tasks, uids = records.texts(group["task"]), group["uid"][:].tolist()
        weights = dict(zip(tasks, group["task_weight"][:].tolist(), strict=True))
        self.assertEqual(weights, {"prose": 0.7, "code": 0.3})
        for m, uid in enumerate(uids):
            if uid not in models:
                self.assertTrue(np.isnan(group["loss"][m]).all())
                continue
            score = variance = 0.0
            for t, name in enumerate(tasks):
                sums = group[f"samples/{name}/nll_sum"][m]
                rows = sums / TARGETS
                self.assertAlmostEqual(group["loss"][m, t], rows.mean(), delta=1e-12)
                self.assertAlmostEqual(group["loss_stderr"][m, t], rows.std(ddof=1) / len(rows) ** 0.5, delta=1e-12)
                self.assertAlmostEqual(group["perplexity"][m, t], math.exp(rows.mean()), delta=1e-9)
                self.assertAlmostEqual(group["nll_sum"][m, t], sums.sum(), delta=1e-9)
                self.assertEqual(group["tokens"][m, t], TARGETS * len(rows))
                score += weights[name] * rows.mean()
                variance += weights[name] ** 2 * rows.var(ddof=1) / len(rows)
            self.assertAlmostEqual(group["score"][m], score, delta=1e-12)
            self.assertAlmostEqual(group["score_stderr"][m], variance**0.5, delta=1e-12)

    def decision(self, name: str) -> scoring.Verdict:
        group = self.file[f"competitions/{name}"]
        block = dict(zip(self.file["uid"][:].tolist(), self.file["block"][:].tolist(), strict=True))
        scores = zip(group["uid"][:].tolist(), group["score"][:].tolist(), strict=True)
        entries = [scoring.Entry(uid, block[uid], score) for uid, score in scores if not math.isnan(score)]
        return scoring.decide(entries, EPSILON, "winner" if name == "other" else "softmax")

    def check_decision(self, group: h5py.Group, name: str) -> None:
        expected = self.decision(name)
        uids = group["uid"][:].tolist()
        self.assertEqual(group.attrs["winner_uid"], expected.winner)
        self.assertEqual(group.attrs.get("runner_up_uid"), expected.runner_up)
        self.assertEqual({uid for uid, c in zip(uids, group["competitive"][:], strict=True) if c}, set(expected.win_rate))
        for m, uid in enumerate(uids):
            self.assertAlmostEqual(group["step_weight"][m], expected.step_weight.get(uid, 0.0), delta=1e-12)
        if expected.runner_up is None:
            self.assertTrue(math.isnan(group.attrs["margin"]))
            return
        score = dict(zip(uids, group["score"][:].tolist(), strict=True))
        self.assertAlmostEqual(group.attrs["margin"], score[expected.runner_up] - score[expected.winner], delta=1e-12)

    def test_weights_follow_from_the_step_weights(self) -> None:
        subnet = np.zeros(32)
        for name, reward in (("small", 0.6), ("other", 0.4)):
            for uid, weight in self.decision(name).step_weight.items():
                subnet[uid] += reward * weight
        np.testing.assert_allclose(self.file["weight"][:], subnet / subnet.sum(), atol=1e-12)
        integers = scoring.to_u16(subnet)
        self.assertEqual(self.file["weight_u16"][:].tolist(), integers.tolist())
        published = json.loads((self.run_folder / "weights.json").read_text(), parse_constant=refuse_constant)
        self.assertEqual(published["uids"], np.flatnonzero(integers).tolist())
        self.assertEqual(published["weights"], integers[integers > 0].tolist())

    def test_weights_json_is_what_the_format_says(self) -> None:
        published = json.loads((self.run_folder / "weights.json").read_text(), parse_constant=refuse_constant)
        digest = hashlib.sha256((self.run_folder / "results.h5").read_bytes()).hexdigest()
        head = {"schema": "verdict-weights-1", "netuid": 9, "block": BLOCK, "version_key": 4062, "results_sha256": digest}
        self.assertEqual({key: published[key] for key in head}, head)
        self.assertEqual(list(published), [*head, "uids", "weights", "competitions"])
        commits = {c["uid"]: c for c in self.candidates()}
        for entry in published["competitions"]:
            expected = self.decision(entry["name"])
            wanted = {"id", "name", "winner", "runner_up", "margin", "margin_stderr", "too_close_to_call"}
            self.assertEqual(set(entry), wanted)
            self.assertEqual(entry["id"], COMPETITIONS[entry["name"]])
            winner = entry["winner"]
            known = {key: commits[expected.winner][key] for key in ("uid", "hotkey", "repo", "commit")}
            self.assertEqual(winner, known | {"score": winner["score"]})
            self.assertEqual(entry["runner_up"] and entry["runner_up"]["uid"], expected.runner_up)
            self.assertIsInstance(entry["too_close_to_call"], bool)

    def test_journal_holds_each_key_once_and_copies_share_theirs(self) -> None:
        lines = records.journal_lines(self.run_folder)
        self.assertEqual(lines[0]["event"], "start")
        self.assertIn("unit", next(line for line in lines if line["event"] == "begin"))
        keys = [line["key"] for line in lines if "key" in line]
        # Four samples an item: 8 of prose and 3 of code for each of three models with bytes of their own. Before them the
        # sanity generation, which one that fails is asked for, too.
        self.assertEqual((len(keys), len(set(keys))), (37, 37))
        self.assertEqual({line["event"] for line in lines if "key" in line}, {"item"})
        self.assertEqual([line["competition"] for line in lines if line["event"] == "model_failed"], ["small"] * 2)

    def test_copies_have_the_same_losses(self) -> None:
        losses = self.file["competitions/small/samples/prose/nll_sum"][:]
        uids = self.file["competitions/small/uid"][:].tolist()
        original = losses[uids.index(5)]
        other = self.file["competitions/other/samples/prose/nll_sum"][:]
        elsewhere = other[self.file["competitions/other/uid"][:].tolist().index(6)]
        self.assertEqual(original.tobytes(), losses[uids.index(8)].tobytes())
        self.assertEqual(original.tobytes(), elsewhere.tobytes())

    def test_terminal_names_winners_and_failures(self) -> None:
        inspected = self.assert_done(run("inspect", self.run_folder))
        for text in (inspected.out, self.outcome.out):
            for name, number in COMPETITIONS.items():
                self.assertIn(f"competition {number} {name}, block {BLOCK}, rules hardened", text)
                self.assertIn(f"winner {self.file[f'competitions/{name}'].attrs['winner']}, score ", text)
            self.assertIn("17:ns/second: too_early: committed 100 blocks ago", text)
        self.assertTrue(self.outcome.out.startswith(inspected.out))
        self.assertIn("results.h5", self.outcome.out)

    def test_inspect_prints_one_json_document(self) -> None:
        for place in (self.run_folder, self.run_folder / "results.h5"):
            text = self.assert_done(run("inspect", place, "--json")).out
            document = json.loads(text, parse_constant=refuse_constant)
            score = {c["uid"]: c["score"] for c in document["candidates"]}
            self.assertEqual({uid for uid, value in score.items() if value == "nan"}, {*REFUSED, 17, 19, 29})
            self.assertIsInstance(score[5], float)
            winners = {c["name"]: c["winner_uid"] for c in document["competitions"]}
            self.assertEqual(winners, {name: self.decision(name).winner for name in COMPETITIONS})

    def test_other_readers_open_the_file(self) -> None:
        path = self.run_folder / "results.h5"
        for engine in ("netcdf4", "h5netcdf"):
            with xarray.open_dataset(path, group="competitions/small", engine=engine) as data:
                table = data["loss"].to_pandas()
                self.assertEqual(list(table.columns), ["prose", "code"], engine)
                self.assertEqual(list(table.index)[:3], ["3:ns/second", "5:ns/first", "8:ns/clone"], engine)
        dumped = subprocess.run(["h5dump", path], capture_output=True, text=True, check=True)
        self.assertIn('"5:ns/first"', dumped.stdout)

    def test_events_are_json_lines(self) -> None:
        events = [json.loads(line) for line in (self.run_folder / "events.jsonl").read_text().splitlines()]
        self.assertEqual((events[0]["event"], events[-1]["event"]), ("start", "finished"))
        self.assertEqual({e["uid"] for e in events if e["event"] == "refused"}, {11, 13, 17, 23})


if __name__ == "__main__":
    support.main()
