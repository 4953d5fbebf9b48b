#include "app/doctor/doctor_options.h"

#include <CLI/CLI.hpp>

namespace verdict {

void add_doctor(CLI::App& app, DoctorOptions& o) {
  CLI::App* c = app.add_subcommand(
      "doctor", "What is wrong with this machine and this launch, and the line to type");
  c->footer(
      "Example:\n  mpirun -n 4 verdict doctor --out runs/epoch-1 --models models\nStart it as "
      "evaluate will be started. Exit code 0: evaluation can run; 64: the launch is wrong; 73, 74: "
      "a folder cannot be written or read.");
  c->add_option("--out", o.out, "Run folder to be: written to, locked, seen by every rank?");
  c->add_option("--models", o.models, "Folder of the models: the same for every rank?");
  c->add_option("--device", o.device, "auto, cpu or cuda")
      ->capture_default_str()
      ->check(CLI::IsMember({"auto", "cpu", "cuda"}));
  c->add_option("--threads", o.threads, "Threads of each rank, as for evaluate")
      ->capture_default_str()
      ->check(CLI::Range(1, 1024));
  c->add_flag("--json", o.json, "One JSON document on stdout");
}

}  // namespace verdict
