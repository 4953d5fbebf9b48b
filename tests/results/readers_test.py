"""readers_test.py PROGRAM: what other people's readers make of the results file that PROGRAM writes."""

import math
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

import h5py
import numpy
import xarray

STATUSES = "ok refused non_finite out_of_memory timeout hang io_error degenerate too_early"


def text_of(*command):
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, f"{command}: {done.stderr}"
    return done.stdout


class Readers(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.file = os.path.join(cls.folder.name, "results.h5")
        subprocess.run([sys.argv[1], cls.file], check=True)

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    def datasets(self):
        found = []
        with h5py.File(self.file) as f:
            f.visititems(lambda name, item: found.append(name) if isinstance(item, h5py.Dataset) else None)
        return found

    def test_the_loss_table_has_labels_with_both_engines(self):
        for engine in ("netcdf4", "h5netcdf"):
            with xarray.open_dataset(self.file, group="competitions/14B", engine=engine) as data:
                table = data["loss"].to_pandas()
                self.assertEqual(list(table.columns), ["fineweb", "code"], engine)
                self.assertEqual(list(table.index)[:2], ["10:ns/model-0", "11:ns/model-1"], engine)
                self.assertEqual(table.loc["11:ns/model-1", "code"], 2.501)
                self.assertTrue(math.isnan(table.loc["12:ns/model-2", "code"]))
                self.assertEqual(data["loss"].dims, ("model", "task"))
                self.assertEqual(data["duel_won"].dims, ("model", "opponent"))
                self.assertEqual(data["loss"].attrs["units"], "nat")

    def test_every_group_opens_with_both_engines(self):
        groups = ["/", "competitions/14B", "competitions/empty", "competitions/14B/samples/code", "run"]
        for engine in ("netcdf4", "h5netcdf"):
            for group in groups:
                with xarray.open_dataset(self.file, group=group, engine=engine) as data:
                    self.assertGreater(len(data.variables), 4, (engine, group))
                    data.load()
                    for name, variable in data.variables.items():
                        self.assertFalse(any("phony" in d for d in variable.dims), (engine, group, name))

    def test_samples_are_paired_by_label_and_hash(self):
        with xarray.open_dataset(self.file, group="competitions/14B/samples/code") as data:
            self.assertAlmostEqual(float(data["nll_sum"].sel(model="11:ns/model-1")[2]), 11.12)
            self.assertEqual(int(data["row_hash"][1]), 0xFFFFFFFFFFFFFF01)
            self.assertEqual(data["shard"].values.tolist(), [0, 1, 0])

    def test_every_dataset_follows_the_rules(self):
        with h5py.File(self.file) as f:
            for name in self.datasets():
                data = f[name]
                self.assertIn("long_name", data.attrs, name)
                self.assertIn("units", data.attrs, name)
                self.assertTrue(data.id.get_create_plist().get_attr_creation_order(), name)
                self.assertFalse(data.id.get_create_plist().get_obj_track_times(), name)
                if data.dtype.kind == "f":
                    self.assertEqual(data.dtype.str, "<f8", name)
                    self.assertTrue(math.isnan(data.attrs["_FillValue"]), name)
                    self.assertFalse(numpy.isinf(data[...]).any(), name)
                if data.attrs.get("CLASS") == b"DIMENSION_SCALE":
                    continue
                for axis, dim in enumerate(data.dims):
                    self.assertEqual(len(dim), 1, f"{name}: axis {axis}")
                    self.assertEqual(os.path.dirname(dim[0].name), os.path.dirname("/" + name), name)

    def test_links_are_in_the_order_in_which_they_were_made(self):
        with h5py.File(self.file, track_order=True) as f:
            self.assertEqual(list(f)[:3], ["candidate", "uid", "hotkey"])
            self.assertEqual(list(f)[-2:], ["competitions", "run"])
            self.assertEqual(list(f["competitions/14B"])[:4], ["model", "task", "opponent", "loss"])

    def test_each_status_has_its_number_and_its_meaning(self):
        with h5py.File(self.file) as f:
            for status in (f["status"], f["competitions/14B/status"]):
                self.assertEqual(status.dtype.str, "|u1")
                self.assertEqual(status[:].tolist(), [0, 0, 1, 2, 3, 4, 5, 6, 7, 8])
                self.assertEqual(status.attrs["flag_meanings"], STATUSES)
                self.assertEqual(status.attrs["flag_values"].tolist(), list(range(9)))

    def test_the_outcome_is_in_attributes(self):
        with h5py.File(self.file) as f:
            self.assertEqual(f.attrs["Conventions"], "verdict-1.0")
            self.assertEqual(f.attrs["block"], 5433000)
            c = f["competitions/14B"].attrs
            self.assertEqual((c["winner_uid"], c["winner"], c["too_close_to_call"]), (10, "10:ns/model-0", 1))
            empty = f["competitions/empty"].attrs
            self.assertNotIn("winner", empty)
            self.assertNotIn("winner_uid", empty)
            self.assertTrue(math.isnan(empty["margin"]))

    def test_row_tables_are_compressed_and_checked(self):
        with h5py.File(self.file) as f:
            nll = f["competitions/14B/samples/code/nll_sum"]
            self.assertEqual((nll.chunks, nll.compression, nll.compression_opts), ((1, 3), "gzip", 4))
            self.assertTrue(nll.shuffle and nll.fletcher32)

    def test_text_is_utf8_of_any_length(self):
        with h5py.File(self.file) as f:
            self.assertEqual(f["reason"].asstr()[2], "größer als erlaubt")
            self.assertEqual(f["run/competitions"].asstr()[()], 'uids = 256\n\tname = "ü"\n')
            self.assertEqual(f["run/competitions"].shape, ())

    def test_h5dump_reads_all_of_it(self):
        text = text_of("h5dump", self.file)
        for part in ('DATASET "bits_per_byte"', "H5T_STD_U64LE", "(0): 0, 0, 1, 2, 3, 4, 5, 6, 7, 8"):
            self.assertTrue(part in text, part)

    def test_ncdump_shows_dimensions_labels_and_units(self):
        text = text_of("ncdump", self.file)
        for part in ("double loss(model, task) ;", 'loss:units = "nat" ;', "loss:_FillValue = NaN ;",
                     '"10:ns/model-0"', "größer als erlaubt"):
            self.assertTrue(part in text, part)
        self.assertFalse("phony" in text)

    def test_equal_content_gives_equal_bytes_whatever_is_in_memory(self):
        reference = pathlib.Path(self.file).read_bytes()
        for perturb in ("1", "170"):
            again = os.path.join(self.folder.name, "again.h5")
            subprocess.run([sys.argv[1], again], check=True, env=dict(os.environ, MALLOC_PERTURB_=perturb))
            self.assertTrue(pathlib.Path(again).read_bytes() == reference, f"MALLOC_PERTURB_={perturb}")


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
