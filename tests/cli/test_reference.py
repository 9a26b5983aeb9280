"""What the program says of its own command line: completions work in bash, the reference page is up to date."""

import subprocess
import unittest

from gigawatt import BINARY, ROOT, gigawatt


class Completions(unittest.TestCase):
    def complete(self, *words):
        script = gigawatt("reference", "bash").stdout
        script += f"\nCOMP_WORDS=(gigawatt {' '.join(words)}); COMP_CWORD={len(words)}; _gigawatt; echo \"${{COMPREPLY[@]}}\"\n"
        return subprocess.run(["bash", "-c", script], capture_output=True, text=True, check=True).stdout.split()

    def test_commands_and_options_are_completed(self):
        self.assertEqual(self.complete("val"), ["validate"])
        self.assertEqual(self.complete("step", "--mod"), ["--model"])
        self.assertEqual(self.complete("step", "--no-such"), [])

    def test_every_command_is_in_every_shell_and_in_the_manual(self):
        commands = [line.split()[0] for line in gigawatt("--help").stdout.split("Subcommands:")[1].splitlines()
                    if line.startswith("  ") and not line.startswith("   ")]
        self.assertIn("calibrate", commands)
        for kind in ("bash", "zsh", "fish", "man", "markdown"):
            text = gigawatt("reference", kind).stdout
            for command in commands:
                self.assertIn(command, text, f"{kind} lacks {command}")


class Reference(unittest.TestCase):
    def test_the_page_is_what_the_program_prints(self):
        page = (ROOT / "docs/reference/cli.md").read_text()
        self.assertEqual(gigawatt("reference", "markdown").stdout, page,
                         f"{BINARY} reference markdown > docs/reference/cli.md brings it up to date")


if __name__ == "__main__":
    unittest.main()
