"""The sanity generation: what models say, who is degenerate, and that nobody depends on who asked."""

import json
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import records
import scoring
import support
import torch
from fixtures import LENGTH, VOCABULARY, Tensors, copy_edited, random_tokens, write_shard
from support import Inputs, candidate, competition, evaluate, run, task
from transformers import AutoModelForCausalLM

OK, DEGENERATE = 0, 7
BAD_TOKEN = VOCABULARY - 1
ROWS = 12
PROMPT = 100


def say_by_last_token(tensors: Tensors) -> None:
    """No layer adds anything: each token has one that follows it."""
    for name, tensor in tensors.items():
        if name.endswith(("o_proj.weight", "down_proj.weight")):
            tensor[:] = 0


def say_one_token(tensors: Tensors) -> None:
    """Component 0 stands for nothing but the token 5, and all tokens have much of it."""
    say_by_last_token(tensors)
    tensors["model.embed_tokens.weight"][:, 0] = 100
    tensors["lm_head.weight"][5] = 0
    tensors["lm_head.weight"][5, 0] = 100


def break_at_bad_token(tensors: Tensors) -> None:
    """Repeats itself, and overflows where the bad token stands, which alone has a component 1."""
    say_one_token(tensors)
    tensors["model.embed_tokens.weight"][:, 1] = 0
    tensors["model.embed_tokens.weight"][BAD_TOKEN, 1] = 100
    tensors["model.layers.0.mlp.up_proj.weight"][:, 1] = 3e38


