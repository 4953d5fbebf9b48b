"""`verify` tells what a file of ours is, and finds what is wrong with it."""

import json
import shutil
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import records
import support
from fixtures import copy_edited, put_nan, random_tokens, write_shard
from support import Outcome, candidate, competition, evaluate, run, task


class Verify(support.EndToEnd):
    @classmethod
    def make_fixtures(cls) -> None:
        first = cls.make_model("first", 1)
        cls.make_model("second", 2)
        copy_edited(first, "nan", put_nan)
        write_shard(cls.folder / "prose.h5", random_tokens(1, 9))
        candidates = [candidate(uid, path, block=9000 + uid) for uid, path in {1: "first", 2: "second", 3: "nan"}.items()]
        inputs = support.write_inputs(cls.folder, [competition(1, "tiny", [task("prose", "prose.h5", 1.0)])], candidates)
        cls.whole = cls.folder / "whole"
        done = evaluate(inputs, cls.whole, "--state", str(cls.folder / "state.json"))
        assert done.code == 0, done.err

    def copied(self) -> Path:
        """A run folder to damage."""
        target = self.folder / self.id().rpartition(".")[2]
        shutil.copytree(self.whole, target)
        return target

    def assert_bad(self, file: Path, *parts: str, code: int = 65) -> Outcome:
        done = run("verify", file)
        self.assertEqual(done.code, code, done.out + done.err)
        self.assertIn("BAD", done.out)
        for part in parts:
            self.assertIn(part, done.out)
        return done

    def test_every_file_of_a_run_is_known_and_whole(self) -> None:
        files = [self.folder / "prose.h5", self.folder / "state.json", self.whole]
        files += [self.whole / name for name in ("results.h5", "weights.json", "inputs.json", "job.json", "state.before.json")]
        files += sorted((self.whole / "journal").iterdir())
        done = self.assert_done(run("verify", *files, "--json"))
        kinds = [entry["kind"] for entry in json.loads(done.out)]
        expected = ["token shard", "state", "run folder", "results", "weights", "inputs of a run", "job", "state", "journal"]
        self.assertEqual(kinds, expected)
        self.assertIn("follow from the journals, bit for bit", done.out)

    def test_inputs_and_events_are_known_and_their_faults_named(self) -> None:
        toml, candidates, events = self.folder / "inputs.toml", self.folder / "inputs.json", self.whole / "events.jsonl"
        done = self.assert_done(run("verify", toml, candidates, events, "--competitions", toml, "--json"))
        entries = json.loads(done.out)
        self.assertEqual([entry["kind"] for entry in entries], ["competitions", "candidates", "events"])
        self.assertEqual(entries[1]["facts"]["of competition 1"], "3")
        self.assertEqual(entries[2]["facts"]["finished"], "1")
        bad_toml, bad = self.folder / "bad.toml", self.folder / "bad.json"
        bad_toml.write_text(toml.read_text().replace("uids", "uid"))
        self.assert_bad(bad_toml, "bad.toml:1", "uid")
        bad.write_text(candidates.read_text().replace('"uid": 2', '"uid": 1'))
        self.assert_bad(bad, "candidates[1]", "uid", "that of candidates[0] already")
        bad.write_text(candidates.read_text().replace('"competition": 1', '"competition": 7'))
        self.assertIn("of competition 7, not looked up: 3", self.assert_done(run("verify", bad)).out)
        done = run("verify", bad, "--competitions", toml)
        self.assertEqual(done.code, 65, done.out)
        self.assertIn("competition must be an id", done.out)
        large = json.loads(candidates.read_text()) | {"note": " " * (1 << 26)}
        bad.write_text(json.dumps(large))
        self.assert_bad(bad, "bad.json", "bytes long, at most")
        folder = self.copied()
        (folder / "events.jsonl").write_text(events.read_text() + '{"time":"now"}\n')
        number = len(events.read_text().splitlines()) + 1
        self.assert_bad(folder / "events.jsonl", f"events.jsonl:{number}", "'time' and 'event'")
        (folder / "events.jsonl").write_text(events.read_text() + '{"time":')
        self.assertIn("was not written to its end", self.assert_done(run("verify", folder / "events.jsonl")).out)

    def test_every_field_of_a_runs_inputs_is_checked(self) -> None:
        path, whole = self.folder / "run-inputs.json", json.loads((self.whole / "inputs.json").read_text())
        sha = "a SHA-256 of 64 lower-case hex digits"
        faults: list[tuple[str, Any, str]] = [
            ("other", 1, "key 'other': is not a known key"), ("inputs/other", 1, "key 'other': is not a known key"),
            ("inputs/competitions", "0" * 63, f"key 'competitions': expected {sha}"),
            ("inputs/candidates", "A" * 64, f"key 'candidates': expected {sha}"),
            ("inputs/shards", [], "key 'shards': expected an object"), ("inputs/shards/tiny", ["0" * 64], "key 'tiny': is not COMPETITION/TASK"),
            ("inputs/shards/tiny\\prose", [1], f"key 'tiny/prose': expected {sha}"), ("inputs/shards/tiny\\prose", [], "the hashes of its shards"),
            ("inputs/models/01", "0" * 64, "key '01': is not a uid"), ("inputs/models/65536", "0" * 64, "key '65536': is not a uid"),
            ("inputs/models/1", None, f"key '1': expected {sha}"), ("inputs/options/other", 1, "key 'other': is not a known key"),
            ("inputs/options/rules", "soft", "key 'rules': expected hardened"), ("inputs/options/allow_missing_tasks", 0, "expected true or false"),
            ("inputs/options/state", "new", "key 'state': expected none or used"), ("inputs/options/rows", 0, "key 'rows': expected an integer from 1"),
            ("inputs/options/model_timeout_seconds", "nan", "expected seconds above 0"), ("inputs/options/numerics", {}, "expected an array"),
            ("inputs/options/numerics/0/tp", 0, "key 'tp': expected an integer from 1"), ("inputs/options/numerics/0/device", "tpu", "expected cpu or cuda"),
            ("inputs/options/numerics/0/dtype", "float16", "expected float32 or bfloat16"), ("inputs/options/numerics/0/gpu", "H", "key 'gpu': is not a known"),
            ("inputs/options/numerics/0/torch", "", "key 'torch': expected a text that is not empty"),
        ]
        for place, value, rule in faults:
            with self.subTest(place):
                changed = json.loads(json.dumps(whole))
                *way, key = (part.replace("\\", "/") for part in place.split("/"))
                at = changed
                for part in way:
                    at = at[int(part) if isinstance(at, list) else part]
                at[key] = value
                path.write_text(json.dumps(changed))
                self.assert_bad(path, "run-inputs.json", rule)
        folder = self.copied()  # Of a run folder too.
        (folder / "inputs.json").write_text(json.dumps(whole | {"inputs": whole["inputs"] | {"models": {"x": "0" * 64}}}))
        self.assert_bad(folder, "inputs.json", "key 'x': is not a uid")
        for change, said in (({"models": {}}, "job.json says"), ({"shards": {}}, "job.json says"),
                             ({"candidates": "0" * 64}, "candidates is \"" + "0" * 64 + "\", job.json says")):
            (folder / "inputs.json").write_text(json.dumps(whole | {"inputs": whole["inputs"] | change}))
            self.assert_bad(folder, "inputs.json", said)
        for key in whole["inputs"]:
            path.write_text(json.dumps(whole | {"inputs": {k: v for k, v in whole["inputs"].items() if k != key}}))
            self.assert_bad(path, f"key '{key}': expected", "found nothing")

    def test_a_view_of_the_chain_is_known_and_its_faults_named(self) -> None:
        path, view = self.folder / "chain.json", {"schema": "verdict-chain-1", "netuid": 9, "block": 10, "uids": 2, "uid": 1}
        path.write_text(json.dumps(view))
        (entry,) = json.loads(self.assert_done(run("verify", path, "--json")).out)
        self.assertEqual(entry["kind"], "chain")
        self.assertEqual(entry["facts"], {"block": "10", "netuid": "9", "uids": "2", "validator": "uid 1"})
        faults: list[tuple[dict[str, Any], str]] = [
            ({"block": -1}, "key 'block': expected a whole number from 0"),
            ({"uids": "two"}, "key 'uids': expected a whole number from 0 to 65536"),
            ({"registered_at": [1]}, "key 'registered_at': expected 2 blocks, one per uid, found 1"),
            ({"stakes": 1}, "key 'stakes': is not a known key"),
            ({"schema": "verdict-chain-2"}, "expected schema 'verdict-chain-1', found 'verdict-chain-2'"),
        ]
        for change, rule in faults:
            path.write_text(json.dumps(view | change))
            self.assert_bad(path, "chain.json", rule)

    def test_a_shard_tells_what_it_holds(self) -> None:
        path = self.folder / "domains.h5"
        write_shard(path, random_tokens(2, 5))
        with h5py.File(path, "a") as f:
            f["domain"], f["domain_name"] = np.array([0, 1, 1, 1, 0], "<u4"), ["prose", "code"]
        out = self.assert_done(run("verify", path)).out
        for part in ("rows: 5", "tokens per row: 128", "tokenizer: made-up", "rows by domain: prose 2, code 3", "text: 460 bytes"):
            self.assertIn(part, out)
        with h5py.File(path, "a") as f:
            f["domain"][2] = 7
        self.assert_bad(path, "domain", "expected numbers below 2, found 7")

    def test_damaged_shards_and_foreign_files_are_bad(self) -> None:
        path = self.folder / "damaged.h5"
        tokens = random_tokens(3, 5)
        write_shard(path, tokens, sha256="0" * 64)
        self.assert_bad(path, "SHA-256 of the token stream")
        foreign = self.folder / "foreign.h5"
        with h5py.File(foreign, "w") as f:
            f["x"] = [1]
        self.assert_bad(foreign, "neither a token shard")
        for name, text in (("a.json", "{}"), ("b.json", '{"schema": "other-1"}'), ("c.json", "{"), ("d.txt", "hello"), ("e", "")):
            (self.folder / name).write_text(text)
            self.assert_bad(self.folder / name)

    def test_a_file_that_is_not_there_is_no_bad_data(self) -> None:
        self.assert_bad(self.folder / "nothing.h5", "nothing.h5", code=74)
        # What is damaged matters more, whichever comes first.
        self.assertEqual(run("verify", self.folder / "nothing.h5", self.folder / "x.json", self.whole).code, 74)
        (self.folder / "y.json").write_text("{}")
        self.assertEqual(run("verify", self.folder / "nothing.h5", self.folder / "y.json").code, 65)

    def test_a_flipped_bit_is_found_in_every_file(self) -> None:
        folder = self.copied()
        for name in ("results.h5", "job.json", "state.before.json"):
            data = bytearray((folder / name).read_bytes())
            data[len(data) // 2] ^= 1
            (folder / name).write_bytes(data)
            self.assert_bad(folder / name, name)
        self.assert_bad(folder, "job.json")

    def test_a_damaged_journal_line_is_bad_and_a_torn_one_is_said(self) -> None:
        folder = self.copied()
        [journal] = (folder / "journal").iterdir()
        text = journal.read_bytes()
        journal.write_bytes(text + text[: text.index(b"\n") - 9])
        self.assertIn("was not written to its end", self.assert_done(run("verify", journal)).out)
        self.assert_done(run("verify", folder))
        journal.write_bytes(text.replace(b'"leader_rank":0', b'"leader_rank":1', 1))
        self.assert_bad(journal, "does not match its checksum")
        self.assert_bad(folder, "does not match its checksum")

    def test_results_that_do_not_follow_from_the_journals_are_bad(self) -> None:
        folder = self.copied()
        [journal] = (folder / "journal").iterdir()
        lines = journal.read_bytes().splitlines(keepends=True)
        item = next(i for i, line in enumerate(lines) if b'"nll_nat":' in line)
        document = json.loads(lines[item])
        del document["xxh3"]
        document["nll_nat"][0] += 1e-9
        text = json.dumps(document, separators=(",", ":"))[:-1].encode()
        lines[item] = text + records.CHECKSUM_FIELD + f'{records.xxh3(text):016x}"}}\n'.encode()
        journal.write_bytes(b"".join(lines))
        self.assert_done(run("verify", journal))  # The file is whole; it is not what the results are of.
        self.assert_bad(folder, "results.h5")
        journal.write_bytes(b"".join(lines[:item]))
        self.assert_bad(folder, "results.h5", "items are in no journal")

    def test_weights_of_other_results_are_bad(self) -> None:
        folder = self.copied()
        weights = json.loads((folder / "weights.json").read_text())
        (folder / "weights.json").write_text(json.dumps(weights | {"results_sha256": "0" * 64}))
        self.assert_bad(folder, "weights.json", "is of results with the SHA-256 000")
        weights["weights"][0] = weights["weights"][0] - 1
        (folder / "weights.json").write_text(json.dumps(weights))
        self.assert_bad(folder, "weights.json")

    def test_a_run_in_progress_is_whole_and_its_gaps_are_said(self) -> None:
        folder = self.copied()
        for name in ("results.h5", "weights.json"):
            (folder / name).unlink()
        self.assertIn("results.h5: not written yet", self.assert_done(run("verify", folder)).out)
        shutil.rmtree(folder / "journal")
        self.assertIn("not done yet", self.assert_done(run("verify", folder)).out)


if __name__ == "__main__":
    support.main()
