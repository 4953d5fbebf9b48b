"""Wrong options, launches and places to write: the exit code, one line that says what to do, and nothing written."""

import os
import shutil
import subprocess
import unittest

import support
from fixtures import random_tokens, write_shard
from support import candidate, command, competition, evaluate, evaluation, run, task

USAGE, CANNOT_WRITE, IO_ERROR = 64, 73, 74


class BadLaunch(support.EndToEnd):
    @classmethod
    def make_fixtures(cls) -> None:
        cls.make_model("first", 1)
        write_shard(cls.folder / "good.h5", random_tokens(1, 8))
        cls.tasks = [task("prose", "good.h5", 1.0)]
        entered = [candidate(7, "first")]
        cls.inputs = support.write_inputs(cls.folder, [competition(1, "tiny", cls.tasks)], entered)
        pinned = competition(1, "tiny", cls.tasks, numerics={"tp": 1, "dtype": "float32", "micro_batch": 1})
        cls.pinned = support.write_inputs(cls.folder, [pinned], entered, "pinned")
        cls.out = cls.folder / "run"

    def tearDown(self) -> None:
        left_behind = self.out.exists()
        shutil.rmtree(self.out, ignore_errors=True)
        self.assertFalse(left_behind, "a run folder was left behind")

    def test_other_size_than_the_launcher_says(self) -> None:
        mpirun = evaluate(self.inputs, self.out, env={"OMPI_COMM_WORLD_SIZE": "4"})
        self.assert_refused(mpirun, USAGE, "(OMPI_COMM_WORLD_SIZE) started 4 ranks, MPI sees 1", "type 'which -a mpirun'")
        srun = evaluate(self.inputs, self.out, env={"SLURM_STEP_NUM_TASKS": "4"})
        self.assert_refused(srun, USAGE, "(SLURM_STEP_NUM_TASKS) started 4 ranks, MPI sees 1", "type 'srun --mpi=pmix")

    def test_degree_that_no_group_can_have(self) -> None:
        for ranks in (0, 2):
            with self.subTest(ranks=ranks):
                found = f"TP 3 needs 3 ranks on one node, the job has {max(ranks, 1)}"
                self.assert_refused(evaluate(self.inputs, self.out, "--tp", "3", ranks=ranks), USAGE, found)
        for wrong in ("0", "-1", "two", "1.5"):
            with self.subTest(tp=wrong):
                found = f"--tp must be auto or a positive number, found '{wrong}'"
                self.assert_refused(evaluate(self.inputs, self.out, f"--tp={wrong}"), USAGE, found)

    def test_degree_that_a_model_cannot_have(self) -> None:
        self.make_model("narrow", 2, num_attention_heads=2, num_key_value_heads=1)
        narrow = support.write_inputs(
            self.folder, [competition(1, "tiny", self.tasks)], [candidate(8, "narrow")], "narrow"
        )
        refusal = evaluate(narrow, self.out, "--tp", "3", ranks=3)
        self.assert_refused(refusal, USAGE, "--tp 3: candidate 8", "2 attention heads", "give a lower degree")

    def test_ranks_that_would_compute_with_other_kernels(self) -> None:
        line = command(*evaluation(self.inputs, self.out))
        other = ["mpirun", "-n", "1", *line, ":", "-n", "1", "-x", "ONEDNN_MAX_CPU_ISA=AVX2", *line]
        done = subprocess.run(other, capture_output=True, text=True, timeout=support.PATIENCE_SECONDS)
        refusal = support.Outcome(done.returncode, done.stdout, done.stderr)
        self.assert_refused(refusal, USAGE, "rank 1 would compute with other numerics than rank 0")

    def test_options_against_what_the_competition_pins(self) -> None:
        pins = "competition 'tiny' pins"
        for ranks in (0, 2):
            with self.subTest(ranks=ranks):
                refusal = evaluate(self.pinned, self.out, "--tp", "2", ranks=ranks)
                self.assert_refused(refusal, USAGE, f"--tp 2: {pins} 1")
        refusal = evaluate(self.pinned, self.out, "--dtype", "bfloat16")
        self.assert_refused(refusal, USAGE, f"--dtype bfloat16: {pins} float32")
        refusal = evaluate(self.pinned, self.out, "--micro-batch", "2")
        self.assert_refused(refusal, USAGE, f"--micro-batch 2: {pins} 1")

    def test_device_that_this_build_has_not(self) -> None:
        refusal = evaluate(self.inputs, self.out, "--device", "cuda")
        self.assert_refused(refusal, USAGE, "--device cuda: rank 0 on ")

    def test_command_lines_that_make_no_sense(self) -> None:
        whole = evaluation(self.inputs, self.out)
        for arguments, said in [
            ([], "subcommand"),
            (["evaluete"], "evaluete"),
            ([*whole, "--frobnicate"], "--frobnicate"),
            (whole[:-2], "--out"),
            ([*whole, "--rows", "0"], "--rows"),
            ([*whole, "--rows", "many"], "--rows"),
            ([*whole, "--dtype", "float16"], "--dtype"),
            (["synth", "--out", self.out], "--like"),
        ]:
            with self.subTest(said=said):
                outcome = run(*arguments)
                self.assertEqual(outcome.code, USAGE, outcome.err)
                self.assertIn(said, outcome.err)
                self.assertIn("--help", outcome.err)
                self.assertEqual(outcome.out, "")

    def test_file_in_place_of_the_run_folder(self) -> None:
        place = self.folder / "a-file"
        place.write_text("mine")
        for ranks in (0, 2):
            self.assert_refused(evaluate(self.inputs, place, ranks=ranks), CANNOT_WRITE, str(place), "Not a directory")
        self.assertEqual(place.read_text(), "mine")

    @unittest.skipUnless(os.geteuid() == 0 and shutil.which("unshare"), "needs root and unshare to mount a tmpfs")
    def test_read_only_place(self) -> None:
        place = self.folder / "read-only"
        place.mkdir()
        script = f'mount -t tmpfs -o ro none "{place}" && exec "$@"'
        line = ["unshare", "-m", "sh", "-c", script, "sh", *command(*evaluation(self.inputs, place / "run"))]
        if subprocess.run([*line[:5], "sh", "true"], capture_output=True, check=False).returncode != 0:
            self.skipTest("this machine lets nobody mount a tmpfs")
        done = subprocess.run(line, capture_output=True, text=True, timeout=support.PATIENCE_SECONDS, check=False)
        outcome = support.Outcome(done.returncode, done.stdout, done.stderr)
        self.assert_refused(outcome, CANNOT_WRITE, str(place / "run"), "Read-only file system")

    def test_inspect_of_what_is_no_run(self) -> None:
        models = self.folder / "models"
        self.assert_refused(run("inspect", models), USAGE, f"{models} is no run folder: it has no inputs.json")
        self.assert_refused(run("inspect", self.out), IO_ERROR, f"{self.out} does not exist")


if __name__ == "__main__":
    support.main()
