"""slurm/evaluate.sbatch: every way to be stopped, killed and started again ends in the results of a plain run."""

import os
import signal
import time
from pathlib import Path

import cluster
from cluster import OnCluster, sentences

TWO_RANKS = ("--nodes=1", "--ntasks-per-node=2", "--cpus-per-task=2")


class Jobs(OnCluster):
    def log(self, out: Path) -> Path:
        return Path(f"{out}.log")

    def assert_came_back(self, out: Path, job: str, starts: int = 2) -> None:
        """Started so often, and done with the right results."""
        self.until_gone(job, out)
        said = self.log(out).read_text()
        self.assert_same_results(out, self.log(out))
        self.assert_no_item_twice(out)
        self.assertEqual(sum("ranks ×" in line for line in sentences(self.log(out))), starts, said)
        self.assertEqual(self.final_state(job), "COMPLETED", said)

    def test_job_over_two_nodes_to_its_end(self) -> None:
        out = self.folder / "plainly"
        job = self.submit("evaluate.sbatch", "--nodes=2", "--ntasks-per-node=2", "--gpus-per-node=2", out=out)
        self.assert_came_back(out, job, starts=1)

    def test_job_through_mpirun_with_a_rank_for_each_gpu(self) -> None:
        out = self.folder / "by-mpirun"
        job = self.submit("evaluate.sbatch", "--gpus-per-node=2", out=out, env={"VERDICT_LAUNCHER": "mpirun"})
        self.assert_came_back(out, job, starts=1)
        self.assertIn("mpirun: 1 nodes × 2 ranks × 2 CPUs", self.log(out).read_text())

    def test_warning_before_the_time_limit(self) -> None:
        """The limit of a minute is so near that Slurm warns at once, or half a minute later."""
        out = self.folder / "limited"
        options = (*TWO_RANKS, "--time=1", "--signal=B:USR1@55")
        slower = self.folder / "bin/slower/verdict"
        slower.parent.mkdir()
        slower.write_text(self.slow_program.read_text().replace(cluster.SLOW, "5KB"))
        slower.chmod(0o755)
        job = self.submit("evaluate.sbatch", *options, out=out, program=slower)
        self.assert_came_back(out, job)
        self.assertIn("asked to stop", self.log(out).read_text())
        self.assertIn("stopped before the end: back into the queue", self.log(out).read_text())

    def test_signal_to_the_ranks_of_a_job_through_mpirun(self) -> None:
        out = self.folder / "mpirun-signal"
        env = {"VERDICT_LAUNCHER": "mpirun"}
        job = self.submit("evaluate.sbatch", *TWO_RANKS, out=out, program=self.slow_program, env=env)
        self.until_items(out)
        self.cluster.run("scancel", "--batch", "--signal=USR1", job)
        self.assert_came_back(out, job)

    def test_preemption(self) -> None:
        out = self.folder / "preempted"
        job = self.submit("evaluate.sbatch", *TWO_RANKS, "--partition=low", out=out, program=self.slow_program)
        self.until_items(out)
        urgent = self.cluster.run("srun", "-Q", "-p", "main", "-N2", "--exclusive", "true")
        self.assertEqual(urgent.code, 0, urgent.err)
        self.assert_came_back(out, job)
        self.assertFalse(os.path.exists(out / "results.h5.partial"))

    def test_killed_rank_ends_the_step_and_the_job_comes_back(self) -> None:
        out = self.folder / "killed"
        job = self.submit("evaluate.sbatch", *TWO_RANKS, out=out, program=self.slow_program)
        self.until_items(out)
        starts = [line for line in cluster.records.journal_lines(out) if line["event"] == "start"]
        os.kill(max(starts, key=lambda line: line["rank"])["pid"], signal.SIGKILL)
        killed = time.monotonic()
        # Without --kill-on-bad-exit the other rank would wait for ever. It gets SIGTERM, its grace of 2 s, then SIGKILL.
        self.until("the end of the step", lambda: "back into the queue" in self.log(out).read_text(), out)
        self.assertLess(time.monotonic() - killed, 30)
        self.assertIn("task 1: Killed", self.log(out).read_text())
        self.assert_came_back(out, job)

    def test_cancelled_job_stays_cancelled(self) -> None:
        """Its ranks stop with 75 as well; scontrol would start it again."""
        out = self.folder / "cancelled"
        job = self.submit("evaluate.sbatch", *TWO_RANKS, out=out, program=self.slow_program)
        self.until_items(out)
        self.cluster.run("scancel", job)
        self.until_gone(job, out)
        self.assertEqual(self.final_state(job), "CANCELLED")
        self.assertFalse((out / "results.h5").exists())
        self.assertEqual(sum("ranks ×" in line for line in sentences(self.log(out))), 1)

    def stand_in(self, code: int) -> Path:
        path = self.folder / f"bin/{code}/verdict"
        path.parent.mkdir()
        path.write_text(f"#!/bin/bash\nexit {code}\n")
        path.chmod(0o755)
        return path

    def assert_gives_up(self, code: int, starts: int, said: str, env: dict[str, str]) -> None:
        out = self.folder / f"ends-with-{code}"
        job = self.submit("evaluate.sbatch", "--ntasks-per-node=1", out=out, program=self.stand_in(code), env=env)
        self.until_gone(job, out)
        lines = sentences(self.log(out))
        self.assertEqual(sum("ranks ×" in line for line in lines), starts, lines)
        self.assertIn(said, lines[-1])
        self.assertEqual(self.final_state(job), "FAILED")

    def test_job_that_stops_for_ever_is_not_put_back_for_ever(self) -> None:
        self.assert_gives_up(75, 2, "started 2 times, not put back any more", {"VERDICT_MAX_STOPS": "1"})

    def test_job_that_fails_for_ever_is_not_put_back_for_ever(self) -> None:
        self.assert_gives_up(74, 2, "failed with 74 at start 2, not put back any more", {"VERDICT_MAX_FAILURES": "1"})

    def test_wrong_use_is_not_tried_again(self) -> None:
        self.assert_gives_up(64, 1, "a rerun would end the same way", {})

    def assert_refused(self, name: str, said: str, *options: str, **env: str) -> None:
        out = self.folder / name
        job = self.submit("evaluate.sbatch", *options, out=out, env=env)
        self.until_gone(job, out)
        self.assertIn(said, self.log(out).read_text())
        self.assertFalse(out.exists(), "something was started")
        self.assertEqual(self.final_state(job), "FAILED")

    def test_plugin_that_cannot_start_open_mpi_is_refused_with_the_line_to_type(self) -> None:
        self.assert_refused("pmi2", "type: SLURM_MPI_TYPE=pmix sbatch …", *TWO_RANKS, SLURM_MPI_TYPE="pmi2")
        self.assert_refused("nosuch", "this Slurm has no --mpi=nosuch", *TWO_RANKS, SLURM_MPI_TYPE="nosuch")

    def test_gpus_that_would_be_hidden_from_each_other_are_refused(self) -> None:
        options = ("--ntasks=2", "--gpus-per-task=1")
        self.assert_refused("hidden", "type: sbatch --gpus-per-node=2 …", *options)

    def test_places_that_do_not_exist_are_named(self) -> None:
        self.assert_refused("no-program", "VERDICT=/nowhere/verdict is no program", VERDICT="/nowhere/verdict")
        self.assert_refused("no-launcher", "VERDICT_LAUNCHER is srun or mpirun", *TWO_RANKS, VERDICT_LAUNCHER="aprun")


if __name__ == "__main__":
    cluster.main()
