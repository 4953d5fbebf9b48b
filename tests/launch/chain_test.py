"""launch/chain.py against a stand-in of the SDK with recorded answers: no network, and the SDK is not installed."""

import contextlib
import io
import json
import os
import shutil
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tests/app"), str(ROOT / "launch")]

import chain
import fixtures
import support
from subnet.commitments import Refused, parse, text_of
from subnet.network import limit_of

os.environ["VERDICT"] = str(support.PROGRAM)
USAGE, BAD_DATA, IO_ERROR, AGAIN = 64, 65, 74, 75
COMMIT, HASH, UIDS, VALIDATOR, NETUID = "0a" * 20, "A" * 43 + "=", 32, 20, 9
HOTKEYS = [f"hotkey-{uid}" for uid in range(UIDS)]
FINAL = support.BLOCK + 149  # So that the last multiple of 150 is not the last block.
START = FINAL // 150 * 150


def committed(text: str, block: int = 9000) -> dict[str, Any]:
    """A record of Commitments.CommitmentOf."""
    raw = text.encode()
    return {"deposit": 0, "block": block, "info": {"fields": [{f"Raw{len(raw)}": "0x" + raw.hex()}]}}


class Subtensor:
    """What launch/subnet/network.py asks of the SDK's class of that name (10.2.0), at any block up to FINAL."""

    def __init__(self, **changes: Any) -> None:
        self.commitments: dict[str, Any] = {}
        self.info = {
            "hotkeys": HOTKEYS,
            "block_at_registration": [100] * UIDS,
            "last_update": [FINAL - 200] * UIDS,
            "validator_permit": [uid in (5, VALIDATOR) for uid in range(UIDS)],
            "total_stake": [SimpleNamespace(rao=10**12 + uid) for uid in range(UIDS)],
            "owner_hotkey": HOTKEYS[0],
        } | changes.pop("info", {})
        self.rules = {
            "weights_version": 4062, "weights_rate_limit": 100, "commit_reveal_weights_enabled": False,
            "min_allowed_weights": 1, "max_weight_limit": 65535,
        } | changes.pop("rules", {})  # fmt: skip
        self.answer = changes.pop("answer", SimpleNamespace(success=True, message="in block 1"))
        assert not changes
        self.sent: list[dict[str, Any]] = []
        self.read: set[tuple[str, int | str]] = set()
        self.substrate = SimpleNamespace(
            get_chain_finalised_head=lambda: f"0x{FINAL:x}", get_block_number=lambda text: int(text, 16), query=self.query
        )

    def query(self, pallet: str, name: str, parameters: list[Any], block_hash: str) -> Any:
        self.read.add((name, int(block_hash, 16)))
        if name == "CommitmentOf":
            record = self.commitments.get(parameters[1])
            if isinstance(record, Exception):
                raise record
            return record
        values = {"SubtensorModule.MechanismCountCurrent": 1, "SubtensorModule.StakeThreshold": 10**12}
        return SimpleNamespace(value=values[f"{pallet}.{name}"])

    def get_block_hash(self, block: int) -> str | None:
        return f"0x{block:x}" if block <= FINAL else None

    def get_metagraph_info(self, netuid: int, block: int) -> Any:
        self.read.add(("metagraph", block))
        return SimpleNamespace(**self.info) if netuid == NETUID else None

    def get_subnet_hyperparameters(self, netuid: int, block: int) -> Any:
        self.read.add(("rules", block))
        return SimpleNamespace(**self.rules)

    def weights(self, netuid: int, block: int) -> list[tuple[int, list[tuple[int, int]]]]:
        """Rows in no order; who has set nothing has none."""
        self.read.add(("weights", block))
        return [(VALIDATOR, [(3, 65535), (7, 1)]), (5, [(3, 65535)])]

    def set_weights(self, **arguments: Any) -> Any:
        self.sent.append(arguments)
        return self.answer


