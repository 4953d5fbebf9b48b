"""What launch/stage_models.py promises, against a hub that misbehaves: nothing partial is ever named as complete."""

import contextlib
import hashlib
import io
import json
import logging
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
import unittest
from pathlib import Path
from unittest import mock

os.environ["HF_HUB_DOWNLOAD_TIMEOUT"] = "1"
for setting in ("HF_TOKEN", "HF_HUB_OFFLINE", "HF_ENDPOINT"):
    os.environ.pop(setting, None)
SCRIPT = Path(__file__).resolve().parents[2] / "launch/stage_models.py"
sys.path.insert(0, str(SCRIPT.parent))

import stage_models
from fake_hub import COMMIT, HALF, Hub, Repository

AGAIN = 75


def model(seed: int, shards: int = 0) -> dict[str, bytes]:
    """Files of a repository; what is in them is of no interest here."""
    weights = random.Random(seed).randbytes(3 * HALF)
    files = {"config.json": b'{"seed": %d}' % seed, "README.md": b"words", "pytorch_model.bin": b"pickle"}
    if not shards:
        return files | {"model.safetensors": weights}
    names = [f"model-{n + 1:05}-of-{shards:05}.safetensors" for n in range(shards)]
    index = json.dumps({"weight_map": {f"tensor-{n}": name for n, name in enumerate(names)}}).encode()
    files |= {"model.safetensors.index.json": index, "consolidated.safetensors": b"another copy"}
    return files | {name: weights[n::shards] for n, name in enumerate(names)}


