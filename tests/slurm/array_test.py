"""slurm/array.sbatch: blocks of candidates in jobs of their own, merged, are one run over all. slurm/smoke.sbatch."""

import json
import re
import subprocess
import sys
from pathlib import Path

import cluster
import support
from cluster import ROOT, OnCluster, sentences

BLOCK_OF = ROOT / "slurm/block_of_candidates.py"


class Array(OnCluster):
    def logs(self, out: Path) -> str:
        return "".join(path.read_text() for path in sorted(self.folder.glob(f"{out.name}.*.log")))

    def submit_array(self, array: str, out: Path, *options: str | Path, **env: str) -> str:
        """Each task has a log of its own."""
        line = ["sbatch", "--parsable", "--time=10", "--ntasks-per-node=1", f"--array={array}"]
        line += ["--chdir", self.folder, "--output", f"{out}.%a.log"]
        given = {"VERDICT": str(support.PROGRAM)} | env
        done = self.cluster.run(*line, ROOT / "slurm/array.sbatch", *self.arguments(out), *options, env=given)
        self.assertEqual(done.code, 0, done.err)
        job = done.out.strip()
        self.addCleanup(self.cluster.run, "scancel", "--signal=KILL", "--full", job)
        return job

    def test_blocks_merged_are_one_run(self) -> None:
        """Seven blocks of six candidates: the last is empty. Block 2 comes later than all others."""
        out = self.folder / "blocks"
        self.until_gone(self.submit_array("0-1,3-6", out, VERDICT_BLOCKS="7"), out)
        self.assertFalse(out.exists(), self.logs(out))
        self.assertIn("block 2 is not complete", self.logs(out))
        self.assertIn("block 6 of 7 has no candidates", self.logs(out))
        self.until_gone(self.submit_array("2", out, VERDICT_BLOCKS="7"), out)
        self.assertIn("merging 6 blocks", self.logs(out))
        self.assertTrue((out / "results.h5").exists(), self.logs(out))
        self.assert_same_results(out)

    def test_averages_go_on_as_in_one_run(self) -> None:
        """From a state that an earlier epoch has left."""
        early = json.loads(self.inputs.candidates.read_text())
        early["block"] -= 500
        earlier = support.Inputs(self.inputs.competitions, self.folder / "earlier.json")
        earlier.candidates.write_text(json.dumps(early))
        state, alone = self.folder / "state.json", self.folder / "alone.json"
        self.assert_done(support.evaluate(earlier, self.folder / "earlier", "--state", str(state)))
        before = state.read_bytes()
        alone.write_bytes(before)
        self.assert_done(support.evaluate(self.inputs, self.folder / "alone", "--state", str(alone)))
        out = self.folder / "with-state"
        self.until_gone(self.submit_array("0-1", out, "--state", state), out)
        self.assertEqual(state.read_text(), alone.read_text(), self.logs(out))
        self.assertNotEqual(state.read_bytes(), before)

    def test_other_divisions_of_the_same_folder_are_refused(self) -> None:
        out = self.folder / "other"
        block = self.folder / "other.parts/1"
        block.mkdir(parents=True)
        (block / "candidates.json").write_text("{}")
        self.until_gone(self.submit_array("1", out, VERDICT_BLOCKS="2"), out)
        self.assertIn("is of another division or of other candidates", self.logs(out))
        self.assertFalse((block / "run").exists())

    def test_array_with_gaps_is_refused(self) -> None:
        out = self.folder / "gaps"
        self.until_gone(self.submit_array("0,2", out), out)
        self.assertEqual(self.logs(out).count("the array must be 0 to N-1 without gaps"), 2)
        self.assertFalse(Path(f"{out}.parts").exists())

    def test_epoch_job_finishes_the_epoch_in_work_and_has_submitted_the_next(self) -> None:
        home = self.folder / "epochs"
        epoch = home / f"block-{support.BLOCK}"
        epoch.mkdir(parents=True)
        (home / "current").write_text(epoch.name)
        content = json.loads(self.inputs.candidates.read_text())
        for candidate in content["candidates"]:
            candidate["path"] = f"../../{candidate['path']}"
        (epoch / "candidates.json").write_text(json.dumps(content))
        log = self.folder / "epoch.log"
        line = ["sbatch", "--parsable", "--time=10", "--nodes=2", "--ntasks-per-node=1", "--chdir", self.folder, "--output", log]
        own = ["--home", home, "--competitions", self.inputs.competitions, "--commitments", self.inputs.candidates]
        env = {"VERDICT": str(support.PROGRAM)}
        job = self.cluster.run(*line, ROOT / "slurm/epoch.sbatch", *own, env=env).out.strip()
        self.until("the epoch", lambda: (epoch / "done").exists(), log.with_suffix(""))
        self.until_gone(job, log.with_suffix(""))
        self.assertIn("epoch on 2 nodes × 1 ranks", log.read_text())
        self.assert_same_results(epoch / "run")
        following = self.cluster.run("squeue", "-h", "--name=verdict-epoch", "-o", "%i %T %D %l").out.split()
        self.addCleanup(self.cluster.run, "scancel", "--name=verdict-epoch")
        self.assertEqual(following[1:], ["PENDING", "2", "10:00"], log.read_text())

    def test_smoke_job_finds_the_cluster_in_order(self) -> None:
        log = self.folder / "smoke.log"
        line = ["sbatch", "--parsable", "--time=10", "--nodes=2", "--ntasks-per-node=2", "--chdir", self.folder]
        env = {"VERDICT": str(support.PROGRAM), "VERDICT_PYTHON": sys.executable}
        job = self.cluster.run(*line, "--output", log, ROOT / "slurm/smoke.sbatch", env=env).out.strip()
        self.until_gone(job, log.with_suffix(""))
        self.assertIn("in order: 4 ranks on 2 nodes give the same bits as one rank", log.read_text())
        for node in ("n1", "n2"):
            self.assertRegex(log.read_text(), rf"(?m)^\d: +{node} ")
        self.assertIn("written to, fsynced and seen by every rank", log.read_text())
        self.assertEqual(self.final_state(job), "COMPLETED")
        self.assertTrue(any(re.search("srun: 2 nodes × 2 ranks", line) for line in sentences(log)))


