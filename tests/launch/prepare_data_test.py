"""What launch/prepare_data.py promises of the shards that it writes."""

import hashlib
import json
import subprocess
import sys
import unittest

import numpy as np
import xarray
from shard_support import EOS, LENGTH, SCRIPT, ShardTest
from tokenizers import Tokenizer


class PrepareData(ShardTest):
    def test_rows_are_the_documents_joined_by_eos(self) -> None:
        texts = ["a first text of some length", "short", "the third, which fills another row or so"]
        file = self.shard(*(self.write(f"{i}.txt", text) for i, text in enumerate(texts)))
        tokens = file["tokens"][:]
        self.assertEqual(tokens.shape[1], LENGTH)
        decoder = Tokenizer.from_file(str(self.tokenizer))
        whole = decoder.decode(tokens.ravel().tolist(), skip_special_tokens=False)
        self.assertEqual(whole, "<eos>".join([*texts, ""])[: len(whole)])
        self.assertEqual(len(tokens), (sum(len(t) + 1 for t in texts)) // LENGTH)

    def test_layout_is_the_one_of_the_format(self) -> None:
        file = self.shard(self.write("a.txt", "x" * 100), vocab_size=300, source="made up")
        tokens = file["tokens"]
        self.assertEqual((tokens.dtype, tokens.chunks), (np.dtype("<u4"), (32, LENGTH)))
        self.assertEqual((tokens.shuffle, tokens.compression, tokens.compression_opts, tokens.fletcher32), (True, "gzip", 1, True))
        self.assertEqual((file["n_bytes"].dtype, file["n_bytes"].shape), (np.dtype("<u4"), (6,)))
        self.assertNotIn("doc_id", file)
        self.assertNotIn("domain", file)
        digest = hashlib.sha256(tokens[:].astype("<u4").tobytes()).hexdigest()
        wanted = {"format": "verdict-tokens", "format_version": 1, "tokenizer": "bytes", "vocab_size": 300, "eos_id": EOS}
        wanted |= {"packed": 1, "source": "made up", "sha256": digest}
        self.assertEqual({key: file.attrs[key] for key in wanted}, wanted)

    def test_bytes_of_rows_count_utf8_and_nothing_for_eos(self) -> None:
        text = "naïve – 日本語 🙂 "  # letters of 1, 2, 3 and 4 bytes, cut by row ends
        file = self.shard(*(self.write(f"{i}.txt", text * 4) for i in range(4)))
        stream = file["tokens"][:].ravel()
        self.assertAlmostEqual(int(file["n_bytes"][:].sum()), int((stream != EOS).sum()), delta=3)
        whole = self.write("one.txt", text * 4)
        length = len((text * 4).encode()) + 1
        single = self.shard(whole, length=length, out=self.folder / "one.h5")
        self.assertEqual(single["n_bytes"][:].tolist(), [length - 1])

    def test_same_text_gives_the_same_bytes(self) -> None:
        text = self.write("a.txt", "some words " * 200)
        first, second = self.folder / "1.h5", self.folder / "2.h5"
        for path in (first, second):  # In processes of their own: nothing may depend on their hash seeds.
            subprocess.run([sys.executable, SCRIPT, *self.arguments(text, out=path)], check=True, capture_output=True)
        self.assertEqual(first.read_bytes(), second.read_bytes())

    def test_rows_option_is_a_limit(self) -> None:
        text = self.write("a.txt", "some words " * 200)
        self.assertEqual(len(self.shard(text, rows=5)["tokens"]), 5)
        self.assertEqual(len(self.shard(text, rows=5000, out=self.folder / "all.h5")["tokens"]), 2201 // LENGTH)

    def test_json_lines_are_one_document_a_line(self) -> None:
        lines = [json.dumps({"body": "abc" * 5}), "", json.dumps({"body": "  "}), json.dumps({"body": "def" * 9})]
        file = self.shard(self.write("a.jsonl", "\n".join(lines)), field="body", doc_id="")
        self.assertEqual(file["doc_id"][:].ravel().tolist(), [0] * 16 + [1] * 16)
        self.assertEqual(file["tokens"][0, -1], EOS)

    def test_text_cannot_forge_the_end_of_a_document(self) -> None:
        file = self.shard(self.write("a.txt", "before <eos> after, and some more"))
        self.assertNotIn(EOS, file["tokens"][:])

    def test_xarray_sees_named_dimensions(self) -> None:
        text = self.write("a.txt", "some words " * 20)
        self.assertIsNone(self.run_script(text))
        for engine in ("netcdf4", "h5netcdf"):
            with xarray.open_dataset(self.folder / "out.h5", engine=engine) as data:
                self.assertEqual(data["tokens"].dims, ("row", "position"))
                self.assertEqual(data["n_bytes"].attrs["units"], "byte")

    def test_too_little_text_is_refused_with_what_is_missing(self) -> None:
        self.assertIn("10 more", self.refusal(self.write("a.txt", "12345")))
        self.assertIn("no text", self.refusal(self.write("b.txt", " \n")))

    def test_tokenizer_that_does_not_fit_is_refused(self) -> None:
        text = self.write("a.txt", "x" * 100)
        self.assertIn("no token with the id 999", self.refusal(text, eos_id=999))
        self.assertIn("ids up to 256", self.refusal(text, vocab_size=256))
        self.assertIn("no such tokenizer", self.refusal(text, tokenizer=self.folder / "missing.json"))
        self.assertIn("not a tokenizer.json", self.refusal(text, tokenizer=self.write("bad.json", "{}")))

    def test_bad_input_is_refused_by_file_and_place(self) -> None:
        latin = self.folder / "latin.txt"
        latin.write_bytes(b"caf\xe9")
        self.assertIn("latin.txt: UTF-8 text expected, byte 3", self.refusal(latin))
        self.assertIn("a.jsonl:2:", self.refusal(self.write("a.jsonl", '{"text": "a"}\n{"text":')))
        self.assertIn("field 'text'", self.refusal(self.write("b.jsonl", '{"body": "a"}')))
        self.assertIn("b.jsonl:1:", self.refusal(self.write("b.jsonl", r'{"text": "\ud800"}')))
        self.assertIn("a.txt.gz: cannot be read", self.refusal(self.write("a.txt.gz", "not packed")))
        self.assertIn("none.txt: cannot be read", self.refusal(self.folder / "none.txt"))

    def test_failure_leaves_the_old_shard_in_place(self) -> None:
        out = self.folder / "old.h5"
        self.assertIsNone(self.run_script(self.write("a.txt", "x" * 99), out=out))
        before = out.read_bytes()
        self.assertIsNotNone(self.run_script(self.write("b.txt", "x" * 99), self.folder / "none.txt", out=out))
        self.assertEqual(out.read_bytes(), before)


if __name__ == "__main__":
    unittest.main()
