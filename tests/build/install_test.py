#!/usr/bin/env python3
"""What `cmake --install` puts into a prefix runs from there, and the module files lead to it.

Usage: install_test.py CMAKE BUILD_FOLDER [unittest arguments]
"""

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

CMAKE, BUILD = sys.argv.pop(1), Path(sys.argv.pop(1)).resolve()
CONFIG = {
    "architectures": ["LlamaForCausalLM"],
    "model_type": "llama",
    "hidden_size": 8,
    "intermediate_size": 16,
    "num_hidden_layers": 1,
    "num_attention_heads": 2,
    "num_key_value_heads": 2,
    "max_position_embeddings": 64,
    "rms_norm_eps": 1e-5,
    "rope_theta": 10000.0,
    "hidden_act": "silu",
    "vocab_size": 64,
    "tie_word_embeddings": True,
}
# What a module file of Tcl may say, printed as NAME=VALUE.
TCL = """
proc module-whatis {text} {}
proc conflict {name} {}
proc prepend-path {name value} {puts "$name=$value"}
proc setenv {name value} {puts "$name=$value"}
set ModulesCurrentModulefile [lindex $argv 0]
source $ModulesCurrentModulefile
"""
LUA = """
function help() end whatis, conflict = help, help
function pathJoin(a, b) return a .. "/" .. b end
function setenv(name, value) print(name .. "=" .. value) end
prepend_path = setenv
function myFileName() return arg[1] end
dofile(arg[1])
"""


class Installed(unittest.TestCase):
    prefix: Path
    environment: dict[str, str]

    @classmethod
    def setUpClass(cls) -> None:
        scratch = tempfile.TemporaryDirectory(prefix="verdict-install-")
        cls.addClassCleanup(scratch.cleanup)
        cls.prefix = Path(scratch.name) / "prefix"
        done = subprocess.run([CMAKE, "--install", BUILD, "--prefix", cls.prefix], capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        cls.environment = {k: v for k, v in os.environ.items() if not k.startswith("VERDICT")}

    def run_line(self, *line: str | Path) -> str:
        done = subprocess.run([str(word) for word in line], env=self.environment, capture_output=True, text=True, timeout=100)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout

    @property
    def verdict(self) -> Path:
        return self.prefix / "bin/verdict"

    def test_both_programs_find_their_libraries(self) -> None:
        """`bench` is the second program's; it loads torch and MPI, makes a forward pass and prints what it measured."""
        self.assertRegex(self.run_line(self.verdict, "--version"), r"^verdict \d")
        config = self.prefix / "config.json"
        config.write_text(json.dumps(CONFIG))
        self.run_line(self.verdict, "synth", "--like", config, "--out", self.prefix / "model", "--seed", "1")
        printed = self.run_line(self.verdict, "bench", "--model", self.prefix / "model", "--length", "16", "--rounds", "1")
        self.assertIn('"metric"', printed)
        for program in ("verdict", "verdict-eval"):
            self.assertNotIn("not found", self.run_line("ldd", self.prefix / "bin" / program))

    def test_scripts_find_the_program_of_their_installation(self) -> None:
        self.environment["VERDICT_RANKS_PER_NODE"] = "2"
        printed = self.run_line(self.prefix / "share/verdict/launch/mpirun.sh", "--version")
        self.assertEqual(len(re.findall(r"^verdict \d", printed, re.M)), 2, printed)
        self.assertIn("--commitments", self.run_line(self.prefix / "share/verdict/launch/epoch.sh", "--help"))
        self.assertTrue((self.prefix / "share/verdict/slurm/evaluate.sbatch").exists())
        for script in ("stage_models.py", "prepare_data.py"):
            self.assertIn("usage", self.run_line(sys.executable, self.prefix / "share/verdict/launch" / script, "--help"))

    def check_module(self, interpreter: str, stand_in: str, pattern: str) -> None:
        if shutil.which(interpreter) is None:
            self.skipTest(f"no {interpreter} on this machine")
        driver = self.prefix / f"driver.{interpreter}"
        driver.write_text(stand_in)
        (module,) = (self.prefix / "share/verdict/modulefiles/verdict").glob(pattern)
        settings = dict(line.split("=", 1) for line in self.run_line(interpreter, driver, module).splitlines())
        self.assertEqual(settings["PATH"], str(self.prefix / "bin"))
        self.assertTrue((Path(settings["VERDICT_HOME"]) / "slurm/job.sh").exists(), settings)
        self.assertTrue(os.access(settings["VERDICT_PYTHON"], os.X_OK), settings)

    def test_module_file_of_tcl(self) -> None:
        self.check_module("tclsh", TCL, "*[0-9]")

    def test_module_file_of_lua(self) -> None:
        self.check_module("lua", LUA, "*.lua")


if __name__ == "__main__":
    unittest.main()
