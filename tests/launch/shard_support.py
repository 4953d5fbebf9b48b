"""A tokenizer of bytes, and prepare_data.py run on inputs in a folder that goes away."""

import contextlib
import io
import sys
import tempfile
import unittest
from pathlib import Path
from unittest import mock

import h5py
from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers

SCRIPT = Path(__file__).resolve().parents[2] / "launch/prepare_data.py"
sys.path.insert(0, str(SCRIPT.parent))

import prepare_data

EOS = 256
LENGTH = 16


def make_tokenizer(path: Path) -> None:
    """One token for each byte, ids 0 to 255 in the order of the alphabet, and <eos>."""
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    tokenizer = Tokenizer(models.BPE(vocab={letter: i for i, letter in enumerate(alphabet)}, merges=[]))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.add_special_tokens([AddedToken("<eos>", special=True)])
    tokenizer.save(str(path))


class ShardTest(unittest.TestCase):
    def setUp(self) -> None:
        scratch = tempfile.TemporaryDirectory()
        self.addCleanup(scratch.cleanup)
        self.folder = Path(scratch.name)
        self.tokenizer = self.folder / "tokenizer.json"
        make_tokenizer(self.tokenizer)

    def write(self, name: str, text: str) -> Path:
        path = self.folder / name
        path.write_text(text, encoding="utf-8")
        return path

    def arguments(self, *inputs: Path, **options: str | int) -> list[str]:
        settings = {"tokenizer": self.tokenizer, "tokenizer-name": "bytes", "eos-id": EOS, "length": LENGTH}
        settings |= {"out": self.folder / "out.h5"} | {key.replace("_", "-"): value for key, value in options.items()}
        return [f"--{key}={value}" if value != "" else f"--{key}" for key, value in settings.items()] + [*map(str, inputs)]

    def run_script(self, *inputs: Path, **options: str | int) -> str | None:
        """What the script ends with: None, or its refusal."""
        with (
            mock.patch.object(sys, "argv", [SCRIPT.name, *self.arguments(*inputs, **options)]),
            contextlib.redirect_stderr(io.StringIO()),
        ):
            try:
                prepare_data.main()
            except SystemExit as end:
                return str(end.code)
        return None

    def shard(self, *inputs: Path, **options: str | int) -> h5py.File:
        self.assertIsNone(self.run_script(*inputs, **options))
        file = h5py.File(options.get("out", self.folder / "out.h5"))
        self.addCleanup(file.close)
        return file

    def refusal(self, *inputs: Path, **options: str | int) -> str:
        message = self.run_script(*inputs, **options)
        self.assertIsNotNone(message, "nothing was refused")
        self.assertEqual([p.name for p in self.folder.iterdir() if "out.h5" in p.name], [], message)
        return str(message)
