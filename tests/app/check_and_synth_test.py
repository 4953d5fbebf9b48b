"""`verdict check`, `verdict synth`, and the help of every command."""

import json
import re
import shutil
from pathlib import Path
from typing import Any

import fixtures
import support
from fixtures import copy_edited, drop_tensor
from safetensors.numpy import load_file
from support import competition, run, task

USAGE, BAD_DATA, CANNOT_WRITE = 64, 65, 73
COMMANDS = ("evaluate", "check", "inspect", "synth", "bench", "consensus")


class Check(support.EndToEnd):
    @classmethod
    def make_fixtures(cls) -> None:
        cls.good = cls.make_model("good", 1)
        cls.competitions = cls.folder / "competitions.toml"
        tasks = [task("prose", "none.h5", 1.0)]  # No data is needed to check a model.
        strict = competition(4, "strict", tasks, architectures=["LlamaForCausalLM"], parameters=[20_000, 25_000])
        tiny = competition(5, "tiny", tasks, max_bytes=5000, reward=0.0)
        cls.competitions.write_text(support.competitions_text([strict | {"reward": 1.0}, tiny]))

    def check(self, *folders: Path, name: str = "strict", options: tuple[str, ...] = ()) -> support.Outcome:
        return run("check", *folders, "--competitions", self.competitions, "--competition", name, *options)

    def with_config(self, name: str, **changes: Any) -> Path:
        folder = self.good.parent / name
        shutil.copytree(self.good, folder)
        (folder / "config.json").write_text(json.dumps(fixtures.CONFIG | changes))
        return folder

    def test_a_good_model_passes(self) -> None:
        for name in ("strict", "4"):
            text = self.assert_done(self.check(self.good, name=name)).out
            self.assertIn(f"{self.good}: passes", text)
            self.assertNotIn("FAIL", text)

    def test_each_failing_check_says_why(self) -> None:
        cases = [
            (self.good.parent / "nowhere", "folder", "No such file|missing"),
            (self.with_config("gpt", architectures=["GPT2LMHeadModel"]), "architecture", "GPT2LMHeadModel is not allowed"),
            (self.with_config("odd-key", sliding_window=128), "values", "sliding_window = 128"),
            (self.with_config("large", num_hidden_layers=3), "parameters", "allowed are 20000 to 25000"),
            (self.with_config("small-vocabulary", vocab_size=100), "vocabulary", "has 100 tokens, the tokenizer's 101"),
            (copy_edited(self.good, "missing", drop_tensor), "tensors", "missing tensors: 'model.layers.1.self_attn.k_proj"),
        ]
        broken = self.with_config("broken")
        (broken / "config.json").write_text("{")
        cases.append((broken, "config", "config.json"))
        torn = shutil.copytree(self.good, self.good.parent / "torn")
        (torn / "model.safetensors").write_bytes((self.good / "model.safetensors").read_bytes()[:-1])
        cases.append((torn, "files", "model.safetensors"))
        for folder, check, reason in cases:
            with self.subTest(check=check):
                outcome = self.check(folder)
                self.assertEqual(outcome.code, BAD_DATA, outcome.err)
                self.assertRegex(outcome.out, rf"{check} +FAIL .*({reason})")
        self.assertRegex(self.check(self.good, name="tiny").out, "size +FAIL .* at most 5000 are allowed")

    def test_json_is_one_document_for_all_folders(self) -> None:
        bad = self.good.parent / "absent"
        outcome = self.check(self.good, bad, options=("--json",))
        self.assertEqual(outcome.code, BAD_DATA)
        good, absent = json.loads(outcome.out)
        self.assertEqual((good["passed"], good["reason"], good["dtype"]), (True, "", "F32"))
        sizes = [tensor.size for tensor in load_file(self.good / "model.safetensors").values()]
        self.assertEqual(good["parameters"], sum(sizes))
        self.assertRegex(good["content_hash"], "^[0-9a-f]{64}$")
        self.assertEqual((absent["passed"], absent["folder"]), (False, str(bad)))
        self.assertIn("absent", absent["reason"])

    def test_unknown_competition_is_refused(self) -> None:
        refusal = self.check(self.good, name="huge")
        self.assert_refused(refusal, USAGE, str(self.competitions), "has no competition 'huge'; it has strict, tiny")


