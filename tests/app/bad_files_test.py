"""Bad input files: the exit code, one line that names file, place and rule, and nothing written."""

import json
from pathlib import Path
from typing import Any

import h5py
import support
from fixtures import random_tokens, token_sha256, write_shard
from support import Inputs, candidate, competition, evaluate, run, task

USAGE, BAD_DATA = 64, 65


class BadFiles(support.EndToEnd):
    @classmethod
    def make_fixtures(cls) -> None:
        cls.make_model("first", 1)
        write_shard(cls.folder / "good.h5", random_tokens(1, 24))

    def inputs(self, data: str = "good.h5", candidates: list[dict[str, Any]] | None = None, **changes: Any) -> Inputs:
        tasks = [task("prose", "good.h5", 0.7), task("code", data, 0.3)]
        entered = [candidate(7, "first")] if candidates is None else candidates
        return support.write_inputs(self.folder, [competition(1, "tiny", tasks, **changes)], entered)

    def refuse(self, inputs: Inputs, code: int, *parts: str, ranks: int = 0) -> None:
        with self.subTest(parts=parts, ranks=ranks):
            out = self.folder / "run"
            self.assert_refused(evaluate(inputs, out, ranks=ranks), code, *parts)
            self.assertFalse(out.exists(), "a run folder was left behind")

    def refuse_line(self, inputs: Inputs, old: str, new: str, code: int, *parts: str) -> None:
        """After a change of the competitions file; the message must point to the line."""
        text = inputs.competitions.read_text()
        self.assertEqual(text.count(old), 1)
        number = text[: text.index(old)].count("\n") + 1
        inputs.competitions.write_text(text.replace(old, new))
        self.refuse(inputs, code, f"{inputs.competitions}:{number}:", *parts)

    def test_competitions(self) -> None:
        self.refuse_line(self.inputs(), "eval_block_delay", "eval_block_delai", USAGE, "unknown key 'competition.eval_block_delai'")
        self.refuse_line(self.inputs(), "netuid = 9", "netuid = 9 9", USAGE)
        self.refuse_line(self.inputs(reward=1.5), "reward", "reward", USAGE, "must be 0 to 1")
        inputs = self.inputs()
        inputs.competitions.write_text(inputs.competitions.read_text().replace("weight = 0.3", "weight = 0.2"))
        self.refuse(inputs, USAGE, str(inputs.competitions), "weights of competition tiny must sum to 1, found 0.9")
        inputs.competitions.unlink()
        self.refuse(inputs, USAGE, str(inputs.competitions), "No such file")

    def test_candidates(self) -> None:
        inputs = self.inputs()
        inputs.candidates.write_text('{"block": 10000,\n "block_hash": }')
        self.refuse(inputs, BAD_DATA, str(inputs.candidates), "line 2")
        twice = self.inputs(candidates=[candidate(7, "first"), candidate(7, "second")])
        self.refuse(twice, BAD_DATA, "inputs.json: candidates[1].uid 7 is that of candidates[0] already")
        unknown = self.inputs(candidates=[candidate(7, "first", 3)])
        self.refuse(unknown, BAD_DATA, "candidates[0].competition must be an id of the competitions file, found 3")
        self.refuse(unknown, BAD_DATA, "candidates[0].competition", ranks=2)
        nobody = self.inputs(candidates=[candidate(7, "first") | {"path": 3}])
        self.refuse(nobody, BAD_DATA, "candidates[0].path must be a text, found 3")

    def bad_shard(self, name: str = "bad.h5", **changes: Any) -> Path:
        path = self.folder / name
        write_shard(path, random_tokens(2, 24), **changes)
        return path

    def test_shards_of_something_else(self) -> None:
        # One task without data is missing (rules_test.py); none with data is a wrong path.
        nothing = [competition(1, "tiny", [task("prose", "bad-*.h5", 1.0)])]
        nowhere = support.write_inputs(self.folder, nothing, [candidate(7, "first")])
        self.refuse(nowhere, BAD_DATA, "data 'bad-*.h5' matches no file in", str(self.folder))
        self.bad_shard(tokenizer="another")
        tokenizer = "tokenizer: the competition says 'made-up', the shard has 'another'"
        self.refuse(self.inputs("bad.h5"), BAD_DATA, str(self.folder / "bad.h5"), tokenizer)
        self.refuse(self.inputs("bad.h5"), BAD_DATA, tokenizer, ranks=2)
        self.bad_shard(vocab_size=150)
        self.refuse(self.inputs("bad.h5"), BAD_DATA, "bad.h5", "vocab_size: the competition says 101, the shard has 150")
        write_shard(self.folder / "bad.h5", random_tokens(2, 24, length=16))
        self.refuse(self.inputs("bad.h5"), BAD_DATA, "bad.h5", "tokens per row: the competition says 128, the shard has 16")

    def test_shards_that_are_damaged(self) -> None:
        inputs = self.inputs("bad.h5")
        tokens = random_tokens(2, 24)
        tokens[20, 5] = 101
        write_shard(self.folder / "bad.h5", tokens)
        self.refuse(inputs, BAD_DATA, "bad.h5", "row 20, position 5: expected an id below vocab_size 101, found 101")
        path = self.bad_shard()
        with h5py.File(path, "r+") as file:
            file["tokens"][3, 4] ^= 1
            changed = token_sha256(file["tokens"][:])
        self.refuse(inputs, BAD_DATA, str(path), f"the SHA-256 of the token stream is {changed}, attribute 'sha256' says")
        path = self.bad_shard()
        with h5py.File(path) as file:
            offset = file["tokens"].id.get_chunk_info(0).byte_offset
        content = bytearray(path.read_bytes())
        content[offset + 50] ^= 1
        path.write_bytes(content)
        self.refuse(inputs, BAD_DATA, str(path), "/tokens", "cannot read")
        path.write_bytes(content[:1000])
        self.refuse(inputs, BAD_DATA, str(path), "cannot open", "truncated")
        path.write_text("no HDF5")
        self.refuse(inputs, BAD_DATA, str(path), "expected an HDF5 file")

    def test_damaged_results_are_not_shown(self) -> None:
        out = self.folder / "finished"
        self.assert_done(evaluate(self.inputs(), out))
        path = out / "results.h5"
        content = bytearray(path.read_bytes())
        content[len(content) // 2] ^= 1
        path.write_bytes(content)
        self.assert_refused(run("inspect", out), BAD_DATA, str(path), "is damaged")
        json.loads((out / "inputs.json").read_text())
        (out / "inputs.json").write_text("{")
        self.assert_refused(evaluate(self.inputs(), out), BAD_DATA, str(out / "inputs.json"))


if __name__ == "__main__":
    support.main()
