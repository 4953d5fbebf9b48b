"""`verdict consensus` on every published case, file by file, and on epoch files that break a rule."""

import copy
import json
from pathlib import Path
from typing import Any, Callable

import support
from support import run

USAGE, BAD_DATA, IO_ERROR = 64, 65, 74
CASES = json.loads((Path(__file__).parents[1] / "consensus/vectors/yuma_cases.json").read_text())["cases"]
Case = dict[str, Any]


def first_row(case: Case) -> list[list[int]]:
    return next(iter(case["weights"].values()))


def drop(key: str) -> Callable[[Case], Any]:
    return lambda c: c.pop(key)


def put(value: Any, *path: Any) -> Callable[[Case], Any]:
    def change(case: Case) -> None:
        for key in path[:-1]:
            case = case[key]
        case[path[-1]] = value

    return change


class Epoch(support.EndToEnd):
    def write(self, document: Any) -> Path:
        path = self.folder / "epoch.json"
        path.write_text(document if isinstance(document, str) else json.dumps(document))
        return path

    def consensus(self, case: Any) -> Case:
        return json.loads(self.assert_done(run("consensus", self.write(case), "--json")).out)

    def test_every_published_case(self) -> None:
        for case in CASES:
            with self.subTest(case=case["id"]):
                inputs = {key: value for key, value in case.items() if key not in ("id", "mode", "expected")}
                self.assertEqual(self.consensus(inputs), case["expected"])
        self.assertEqual(len(CASES), 40)

    def test_a_whole_case_may_be_given_as_it_is(self) -> None:
        self.assertEqual(self.consensus(CASES[3]), CASES[3]["expected"])

    def test_what_is_absent_has_its_default(self) -> None:
        case = {key: value for key, value in CASES[20].items() if key not in ("params", "bonds", "commit_blocks", "mode")}
        defaults = {"kappa": 32767, "bonds_penalty": 65535, "bonds_moving_average": 900000, "yuma3": False}
        defaults |= {"max_allowed_validators": 128, "activity_cutoff": 5000, "tempo": 360, "owner_uid": None}
        spelled_out = case | {"params": defaults, "bonds": {}, "commit_blocks": {}}
        self.assertEqual(self.consensus(case), self.consensus(spelled_out))
        liquid = {"yuma3": True, "liquid_alpha": True}
        numbers = {"alpha_low": 45875, "alpha_high": 58982, "alpha_sigmoid_steepness": 1000, "min_stake": 0}
        got = self.consensus(case | {"params": liquid})
        self.assertEqual(got, self.consensus(case | {"params": liquid | numbers | {"last_step_block": 0}}))

    def test_the_order_of_a_row_means_nothing(self) -> None:
        case = copy.deepcopy(CASES[3])
        for row in [*case["weights"].values(), *case["bonds"].values()]:
            row.reverse()
        self.assertEqual(self.consensus(case), CASES[3]["expected"])

    def test_tables_say_who_earns_what(self) -> None:
        case = next(c for c in CASES if any(c["expected"]["server_emission"]))
        text = self.assert_done(run("consensus", self.write(case))).out
        self.assertIn(f"emission {case['emission']} of the smallest unit", text)
        expected = case["expected"]
        for kind, earned in (("miner", "server_emission"), ("validator", "validator_emission")):
            table = text[text.index(f"{kind} uid") :].splitlines()[1:]
            for uid, amount in enumerate(expected[earned]):
                if amount:
                    row = next(line.split() for line in table if line.split()[0] == str(uid))
                    self.assertEqual(row[-1], str(amount))

    def test_no_majority_is_said(self) -> None:
        case = next(c for c in CASES if not any(c["expected"]["server_emission"]))
        text = self.assert_done(run("consensus", self.write(case))).out
        self.assertIn("no weight has the support of the majority", text)


