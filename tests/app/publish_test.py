"""`verdict publish RUN --dry-run`: what would be sent, and each reason for which the chain would not take it."""

import json
import shutil
from pathlib import Path
from typing import Any

import support
from fixtures import random_tokens, write_shard
from support import candidate, competition, evaluate, read_json, run, task

USAGE, BAD_DATA, IO_ERROR, AGAIN = 64, 65, 74, 75
FIRST, SECOND, UIDS = 3, 7, 32
CHAIN = {
    "schema": "verdict-chain-1", "netuid": 9, "block": support.BLOCK + 50, "subnet_exists": True, "mechanisms": 1,
    "uids": UIDS, "hotkey": "5V", "uid": 20, "stake": 5000, "least_stake": 1000, "version_key": 4062,
    "last_update": support.BLOCK - 100, "rate_limit": 100, "commit_reveal": False, "validator_permit": True, "owner": False,
    "min_allowed_weights": 1, "max_weight_limit": 65535, "registered_at": [100] * UIDS,
}  # fmt: skip


class Publish(support.EndToEnd):
    """Two competitions with a winner each: 0.6 and 0.4."""

    @classmethod
    def make_fixtures(cls) -> None:
        cls.make_model("good", 1)
        cls.make_model("other", 2)
        write_shard(cls.folder / "prose.h5", random_tokens(1, 4))
        entered = [candidate(FIRST, "good", 1), candidate(SECOND, "other", 2)]
        wanted = [competition(n, f"c{n}", [task("prose", "prose.h5", 1.0)], reward=share) for n, share in ((1, 0.6), (2, 0.4))]
        cls.run_folder = cls.folder / "run"
        done = evaluate(support.write_inputs(cls.folder, wanted, entered, uids=UIDS), cls.run_folder)
        assert done.code == 0, done.err

    def chain(self, **changes: Any) -> Path:
        path = self.folder / "chain.json"
        path.write_text(json.dumps(CHAIN | changes))
        return path

    def publish(self, *options: str | Path) -> support.Outcome:
        return run("publish", self.run_folder, "--dry-run", *options)

    def document(self, *options: str | Path, code: int = 0) -> dict[str, Any]:
        outcome = self.publish("--json", *options)
        self.assertEqual(outcome.code, code, outcome.err)
        return json.loads(outcome.out)

    def broken(self, document: dict[str, Any]) -> list[str]:
        return [rule["rule"] for rule in document["rules"] if rule["outcome"] == "broken"]

    def test_it_shows_what_the_run_left_and_keeps_every_rule(self) -> None:
        got, left = self.document("--chain", self.chain()), read_json(self.run_folder / "weights.json")
        for key in ("netuid", "block", "version_key", "results_sha256", "uids", "weights"):
            self.assertEqual(got[key], left[key], key)
        self.assertEqual((got["uids"], got["weights"], got["stored"]), ([FIRST, SECOND], [65535, 43690], [65535, 43690]))
        for share, expected in zip(got["shares"], (0.6, 0.4), strict=True):
            self.assertAlmostEqual(share, expected, places=12)
        self.assertEqual((got["broken"], got["not_checked"], len(got["rules"])), (0, 0, 14))
        text = self.assert_done(self.publish("--chain", self.chain())).out
        for said in ("conversion max-scale", "0.600000", "65535", "no rule is broken\n"):
            self.assertIn(said, text)

    def test_without_the_chain_the_rules_that_need_it_are_said_to_be_open(self) -> None:
        self.assertEqual(self.document()["not_checked"], 11)
        text = self.assert_done(self.publish()).out
        self.assertIn("11 rules not checked: --chain CHAIN.json", text)
        self.assertIn("depends on 'min_allowed_weights' of the chain, not given", text)

    def test_a_refusal_is_bad_data_and_only_the_rate_limit_is_later(self) -> None:
        entries = self.publish("--chain", self.chain(min_allowed_weights=8))
        self.assertEqual(entries.code, BAD_DATA, entries.err)
        self.assertIn("2 entries, at least 8 are asked for (min_allowed_weights 8, 32 uids)", entries.out)
        self.assertIn("the chain would refuse these weights: 1 rule of 14 broken", entries.out)
        soon = {"last_update": CHAIN["block"] - 40}
        self.assertEqual(self.broken(self.document("--chain", self.chain(**soon), code=AGAIN)), ["rate_limit"])
        both = self.document("--chain", self.chain(uid=None, **soon), code=BAD_DATA)
        self.assertEqual(self.broken(both), ["registered", "rate_limit"])

    def test_it_says_where_the_other_validators_pay_others(self) -> None:
        def row(uid: int, stake: int, weights: list[list[int]], permit: bool = True) -> dict[str, Any]:
            return {"uid": uid, "stake": stake, "permit": permit, "weights": weights}

        rows = [
            row(20, 9000, [[30, 65535]]),  # The operator itself.
            row(21, 3000, [[FIRST, 65535], [8, 300]]),
            row(22, 1000, [[8, 65535], [FIRST, 60000]]),
            row(23, 999, [[9, 65535]]),  # Less stake than setting weights takes.
            row(24, 5000, [[10, 65535]], permit=False),
            row(25, 5000, [[11, 0]]),
        ]
        chain = self.chain(validators=rows)
        expected = {"validators": 2, "same_top_stake_share": 0.75, "only_here": [SECOND], "only_there": [8]}
        self.assertEqual(self.document("--chain", chain)["others"], expected)
        text = self.assert_done(self.publish("--chain", chain)).out
        for said in ("stake: 2; 75.0 % of their stake", f"none of them: uid {SECOND}\n", "not here: uid 8\n"):
            self.assertIn(said, text)
        self.assertIn("no other validator", self.assert_done(self.publish("--chain", self.chain(validators=[]))).out)
        self.assertEqual(self.document("--chain", self.chain())["others"], None)
        unknown = self.chain(validators=[row(1, 1, [[UIDS, 1]])])
        self.assert_refused(self.publish("--chain", unknown), BAD_DATA, "chain.json", "'validators', entry 0", "'weights'")

    def test_process_weights_fills_up_cuts_and_leaves_out(self) -> None:
        way = ("--conversion", "process-weights")
        filled = self.document(*way, "--chain", self.chain(min_allowed_weights=8))
        self.assertEqual((len(filled["uids"]), sum(w > 100 for w in filled["weights"])), (UIDS, 2))
        self.assertEqual([filled["weights"][uid] for uid in (0, FIRST, SECOND)], [1, 65535, 43690])
        self.assertAlmostEqual(sum(filled["shares"]), 1.0, places=9)
        cut = self.document(*way, "--chain", self.chain(max_weight_limit=36033))  # 0.54983, also as whole numbers
        self.assertAlmostEqual(cut["shares"][0], 36033 / 65535, places=6)
        left = self.document(*way, "--exclude-quantile", "32768", "--chain", self.chain())
        self.assertEqual((left["uids"], left["weights"], left["shares"]), ([FIRST], [65535], [1.0]))
        self.assert_refused(self.publish(*way), USAGE, "'min_allowed_weights'", "--chain")

    def test_it_sends_nothing_and_says_so(self) -> None:
        outcome = run("publish", self.run_folder)
        self.assertEqual((outcome.code, outcome.out), (USAGE, ""))
        self.assertIn("--dry-run", outcome.err)

    def test_files_that_do_not_belong_together_are_refused(self) -> None:
        self.assert_refused(self.publish("--chain", self.chain(netuid=10)), BAD_DATA, "chain.json", "netuid", "9", "10")
        self.assert_refused(self.publish("--chain", self.chain(rate_limit=-1)), BAD_DATA, "chain.json", "rate_limit", "-1")
        self.assert_refused(self.publish("--chain", self.folder / "none.json"), IO_ERROR, "none.json")
        good = read_json(self.run_folder / "weights.json")
        for changes, said in [
            ({"weights": [65535, 43691]}, "uid 7 has another weight"),
            ({"uids": [FIRST, 31]}, "uid 31 has another weight"),
            ({"uids": [FIRST, 99]}, "uid 99 has another weight"),
            ({"uids": [FIRST], "weights": [65535]}, "uid 7 has a weight"),
            ({"results_sha256": "00"}, "results_sha256"),
            ({"uids": [SECOND, FIRST]}, "ascending"),
        ]:
            with self.subTest(changes=changes):
                other = self.folder / "other"
                shutil.copytree(self.run_folder, other, dirs_exist_ok=True)
                (other / "weights.json").write_text(json.dumps(good | changes))
                self.assert_refused(run("publish", other, "--dry-run"), BAD_DATA, "other/weights.json", said)
        (other / "weights.json").unlink()
        self.assert_refused(run("publish", other, "--dry-run"), IO_ERROR, "not finished")
        self.assert_refused(run("publish", self.folder / "models", "--dry-run"), USAGE, "models")


if __name__ == "__main__":
    support.main()
