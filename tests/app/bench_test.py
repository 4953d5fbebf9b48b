"""What the dispatcher costs. The machine may be busy, so times are bounded from far away; the CPU that a waiting rank uses is
counted by the kernel and does not depend on what else runs."""

import json
from typing import Any

import support

ROUNDS = 3
# A dispatcher that blocked in MPI instead of sleeping made an all-reduce thousands of times slower.
SLOW = 20.0
UNITS = {
    "all_reduce_microseconds": "us",
    "all_reduce_with_dispatcher_microseconds": "us",
    "dispatcher_ratio": "1",
    "idle_leader_cpu_share": "core",
    "idle_rank_cpu_share": "core",
    "dispatcher_cpu_share": "core",
}
ARITHMETIC = {
    "scoring_milliseconds": ("ms", 50, ROUNDS),
    "consensus_epoch_milliseconds": ("ms", 5, 1000),
    "consensus_replay_seconds": ("s", 10, 1),
}


class Bench(support.EndToEnd):
    def metrics(self, ranks: int) -> dict[str, dict[str, Any]]:
        done = self.assert_done(support.run("bench", "--rounds", str(ROUNDS), ranks=ranks))
        lines = [json.loads(line) for line in done.out.splitlines()]
        return {line["metric"]: line for line in lines}

    def test_the_dispatcher_and_those_who_wait_cost_next_to_nothing(self) -> None:
        found = self.metrics(ranks=3)
        print(*found.values(), sep="\n")
        self.assertEqual({name: line["unit"] for name, line in found.items()}, UNITS)
        for line in found.values():
            self.assertEqual((line["n"], line["ranks"]), (ROUNDS, 3))
            self.assertGreater(line["min"], 0)
            self.assertLessEqual(line["min"], line["value"])
            self.assertLessEqual(line["value"], line["max"])
        self.assertLess(found["dispatcher_ratio"]["value"], SLOW)
        self.assertLessEqual(found["idle_leader_cpu_share"]["value"], 0.01)
        self.assertLessEqual(found["idle_rank_cpu_share"]["value"], 0.01)
        self.assertLessEqual(found["dispatcher_cpu_share"]["value"], 0.01)

    def test_one_rank_measures_the_arithmetic_and_says_what_more_ranks_do(self) -> None:
        done = self.assert_done(support.run("bench", "--rounds", str(ROUNDS)))
        print(done.out)
        found = {line["metric"]: line for line in map(json.loads, done.out.splitlines())}
        self.assertEqual({name: (line["unit"], line["aim"], line["n"]) for name, line in found.items()}, ARITHMETIC)
        for line in found.values():
            self.assertGreater(line["min"], 0)
            self.assertLessEqual(line["min"], line["value"])
            self.assertLess(line["value"], SLOW * line["aim"])
        self.assertIn("mpirun -n 2 or more", done.err)


if __name__ == "__main__":
    support.main()
