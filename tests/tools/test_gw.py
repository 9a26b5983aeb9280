"""The parts of the wrapper that decide whether something must be done again, and what it prints where."""

import os
import pathlib
import subprocess
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]


class Wrapper(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        (self.folder / "log").mkdir()

    def bash(self, script):
        """Runs a script with the wrapper's common functions; .gw is this test's folder."""
        setup = f'set -euo pipefail; ROOT={self.folder} STATE={self.folder}; source "{ROOT}/tools/gw/common.sh"; cd {self.folder}\n'
        return subprocess.run(["bash", "-c", setup + script], capture_output=True, text=True, stdin=subprocess.DEVNULL)

    def test_help_and_complaints_leave_standard_output_alone(self):
        for arguments, status in ((["help"], 0), (["test", "nosuch"], 1), (["build", "nosuch"], 1)):
            result = subprocess.run([ROOT / "gw", *arguments], capture_output=True, text=True, stdin=subprocess.DEVNULL)
            self.assertEqual((result.returncode, result.stdout), (status, ""), arguments)
            self.assertNotEqual(result.stderr, "")

    def test_a_change_is_seen_and_an_old_file_is_not(self):
        source = self.folder / "src"
        source.mkdir()
        file = source / "a.cpp"
        file.touch()
        changed = "changed_since stamp src missing && echo yes || echo no"
        self.assertEqual(self.bash(changed).stdout, "yes\n")  # no stamp yet
        for path in (file, source):
            os.utime(path, (1, 1))
        (self.folder / "stamp").touch()
        self.assertEqual(self.bash(changed).stdout, "no\n")
        file.unlink()  # shows in the folder's time
        os.utime(self.folder / "stamp", (2, 2))
        self.assertEqual(self.bash(changed).stdout, "yes\n")

    def test_a_failed_step_leaves_no_stamp_and_shows_its_log(self):
        result = self.bash('step() { echo working; false; }\nwith_stamp stamp logged demo step\necho not reached\n')
        self.assertEqual((result.returncode, result.stdout), (1, ""))
        self.assertIn("working", result.stderr)
        self.assertIn("demo failed with status 1", result.stderr)
        self.assertFalse((self.folder / "stamp").exists())

    def test_an_attempt_stops_at_its_first_failure_and_the_caller_goes_on(self):
        result = self.bash('step() { false; echo too far; }\nattempt step\nattempt_succeeded && echo good || echo bad\n')
        self.assertEqual((result.returncode, result.stdout), (0, "bad\n"))


if __name__ == "__main__":
    unittest.main()