class Staging(unittest.TestCase):
    def setUp(self) -> None:
        scratch = tempfile.TemporaryDirectory()
        self.addCleanup(scratch.cleanup)
        self.folder = Path(scratch.name)
        self.store, self.out = self.folder / "store", self.folder / "candidates.json"
        self.hub = Hub()
        self.addCleanup(self.hub.stop)
        # Pauses between attempts, and chunks of 10 MB: what is cut off within a chunk is not there for the next attempt.
        for name, value in (("file_download.time.sleep", mock.DEFAULT), ("constants.DOWNLOAD_CHUNK_SIZE", 1000)):
            quick = mock.patch(f"huggingface_hub.{name}", value)
            quick.start()
            self.addCleanup(quick.stop)
        logging.getLogger("huggingface_hub").setLevel(logging.ERROR)

    def add(self, name: str, seed: int = 1, shards: int = 0, **changes: object) -> Repository:
        repository = Repository(model(seed, shards), **changes)
        self.hub.repositories[f"ns/{name}"] = repository
        return repository

    def candidates(self, *names: str) -> Path:
        entered = [{"uid": n, "repo": f"ns/{name}", "commit": COMMIT, "competition": 1} for n, name in enumerate(names)]
        path = self.folder / "commitments.json"
        path.write_text(json.dumps({"block": 100, "block_hash": "0x1", "candidates": entered}))
        return path

    def arguments(self, *names: str, **options: object) -> list[str]:
        line = [str(self.candidates(*names)), f"--store={self.store}", f"--out={self.out}"]
        settings = {"endpoint": self.hub.endpoint} | options
        return line + [f"--{k.replace('_', '-')}" + (f"={v}" if v is not True else "") for k, v in settings.items()]

    def stage(self, *names: str, **options: object) -> tuple[int, str]:
        said = io.StringIO()
        with contextlib.redirect_stderr(said):
            code = stage_models.main(self.arguments(*names, **options))
        self.assert_only_whole_models()
        return code, said.getvalue()

    def place(self, name: str) -> Path:
        return self.store / f"ns--{name}--{COMMIT}"

    def forget(self, name: str) -> None:
        stage_models.Store(self.store).remove(self.place(name).name)
        self.out.unlink()

    def assert_only_whole_models(self) -> None:
        """Whatever happened: a folder that has a model's name holds what the hub's owner put there, byte for byte."""
        for folder in self.store.glob("ns--*"):
            files = self.hub.repositories["ns/" + folder.name.split("--")[1]].files
            self.assertIn("config.json", {path.name for path in folder.iterdir()})
            self.assertTrue(any(path.suffix == ".safetensors" for path in folder.iterdir()))
            for path in folder.iterdir():
                self.assertEqual(path.read_bytes(), files[path.name], path)

    def assert_again_then_done(self, repository: Repository, said: str, **options: object) -> None:
        """It fails with the cause and writes nothing; once the hub behaves the same line ends well."""
        code, printed = self.stage("one", **options)
        self.assertEqual(code, AGAIN, printed)
        self.assertIn(said, printed)
        self.assertFalse(self.out.exists())
        self.assertFalse(self.place("one").exists())
        repository.fault, repository.listed_sizes, repository.sha, repository.status = "", {}, COMMIT, 200
        repository.asked.clear()
        code, printed = self.stage("one")
        self.assertEqual(code, 0, printed)
        self.assertTrue(self.place("one").is_dir())

    def test_models_are_fetched_and_the_file_names_them(self) -> None:
        single, several = self.add("one"), self.add("two", 2, shards=3)
        code, said = self.stage("one", "two")
        self.assertEqual(code, 0, said)
        self.assertEqual({p.name for p in self.place("one").iterdir()}, {"config.json", "model.safetensors"})
        self.assertEqual(len(list(self.place("two").iterdir())), 5)
        asked = {name for name, _ in [*single.asked, *several.asked]}
        self.assertFalse(asked & {"README.md", "pytorch_model.bin", "consolidated.safetensors"}, asked)
        for candidate, name in zip(json.loads(self.out.read_text())["candidates"], ("one", "two"), strict=True):
            self.assertEqual((self.out.parent / candidate["path"]).resolve(), self.place(name).resolve())
        single.asked.clear()
        self.assertEqual(self.stage("one", "two")[0], 0)
        self.assertEqual(single.asked, [], "a model that is there was fetched again")

    def test_file_that_more_than_the_weights_are_asked_for(self) -> None:
        self.add("one")
        self.assertEqual(self.stage("one", also="README.md")[0], 0)
        self.assertIn("README.md", {p.name for p in self.place("one").iterdir()})

    def test_connection_cut_once_goes_on_where_it_was(self) -> None:
        repository = self.add("one", fault="truncate once")
        self.assertEqual(self.stage("one")[0], 0)
        self.assertIn(("model.safetensors", f"bytes={HALF}-"), repository.asked)

    def test_server_that_truncates_for_ever(self) -> None:
        repository = self.add("one", fault="truncate")
        self.assert_again_then_done(repository, "model.safetensors")
        self.assertEqual(repository.asked[-1], ("model.safetensors", f"bytes={HALF}-"), "what was there was thrown away")

    def test_server_that_stalls(self) -> None:
        self.assert_again_then_done(self.add("one", fault="stall"), "model.safetensors")

    def test_server_that_trickles_past_the_deadline(self) -> None:
        repository = self.add("one", fault="trickle")
        self.assert_again_then_done(repository, "not complete within the time", model_seconds=0.5)

    def test_server_that_ignores_ranges(self) -> None:
        repository = self.add("one", fault="truncate")
        self.assertEqual(self.stage("one")[0], AGAIN)
        repository.fault = "no range"
        self.assertEqual(self.stage("one")[0], 0)

    def test_listed_size_too_small_and_too_large(self) -> None:
        for size in (HALF, 4 * HALF):
            with self.subTest(size=size):
                self.assert_again_then_done(self.add("one", listed_sizes={"model.safetensors": size}), "model.safetensors")
                self.forget("one")

    def test_other_bytes_of_the_same_size(self) -> None:
        repository = self.add("one", fault="other bytes")
        self.assert_again_then_done(repository, "content does not match its hash")
        self.assertEqual([range_ for name, range_ in repository.asked if name == "model.safetensors"], [""])

    def test_more_bytes_than_announced(self) -> None:
        self.assert_again_then_done(self.add("one", fault="longer"), "more than the 60000 bytes")

    def test_redirects_without_end(self) -> None:
        self.assert_again_then_done(self.add("one", fault="loop"), "redirect")

    def test_errors_of_the_server(self) -> None:
        self.assert_again_then_done(self.add("one", fault="error"), "500")
        self.forget("one")
        self.assert_again_then_done(self.add("one", status=503), "the hub does not say what is in it")

    def test_answer_of_another_commit(self) -> None:
        self.assert_again_then_done(self.add("one", sha="d" * 40), "the hub answers with dddd")

    def test_submissions_at_fault_are_refused_and_the_others_staged(self) -> None:
        self.add("good")
        self.add("unsafe", 2, shards=2).files["model.safetensors.index.json"] = b'{"weight_map": {"a": "../up.safetensors"}}'
        self.add("no-weights").files.pop("model.safetensors")
        large = self.add("large", 3)
        large.files["model.safetensors"] *= 2
        code, said = self.stage("good", "gone", "unsafe", "no-weights", "large", max_bytes=4 * HALF)
        self.assertEqual(code, 0, said)
        for cause in ("RepositoryNotFoundError", "../up.safetensors", "no model.safetensors", f"at most {4 * HALF}"):
            self.assertIn(cause, said)
        self.assertEqual([p.name for p in self.store.glob("ns--*")], [self.place("good").name])
        self.assertNotIn("model.safetensors", [name for name, _ in large.asked], "too large, and fetched all the same")
        self.assertEqual(len(json.loads(self.out.read_text())["candidates"]), 5)

    def test_not_one_model_there_is_not_their_fault(self) -> None:
        code, said = self.stage("gone")
        self.assertEqual((code, self.out.exists()), (AGAIN, False))
        self.assertIn("the token", said)

    def test_giving_up_writes_the_file_without_the_model(self) -> None:
        self.add("good")
        self.add("bad", fault="other bytes")
        self.assertEqual(self.stage("good", "bad")[0], AGAIN)
        self.assertEqual(self.stage("good", "bad", give_up=True)[0], 0)
        self.assertFalse(self.place("bad").exists())

    def test_limit_of_the_competition_at_the_block(self) -> None:
        self.add("one")
        self.add("small").files["model.safetensors"] = b"few"
        file = self.folder / "competitions.toml"
        later = "[[competition.from]]\nblock = 90\nmax_bytes = 1000\n"
        file.write_text(f"[[competition]]\nid = 1\nmax_bytes = 1_000_000\n{later}")
        code, said = self.stage("one", "small", competitions=file)
        self.assertEqual((code, self.place("one").exists()), (0, False), said)
        self.assertIn("at most 1000 are allowed", said)

    def test_kill_and_second_start(self) -> None:
        repository = self.add("one")
        # In a process of its own the chunks are of 10 MB, so the file must be larger to have a part on disk.
        repository.files["model.safetensors"] = random.Random(1).randbytes(25_000_000)
        line = [sys.executable, str(SCRIPT), *self.arguments("one")]
        with mock.patch("fake_hub.HALF", 12_000_000):
            repository.fault = "stall"
            job = subprocess.Popen(line, stderr=subprocess.DEVNULL, env=os.environ | {"HF_HUB_DOWNLOAD_TIMEOUT": "60"})
            part = self.store / ".partial" / self.place("one").name / "model.safetensors"
            end = time.monotonic() + 60
            while not (part.exists() and part.stat().st_size > 0):
                self.assertLess(time.monotonic(), end, "nothing arrived")
                time.sleep(0.02)
            code, said = self.stage("one")
            self.assertEqual((code, "another stage_models.py is at work" in said), (AGAIN, True), said)
            job.send_signal(signal.SIGKILL)
            job.wait()
        self.assert_only_whole_models()
        self.assertFalse(self.place("one").exists())
        repository.fault = ""
        self.assertEqual(self.stage("one")[0], 0)
        self.assertRegex(repository.asked[-1][1], r"bytes=[1-9]\d+-")

    def test_damaged_model_of_the_store_is_fetched_again(self) -> None:
        self.add("one")
        self.stage("one")
        (self.place("one") / "model.safetensors").write_bytes(b"short")
        self.assertEqual(self.stage("one")[0], 0)
        (self.place("one") / "config.json").unlink()
        self.assertEqual(self.stage("one")[0], 0)

    def test_least_recently_used_models_are_evicted(self) -> None:
        for number, name in enumerate(("old", "older", "needed")):
            self.add(name, number)
        self.stage("old", "older", "needed")
        for age, name in ((10, "old"), (20, "older"), (30, "needed")):
            record = self.store / ".records" / f"{self.place(name).name}.json"
            os.utime(record, (time.time() - age,) * 2)
        code, said = self.stage("needed", keep=5 * HALF)
        self.assertEqual((code, self.place("older").exists(), self.place("old").exists()), (0, False, False), said)
        self.assertTrue(self.place("needed").exists())
        self.stage("old", "needed")
        self.stage("needed", keep=7 * HALF)
        self.assertTrue(self.place("old").exists(), "evicted although there was room")

    def test_mirrors_need_no_network(self) -> None:
        repository = self.add("one", shards=2)
        self.stage("one")
        cache = self.folder / "cache"
        blobs, snapshot = cache / "models--ns--one/blobs", cache / f"models--ns--one/snapshots/{COMMIT}"
        blobs.mkdir(parents=True)
        snapshot.mkdir(parents=True)
        for name, content in repository.files.items():
            git = hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest()
            blob = blobs / (hashlib.sha256(content).hexdigest() if name.endswith(".safetensors") else git)
            blob.write_bytes(content)
            (snapshot / name).symlink_to(os.path.relpath(blob, snapshot))
        for mirror in (self.store, cache):
            self.store = self.folder / f"from-{mirror.name}"
            self.out.unlink(missing_ok=True)
            code, said = self.stage("one", mirror=mirror, endpoint="http://127.0.0.1:1")
            self.assertEqual(code, 0, said)
            self.assertEqual(len(list(self.place("one").iterdir())), 4)
        shard = next(path for path in snapshot.iterdir() if path.name.startswith("model-00001"))
        shard.resolve().write_bytes(bytes(shard.stat().st_size))
        self.store = self.folder / "from-damaged"
        code, said = self.stage("one", mirror=cache)
        self.assertEqual((code, self.place("one").exists()), (AGAIN, False))
        self.assertIn("content does not match its hash", said)

    def test_wrong_use(self) -> None:
        for text in ("", "[]", '{"candidates": [{"repo": "a/b", "commit": "main"}]}', '{"candidates": [{"repo": "../x"}]}'):
            path = self.folder / "bad.json"
            path.write_text(text)
            with contextlib.redirect_stderr(io.StringIO()):
                self.assertEqual(stage_models.main([str(path), f"--store={self.store}", f"--out={self.out}"]), 65, text)
        with contextlib.redirect_stderr(io.StringIO()):
            self.assertEqual(stage_models.main(self.arguments("one", jobs=0)), 64)


if __name__ == "__main__":
    unittest.main()
