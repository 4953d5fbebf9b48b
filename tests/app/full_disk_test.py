"""Storage that is full or may not be written: the run ends with 73 and says where, nothing is half-written, and it goes on
when there is room. On small tmpfs mounts, in a mount namespace of this process alone: root writes into read-only folders."""

import ctypes
import os
import shutil
import subprocess
from pathlib import Path

import records
import support
from fixtures import random_tokens, write_shard
from support import Outcome, candidate, competition, evaluate, task

CANNOT_WRITE = 73
CLONE_NEWNS = 0x00020000
ROWS = 400
ITEMS = 1 + ROWS // 4  # A sanity generation, and four rows each.


def mount(*arguments: str | Path) -> None:
    subprocess.run(["mount", *map(str, arguments)], check=True, capture_output=True)


def why_no_mounts() -> str:
    """Empty if this process now has mounts of its own."""
    if os.geteuid() != 0:
        return "only root may mount a small tmpfs"
    if ctypes.CDLL(None, use_errno=True).unshare(CLONE_NEWNS) != 0:
        return f"no mount namespace: {os.strerror(ctypes.get_errno())}"
    try:
        mount("--make-rprivate", "/")
    except subprocess.CalledProcessError as error:
        return f"no private mounts: {error.stderr!r}"
    return ""


class FullDisk(support.EndToEnd):
    @classmethod
    def make_fixtures(cls) -> None:
        if why := why_no_mounts():
            cls.skipTest(cls, why)
        cls.make_model("first", 1)
        write_shard(cls.folder / "prose.h5", random_tokens(1, ROWS))
        wanted = competition(1, "tiny", [task("prose", "prose.h5", 1.0, rows=ROWS)])
        cls.inputs = support.write_inputs(cls.folder, [wanted], [candidate(1, "first")])
        cls.undisturbed = cls.folder / "undisturbed"
        assert evaluate(cls.inputs, cls.undisturbed).code == 0

    def small_disk(self, name: str, size: str) -> Path:
        disk = self.folder / name
        disk.mkdir()
        mount("-t", "tmpfs", "-o", f"size={size}", "tmpfs", disk)
        self.addCleanup(subprocess.run, ["umount", "-l", disk], check=True)
        return disk

    def assert_no_room(self, outcome: Outcome, *parts: str | Path) -> None:
        self.assertEqual(outcome.code, CANNOT_WRITE, outcome.err)
        said = [line for line in outcome.err.splitlines() if line.startswith("verdict: ")]
        self.assertIn(len(said), (1, 2), outcome.err)  # Two ranks may meet it at once.
        for part in (*parts, "No space left on device: make room there and run the same line again"):
            self.assertIn(str(part), said[0])

    def assert_goes_on(self, out: Path, ranks: int = 0) -> None:
        self.assert_done(evaluate(self.inputs, out, ranks=ranks))
        keys = [item["key"] for item in records.journal_items(out)]
        self.assertEqual((len(keys), len(set(keys))), (ITEMS, ITEMS))
        mine, other = (records.outside_run(run / "results.h5") for run in (out, self.undisturbed))
        self.assertEqual([name for name in mine.keys() | other.keys() if mine.get(name) != other.get(name)], [])

    def fill_the_journal(self, ranks: int) -> None:
        disk = self.small_disk(f"journal-{ranks}", "48k")
        out = disk / "run"
        self.assert_no_room(evaluate(self.inputs, out, ranks=ranks), out / "journal")
        self.assertFalse((out / "results.h5").exists())
        self.assertFalse((out / "weights.json").exists())
        self.assertIn(len(records.journal_items(out)), range(1, ITEMS))
        mount("-o", "remount,size=8m", disk)
        self.assert_goes_on(out, ranks)

    def test_a_disk_that_fills_while_the_journal_grows(self) -> None:
        self.fill_the_journal(0)

    def test_a_disk_that_fills_while_the_journals_of_two_ranks_grow(self) -> None:
        self.fill_the_journal(2)

    def test_no_room_for_the_results(self) -> None:
        disk = self.small_disk("results", "8m")
        out = disk / "run"
        self.assert_done(evaluate(self.inputs, out))
        for name in ("results.h5", "weights.json"):
            (out / name).unlink()
        room = shutil.disk_usage(disk).free - 24 * 1024
        (disk / "filler").write_bytes(bytes(room))
        self.assert_no_room(evaluate(self.inputs, out), out / "results.h5")
        left = sorted(path.name for path in out.iterdir())
        self.assertEqual(left, ["events.jsonl", "inputs.json", "job.json", "journal", "lock"])
        (disk / "filler").unlink()
        self.assert_goes_on(out)

    def test_a_disk_that_is_full_from_the_start(self) -> None:
        disk = self.small_disk("full", "8k")
        (disk / "filler").write_bytes(bytes(8192))
        self.assert_no_room(evaluate(self.inputs, disk), disk)
        self.assertFalse((disk / "results.h5").exists())

    def test_a_read_only_folder(self) -> None:
        disk = self.small_disk("read-only", "8m")
        self.assert_done(evaluate(self.inputs, disk / "done"))
        before = records.item_values(disk / "done")
        mount("-o", "remount,ro", disk)
        for out in (disk / "new", disk / "done"):
            self.assert_refused(evaluate(self.inputs, out), CANNOT_WRITE, str(out), "Read-only file system")
        self.assertEqual(records.item_values(disk / "done"), before)


if __name__ == "__main__":
    support.main()