class Blocks(support.unittest.TestCase):
    """The division alone, without a cluster."""

    def divide(self, folder: Path, block: int, blocks: int, text: str) -> subprocess.CompletedProcess[str]:
        (folder / "all.json").write_text(text)
        line = [sys.executable, BLOCK_OF, folder / "all.json", "--block", block, "--blocks", blocks]
        line += ["--out", folder / "block.json"]
        return subprocess.run([str(word) for word in line], capture_output=True, text=True)

    def test_every_candidate_is_in_one_block_and_its_path_still_holds(self) -> None:
        content = {"block": 5, "block_hash": "0x1", "hotkeys": {"1": "a"}}
        everyone = [{"uid": uid, "path": f"../models/{uid}"} for uid in range(7)]
        found = []
        for block in range(3):
            with support.tempfile.TemporaryDirectory() as scratch:
                done = self.divide(Path(scratch), block, 3, json.dumps(content | {"candidates": everyone}))
                self.assertEqual(done.returncode, 0, done.stderr)
                part = json.loads((Path(scratch) / "block.json").read_text())
                found += part.pop("candidates")
                self.assertEqual(part, content)
                self.assertEqual(found[-1]["path"], str(Path(scratch).parent / f"models/{found[-1]['uid']}"))
        self.assertEqual(sorted(c["uid"] for c in found), list(range(7)))

    def test_what_is_no_candidates_file_is_bad_data(self) -> None:
        for text in ("", "[]", "{}", '{"candidates": [{"uid": 1}]}', '{"candidates": 3}'):
            with self.subTest(text=text), support.tempfile.TemporaryDirectory() as scratch:
                done = self.divide(Path(scratch), 0, 2, text)
                self.assertEqual(done.returncode, 65, done.stderr)
                self.assertEqual([p.name for p in Path(scratch).iterdir()], ["all.json"])


if __name__ == "__main__":
    cluster.main()
