"""What `plan` says is what `evaluate` then does."""

import json
import re
import shutil
from pathlib import Path
from typing import Any

import records
import support
from fixtures import drop_tensor, copy_edited, random_tokens, write_shard
from support import Inputs, Outcome, candidate, competition, evaluate, run, task

MODELS = {1: ("first", 1), 2: ("second", 1), 3: ("clone", 1), 4: ("broken", 1), 5: ("absent", 1), 6: ("wide", 2)}


class Plan(support.EndToEnd):
    @classmethod
    def make_fixtures(cls) -> None:
        first = cls.make_model("first", 1)
        cls.make_model("second", 2)
        cls.make_model("wide", 3, hidden_size=64)
        shutil.copytree(first, first.parent / "clone")
        copy_edited(first, "broken", drop_tensor)
        for seed, (name, rows) in enumerate({"prose": 27, "code": 10}.items()):
            write_shard(cls.folder / f"{name}.h5", random_tokens(seed, rows))
        cls.inputs = cls.inputs_of("inputs")

    @classmethod
    def inputs_of(cls, name: str, **changes: Any) -> Inputs:
        tasks = [task("prose", "prose.h5", 0.7), task("code", "code.h5", 0.3)]
        competitions = [
            competition(1, "tiny", tasks, reward=0.5, **changes),
            competition(2, "pair", tasks[:1], reward=0.5, numerics={"tp": 2}) | {"task": [task("prose", "prose.h5", 1.0)]},
        ]
        candidates = [candidate(uid, path, number, block=9000 + uid) for uid, (path, number) in MODELS.items()]
        candidates[1]["block"] = support.BLOCK  # Too early.
        return support.write_inputs(cls.folder, competitions, candidates, name)

    def plan(self, *options: str, inputs: Inputs | None = None, ranks: int = 0) -> Outcome:
        files = inputs or self.inputs
        line = ["plan", "--competitions", files.competitions, "--candidates", files.candidates, *options]
        return run(*line, ranks=ranks)

    def document(self, *options: str, inputs: Inputs | None = None) -> dict[str, Any]:
        return json.loads(self.assert_done(self.plan(*options, "--json", inputs=inputs)).out)

    def test_units_and_groups_are_those_of_the_evaluation(self) -> None:
        for ranks in (2, 3):
            with self.subTest(ranks=ranks):
                plan = self.document("--ranks", str(ranks))
                folder = self.folder / f"run-{ranks}"
                done = self.assert_done(evaluate(self.inputs, folder, ranks=ranks))
                said = re.findall(r"TP (\d+): \d+ models, (\d+) rows, (\d+) units on (\d+) groups(?:; (\d+) ranks)?", done.err)
                planned = [
                    (p["tp"], p["rows"], len(p["units"]), len(p["groups"]), len(p["idle_ranks"])) for p in plan["phases"]
                ]
                self.assertEqual([tuple(int(n or 0) for n in line) for line in said], planned)
                hashes = json.loads((folder / "inputs.json").read_text())["inputs"]["models"]
                self.assertEqual(self.units_begun(folder), self.units_planned(plan, hashes))
                self.assertEqual(len(self.units_begun(folder)), sum(len(p["units"]) for p in plan["phases"]))

    @staticmethod
    def units_begun(folder: Path) -> set[tuple[str, int, int]]:
        begun = [line["unit"] for line in records.journal_lines(folder) if line["event"] == "begin"]
        return {(unit["model"], *unit["items"]) for unit in begun}

    @staticmethod
    def units_planned(plan: dict[str, Any], hashes: dict[str, str]) -> set[tuple[str, int, int]]:
        units = [unit for phase in plan["phases"] for unit in phase["units"]]
        return {(hashes[str(unit["uid"])], *unit["items"]) for unit in units}

    def test_who_will_be_refused_is_named_as_the_evaluation_names_them(self) -> None:
        folder = self.folder / "run-refused"
        evaluated = json.loads(self.assert_done(evaluate(self.inputs, folder, "--json", ranks=2)).out)["candidates"]
        planned = self.document("--ranks", "2")["candidates"]
        self.assertEqual([c["status"] for c in planned], ["ok", "too_early", "ok", "refused", "refused", "ok"])
        for mine, theirs in zip(planned, evaluated, strict=True):
            self.assertEqual((mine["status"], mine["reason"]), (theirs["status"], theirs["reason"]))
            self.assertEqual(mine["memory"] is None, mine["status"] != "ok")
        text = self.assert_done(self.plan("--ranks", "2")).out
        self.assertIn("5:ns/absent: refused", text)
        self.assertIn("ok, the bytes of 1", text)
        self.assertEqual([c["computed_as"] for c in planned], [None, None, 1, None, None, None])

    def test_every_row_of_every_model_is_planned_once(self) -> None:
        prose, code = ([(name, sample) for sample in range(rows)] for name, rows in (("prose", 27), ("code", 10)))
        for ranks in (2, 7, 64):
            units = [unit for phase in self.document("--ranks", str(ranks))["phases"] for unit in phase["units"]]
            seen: dict[int, list[tuple[str, int]]] = {}
            for unit in units:
                rows = [(part["task"], sample) for part in unit["parts"] for sample in range(*part["samples"])]
                self.assertEqual(unit["rows"], len(rows))
                seen.setdefault(unit["uid"], []).extend(rows)
            self.assertEqual({uid: sorted(rows) for uid, rows in seen.items()}, {1: code + prose, 6: prose})

    def test_a_degree_that_no_node_can_hold_is_refused_as_by_the_evaluation(self) -> None:
        self.assert_refused(self.plan("--ranks", "1"), 64, "TP 2 needs 2 ranks on one node, the job has 1")
        self.assert_refused(self.plan("--ranks", "2", "--ranks-per-node", "1"), 64, "TP 2 needs 2 ranks on one node")
        self.assert_done(self.plan("--ranks", "2", "--ranks-per-node", "1", "--tp-across-nodes"))

    def test_auto_takes_the_smallest_degree_that_fits_a_gpu(self) -> None:
        plenty = self.document("--ranks", "8", "--gpu-memory", "80GiB")
        self.assertEqual([c["tp"] for c in plenty["competitions"]], [1, 2])
        self.assertEqual(plenty["competitions"][0]["dtype"], "bfloat16")
        self.assertEqual(plenty["machine"]["usable_bytes_per_rank"], int(0.92 * (80 << 30)))
        one = plenty["candidates"][0]["memory"]["total_bytes"]
        # A little less than one rank needs: two of them must share.
        tight = self.document("--ranks", "8", "--gpu-memory", str(int((one - 100) / 0.92)))
        self.assertEqual(tight["competitions"][0]["tp"], 2)
        self.assertIn("the smallest that fits: 1:ns/first needs a rank at TP 1", tight["competitions"][0]["why"])
        self.assertLess(tight["candidates"][0]["memory"]["total_bytes"], one)
        self.assertEqual([len(p["groups"]) for p in tight["phases"]], [4])
        hopeless = self.document("--ranks", "8", "--gpu-memory", "1kB")
        self.assertEqual([c["status"] for c in hopeless["candidates"]][0], "out_of_memory")
        self.assertEqual(hopeless["phases"], [])
        self.assertEqual(self.document("--ranks", "8", "--gpu-memory", "80GB")["machine"]["usable_bytes_per_rank"], int(0.92 * 80e9))

    def test_degrees_are_weighed_by_memory_and_predicted_time(self) -> None:
        plan = self.document("--ranks", "4", "--gpu-memory", "80GiB")
        degrees = plan["competitions"][0]["degrees"]
        self.assertEqual([(d["tp"], d["groups"], d["fits"]) for d in degrees[:2]], [(1, 4, True), (2, 2, True)])
        self.assertLess(degrees[1]["bytes_per_rank"], degrees[0]["bytes_per_rank"])
        # Sums over a link cost time, so that models that fit are replicated.
        self.assertLess(degrees[0]["seconds"], degrees[1]["seconds"])
        text = self.assert_done(self.plan("--ranks", "4", "--gpu-memory", "80GiB")).out
        self.assertRegex(text, r"  TP 1, replicate: .* a rank fit, 4 groups, predicted .*  <- chosen\n  TP 2: ")
        self.assertIn("600.000 TFLOP/s and reads 4.00 GB/s, and a sum takes 23 us and moves 250.00 GB/s (assumed)", text)

    def test_a_calibration_replaces_what_is_assumed(self) -> None:
        measured = {
            "schema": "verdict-calibration-1",
            "device": "cuda",
            "name": "made up",
            "dtype": "bfloat16",
            "ranks": 8,
            "flop_per_second": 5e14,
            "load_bytes_per_second": 1e9,
            "all_reduce_seconds": 1e-5,
            "all_reduce_bytes_per_second": 1e11,
        }
        file = self.folder / "gpus.json"
        file.write_text(json.dumps(measured), encoding="utf-8")
        gpus = ("--ranks", "4", "--gpu-memory", "80GiB")
        machine = self.document(*gpus, "--calibration", file)["machine"]
        for key in ("flop_per_second", "load_bytes_per_second", "all_reduce_seconds", "all_reduce_bytes_per_second"):
            self.assertEqual(machine[key], measured[key])
        self.assertTrue(machine["calibrated"])
        self.assertIn("(as measured)", self.assert_done(self.plan(*gpus, "--calibration", file)).out)
        self.assert_refused(self.plan("--calibration", file), 64, "gpus.json", "was measured on cuda (made up), this plan is for CPUs")
        for key, value in (("flop_per_second", 0), ("load_bytes_per_second", "fast"), ("schema", "verdict-plan-1")):
            file.write_text(json.dumps(measured | {key: value}), encoding="utf-8")
            self.assert_refused(self.plan(*gpus, "--calibration", file), 64, "gpus.json", key)
        del measured["ranks"]
        file.write_text(json.dumps(measured), encoding="utf-8")
        self.assert_refused(self.plan(*gpus, "--calibration", file), 64, "gpus.json", "ranks")
        self.assertEqual(self.plan(*gpus, "--calibration", self.folder / "none.json").code, 74)

    def test_what_bench_measures_is_planned_and_evaluated_with(self) -> None:
        file = self.folder / "here.json"
        model = self.folder / "models" / "first"
        bench = ("bench", "--model", model, "--length", "16", "--rounds", "2", "--calibration", file)
        self.assert_done(run(*bench, ranks=2))
        found = json.loads(file.read_text(encoding="utf-8"))
        self.assertEqual((found["schema"], found["device"], found["ranks"]), ("verdict-calibration-1", "cpu", 2))
        machine = self.document("--ranks", "2", "--calibration", file)["machine"]
        self.assertEqual(machine["flop_per_second"], found["flop_per_second"])
        self.assertEqual(machine["all_reduce_seconds"], found["all_reduce_seconds"])
        self.assert_refused(run("bench", "--calibration", file), 64, "--calibration needs --model")

    def test_time_scales_with_the_rate_that_is_given(self) -> None:
        usual, fast = self.document("--ranks", "2"), self.document("--ranks", "2", "--tflops", "1000")
        self.assertLess(fast["seconds"], usual["seconds"])
        self.assertEqual(len(fast["phases"][0]["units"]), len(usual["phases"][0]["units"]))

    def test_the_table_says_who_why_and_for_how_long(self) -> None:
        text = self.assert_done(self.plan("--ranks", "3")).out
        for part in ("machine: 3 ranks, 3 a node", "auto, which is 1 on CPU", "pinned by the competition", "predicted in all"):
            self.assertIn(part, text)
        self.assertIn("1 ranks fill no group and stay idle", text)

    def test_under_a_launcher_one_rank_speaks_for_all(self) -> None:
        done = self.assert_done(self.plan(ranks=2))
        self.assertEqual(done.out.count("machine: 2 ranks"), 1, done.out)

    def test_wrong_inputs_are_refused_as_by_the_evaluation(self) -> None:
        missing = Inputs(self.inputs.competitions, self.folder / "nothing.json")
        self.assert_refused(self.plan(inputs=missing), 64, "--candidates", "nothing.json")
        self.assertEqual(self.plan("--gpu-memory", "much").code, 64)
        self.assertEqual(self.plan("--ranks", "0").code, 64)


if __name__ == "__main__":
    support.main()
