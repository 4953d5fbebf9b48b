"""The kinds of input that launch/prepare_data.py takes: the same documents give the same tokens, whatever holds them."""

import gzip
import importlib.util
import json
import unittest
from pathlib import Path

import h5py
import numpy as np
from shard_support import LENGTH, ShardTest
from shards.inputs import Part
from shards.pages import PageDraw, draw_parts, sample_pages, seed_of

TEXTS = [f"document {i}: " + "words and more " * (i % 4) + "ende" for i in range(23)]
DOMAINS = ["prose", "code", "maths"]
ARROW = importlib.util.find_spec("pyarrow") is not None
VECTORS = Path(__file__).resolve().parents[1] / "competition/vectors/scoring_vectors.json"


def records(texts: list[str] = TEXTS) -> list[dict[str, str]]:
    return [{"text": t, "domain": DOMAINS[i // 9], "where": f"site-{i % 5}"} for i, t in enumerate(texts)]


class InputTest(ShardTest):
    def tokens(self, *inputs: Path, **options: str | int) -> list[int]:
        out = self.folder / f"{len(list(self.folder.iterdir()))}.h5"
        return self.shard(*inputs, out=out, **options)["tokens"][:].ravel().tolist()

    def expected(self, texts: list[str] = TEXTS) -> list[int]:
        path = self.write(f"expected-{len(list(self.folder.iterdir()))}.jsonl", "\n".join(json.dumps({"text": t}) for t in texts))
        return self.tokens(path)

    def strings(self, name: str, **columns: list[str]) -> Path:
        path = self.folder / name
        with h5py.File(path, "w") as file:
            for column, values in columns.items():
                file.create_dataset(column, data=values, dtype=h5py.string_dtype())
        return path


class Inputs(InputTest):
    def test_text_files_json_lines_and_hdf5_give_the_same_tokens(self) -> None:
        expected = self.expected()
        self.assertGreater(len(expected), 20 * LENGTH)
        files = [self.write(f"{i:02d}.txt", text) for i, text in enumerate(TEXTS)]
        self.assertEqual(self.tokens(*files), expected)
        packed = self.folder / "packed.ndjson.gz"
        packed.write_bytes(gzip.compress("\n".join(json.dumps({"body": t}) for t in TEXTS).encode()))
        self.assertEqual(self.tokens(packed, field="body"), expected)
        self.assertEqual(self.tokens(self.strings("texts.h5", body=TEXTS), field="body"), expected)

    def test_domain_and_source_of_a_row_are_those_of_most_of_its_tokens(self) -> None:
        path = self.write("a.jsonl", "\n".join(json.dumps(r) for r in records()))
        file = self.shard(path, domain_field="domain", source_field="where", doc_id="")
        self.assertEqual(file["domain_name"].asstr()[:].tolist(), DOMAINS)
        of_row = [np.bincount(row // 9).argmax() for row in file["doc_id"][:]]
        self.assertEqual(file["domain"][:].tolist(), of_row)
        self.assertEqual(sorted(set(of_row)), [0, 1, 2])
        names = file["source_name"].asstr()[:]
        self.assertEqual(names[file["source"][0]], "site-0")
        named = self.shard(path, domain="all", out=self.folder / "named.h5")
        self.assertEqual(named["domain_name"].asstr()[:].tolist(), ["all"])
        self.assertEqual(named["source_name"].asstr()[:].tolist(), ["a.jsonl"])

    def test_bad_hdf5_is_refused_by_file_and_entry(self) -> None:
        self.assertIn("bad.h5: cannot be read as HDF5", self.refusal(self.write("bad.h5", "x")))
        numbers = self.folder / "numbers.h5"
        with h5py.File(numbers, "w") as file:
            file["text"] = np.arange(4)
        self.assertIn("numbers.h5: a one-axis dataset of strings expected, found text", self.refusal(numbers))
        other = self.strings("other.h5", body=TEXTS)
        self.assertIn("/text: a one-axis dataset of strings expected; there are body", self.refusal(other))
        short = self.strings("short.h5", text=TEXTS, domain=["prose"])
        self.assertIn("/domain: at least 23 entries expected, found 1", self.refusal(short, domain_field="domain"))

    def test_missing_field_is_refused_by_file_and_line(self) -> None:
        path = self.write("a.jsonl", '{"text": "a"}\n{"text": 7}')
        self.assertIn("a.jsonl:2: text in field 'text' expected, found int", self.refusal(path))
        self.assertIn("a.jsonl:1: text in field 'domain' expected, found nothing", self.refusal(path, domain_field="domain"))
        late = self.write("late.jsonl", '{"text": "a"}\n' * 200 + "[]")
        self.assertIn("late.jsonl:201: a JSON object expected, found list", self.refusal(late))

    def test_folder_without_data_is_refused(self) -> None:
        empty = self.folder / "empty"
        empty.mkdir()
        self.assertIn("found none", self.refusal(empty))
        (empty / "dataset_dict.json").write_text('{"splits": ["train", "test"]}')
        self.assertIn("holds the splits train, test; name one of them", self.refusal(empty))

    def test_pages_are_stretches_of_rows_in_the_order_drawn(self) -> None:
        files = [self.write(f"{i}.jsonl", "\n".join(json.dumps(r) for r in records()[i * 8 : i * 8 + 8])) for i in range(3)]
        drawn = sample_pages(seed_of("0xabc"), len(TEXTS) - 1, 4)
        expected = [text for first in drawn for text in TEXTS[first : first + 5]]
        self.assertEqual(self.tokens(*files, pages=4, block_hash="0xabc", page_rows=5), self.expected(expected))
        self.assertIn("pages up to row 23", self.refusal(*files, pages=4, block_hash="0xabc", max_pages=23))

    def test_page_numbers_are_those_of_the_reference(self) -> None:
        cases = [c for c in json.loads(VECTORS.read_text())["vectors"] if c["fn"] == "sample_pages"]
        self.assertEqual(len(cases), 6)
        for case in cases:
            found = sample_pages(int(case["args"]["seed"]), case["args"]["max_pages"], case["args"]["n"])
            self.assertEqual(found, case["expected"], case["id"])

    def test_page_crosses_parts_and_ends_with_the_data(self) -> None:
        parts = [Part("a", 0, 6, 60), Part("b", 0, 4, 40)]
        first = sample_pages(seed_of("0x1"), 9, 1)[0]
        rows = [(p.path, row) for p in draw_parts(parts, PageDraw("0x1", 1))[0] for row in range(p.begin, p.end)]
        self.assertEqual(rows, ([("a", row) for row in range(6)] + [("b", row) for row in range(4)])[first:])


@unittest.skipUnless(ARROW, "needs the Python package pyarrow: run launch/setup.sh")
class Tables(InputTest):
    def table(self) -> object:
        import pyarrow

        return pyarrow.Table.from_pylist(records())

    def saved(self, name: str) -> Path:
        """As Dataset.save_to_disk of the package datasets leaves it: two files in the streaming form."""
        import pyarrow

        folder = self.folder / name
        folder.mkdir()
        files = [f"data-0000{i}-of-00002.arrow" for i in range(2)]
        for i, file in enumerate(files):
            part = self.table().slice(i * 12, 12)
            with pyarrow.OSFile(str(folder / file), "wb") as sink, pyarrow.ipc.new_stream(sink, part.schema) as stream:
                stream.write_table(part, max_chunksize=5)
        (folder / "dataset_info.json").write_text("{}")
        (folder / "state.json").write_text(json.dumps({"_data_files": [{"filename": file} for file in files]}))
        return folder

    def test_parquet_gives_the_same_tokens(self) -> None:
        from pyarrow import parquet

        path = self.folder / "a.parquet"
        parquet.write_table(self.table(), path, row_group_size=7)
        self.assertEqual(self.tokens(path), self.expected())
        file = self.shard(path, domain_field="domain")
        self.assertEqual(file["domain_name"].asstr()[:].tolist(), DOMAINS)
        pages = sample_pages(seed_of("0xabc"), len(TEXTS) - 1, 4)
        expected = self.expected([text for first in pages for text in TEXTS[first : first + 100]])
        self.assertEqual(self.tokens(path, pages=4, block_hash="0xabc"), expected)

    def test_dataset_folders_give_the_same_tokens(self) -> None:
        from pyarrow import feather, parquet

        self.assertEqual(self.tokens(self.saved("saved")), self.expected())
        downloaded = self.folder / "downloaded"
        (downloaded / "data").mkdir(parents=True)
        for i in range(3):
            parquet.write_table(self.table().slice(i * 8, 8), downloaded / f"data/train-0000{i}-of-00003.parquet")
        self.assertEqual(self.tokens(downloaded), self.expected())
        footer = self.folder / "footer.arrow"
        feather.write_feather(self.table(), footer, compression="uncompressed", chunksize=9)
        self.assertEqual(self.tokens(footer), self.expected())

    def test_bad_tables_are_refused_by_file_and_row(self) -> None:
        import pyarrow
        from pyarrow import parquet

        self.assertIn("x.parquet: cannot be read as a table", self.refusal(self.write("x.parquet", "x")))
        self.assertIn("x.arrow: cannot be read as a table", self.refusal(self.write("x.arrow", "x" * 64)))
        path = self.folder / "a.parquet"
        parquet.write_table(pyarrow.table({"text": ["a", None, "b"]}), path)
        self.assertIn("a.parquet: row 1: text in field 'text' expected, found nothing", self.refusal(path))
        self.assertIn("a column 'body' expected, there are text", self.refusal(path, field="body"))
        saved = self.saved("saved")
        (saved / "data-00001-of-00002.arrow").unlink()
        self.assertIn("data-00001-of-00002.arrow: cannot be read: there is no such file", self.refusal(saved))
        (saved / "state.json").write_text("{}")
        self.assertIn("state.json: a list '_data_files'", self.refusal(saved))


if __name__ == "__main__":
    unittest.main()