def sdk(subtensor: Subtensor, hotkey: str = HOTKEYS[VALIDATOR]) -> Any:
    wallet = SimpleNamespace(hotkey=SimpleNamespace(ss58_address=hotkey))
    return SimpleNamespace(Subtensor=lambda network: subtensor, Wallet=lambda name, hotkey: wallet)


def run(subtensor: Subtensor, *line: str | Path, **who: str) -> support.Outcome:
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = chain.main([str(word) for word in line], lambda: sdk(subtensor, **who))
    return support.Outcome(code, out.getvalue(), err.getvalue())


class Commitments(support.EndToEnd):
    def test_parts_of_both_forms(self) -> None:
        new = parse(f"ns:name:{COMMIT}:{HASH}:4:more:ignored")
        self.assertEqual((new.repo, new.commit, new.secure_hash, new.competition), ("ns/name", COMMIT, HASH, 4))
        self.assertEqual(parse(f"ns:name:{COMMIT}:None:4").secure_hash, None)
        old = parse(f"ns:name:{COMMIT}:{HASH}")
        self.assertEqual((old.secure_hash, old.competition), (HASH, 0))
        self.assertEqual(len(parse(f"ns:{'n' * 35}:{COMMIT}:{HASH}:4").repo), 38)

    def test_what_is_no_commitment_is_refused_with_its_rule(self) -> None:
        for text, said in [
            (f"ns:name:{COMMIT}", "at least 4 parts"),
            (f"ns:name:{COMMIT}:{HASH}:four", "a competition's number expected, found 'four'"),
            (f"ns:name:{COMMIT}:{HASH}:", "a competition's number"),
            (f"ns:name:{COMMIT}:{HASH}:4__0", "a competition's number"),
            (f"ns:name:{COMMIT}:{HASH}:{2**63}", "a competition's number"),
            (f"ns:{'n' * 36}:{COMMIT}:{HASH}:4", "4 to 38 characters"),
            (f"n::{COMMIT}:{HASH}:4", "4 to 38 characters"),
            (f"ns:a/b:{COMMIT}:{HASH}:4", "namespace/name"),
            (f"..:name:{COMMIT}:{HASH}:4", "namespace/name"),
            (f"ns:name:None:{HASH}:4", "40 hex digits expected, found 'None'"),
            (f"ns:name:{COMMIT}:{HASH}:4:{'x' * 40}", "at most 128 bytes expected, found 136"),
        ]:
            with self.subTest(text=text), self.assertRaises(Refused) as refused:
                parse(text)
            self.assertIn(said, str(refused.exception))

    def test_the_competition_is_what_int_takes(self) -> None:
        for text in ("4", "+4", " 04\n", "0_4"):
            self.assertEqual(parse(f"ns:name:{COMMIT}:{HASH}:{text}").competition, int(text))

    def test_records_as_versions_of_the_sdk_decode_them(self) -> None:
        nested = [{"Raw5": [list(b"hello")]}]
        for field in ({"Raw5": "0x68656c6c6f"}, nested, ({"Raw5": (tuple(b"hello"),)},), {"BigRaw": "hello"}):
            self.assertEqual(text_of({"info": {"fields": [field]}}), "hello")
        for fields in ([], [{"TimelockEncrypted": {}}], [{"Raw1": "0xff"}], [{"Raw1": [300]}], ["None"]):
            with self.subTest(fields=fields), self.assertRaises(Refused):
                text_of({"info": {"fields": fields}})

    def test_limits_come_as_numbers_or_as_shares(self) -> None:
        self.assertEqual([limit_of(value) for value in (65535, 455, 1.0, 0.5)], [65535, 455, 65535, 32768])