class Sanity(support.EndToEnd):
    @classmethod
    def make_fixtures(cls) -> None:
        good = cls.make_model("good", 1)
        cls.make_model("other", 2)
        for edit in (say_by_last_token, say_one_token, break_at_bad_token):
            copy_edited(good, edit.__name__, edit)
        # Of each task all prompts end alike, so that who sees the last token only says the same after each.
        for seed, name in enumerate(("prose", "code")):
            tokens = random_tokens(seed, ROWS, vocabulary=BAD_TOKEN)
            tokens[:, PROMPT - 1] = 7
            write_shard(cls.folder / f"{name}.h5", tokens)
        tokens[cls.third_row(), LENGTH // 2] = BAD_TOKEN
        write_shard(cls.folder / "poison.h5", tokens)
        cls.models = ["good", "other", "say_by_last_token", "say_one_token", "break_at_bad_token"]
        cls.inputs = cls.inputs_of("all", [task("prose", "prose.h5", 0.5), task("poison", "poison.h5", 0.5)], cls.models)

    @classmethod
    def third_row(cls) -> int:
        """That of sample 2: none of the prompts."""
        return scoring.drawn_rows(support.BLOCK_HASH, ROWS, ROWS)[2]

    @classmethod
    def inputs_of(cls, name: str, tasks: list[dict[str, Any]], models: list[str], **changes: Any) -> Inputs:
        candidates = [candidate(uid, path, block=9000 + uid) for uid, path in enumerate(models)]
        return support.write_inputs(cls.folder, [competition(1, "tiny", tasks, **changes)], candidates, name)

    def done(self, name: str, inputs: Inputs, *options: str, ranks: int = 0) -> Path:
        out = self.folder / f"run-{name}"
        self.outcome = self.assert_done(evaluate(inputs, out, *options, ranks=ranks))
        return out

    def test_degenerate_models_have_a_reason_and_no_losses_on_any_layout(self) -> None:
        layouts = [(0, ()), (3, ()), (8, ()), (2, ("--tp", "2"))]
        runs = [self.done(f"{ranks}-{len(options)}", self.inputs, *options, ranks=ranks) for ranks, options in layouts]
        with h5py.File(runs[0] / "results.h5") as file:
            self.assertEqual(file["status"][:].tolist(), [OK, OK] + [DEGENERATE] * 3)
            reasons = records.texts(file["reason"])
            said = file["competitions/tiny/generation"]
            self.assertEqual(records.texts(said["prompt"]), ["prose/0", "prose/1", "poison/0", "poison/1"])
            self.assertEqual(said["prompt_tokens"][:].tolist(), [PROMPT] * 5)
            self.assertTrue((said["token"][3] == 5).all())
            self.assertEqual(said["token"].shape, (5, 4, 20))
            self.assertTrue(np.isnan(file["competitions/tiny/loss"][2:]).all())
            self.assertFalse(np.isnan(file["competitions/tiny/loss"][:2]).any())
            self.assertIn(file["competitions/tiny"].attrs["winner_uid"], (0, 1))
        self.assertEqual(reasons[:2], ["", ""])
        equal = "sanity generation, task 'prose': the outputs for two prompts are equal at 20 of 20 positions, allowed are 9"
        self.assertEqual(reasons[2:], [equal] * 3)
        found = [records.outside_run(out / "results.h5") for out in runs]
        self.assertTrue(found[0] == found[1] == found[2])
        with h5py.File(runs[3] / "results.h5") as file:
            self.assertEqual(records.texts(file["reason"]), reasons)

    def test_it_comes_first_and_spares_the_rest(self) -> None:
        only = self.inputs_of("only", [task("prose", "prose.h5", 1.0)], ["say_one_token"])
        out = self.done("only", only)
        items = records.journal_items(out)
        self.assertEqual([len(item["generated"]) for item in items], [2])
        with h5py.File(out / "results.h5") as file:
            self.assertNotIn("winner_uid", file["competitions/tiny"].attrs)
        self.assertIn("degenerate: sanity generation, task 'prose'", self.outcome.out)
        self.assertIn("degenerate", self.assert_done(run("inspect", out)).out)
        self.done("only", only)
        self.assertEqual(len(records.journal_items(out)), 1)

    def test_the_prompts_are_the_first_rows_drawn(self) -> None:
        inputs = self.inputs_of("prompts", [task("prose", "prose.h5", 1.0)], ["good"])
        with h5py.File(self.done("prompts", inputs) / "results.h5") as file:
            drawn = file["competitions/tiny/samples/prose/row"][:2]
            said = file["competitions/tiny/generation/token"][0].astype(int)
        rows = random_tokens(0, ROWS, vocabulary=BAD_TOKEN)[drawn.astype(int), :PROMPT].astype(np.int64)
        rows[:, PROMPT - 1] = 7
        model = AutoModelForCausalLM.from_pretrained(self.folder / "models/good", dtype=torch.float32)
        options = {"max_new_tokens": 20, "min_new_tokens": 20, "do_sample": False, "eos_token_id": None, "pad_token_id": 0}
        expected = model.generate(torch.from_numpy(rows), attention_mask=torch.ones(rows.shape), **options)
        self.assertEqual(said.tolist(), expected[:, PROMPT:].tolist())

    def test_a_task_of_one_row_is_not_judged_and_that_is_said(self) -> None:
        inputs = self.inputs_of("short", [task("prose", "prose.h5", 1.0, rows=1)], ["say_one_token"])
        with h5py.File(self.done("short", inputs) / "results.h5") as file:
            self.assertEqual(file["status"][:].tolist(), [OK])
            self.assertNotIn("generation", file["competitions/tiny"])
        self.assertIn("task 'prose' of tiny has fewer than two rows", self.outcome.err)

    def test_rows_too_short_for_prompt_and_answer_are_not_judged_and_that_is_said(self) -> None:
        write_shard(self.folder / "narrow.h5", random_tokens(3, ROWS, PROMPT + 19))
        rules = {"sequence_length": PROMPT + 19}
        inputs = self.inputs_of("narrow", [task("narrow", "narrow.h5", 1.0)], ["say_one_token"], **rules)
        with h5py.File(self.done("narrow", inputs) / "results.h5") as file:
            self.assertEqual(file["status"][:].tolist(), [OK])
            self.assertNotIn("generation", file["competitions/tiny"])
        self.assertIn("rows of 119 tokens, 120 are needed", self.outcome.err)

    def test_random_models_with_a_tied_head_do_not_repeat_what_they_read(self) -> None:
        config = json.loads((self.folder / "models/good/config.json").read_text()) | {"tie_word_embeddings": True, "vocab_size": 5000}
        (self.folder / "tied.json").write_text(json.dumps(config))
        names = [f"tied-{seed}" for seed in range(4)]
        for seed, name in enumerate(names):
            self.assert_done(run("synth", "--like", self.folder / "tied.json", "--out", self.folder / "models" / name, "--seed", seed))
        write_shard(self.folder / "any.h5", random_tokens(4, ROWS))
        inputs = self.inputs_of("tied", [task("any", "any.h5", 1.0)], names, parameters=[1, 1_000_000])
        with h5py.File(self.done("tied", inputs) / "results.h5") as file:
            self.assertEqual(file["status"][:].tolist(), [OK] * 4)

    def test_a_competition_may_do_without(self) -> None:
        tasks = [task("prose", "prose.h5", 1.0)]
        inputs = self.inputs_of("without", tasks, ["good", "say_one_token"], sanity_generation=False)
        with h5py.File(self.done("without", inputs) / "results.h5") as file:
            self.assertEqual(file["status"][:].tolist(), [OK, OK])
            self.assertNotIn("generation", file["competitions/tiny"])

    def test_a_journal_from_before_it_is_gone_on_with(self) -> None:
        out = self.done("old", self.inputs)
        before = records.outside_run(out / "results.h5")
        for path in (out / "journal").iterdir():
            lines = [json.loads(line) for line in path.read_bytes().splitlines()]
            old = [line | {"v": 1} for line in lines if "generated" not in line]
            path.write_text("".join(self.sealed(line) for line in old))
        rows = len(records.journal_items(out))
        (out / "results.h5").unlink()
        self.done("old", self.inputs, ranks=3)
        self.assertEqual(records.outside_run(out / "results.h5"), before)
        items = records.journal_items(out)
        self.assertEqual(len([item for item in items if "generated" not in item]), rows)
        self.assertEqual(len([item for item in items if "generated" in item]), len(self.models))

    @staticmethod
    def sealed(line: dict[str, Any]) -> str:
        del line["xxh3"]
        text = json.dumps(line, separators=(",", ":"), ensure_ascii=False)[:-1]
        return f'{text},"xxh3":"{records.xxh3(text.encode()):016x}"}}\n'


if __name__ == "__main__":
    support.main()
