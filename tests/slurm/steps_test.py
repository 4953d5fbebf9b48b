"""srun and mpirun over one node and two, against a plain run on this machine: the same bits."""

from pathlib import Path

import cluster
import support
from cluster import ROOT, OnCluster


class Steps(OnCluster):
    def evaluated(self, name: str, *launcher: str | Path, env: dict[str, str] | None = None) -> support.Outcome:
        out = self.folder / name
        done = self.cluster.run(*launcher, support.PROGRAM, "evaluate", *self.arguments(out), env=env)
        self.assertEqual(done.code, 0, done.err)
        self.assert_same_results(out)
        self.assert_no_item_twice(out)
        return done

    def hosts(self, name: str) -> set[str]:
        return {line["host"] for line in cluster.records.journal_lines(self.folder / name) if line["event"] == "start"}

    def test_srun_on_one_node(self) -> None:
        self.evaluated("srun-1", "srun", "--mpi=pmix", "-K1", "-N1", "-n2")

    def test_srun_on_two_nodes_equals_one(self) -> None:
        self.evaluated("srun-2", "srun", "--mpi=pmix", "-K1", "-N2", "--ntasks-per-node=2", "--gpus-per-node=2")
        self.assertEqual(self.hosts("srun-2"), {"n1", "n2"})

    def test_mpirun_in_an_allocation_of_two_nodes(self) -> None:
        """There the rank's place that Slurm names is that of the daemon which mpirun started."""
        self.evaluated("mpirun-2", "salloc", "-Q", "-N2", "--ntasks-per-node=2", "mpirun")
        self.assertEqual(self.hosts("mpirun-2"), {"n1", "n2"})

    def test_mpirun_script_in_an_allocation_that_names_no_tasks(self) -> None:
        out = self.folder / "script-2"
        line = ["salloc", "-Q", "-N2", "--exclusive", ROOT / "launch/mpirun.sh", "evaluate", *self.arguments(out)]
        env = {"VERDICT": str(support.PROGRAM), "VERDICT_RANKS_PER_NODE": "2", "VERDICT_CORES_PER_RANK": "1"}
        done = self.cluster.run(*line, env=env)
        self.assertEqual(done.code, 0, done.err)
        self.assert_same_results(out)
        self.assertEqual(self.hosts("script-2"), {"n1", "n2"})

    def test_groups_do_not_cross_nodes(self) -> None:
        out = self.folder / "crossing"
        line = ["srun", "--mpi=pmix", "-K1", "-N2", "--ntasks-per-node=1", support.PROGRAM, "evaluate"]
        done = self.cluster.run(*line, *self.arguments(out), "--tp", "2")
        self.assertNotEqual(done.code, 0)
        self.assertIn("--tp-across-nodes", done.err)
        self.assertFalse((out / "results.h5").exists())

    def test_plugin_that_cannot_start_our_mpi_never_ends_in_results(self) -> None:
        """Typed by hand; the batch scripts look before they start anything."""
        out = self.folder / "pmi2"
        done = self.cluster.run(
            "srun", "--mpi=pmi2", "-K1", "-N1", "-n2", support.PROGRAM, "evaluate", *self.arguments(out)
        )
        self.assertNotEqual(done.code, 0)
        self.assertIn("PMI", done.err)
        self.assertFalse(out.exists())


if __name__ == "__main__":
    cluster.main()