class BadEpoch(support.EndToEnd):
    def refusal(self, document: Any, *parts: str) -> None:
        path = self.folder / "bad.json"
        path.write_text(document if isinstance(document, str) else json.dumps(document))
        for options in ((), ("--json",)):
            self.assert_refused(run("consensus", path, *options), BAD_DATA, f"{path}: ", *parts)

    def test_fields_that_break_a_rule(self) -> None:
        n = CASES[3]["n"]
        uid = next(iter(CASES[3]["weights"]))
        u64, u63, u16 = (f"a whole number from 0 to {2**bits - 1}" for bits in (64, 63, 16))
        for change, *parts in [
            *[(drop(key), f"{key}: is missing") for key in ("n", "block", "emission", "stake", "last_update")],
            *[(drop(key), f"{key}: is missing") for key in ("block_at_registration", "validator_permit", "weights")],
            (put(0, "n"), "n: expected a whole number from 1 to 65535, found 0"),
            (put(65536, "n"), "n: expected", "found 65536"),
            (put(n + 1, "n"), "stake: expected 9 values, one per uid, found a list of 8"),
            (put(1.5, "block"), f"block: expected {u64}, found 1.5"),
            (put(-1, "block"), f"block: expected {u64}, found -1"),
            (put(2**64, "emission"), f"emission: expected {u64}", "found 1.8446744073709552e+19"),
            (put("7", "emission"), f'emission: expected {u64}, found "7"'),
            (put(2**63, "stake", 2), f"stake[2]: expected {u63}, found {2**63}"),
            (put(None, "stake", 0), f"stake[0]: expected {u63}, found null"),
            (put({}, "stake"), "stake: expected a list, found an object"),
            (put(True, "last_update", 1), f"last_update[1]: expected {u64}, found true"),
            (put([], "block_at_registration"), "block_at_registration: expected 8 values"),
            (put(1, "validator_permit", 4), "validator_permit[4]: expected true or false, found 1"),
            (put([], "weights"), "weights: expected an object, found a list of 0"),
            (put([], "weights", str(n)), f"weights.{n}: expected a uid below n = {n} as a key"),
            (put([], "weights", "01"), "weights.01: expected a uid"),
            (put([], "bonds", "-1"), "bonds.-1: expected a uid"),
            (put({}, "weights", uid), f"weights.{uid}: expected a list"),
            (put([[0, 1, 2]], "weights", uid), f"weights.{uid}[0]: expected a pair [uid, value], found a list of 3"),
            (put([[n, 1]], "weights", uid), f"weights.{uid}[0][0]: expected a whole number from 0 to {n - 1}"),
            (put([[0, 65536]], "weights", uid), f"weights.{uid}[0][1]: expected {u16}, found 65536"),
            (put([[0, 1], [1, 1], [0, 2]], "bonds", "2"), "bonds.2[2][0]: expected each uid once in a row, found 0"),
            (put("x", "commit_blocks", "1"), f'commit_blocks.1: expected {u64}, found "x"'),
            (put({"99": 1}, "commit_blocks"), "commit_blocks.99: expected a uid below"),
            (put([], "params"), "params: expected an object"),
            (put(65536, "params", "kappa"), f"params.kappa: expected {u16}, found 65536"),
            (put(-1, "params", "bonds_penalty"), f"params.bonds_penalty: expected {u16}, found -1"),
            (put(10**6 + 1, "params", "bonds_moving_average"), "from 0 to 1000000, found 1000001"),
            (put(1, "params", "yuma3"), "params.yuma3: expected true or false, found 1"),
            (put(2**31, "params", "alpha_sigmoid_steepness"), "params.alpha_sigmoid_steepness: expected", "2147483647"),
            (put(0.5, "params", "alpha_sigmoid_steepness"), "found 0.5"),
            (put(n, "params", "owner_uid"), f"params.owner_uid: expected a whole number from 0 to {n - 1}, found {n}"),
            (put(0, "params", "alpha_high"), "params.alpha_low: expected at most alpha_high = 0, found 45875"),
            (put(1, "params", "kapa"), "params.kapa: is not a known key"),
            (put(1, "stakes"), "stakes: is not a known key"),
            (put("yuma", "mode"), "mode: expected 'yuma3-liquid-alpha', as params say, found \"yuma\""),
        ]:
            with self.subTest(parts=parts):
                case = copy.deepcopy(CASES[3])
                change(case)
                self.refusal(case, *parts)

    def test_text_that_is_no_epoch(self) -> None:
        whole = json.dumps(CASES[3])
        self.refusal("", "not JSON")
        self.refusal(whole[:-40], "not JSON")
        self.refusal("[]", "expected an object, found a list of 0")
        self.refusal(whole.replace('"emission": 1', '"emission": 1, "emission": 1', 1), "key 'emission' occurs twice")
        self.refusal(whole.replace('"emission": ', '"emission": 1e400, "x": ', 1), "number overflow parsing '1e400'")

    def test_files_that_are_not_there_or_too_many(self) -> None:
        missing = self.folder / "missing.json"
        self.assert_refused(run("consensus", missing), IO_ERROR, str(missing))
        self.assert_refused(run("consensus", missing, missing), USAGE, "one epoch file", "--stakes")


if __name__ == "__main__":
    support.main()
