"""A Slurm of two nodes for the tests of this folder, its jobs, and a program that may be slow at its first start.

A test file is run as `python x_test.py PROGRAM [unittest arguments]`; exit code 77, with a word, where no Slurm can be
brought up.
"""

import os
import random
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
LOCAL = Path(__file__).resolve().parent / "local"
sys.path.insert(0, str(ROOT / "tests/app"))

import records
import support

SKIPPED = 77
TOOLS = ("munged", "slurmctld", "slurmd", "srun", "sbatch", "mpirun")
PATIENCE_SECONDS = 100
# Of the weights, per rank: a model of 87 kB then takes seconds, whatever else the machine does.
SLOW = "25KB"


def why_not() -> str:
    """What this machine lacks; empty if nothing."""
    missing = [tool for tool in TOOLS if shutil.which(tool, path=f"{os.environ['PATH']}:/usr/sbin") is None]
    if missing:
        return f"{', '.join(missing)} not installed; type: launch/setup.sh --slurm"
    if os.geteuid() != 0:
        return "not root, and slurmd starts jobs as the user who submits them"
    return ""


def _free_ports() -> int:
    """The first of 500 ports that nobody listens on where it matters."""
    while True:
        first = random.randrange(20_000, 31_000, 500)
        try:
            for port in (first, first + 1, first + 2):
                with socket.socket() as probe:
                    probe.bind(("127.0.0.1", port))
        except OSError:
            continue
        return first


class Cluster:
    """Started on creation; `env` is what srun, sbatch and mpirun are to be run with."""

    def __init__(self, folder: Path) -> None:
        folder.chmod(0o755)  # munged wants every folder above its socket to be open.
        self.state = folder / "slurm"
        self._own = {"STATE": str(self.state), "SLURM_LOCAL_PORT": str(_free_ports())}
        self._own["PATH"] = f"{os.environ['PATH']}:/usr/sbin"
        started = subprocess.run([LOCAL / "start.sh"], env=os.environ | self._own, capture_output=True, text=True)
        if started.returncode != 0:
            self.stop()
            raise RuntimeError(f"the local Slurm did not start:\n{started.stderr}")
        self.env = {k: v for k, v in os.environ.items() if not k.startswith(("SLURM_", "SBATCH_", "VERDICT"))}
        self.env["PATH"] = self._own["PATH"]
        for line in started.stdout.splitlines():
            for setting in line.removeprefix("export ").split():
                name, _, value = setting.partition("=")
                self.env[name] = value

    def stop(self) -> None:
        subprocess.run([LOCAL / "stop.sh"], env=os.environ | self._own, capture_output=True, timeout=60)

    def run(self, *line: str | Path, env: dict[str, str] | None = None) -> support.Outcome:
        done = subprocess.run(
            [str(word) for word in line],
            env=self.env | (env or {}),
            capture_output=True,
            text=True,
            timeout=PATIENCE_SECONDS,
        )
        return support.Outcome(done.returncode, done.stdout, done.stderr)

    def states(self, job: str) -> str:
        """Of a job that Slurm still has something to do for; empty when it has ended."""
        return self.run("squeue", "-h", "-j", job, "-o", "%T").out.strip()


def sentences(path: Path) -> list[str]:
    """What the batch script said."""
    return [line for line in path.read_text().splitlines() if line.startswith("batch: ")] if path.exists() else []