class Bridge(support.EndToEnd):
    """From the chain to a candidates file that verdict reads, and from its weights back."""

    @classmethod
    def make_fixtures(cls) -> None:
        cls.make_model("good", 1)
        fixtures.write_shard(cls.folder / "prose.h5", fixtures.random_tokens(1, 4))
        wanted = support.competition(1, "tiny", [support.task("prose", "prose.h5", 1.0)], eval_block_delay=0)
        cls.competitions = cls.folder / "competitions.toml"
        cls.competitions.write_text(support.competitions_text([wanted], UIDS))
        cls.run_folder = cls.evaluated()

    @classmethod
    def evaluated(cls) -> Path:
        """A run of what the chain says, by the program itself."""
        commitments, inputs = cls.folder / "commitments.json", support.Inputs(cls.competitions, cls.folder / "candidates.json")
        done = run(cls.committed_chain(), "candidates", "--competitions", cls.competitions, "--out", commitments)
        assert done.code == 0, done.err
        document = json.loads(commitments.read_text())
        document["candidates"][0]["path"] = "models/good"
        inputs.candidates.write_text(json.dumps(document))
        done = support.evaluate(inputs, cls.folder / "run")
        assert done.code == 0, done.err
        return cls.folder / "run"

    @staticmethod
    def committed_chain() -> Subtensor:
        subtensor = Subtensor()
        subtensor.commitments = {
            HOTKEYS[3]: committed(f"ns:good:{COMMIT}:None:1"),
            HOTKEYS[4]: committed("nonsense"),
            HOTKEYS[5]: committed(f"ns:good:{COMMIT}:None:2"),
            HOTKEYS[6]: committed(f"ns:good:{COMMIT}:None:1", block=START + 1),
        }
        return subtensor

    def read(self, subtensor: Subtensor, *options: str | Path) -> support.Outcome:
        return run(subtensor, "candidates", "--competitions", self.competitions, *options)

    def finished(self, name: str) -> Path:
        return Path(shutil.copytree(self.run_folder, self.folder / name))

    def test_everything_is_read_at_one_block_that_all_operators_share(self) -> None:
        subtensor = self.committed_chain()
        done = self.assert_done(self.read(subtensor))
        document = json.loads(done.out)
        self.assertEqual({block for _, block in subtensor.read}, {START})
        self.assertEqual((document["block"], document["block_hash"]), (START, f"0x{START:x}"))
        self.assertEqual(document["hotkeys"], {str(uid): hotkey for uid, hotkey in enumerate(HOTKEYS)})
        self.assertEqual(
            document["candidates"],
            [
                {
                    "uid": 3, "hotkey": HOTKEYS[3], "repo": "ns/good", "commit": COMMIT, "secure_hash": None,
                    "commitment": f"ns:good:{COMMIT}:None:1", "competition": 1, "block": 9000,
                }
            ],
        )  # fmt: skip
        for said in ("uid 4 has no submission: at least 4 parts", "uid 5 has no submission: competition 2 is not",
                     f"uid 6 has no submission: a block up to {START}", "1 submissions of 32 uids, 3 commitments refused"):  # fmt: skip
            self.assertIn(said, done.err)

    def test_trouble_with_the_chain_is_another_start_and_writes_nothing(self) -> None:
        subtensor = self.committed_chain()
        subtensor.commitments[HOTKEYS[9]] = ConnectionError("gone")
        out = self.folder / "trouble.json"
        outcome = self.read(subtensor, "--out", out)
        self.assertEqual((outcome.code, out.exists()), (AGAIN, False))
        self.assertIn("Commitments.CommitmentOf: ConnectionError: gone", outcome.err)
        later = self.read(self.committed_chain(), "--block", str(FINAL + 1))
        self.assertEqual(later.code, AGAIN, later.err)

    def test_wrong_use(self) -> None:
        self.assertEqual(self.read(self.committed_chain(), "--every", "0").code, USAGE)
        grown = Subtensor(info={"hotkeys": [*HOTKEYS, "one-more"]})
        outcome = self.read(grown)
        self.assertEqual(outcome.code, USAGE)
        self.assertIn("uids = 32, but subnet 9 has 33", outcome.err)
        self.assertEqual(run(grown, "candidates", "--competitions", self.folder / "none.toml").code, USAGE)
        if "bittensor" not in sys.modules:
            with contextlib.redirect_stderr(io.StringIO()) as said:
                self.assertEqual(chain.main(["candidates", "--competitions", str(self.competitions)]), USAGE)
            self.assertIn("pip install -r", said.getvalue())

    def test_weights_are_checked_and_sent_only_when_it_is_really_meant(self) -> None:
        run_folder, subtensor = self.finished("sent"), Subtensor()
        done = self.assert_done(run(subtensor, "submit", run_folder))
        self.assertIn("dry run: would set 1 weights", done.err)
        self.assertEqual(subtensor.sent, [])
        view = json.loads((run_folder / "chain.json").read_text())
        self.assertEqual((view["block"], view["uid"], view["stake"]), (FINAL, VALIDATOR, 10**12 + VALIDATOR))
        self.assertEqual([(row["uid"], row["weights"]) for row in view["validators"]], [(5, [[3, 65535]]), (VALIDATOR, [[3, 65535], [7, 1]])])
        self.assertIn(("weights", FINAL), subtensor.read)
        self.assertIn("100.0 % of the stake of 1 other validators", done.err)
        self.assert_done(run(subtensor, "submit", run_folder / "weights.json", "--really"))
        (sent,) = subtensor.sent
        self.assertEqual((sent["netuid"], sent["uids"], sent["weights"], sent["version_key"]), (NETUID, [3], [65535.0], 4062))
        self.assertIn("nothing to do", self.assert_done(run(subtensor, "submit", run_folder, "--really")).err)
        self.assertEqual(len(subtensor.sent), 1)

    def test_what_the_chain_would_refuse_is_not_sent(self) -> None:
        run_folder = self.finished("refused")
        for changes, hotkey, code, said in [
            ({"rules": {"min_allowed_weights": 8}}, VALIDATOR, BAD_DATA, "enough_entries: broken: 1 entry, at least 8"),
            ({"rules": {"weights_version": 5000}}, VALIDATOR, BAD_DATA, "version_key: broken"),
            ({"info": {"last_update": [FINAL - 9] * UIDS}}, VALIDATOR, AGAIN, "possible from block"),
            ({"info": {"block_at_registration": [START + 5] * UIDS}}, VALIDATOR, BAD_DATA, "same_owners: broken"),
            ({}, 7, BAD_DATA, "permit: broken"),
            ({"info": {"hotkeys": [*HOTKEYS[:-1], "newcomer"]}}, UIDS - 1, BAD_DATA, "registered: broken"),
        ]:
            with self.subTest(said=said):
                subtensor = Subtensor(**changes)
                outcome = run(subtensor, "submit", run_folder, "--really", hotkey=HOTKEYS[hotkey])
                self.assertEqual((outcome.code, subtensor.sent), (code, []), outcome.err)
                self.assertIn(said, outcome.err)
                self.assertIn("nothing is sent", outcome.err)

    def test_what_the_chain_does_not_take_is_tried_again(self) -> None:
        run_folder = self.finished("again")
        for answer in (SimpleNamespace(success=False, message="priority is too low"), (False, "priority is too low")):
            subtensor = Subtensor(answer=answer)
            outcome = run(subtensor, "submit", run_folder, "--really")
            self.assertEqual((outcome.code, len(subtensor.sent)), (AGAIN, 1))
            self.assertIn("priority is too low", outcome.err)
            self.assertFalse((run_folder / "published.json").exists())

    def test_entries_are_filled_up_where_the_subnet_wants_them(self) -> None:
        run_folder, subtensor = self.finished("filled"), Subtensor(rules={"min_allowed_weights": 8})
        self.assert_done(run(subtensor, "submit", run_folder, "--really", "--conversion", "process-weights"))
        self.assertEqual((len(subtensor.sent[0]["uids"]), max(subtensor.sent[0]["weights"])), (UIDS, 65535.0))

    def test_a_run_that_is_not_finished(self) -> None:
        self.assertEqual(run(Subtensor(), "submit", self.folder / "nowhere").code, IO_ERROR)


if __name__ == "__main__":
    support.main()
