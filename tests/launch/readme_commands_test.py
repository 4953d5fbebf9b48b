"""Every command of the README is run, in a scratch copy with tiny models, text and a tokenizer in the places it names.

Blocks marked `sh` are run as they stand; commands of the prose and the tables are given below, with the names that they
leave open filled in, and must be in the README word for word.
"""

import json
import os
import re
import shutil
import subprocess
import tempfile
import tomllib
import unittest
from pathlib import Path

from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers

ROOT = Path(__file__).resolve().parents[2]
BINARY_DIR = Path(os.environ["VERDICT_BINARY_DIR"])
README = (ROOT / "README.md").read_text()
CONFIG = {
    "architectures": ["LlamaForCausalLM"],
    "model_type": "llama",
    "hidden_size": 32,
    "intermediate_size": 64,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "max_position_embeddings": 512,
    "rms_norm_eps": 1e-5,
    "rope_theta": 10000.0,
    "hidden_act": "silu",
    "vocab_size": 49152,
    "tie_word_embeddings": True,
}

# Blocks that are not run, by their first line, with the reason.
NOT_RUN = {
    "launch/demo.sh": "both fetch packages and take minutes; tests/fresh_install.sh runs them, and CI is launch/test.sh",
    ".venv/bin/python launch/stage_models.py": "needs a hub; launch_stage_models is one that misbehaves as well",
    "launch/epoch.sh": "needs a hub; launch_epoch goes through it with a mirror",
    ".venv/bin/python launch/chain.py": "needs a chain and its SDK; launch_chain has a stand-in of both",
    "sbatch --nodes=2": "needs a cluster; tests/slurm submits the three scripts to a Slurm that it brings up",
}
# What the README says outside of its blocks -> how it is run here.
IN_THE_PROSE = {
    "verdict evaluate --competitions C.toml --candidates K.json --out RUN": (
        "verdict evaluate --competitions my/competitions.toml --candidates my/candidates.json --out RUN --rows 2"
    ),
    "verdict check MODEL_DIR… --competitions C.toml --competition NAME": (
        "verdict check my/models/one my/models/two --competitions my/competitions.toml --competition mine"
    ),
    "verdict inspect RUN": "verdict inspect RUN",
    "verdict plan": (
        "verdict plan --competitions my/competitions.toml --candidates my/candidates.json --ranks 8 --gpu-memory 80GiB"
    ),
    "verdict merge RUN… --out RUN": "verdict merge RUN --out merged",
    "verdict compare A.h5 B.h5": "verdict compare RUN/results.h5 RUN/results.h5",
    "verdict report RUN [-o report.html]": "verdict report RUN -o report.html",
    "verdict verify FILE…": (
        "verdict verify my/data/*.h5 my/competitions.toml my/candidates.json RUN/results.h5 RUN/weights.json RUN"
    ),
    "verdict publish RUN --dry-run --chain CHAIN.json": "verdict publish RUN --dry-run --chain CHAIN.json",
    "verdict score RUN [--rules reference] [--epsilon 0.001]": "verdict score RUN --rules reference --epsilon 0.001",
    "verdict score STEP.json [--rules reference] [--json]": "verdict score STEP.json --rules reference --json",
    "verdict consensus EPOCH.json": "verdict consensus EPOCH.json",
    "verdict consensus A/weights.json B/weights.json … --stakes S.json": (
        "mkdir A B && cp RUN/weights.json A && cp RUN/weights.json B && "
        "verdict consensus A/weights.json B/weights.json --stakes S.json"
    ),
    "verdict synth --like config.json --out DIR --seed 1": "verdict synth --like config.json --out DIR --seed 1",
    "verdict bench --model DIR [--python .venv/bin/python]": "verdict bench --model DIR --python .venv/bin/python --rounds 1",
    "verdict doctor [--out RUN] [--models DIR] [--device cuda]": "verdict doctor --out RUN --models my/models",
    "launch/mpirun.sh doctor --out RUN --models DIR": "launch/mpirun.sh doctor --out RUN --models my/models",
    "launch/bundle.sh FOLDER": (
        "launch/bundle.sh FOLDER && source launch/mpi_env.sh && mpi_env 2 && FOLDER/bin/mpirun -n 2 FOLDER/bin/verdict evaluate "
        "--competitions my/competitions.toml --candidates my/candidates.json --out bundled --rows 2 --tp 2"
    ),
    "source <(verdict completion bash)": "source <(verdict completion bash)",
    "verdict COMMAND --help": "verdict evaluate --help",
    "build/release/verdict check my/models/one --competitions my/competitions.toml --competition mine": (
        "build/release/verdict check my/models/one --competitions my/competitions.toml --competition mine"
    ),
}


def blocks(language: str) -> list[str]:
    """The texts between ```language and ```, without the indent of the first line."""
    found = re.findall(rf"^( *)```{language}\n(.*?)^ *```", README, re.M | re.S)
    return [re.sub(rf"^{indent}", "", text, flags=re.M) for indent, text in found]


def is_run(block: str) -> bool:
    return not any(block.startswith(first) for first in NOT_RUN)


def save_tokenizer(path: Path) -> None:
    """Bytes, behind <eos> with the id 0."""
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    tokenizer = Tokenizer(models.BPE(vocab={"<eos>": 0} | {letter: i + 1 for i, letter in enumerate(alphabet)}, merges=[]))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.add_special_tokens([AddedToken("<eos>", special=True)])
    path.parent.mkdir(parents=True)
    tokenizer.save(str(path))