class Synth(support.EndToEnd):
    @classmethod
    def make_fixtures(cls) -> None:
        cls.config = cls.folder / "config.json"
        cls.config.write_text(json.dumps(fixtures.CONFIG))

    def synth(self, name: str, *options: str, config: Path | None = None) -> support.Outcome:
        return run("synth", "--like", config or self.config, "--out", self.folder / name, *options)

    def weights(self, name: str) -> bytes:
        return (self.folder / name / "model.safetensors").read_bytes()

    def test_the_same_seed_gives_the_same_bytes(self) -> None:
        for name, seed in (("a", "7"), ("b", "7"), ("c", "8")):
            self.assert_done(self.synth(name, "--seed", seed))
        self.assertEqual(self.weights("a"), self.weights("b"))
        self.assertNotEqual(self.weights("a"), self.weights("c"))

    def test_shards_load_in_transformers_with_the_same_values(self) -> None:
        from transformers import LlamaForCausalLM  # Slow to import, and only this test needs it.

        self.assert_done(self.synth("whole", "--dtype", "float32"))
        self.assert_done(self.synth("sharded", "--dtype", "float32", "--max-shard-bytes", "30000"))
        shards = sorted(path.name for path in (self.folder / "sharded").glob("*.safetensors"))
        self.assertGreater(len(shards), 2)
        model, info = LlamaForCausalLM.from_pretrained(self.folder / "sharded", output_loading_info=True)
        self.assertFalse(any(info[key] for key in ("missing_keys", "unexpected_keys", "mismatched_keys")), info)
        whole = load_file(self.folder / "whole/model.safetensors")
        state = model.state_dict()
        self.assertEqual(state.keys(), whole.keys())
        for name, tensor in whole.items():
            self.assertEqual(state[name].numpy().tobytes(), tensor.tobytes(), name)

    def test_a_folder_that_holds_something_is_refused(self) -> None:
        full = self.folder / "full"
        full.mkdir()
        (full / "notes.txt").write_text("mine")
        self.assert_refused(self.synth("full"), USAGE, f"{full} is not empty")
        self.assertEqual([path.name for path in full.iterdir()], ["notes.txt"])
        self.assert_refused(self.synth("config.json"), CANNOT_WRITE, str(self.folder / "config.json"))

    def test_a_config_that_is_not_understood_is_refused(self) -> None:
        odd = self.folder / "odd.json"
        odd.write_text(json.dumps(fixtures.CONFIG | {"sliding_window": 128}))
        self.assert_refused(self.synth("odd", config=odd), BAD_DATA, str(odd), "sliding_window = 128")
        odd.write_text("{")
        self.assert_refused(self.synth("odd", config=odd), BAD_DATA, str(odd))
        self.assertFalse((self.folder / "odd").exists())


class Help(support.EndToEnd):
    def test_program_lists_its_commands(self) -> None:
        text = self.assert_done(run("--help")).out
        for name in COMMANDS:
            self.assertRegex(text, rf"(?m)^ +{name} ")

    def test_each_command_has_an_example(self) -> None:
        for name in COMMANDS:
            text = self.assert_done(run(name, "--help")).out
            self.assertRegex(text, rf"Examples?:\n +(mpirun -n \d+ )?verdict {name} ")

    def test_version_names_the_build(self) -> None:
        text = self.assert_done(run("--version")).out
        self.assertTrue(re.match(r"verdict \d+\.\d+\.\d+ \((\w{12}(\+changes)?|unknown), ", text), text)


if __name__ == "__main__":
    support.main()
