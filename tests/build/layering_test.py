#!/usr/bin/env python3
"""What the layering check of cmake/VerdictModule.cmake stops, on small trees made up for it.

Usage: layering_test.py CMAKE VERDICT_MODULE_CMAKE
"""

import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

CMAKE, MODULE_FILE = sys.argv.pop(1), Path(sys.argv.pop(1)).resolve()

# Modules and their arrows, as in design: enough of them to have a right and a wrong direction.
PROJECT = f"""cmake_minimum_required(VERSION 3.25)
project(layers LANGUAGES NONE)
include({MODULE_FILE})
verdict_check_layering(core)
verdict_check_layering(hdf5 verdict::core)
verdict_check_layering(checkpoint verdict::core)
verdict_check_layering(comm verdict::core)
verdict_check_layering(model verdict::core verdict::checkpoint verdict::comm)
"""


class Layering(unittest.TestCase):
    def setUp(self) -> None:
        scratch = tempfile.TemporaryDirectory()
        self.addCleanup(scratch.cleanup)
        self.tree = Path(scratch.name)
        (self.tree / "CMakeLists.txt").write_text(PROJECT)
        self.write("src/core/file.cpp", "#include <vector>", '#include "verdict/core/file.h"', '#include "core/text.h"')
        self.write("src/core/text.h", "#pragma once")
        self.write("include/verdict/core/file.h", "#include <toml++/toml.h>")
        self.write("src/hdf5/file.cpp", "#include <hdf5.h>", "#include <hdf5_hl.h>", '#include "verdict/core/file.h"')
        self.write("src/comm/session.cpp", "#include <mpi.h>", '#include "verdict/core/file.h"')
        self.write("src/comm/nccl_communicator.cpp", "#include <nccl.h>")
        self.write("src/model/norm.cu", "#include <cuda_runtime.h>", '#include "verdict/core/file.h"')
        self.write("src/model/decoder.cpp", "#include <ATen/ATen.h>", '#include "verdict/comm/session.h"')

    def write(self, name: str, *lines: str) -> None:
        path = self.tree / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("\n".join(lines) + "\n")

    def configure(self) -> subprocess.CompletedProcess[str]:
        command = [CMAKE, "-G", "Ninja", "-S", self.tree, "-B", self.tree / "build"]
        return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)

    def expect_stop(self, file: str, module: str, header: str) -> None:
        """The configure ends with a message that names all three."""
        stopped = self.configure()
        message = " ".join(stopped.stderr.split())
        self.assertNotEqual(stopped.returncode, 0, "the configure went through")
        for part in ("Layering:", file, f"module '{module}'", f"'{header}'"):
            self.assertIn(part, message)

    def test_a_tree_that_keeps_the_directions_is_configured(self) -> None:
        configured = self.configure()
        self.assertEqual(configured.returncode, 0, configured.stderr)

    def test_an_include_against_the_arrows_stops_the_configure(self) -> None:
        self.write("src/core/wrong.cpp", '#include "verdict/model/decoder.h"')
        self.expect_stop("src/core/wrong.cpp", "core", "verdict/model/decoder.h")

    def test_an_include_of_a_neighbour_without_an_arrow_stops_the_configure(self) -> None:
        self.write("src/checkpoint/wrong.cpp", '#include "verdict/hdf5/file.h"')
        self.expect_stop("src/checkpoint/wrong.cpp", "checkpoint", "verdict/hdf5/file.h")

    def test_public_headers_in_deeper_folders_are_looked_at_too(self) -> None:
        self.write("include/verdict/core/deep/wrong.h", '  #  include "verdict/comm/session.h"')
        self.expect_stop("include/verdict/core/deep/wrong.h", "core", "verdict/comm/session.h")

    def test_private_headers_of_another_module_stop_the_configure(self) -> None:
        self.write("src/model/wrong.cpp", '#include "core/text.h"')
        self.expect_stop("src/model/wrong.cpp", "model", "core/text.h")

    def test_mpi_outside_comm_stops_the_configure(self) -> None:
        self.write("src/model/wrong.cpp", "#include <mpi.h>")
        self.expect_stop("src/model/wrong.cpp", "model", "mpi.h")

    def test_quotes_instead_of_brackets_are_no_way_round(self) -> None:
        self.write("src/model/wrong.cpp", '#include "mpi.h"')
        self.expect_stop("src/model/wrong.cpp", "model", "mpi.h")

    def test_nccl_outside_its_files_in_comm_stops_the_configure(self) -> None:
        self.write("src/comm/session.cpp", "#include <nccl.h>")
        self.expect_stop("src/comm/session.cpp", "comm", "nccl.h")

    def test_cuda_outside_the_places_that_compute_stops_the_configure(self) -> None:
        self.write("src/comm/session.cpp", "#include <cuda_runtime_api.h>")
        self.expect_stop("src/comm/session.cpp", "comm", "cuda_runtime_api.h")

    def test_cuda_sources_are_looked_at_as_well(self) -> None:
        self.write("src/core/wrong.cu", "#include <cuda_bf16.h>")
        self.expect_stop("src/core/wrong.cu", "core", "cuda_bf16.h")

    def test_hdf5_outside_hdf5_stops_the_configure(self) -> None:
        for header in ("hdf5.h", "hdf5_hl.h"):
            self.write("src/checkpoint/wrong.cpp", f"#include <{header}>")
            self.expect_stop("src/checkpoint/wrong.cpp", "checkpoint", header)

    def test_the_other_restricted_headers_stop_the_configure(self) -> None:
        for header in ("CLI/CLI.hpp", "toml++/toml.h", "ATen/ATen.h", "c10/core/Device.h", "torch/version.h"):
            with self.subTest(header=header):
                self.write("src/hdf5/wrong.cpp", f"#include <{header}>")
                self.expect_stop("src/hdf5/wrong.cpp", "hdf5", header)

    def test_a_wrong_include_that_comes_later_stops_the_next_configure(self) -> None:
        self.assertEqual(self.configure().returncode, 0)
        self.write("src/core/file.cpp", '#include "verdict/model/decoder.h"')
        self.expect_stop("src/core/file.cpp", "core", "verdict/model/decoder.h")


if __name__ == "__main__":
    unittest.main()
