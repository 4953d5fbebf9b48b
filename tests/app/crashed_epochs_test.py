"""Fifty epochs with changing candidates, each killed at a step that changes a file and started again: the weights of every
epoch and the last state are those of fifty epochs that nothing disturbed.

Which step: `crash_shim.cpp` counts them. The files take turns, so that every phase of a run is hit in many epochs, and over
the epochs the steps of a file are hit from its first to its last.
"""

import collections
import hashlib
import json
import os
import random
import signal
import subprocess
import sys
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import h5py
import records
import support
from fixtures import copy_edited, put_nan, random_tokens, write_shard
from support import Inputs, candidate, command, competition, evaluation, task

SHIM = sys.argv.pop(2) if len(sys.argv) > 2 else ""
EPOCHS, BLOCKS_PER_EPOCH, UIDS, SEED = 50, 100, 8, 20260401
MODELS = ("first", "second", "third", "fourth", "broken")
DELAY = 150  # Blocks: who commits is too early for an epoch.
# In the order of a run; "run" is the folder itself, "home" that of the state.
PHASES = (
    *("run", "inputs.json", "lock", "events.jsonl", "job.json", "state.before.json"),
    *("journal", "results.h5", "weights.json", "state.json", "home"),
)
# What a run begun again always does.
DONE_AGAIN = ("lock", "job.json", "results.h5", "weights.json")


@dataclass
class Subnet:
    """Who sits where, and who has left and may come back with what was committed before."""

    draw: random.Random
    members: dict[int, dict[str, Any]] = field(default_factory=dict)
    away: set[int] = field(default_factory=set)
    events: collections.Counter[str] = field(default_factory=collections.Counter)

    def commit(self, uid: int, block: int, hotkey: str, model: str) -> None:
        about = {"hotkey": hotkey, "commit": f"{self.draw.getrandbits(160):040x}"}
        self.members[uid] = candidate(uid, model, number=1 + uid % 2, block=block, **about)

    def advance(self, block: int) -> None:
        for uid in range(UIDS):
            known, chance = self.members.get(uid), self.draw.random()
            if known is None or chance < 0.05:
                self.events["re-registered"] += known is not None
                self.commit(uid, block - DELAY * (known is None), f"hotkey-{uid}-{block}", self.draw.choice(MODELS))
                self.away.discard(uid)
            elif uid in self.away and chance > 0.5:
                self.events["came back"] += 1
                self.away.remove(uid)
            elif chance < 0.15:
                self.away.add(uid)
            elif chance < 0.25:
                self.events["committed anew"] += 1
                self.commit(uid, block, known["hotkey"], self.draw.choice(MODELS))

    def candidates_file(self, block: int) -> str:
        present = [self.members[uid] for uid in sorted(self.members.keys() - self.away)]
        hotkeys = {str(uid): member["hotkey"] for uid, member in self.members.items()}
        head = {"block": block, "block_hash": "0x" + hashlib.sha256(str(block).encode()).hexdigest()}
        return json.dumps(head | {"hotkeys": hotkeys, "candidates": present}, indent=1)