class Commands(unittest.TestCase):
    folder: Path

    @classmethod
    def setUpClass(cls) -> None:
        scratch = tempfile.TemporaryDirectory(prefix="verdict-readme-")
        cls.addClassCleanup(scratch.cleanup)
        cls.folder = Path(scratch.name)
        shutil.copytree(ROOT / "launch", cls.folder / "launch")
        (cls.folder / "build").mkdir()
        (cls.folder / "build/release").symlink_to(BINARY_DIR)
        (cls.folder / ".venv").symlink_to((ROOT / ".venv").resolve())
        cls.make_inputs()

    @classmethod
    def make_inputs(cls) -> None:
        save_tokenizer(cls.folder / ".demo/tokenizer/tokenizer.json")
        (cls.folder / "notes").mkdir()
        for i in range(3):
            (cls.folder / f"notes/{i}.txt").write_text(f"note {i}: " + "something that was seen and written down. " * 60)
        (cls.folder / "config.json").write_text(json.dumps(CONFIG))
        (cls.folder / "my/models").mkdir(parents=True)
        for seed, name in enumerate(("one", "two")):
            cls.run_line(f"build/release/verdict synth --like config.json --out my/models/{name} --seed {seed}")
        cls.run_line(next(block for block in blocks("sh") if "prepare_data.py" in block))
        competitions = next(block for block in blocks("toml") if "[[competition]]" in block)
        (cls.folder / "my/competitions.toml").write_text(competitions)
        cls.write_candidates()
        for name, vectors in (("STEP", "competition/vectors/scoring_cases"), ("EPOCH", "consensus/vectors/yuma_cases")):
            cases = json.loads((ROOT / f"tests/{vectors}.json").read_text())["cases"]
            (cls.folder / f"{name}.json").write_text(json.dumps(cases[0]))
        operators = [{"uid": 250 + i, "stake": 1000, "weights": f"{name}/weights.json"} for i, name in enumerate("AB")]
        (cls.folder / "S.json").write_text(json.dumps({"operators": operators}))
        chain = {"schema": "verdict-chain-1", "netuid": 9, "block": 5_433_100, "uids": 256, "min_allowed_weights": 1}
        (cls.folder / "CHAIN.json").write_text(json.dumps(chain))

    @classmethod
    def write_candidates(cls) -> None:
        about = {"repo": "ns/name", "commit": "0" * 40, "secure_hash": None, "competition": 1, "block": 5_400_000}
        candidates = [about | {"uid": i, "hotkey": f"5F{i}", "path": f"models/{n}"} for i, n in enumerate(("one", "two"))]
        text = {"block": 5_433_000, "block_hash": "0x5f", "candidates": candidates}
        (cls.folder / "my/candidates.json").write_text(json.dumps(text))

    @classmethod
    def run_line(cls, line: str) -> str:
        environment = os.environ | {"PATH": f"{BINARY_DIR}:{os.environ['PATH']}", "OMPI_MCA_rmaps_base_oversubscribe": "1"}
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", line],
            cwd=cls.folder, env=environment, capture_output=True, text=True, timeout=200,
        )  # fmt: skip
        if done.returncode != 0:
            raise AssertionError(f"{line}\nended with {done.returncode}:\n{done.stdout}{done.stderr}")
        return done.stdout

    def test_every_block_runs_as_it_stands(self) -> None:
        self.make_a_run_of_the_demo()
        ran = [block for block in blocks("sh") if is_run(block)]
        self.assertGreaterEqual(len(ran), 3)
        for block in ran:
            with self.subTest(block=block):
                self.run_line(block)

    def make_a_run_of_the_demo(self) -> None:
        """What the README looks into: a finished run of the demo's competition, here of tiny models."""
        demo = self.folder / ".demo"
        (demo / "models").symlink_to(self.folder / "my/models")
        (demo / "data").symlink_to(self.folder / "my/data")
        text = (self.folder / "my/competitions.toml").read_text().replace('name = "mine"', 'name = "smollm2-135M"')
        (demo / "competitions.toml").write_text(text)
        shutil.copy(self.folder / "my/candidates.json", demo)
        self.run_line(
            "build/release/verdict evaluate --competitions .demo/competitions.toml --candidates .demo/candidates.json "
            "--out .demo/run --rows 2"
        )

    def test_commands_of_prose_and_tables_run(self) -> None:
        for said, line in IN_THE_PROSE.items():
            with self.subTest(said=said):
                self.assertIn(f"`{said}`", README)
                self.run_line(line)

    def test_no_command_of_the_table_is_forgotten(self) -> None:
        table = README.split("## Commands")[1].split("##")[0]
        said = re.findall(r"^\| `([^`]+)`", table, re.M)
        self.assertGreaterEqual(len(said), 5)
        tried = " ".join(IN_THE_PROSE.values())
        for command in said:
            name = re.search(r"verdict (\w+)", command)
            self.assertIsNotNone(name, command)
            self.assertIn(f"verdict {name[1]} ", tried + " ", f"give a line for it in IN_THE_PROSE: {command}")

    def test_what_is_not_run_is_in_the_readme(self) -> None:
        for first in NOT_RUN:
            self.assertTrue(any(block.startswith(first) for block in blocks("sh")), first)

    def test_examples_of_files_can_be_read(self) -> None:
        self.assertTrue([tomllib.loads(block) for block in blocks("toml")])


if __name__ == "__main__":
    unittest.main()
