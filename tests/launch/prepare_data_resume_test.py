"""launch/prepare_data.py killed in the middle, with any number of workers, and with a seed."""

import contextlib
import fcntl
import json
import os
import random
import signal
import subprocess
import sys
import time
import unittest
from pathlib import Path

import h5py
import numpy as np
from shard_support import EOS, SCRIPT, ShardTest
from shards.packing import Packer, Piece
from shards.progress import Progress, duration

PATIENCE_SECONDS = 60


class Resume(ShardTest):
    def setUp(self) -> None:
        super().setUp()
        generator = random.Random(4)
        words = [generator.randbytes(3).hex() for _ in range(200)]
        lines = [json.dumps({"text": f"{i} " + " ".join(generator.choices(words, k=100))}) for i in range(1200)]
        self.input = self.write("a.jsonl", "\n".join(lines))

    def made(self, name: str, **options: str | int) -> bytes:
        out = self.folder / name
        command = [sys.executable, str(SCRIPT), *self.arguments(self.input, out=out, length=64, **options)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE_SECONDS)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.said = done.stderr
        self.assertEqual([path.name for path in self.folder.glob(".*")], [])
        return out.read_bytes()

    def kill_in_the_middle(self, name: str, **options: str | int) -> Path:
        """Leaves a work folder with some jobs done."""
        out, work = self.folder / name, self.folder / f".{name}.work"
        command = [sys.executable, str(SCRIPT), *self.arguments(self.input, out=out, length=64, **options)]
        process = subprocess.Popen(command, stderr=subprocess.DEVNULL, env=os.environ | {"VERDICT_TEST": str(out)})
        until = time.monotonic() + PATIENCE_SECONDS
        while not list(work.glob("*.npz")) and process.poll() is None and time.monotonic() < until:
            time.sleep(0.002)
        self.workers = self.processes_of(out)
        process.send_signal(signal.SIGKILL)
        self.assertEqual(process.wait(), -signal.SIGKILL, "it was too quick to be killed")
        self.assertFalse(out.exists())
        return work

    def test_killed_run_goes_on_and_ends_in_the_same_bytes(self) -> None:
        expected = self.made("whole.h5", workers=1)
        work = self.kill_in_the_middle("killed.h5", workers=1)
        done = {path: path.stat().st_mtime_ns for path in work.glob("*.npz")}
        damaged = min(done)
        damaged.write_bytes(damaged.read_bytes()[:1000])
        self.assertEqual(self.made("killed.h5", workers=2), expected)
        self.assertIn("going on with what an earlier start left", self.said)

    def test_work_under_other_options_is_not_taken_over(self) -> None:
        self.kill_in_the_middle("killed.h5", workers=1)
        self.assertEqual(self.made("killed.h5", workers=1, seed=1), self.made("whole.h5", workers=1, seed=1))
        self.kill_in_the_middle("killed2.h5", workers=1)
        os.utime(self.input, (0, 0))
        self.made("killed2.h5", workers=1)
        self.assertNotIn("going on", self.said)

    def test_workers_of_a_killed_run_end_too(self) -> None:
        self.kill_in_the_middle("killed.h5", workers=2)
        self.assertGreaterEqual(len(self.workers), 3, "the run and its two workers")
        until = time.monotonic() + PATIENCE_SECONDS
        while (left := self.processes_of(self.folder / "killed.h5")) and time.monotonic() < until:
            time.sleep(0.05)
        for process in left:
            os.kill(int(process), signal.SIGKILL)
        self.assertEqual(left, [])

    def processes_of(self, out: Path) -> list[str]:
        """By the environment that the run was given and its workers inherit."""
        found = []
        for process in Path("/proc").glob("[0-9]*"):
            with contextlib.suppress(OSError):
                if f"VERDICT_TEST={out}".encode() in (process / "environ").read_bytes():
                    found.append(process.name)
        return found

    def test_seed_decides_the_order_of_the_documents_and_nothing_else(self) -> None:
        plain, one = self.made("plain.h5"), self.made("one.h5", seed=1)
        self.assertEqual(self.made("again.h5", seed=1, workers=3), one)
        self.assertNotEqual(self.made("two.h5", seed=2), one)
        self.assertNotEqual(plain, one)
        counts = []
        for name in ("plain.h5", "one.h5"):
            with h5py.File(self.folder / name) as file:
                counts.append(np.bincount(file["tokens"][:].ravel(), minlength=EOS + 1))
        self.assertLess(np.abs(counts[0] - counts[1]).sum(), 128, "more than the dropped rest differs")

    def test_second_start_on_the_same_shard_is_refused(self) -> None:
        work = self.folder / ".out.h5.work"
        work.mkdir()
        with open(work / "lock", "w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            self.assertIn("another prepare_data is writing", str(self.run_script(self.input)))


class Parts(unittest.TestCase):
    def test_packer_numbers_names_across_pieces(self) -> None:
        packer = Packer(length=4, max_rows=None)
        ones = np.ones(6, np.uint32)
        for domain in ("prose", "code", "prose"):
            piece = Piece(ones, ones, np.array([6], np.uint32), *(np.zeros(1, np.uint32),) * 2, [domain], ["file"])
            block = packer.add(piece)
        self.assertEqual(packer.domains.all(), ["prose", "code"])
        self.assertEqual(block.domain.tolist(), [0, 0, 0, 0])
        self.assertEqual((packer.count.documents, packer.count.tokens, packer.count.unused), (3, 18, 2))

    def test_progress_line_says_how_long_it_takes(self) -> None:
        now = [0.0]
        progress = Progress(wanted_rows=100, total_bytes=10_000_000, clock=lambda: now[0])
        now[0] = 30.0
        progress._bytes = 2_500_000
        self.assertEqual(
            progress.line(rows=10, tokens=6000), "10 of 100 rows from 2.5 of 10.0 MB, 200 tokens/s, about 1 min 30 s left"
        )
        self.assertIn("about 30 s left", progress.line(rows=50, tokens=6000))
        self.assertEqual(duration(7500), "2 h 5 min")


if __name__ == "__main__":
    unittest.main()
