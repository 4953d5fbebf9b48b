"""`verdict consensus` on several operators' weights.json: do they agree, and what does it cost who does not?"""

import json
from pathlib import Path
from typing import Any

import support
from support import run

USAGE, BAD_DATA, IO_ERROR = 64, 65, 74


def competition(number: int, winner: int | None, **changes: Any) -> dict[str, Any]:
    named = {"uid": winner, "hotkey": f"5F{winner}", "repo": f"ns/{winner}", "commit": f"{winner or 0:040x}", "score": 2.5}
    about = {"id": number, "name": f"c{number}", "winner": named if winner is not None else None, "runner_up": None}
    return about | {"margin": None, "margin_stderr": None, "too_close_to_call": False} | changes


def weights(shares: dict[int, int], competitions: list[dict[str, Any]], **changes: Any) -> dict[str, Any]:
    head = {"schema": "verdict-weights-1", "netuid": 9, "block": 5433000, "version_key": 4062, "results_sha256": "00"}
    lists = {"uids": list(shares), "weights": list(shares.values()), "competitions": competitions}
    return head | lists | changes


class Operators(support.EndToEnd):
    """Three validators; carol misses the winner of a competition that pays 0.15."""

    @classmethod
    def make_fixtures(cls) -> None:
        common = {3: 65535, 4: 17873, 5: 35746}
        cls.common = weights(common, [competition(1, 3), competition(2, 4)])
        other = [competition(1, 3), competition(2, 6, too_close_to_call=True)]
        cls.write("alice", cls.common)
        cls.write("bob", cls.common)
        cls.write("carol", weights({3: 65535, 4: 1, 5: 35746}, other, block=5433360))
        cls.files = [cls.folder / name / "weights.json" for name in ("alice", "bob", "carol")]
        shares = zip(("alice", "bob", "carol"), (50, 30, 20))
        cls.operators = [
            {"name": name, "uid": uid, "stake": stake, "weights": f"{name}/weights.json"}
            for uid, (name, stake) in enumerate(shares)
        ]

    @classmethod
    def write(cls, name: str, document: Any) -> Path:
        path = cls.folder / name / "weights.json"
        path.parent.mkdir(exist_ok=True)
        path.write_text(document if isinstance(document, str) else json.dumps(document))
        return path

    def stakes(self, operators: list[dict[str, Any]], **more: Any) -> Path:
        path = self.folder / "stakes.json"
        path.write_text(json.dumps({"operators": operators} | more))
        return path

    def compare(self, *files: Path, operators: list[dict[str, Any]], **more: Any) -> dict[str, Any]:
        line = ["consensus", *files, "--stakes", self.stakes(operators, **more), "--json"]
        return json.loads(self.assert_done(run(*line)).out)

    def test_what_disagreeing_costs(self) -> None:
        got = self.compare(*self.files, operators=self.operators)
        self.assertFalse(got["agree"])
        self.assertEqual((got["majority"], got["netuid"], got["emission"]), (["alice", "bob"], 9, 10**9))
        self.assertAlmostEqual(got["majority_stake_share"], 0.8, places=8)
        # The amounts of the published script "wta-minority-differs", and of "wta-agree" for what would be.
        self.assertEqual([o["earns"] for o in got["operators"]], [257731390, 154638833, 87629775])
        self.assertEqual([o["earns_if_all_agreed"] for o in got["operators"]], [250000001, 149999999, 99999999])
        self.assertEqual([o["cost"] for o in got["operators"]], [0, 0, 99999999 - 87629775])
        self.assertEqual([o["with_majority"] for o in got["operators"]], [True, True, False])
        self.assertEqual([o["block"] for o in got["operators"]], [5433000, 5433000, 5433360])
        self.assertEqual(got["miners"], {"3": 283505826, "4": 61856205, "5": 154637968})
        first, second = got["competitions"]
        self.assertTrue(first["agree"])
        self.assertFalse(second["agree"])
        named = [(w["uid"], w["operators"], w["too_close_to_call"]) for w in second["winners"]]
        self.assertEqual(named, [(4, ["alice", "bob"], False), (6, ["carol"], True)])

    def test_tables_say_it_in_words(self) -> None:
        line = ["consensus", *self.files, "--stakes", self.stakes(self.operators)]
        text = self.assert_done(run(*line)).out
        for said in (
            "3 operators of subnet 9, emission 1000000000 of the smallest unit: they DISAGREE",
            "80.0 % of the stake has the same weights (alice, bob)",
            "competition 1 c1: one winner",
            "competition 2 c2: they name different winners",
            "6:ns/6 by 20.0 % of the stake (carol), too close to call",
        ):
            self.assertIn(said, text)
        self.assertRegex(text, r"carol +2 +0\.2000 +5433360 +others +0\.8500 +87629775 +99999999 +12370224 +99999999")

    def test_those_who_agree(self) -> None:
        got = self.compare(*self.files[:2], operators=self.operators[:2])
        self.assertTrue(got["agree"])
        self.assertEqual(sum(o["cost"] for o in got["operators"]), 0)
        text = self.assert_done(run("consensus", *self.files[:2], "--stakes", self.stakes(self.operators[:2]))).out
        self.assertIn("they agree", text)

    def test_a_validator_without_weights_and_two_with_the_same_file(self) -> None:
        silent = {"uid": 7, "stake": 300}
        copier = {"uid": 8, "stake": 10, "weights": "alice/weights.json"}
        got = self.compare(self.files[0], operators=[self.operators[0], silent, copier])
        self.assertEqual(got["majority"], ["alice", "validator 8"])
        self.assertEqual([o["block"] for o in got["operators"]], [5433000, None, 5433000])
        self.assertEqual(got["miners"], {})  # Five sixths of the stake support nothing.

    def test_parameters_of_the_subnet_and_emission(self) -> None:
        silent = {"uid": 7, "stake": 300}
        operators = [self.operators[0], silent]
        got = self.compare(self.files[0], operators=operators, params={"kappa": 6554}, emission=10**12)
        self.assertEqual(set(got["miners"]), {"3", "4", "5"})  # A tenth of the stake is enough now.
        self.assertGreater(got["miners"]["3"], 10**11)

    def test_stakes_that_do_not_fit_the_files(self) -> None:
        def refused(files: list[Path], operators: list[dict[str, Any]], *parts: str) -> None:
            path = self.stakes(operators)
            self.assert_refused(run("consensus", *files, "--stakes", path), BAD_DATA, str(path), *parts)

        unnamed = f"operators: expected one whose weights are {self.files[2]}, found none"
        refused(self.files, self.operators[:2], unnamed)
        refused(self.files[:2], self.operators, "operators[2].weights: expected one of the files on the command line")
        refused(self.files[:1], [self.operators[0] | {"stake": "5"}], 'operators[0].stake: expected', 'found "5"')
        broken = self.folder / "stakes.json"
        broken.write_text('{"operators": [')
        self.assert_refused(run("consensus", *self.files, "--stakes", broken), BAD_DATA, str(broken), "not JSON")

    def test_weights_that_break_a_rule(self) -> None:
        operators = [self.operators[0], {"uid": 9, "stake": 1, "weights": "bad/weights.json"}]
        for document, *parts in [
            (self.common | {"netuid": 11}, "netuid: expected 9 as in", "found 11"),
            (self.common | {"uids": [3, 4, 65535]}, "uids: expected whole numbers from 0 to 65534, found 65535"),
            (self.common | {"weights": [1, 2, 65536]}, "weight 65536, expected 0 to 65535"),
            (self.common | {"uids": [3, 3, 4]}, "uid 3 stands behind uid 3"),
            (self.common | {"schema": "verdict-weights-2"}, "expected schema"),
            ({key: value for key, value in self.common.items() if key != "weights"}, "key 'weights'", "found nothing"),
            ("{}", "key 'schema'"),
            ("", "not JSON"),
        ]:
            with self.subTest(parts=parts):
                bad = self.write("bad", document)
                refusal = run("consensus", self.files[0], bad, "--stakes", self.stakes(operators))
                self.assert_refused(refusal, BAD_DATA, f"{bad}: ", *parts)

    def test_files_that_are_not_there(self) -> None:
        missing = self.folder / "missing.json"
        self.assert_refused(run("consensus", self.files[0], "--stakes", missing), IO_ERROR, str(missing))
        stakes = self.stakes(self.operators[:1])
        self.assert_refused(run("consensus", missing, "--stakes", stakes), IO_ERROR, str(missing))
        self.assert_refused(run("consensus", *self.files), USAGE, "several weights.json need --stakes")


if __name__ == "__main__":
    support.main()
