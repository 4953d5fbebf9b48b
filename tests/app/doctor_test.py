"""`verdict doctor`: what is wrong with a launch, rank by rank, and the line to type."""

import json
import os
import shutil
import subprocess
import unittest

import support
from support import Outcome, command, run


def doctor(*options: object, launcher: tuple[str, ...] = (), env: dict[str, str] | None = None) -> Outcome:
    line = [*launcher, *command("doctor", "--json", *map(str, options))]
    environment = os.environ | (env or {})
    done = subprocess.run(line, capture_output=True, text=True, timeout=support.PATIENCE_SECONDS, env=environment)
    return Outcome(done.returncode, done.stdout, done.stderr)


class Doctor(support.EndToEnd):
    def findings(self, outcome: Outcome, code: int) -> dict[str, dict[str, str]]:
        """The last of each topic."""
        self.assertEqual(outcome.code, code, outcome.out + outcome.err)
        document = json.loads(outcome.out)
        self.assertEqual(document["can_run"], code == 0)
        return {finding["topic"]: finding for finding in document["findings"]}

    def test_ranks_alone_and_together_are_in_order(self) -> None:
        out = self.folder / "not/there/yet"
        for ranks in (0, 2, 4):
            with self.subTest(ranks=ranks):
                launcher = ("mpirun", "-n", str(ranks)) if ranks else ()
                outcome = doctor("--out", out, "--models", self.folder, launcher=launcher)
                found = self.findings(outcome, 0)
                self.assertIn("seen by every rank", found["run folder"]["found"])
                self.assertIn("the same for every rank", found["models"]["found"])
                facts = json.loads(outcome.out)["ranks"]
                self.assertEqual([rank["local_rank"] for rank in facts], list(range(max(ranks, 1))))
        self.assertEqual([path.name for path in self.folder.iterdir()], ["models"], "traces were left behind")

    def test_text_names_every_rank(self) -> None:
        text = self.assert_done(run("doctor", ranks=2)).out
        self.assertRegex(text, r"(?m)^ +1  \S+ +1 ")
        self.assertIn("evaluation can run", text)

    def test_other_size_than_the_launcher_says(self) -> None:
        found = self.findings(doctor(env={"OMPI_COMM_WORLD_SIZE": "4"}), 64)
        self.assertIn("started 4 ranks, MPI sees 1", found["launcher"]["found"])
        found = self.findings(doctor(env={"SLURM_STEP_NUM_TASKS": "4"}), 64)
        self.assertIn("srun --mpi=pmix", found["launcher"]["type"])

    @unittest.skipUnless(len(os.sched_getaffinity(0)) > 1, "needs two CPUs")
    def test_ranks_bound_to_one_cpu(self) -> None:
        cpu = str(min(os.sched_getaffinity(0)))
        found = self.findings(doctor(launcher=("mpirun", "-n", "2", "taskset", "-c", cpu)), 64)
        self.assertIn("ranks 0-1 on", found["CPUs"]["found"])
        self.assertIn("--bind-to core", found["CPUs"]["type"])

    def test_a_gpu_is_a_fault_only_where_it_is_asked_for(self) -> None:
        found = self.findings(doctor("--device", "cuda"), 64)
        self.assertEqual(found["GPUs"]["level"], "fault")

    def test_models_that_are_not_there(self) -> None:
        found = self.findings(doctor("--models", self.folder / "none"), 74)
        self.assertIn("No such file", found["models"]["found"])

    @unittest.skipUnless(os.geteuid() == 0 and shutil.which("unshare"), "needs root and unshare to mount a tmpfs")
    def test_read_only_run_folder(self) -> None:
        place = self.folder / "models" / "read-only"
        place.mkdir()
        self.addCleanup(place.rmdir)
        mount = ("unshare", "-m", "sh", "-c", f'mount -t tmpfs -o ro none "{place}" && exec "$@"', "sh")
        if subprocess.run([*mount, "true"], capture_output=True).returncode != 0:
            self.skipTest("this machine lets nobody mount a tmpfs")
        found = self.findings(doctor("--out", place / "run", launcher=mount), 73)
        self.assertIn("Read-only file system", found["run folder"]["found"])


if __name__ == "__main__":
    support.main()