class CrashedEpochs(support.EndToEnd):
    @classmethod
    def make_fixtures(cls) -> None:
        for seed, name in enumerate(MODELS[:-1]):
            cls.make_model(name, seed)
        copy_edited(cls.folder / "models/first", MODELS[-1], put_nan)
        for seed, name in enumerate(("prose", "code")):
            write_shard(cls.folder / f"{name}.h5", random_tokens(seed, 40))
        both = [task("prose", "prose.h5", 0.5, rows=4), task("code", "code.h5", 0.5, rows=4)]
        about = {"eval_block_delay": DELAY, "reward": 0.5}
        wanted = [
            competition(1, "mixed", both, **about),
            competition(2, "prose", [task("prose", "prose.h5", 1.0, rows=4)], payout="winner", **about),
        ]
        subnet = Subnet(random.Random(SEED))
        cls.inputs: list[Inputs] = []
        for epoch in range(EPOCHS):
            block = support.BLOCK + BLOCKS_PER_EPOCH * epoch
            subnet.advance(block)
            inputs = support.write_inputs(cls.folder, wanted, [], name=f"epoch-{epoch}", uids=UIDS)
            inputs.candidates.write_text(subnet.candidates_file(block))
            cls.inputs.append(inputs)
        cls.events = subnet.events
        for name in ("undisturbed", "crashed"):
            (cls.folder / name).mkdir()
            (cls.folder / f"tmp-{name}").mkdir()

    def start(self, home: str, epoch: int, log: str, crash_at: str = "") -> subprocess.CompletedProcess[str]:
        """The operator's line for an epoch; it is the same each time."""
        folder = self.folder / home
        files = ("--state", str(folder / "state.json"), "--hash-cache", str(folder / "hashes"))
        settings = {"LD_PRELOAD": SHIM, "VERDICT_CRASH_UNDER": str(folder), "VERDICT_CRASH_LOG": str(self.folder / log)}
        # Open MPI starts no daemon for the one process; such processes share one folder below TMPDIR, and each removes it.
        settings |= {"OMPI_MCA_ess_singleton_isolated": "1", "TMPDIR": str(self.folder / f"tmp-{home}")}
        if crash_at:
            settings["VERDICT_CRASH_AT"] = crash_at
        line = command(*evaluation(self.inputs[epoch], folder / f"run-{epoch}", *files))
        patience = support.PATIENCE_SECONDS
        return subprocess.run(line, capture_output=True, text=True, timeout=patience, env=os.environ | settings)

    def finish(self, home: str, epoch: int) -> dict[str, int]:
        """Steps of each file."""
        log = f"{home}-{epoch}.log"
        done = self.start(home, epoch, log)
        self.assertEqual(done.returncode, 0, done.stderr)
        return dict(collections.Counter(line.split()[0] for line in (self.folder / log).read_text().splitlines()))

    def crash(self, epoch: int, name: str, step: int) -> str:
        """The call that was not done any more."""
        log = f"crash-{epoch}-{name}.log"
        killed = self.start("crashed", epoch, log, f"{name} {step}")
        self.assertEqual(killed.returncode, -signal.SIGKILL, f"epoch {epoch}, {name} {step}: {killed.stderr}")
        last = (self.folder / log).read_text().splitlines()[-1].split()
        self.assertEqual(last[0], name)
        return last[1]

    def state(self, home: str) -> str:
        path = self.folder / home / "state.json"
        return path.read_text() if path.exists() else ""

    def crash_and_finish(self, epoch: int, steps: dict[str, int], after: str, calls: collections.Counter[str]) -> None:
        before, (turn, phase) = self.state("crashed"), divmod(epoch, len(PHASES))
        name, turns = PHASES[phase], -(-EPOCHS // len(PHASES))
        spread = turn * max(steps[name] - 1, 0) // (turns - 1) if steps[name] > turns else turn % steps[name]
        calls[f"{name} {self.crash(epoch, name, 1 + spread)}"] += 1
        self.assertIn(self.state("crashed"), (before, after), "a state that is neither the old one nor the new one")
        if epoch % 4 == 3:
            name = DONE_AGAIN[epoch // 4 % len(DONE_AGAIN)]
            calls[f"{name} {self.crash(epoch, name, 1 + turn % 3)}"] += 1
        self.finish("crashed", epoch)
        self.assertEqual(self.state("crashed"), after, f"epoch {epoch}")

    def published(self, home: str, epoch: int) -> dict[str, Any]:
        run = self.folder / home / f"run-{epoch}"
        weights: dict[str, Any] = json.loads((run / "weights.json").read_text())
        # results.h5 holds times and hosts, so that its hash is of this run alone.
        self.assertEqual(weights.pop("results_sha256"), hashlib.sha256((run / "results.h5").read_bytes()).hexdigest())
        return weights

    def undisturbed(self, epoch: int) -> tuple[dict[str, int], str]:
        return self.finish("undisturbed", epoch), self.state("undisturbed")

    def test_fifty_epochs_killed_in_every_phase_end_as_if_nothing_had_happened(self) -> None:
        calls: collections.Counter[str] = collections.Counter()
        with ThreadPoolExecutor(1) as ahead:
            runs: list[Future[tuple[dict[str, int], str]]] = [ahead.submit(self.undisturbed, e) for e in range(EPOCHS)]
            try:
                for epoch, run in enumerate(runs):
                    steps, after = run.result()
                    self.crash_and_finish(epoch, steps, after, calls)
            finally:
                ahead.shutdown(cancel_futures=True)
        self.assertEqual(self.state("crashed"), self.state("undisturbed"))
        for epoch in range(EPOCHS):
            self.assertEqual(self.published("crashed", epoch), self.published("undisturbed", epoch))
        last = (self.folder / f"{home}/run-{EPOCHS - 1}/results.h5" for home in ("crashed", "undisturbed"))
        mine, other = map(records.outside_run, last)
        self.assertEqual([name for name in mine.keys() | other.keys() if mine.get(name) != other.get(name)], [])
        self.check_what_was_met(calls)

    def check_what_was_met(self, calls: collections.Counter[str]) -> None:
        print(f"seed {SEED}; the subnet: {dict(self.events)}; crashes before the end of: {dict(sorted(calls.items()))}")
        hit: collections.Counter[str] = collections.Counter()
        for call, count in calls.items():
            hit[call.split()[0]] += count
        self.assertEqual(hit.keys(), set(PHASES))
        self.assertGreaterEqual(min(hit.values()), 4)
        for name in ("state.json", "state.before.json", "results.h5", "weights.json"):
            for call in ("open", "write", "fsync", "rename"):
                self.assertIn(f"{name} {call}", calls)
        for event in ("re-registered", "came back", "committed anew"):
            self.assertGreater(self.events[event], 5)
        self.assertGreater(self.postponed(), 5)

    def postponed(self) -> int:
        """Candidates that were not computed since they had failed before."""
        count = 0
        for run in (self.folder / "crashed").glob("run-*"):
            with h5py.File(run / "results.h5") as file:
                count += sum("not computed again before block" in reason for reason in file["reason"].asstr()[:])
        return count


if __name__ == "__main__":
    support.main()
