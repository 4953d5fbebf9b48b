"""`verdict completion bash`, sourced by a real bash: what it offers is what --help says."""

import re
import subprocess
import unittest

import support


def completions(*words: str) -> list[str]:
    """What bash offers at the end of this command line; the last word is the one begun."""
    script = (
        'source <("$0" completion bash); COMP_WORDS=(verdict "$@"); COMP_CWORD=$((${#COMP_WORDS[@]} - 1)); '
        '_verdict; printf "%s\\n" "${COMPREPLY[@]}"'
    )
    command = ["bash", "-euc", script, str(support.PROGRAM), *words]
    done = subprocess.run(command, capture_output=True, text=True, timeout=support.PATIENCE_SECONDS)
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


def help_text(*command: str) -> str:
    return support.run(*command, "--help").out


def commands_in_help() -> list[str]:
    return re.findall(r"^  (\w+)  ", help_text().split("Subcommands:")[1], re.M)


class Completion(unittest.TestCase):
    def test_every_command_of_the_help_is_offered(self) -> None:
        commands = commands_in_help()
        self.assertIn("evaluate", commands)
        self.assertEqual(sorted(completions("")), sorted(commands))
        self.assertEqual(completions("eval"), ["evaluate"])

    def test_every_option_of_the_help_is_offered(self) -> None:
        for command in commands_in_help():
            with self.subTest(command=command):
                options = re.findall(r"^ +(?:-\w,)?(--[\w-]+)", help_text(command), re.M)
                self.assertIn("--help", options)
                self.assertEqual(sorted(completions(command, "--")), sorted(options))

    def test_values_are_offered_where_there_is_a_list(self) -> None:
        self.assertEqual(completions("evaluate", "--out", "run", "--device", ""), ["auto", "cpu", "cuda"])
        self.assertEqual(completions("evaluate", "--dtype", "fl"), ["float32"])
        self.assertEqual(completions("completion", ""), ["bash"])

    def test_files_are_left_to_bash(self) -> None:
        self.assertEqual(completions("evaluate", "--competitions", ""), [])
        self.assertEqual(completions("inspect", ""), [])
        self.assertEqual(completions("inspect", "--json", "r"), [])

    def test_another_shell_is_wrong_use(self) -> None:
        self.assertEqual(support.run("completion", "sh").code, 64)


if __name__ == "__main__":
    support.main()