class OnCluster(support.EndToEnd):
    """A cluster for all tests of a class, six tiny models, and what a plain run on this machine makes of them."""

    models = 6

    @classmethod
    def make_fixtures(cls) -> None:
        names = [f"m{i}" for i in range(cls.models)]
        for seed, name in enumerate(names):
            cls.make_model(name, seed)
        support.fixtures.write_shard(cls.folder / "prose.h5", support.fixtures.random_tokens(1, 24))
        wanted = support.competition(1, "tiny", [support.task("prose", "prose.h5", 1.0, rows=24)])
        entered = [support.candidate(uid, name, block=9000 + uid) for uid, name in enumerate(names)]
        cls.inputs = support.write_inputs(cls.folder, [wanted], entered)
        cls.plain = cls.folder / "plain"
        done = support.evaluate(cls.inputs, cls.plain)
        assert done.code == 0, done.err
        cls.slow_program = cls._make_slow_program()
        cls.cluster = Cluster(cls.folder)
        cls.addClassCleanup(cls.cluster.stop)

    @classmethod
    def _make_slow_program(cls) -> Path:
        """A program that reads slowly in the first start of a job, so that a test can come in between."""
        path = cls.folder / "bin/slow/verdict"
        path.parent.mkdir(parents=True)
        path.write_text(
            "#!/bin/bash\n"
            f'[[ ${{SLURM_RESTART_COUNT:-0}} != 0 || $1 != evaluate ]] || set -- "$@" --max-read-rate {SLOW} --grace 2\n'
            f'exec {support.PROGRAM} "$@"\n'
        )
        path.chmod(0o755)
        return path

    def arguments(self, out: Path) -> list[str | Path]:
        files = ["--competitions", self.inputs.competitions, "--candidates", self.inputs.candidates]
        return [*files, "--out", out, "--hash-cache", "none"]

    def submit(
        self, script: str, *options: str, out: Path, program: Path = support.PROGRAM, env: dict[str, str] | None = None
    ) -> str:
        """The number of the job; what it says goes to OUT.log."""
        line = ["sbatch", "--parsable", "--time=10", "--chdir", self.folder, "--output", f"{out}.log", *options]
        given = {"VERDICT": str(program)} | (env or {})
        done = self.cluster.run(*line, ROOT / "slurm" / script, *self.arguments(out), env=given)
        self.assertEqual(done.code, 0, done.err)
        job = done.out.strip()
        self.addCleanup(self.cluster.run, "scancel", "--signal=KILL", "--full", job)
        return job

    def until(self, what: str, condition: Callable[[], Any], out: Path | None = None) -> None:
        end = time.monotonic() + PATIENCE_SECONDS
        while not condition():
            if time.monotonic() > end:
                said = Path(f"{out}.log").read_text() if Path(f"{out}.log").exists() else "nothing"
                self.fail(f"{what} never came; {self.cluster.run('squeue').out}the job said:\n{said}")
            time.sleep(0.1)

    def until_items(self, out: Path, count: int = 1) -> None:
        """Until the job has work behind it, and more before it."""
        journals = out / "journal"
        self.until(
            "the first item", lambda: sum(p.read_bytes().count(b'"event":"item"') for p in journals.glob("*")) >= count, out
        )
        self.assertFalse((out / "results.h5").exists(), "the job ended before it could be disturbed")

    def until_gone(self, job: str, out: Path) -> None:
        self.until(f"the end of job {job}", lambda: not self.cluster.states(job), out)

    def final_state(self, job: str) -> str:
        """Of the last start of a job, as Slurm keeps it."""
        log = self.cluster.state / "jobcomp.log"
        lines = [line for line in log.read_text().splitlines() if line.startswith(f"JobId={job} ")]
        return lines[-1].partition("JobState=")[2].split()[0] if lines else "nothing"

    def assert_same_results(self, out: Path, log: Path | None = None) -> None:
        """Every number and attribute outside /run, bit for bit; and nothing was computed twice."""
        said = log.read_text() if log and log.exists() else ""
        self.assertTrue((out / "results.h5").exists(), said)
        mine, plain = (records.outside_run(run / "results.h5") for run in (out, self.plain))
        self.assertGreater(len(mine), 100)
        self.assertEqual([name for name in mine.keys() | plain.keys() if mine.get(name) != plain.get(name)], [])

    def assert_no_item_twice(self, out: Path) -> None:
        keys = [item["key"] for item in records.journal_items(out)]
        self.assertEqual(sorted(keys), sorted(records.item_values(self.plain)))


def main() -> None:
    reason = why_not()
    if reason:
        print(f"skipped: {reason}", file=sys.stderr)
        raise SystemExit(SKIPPED)
    support.main()
