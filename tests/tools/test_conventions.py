"""What packagers expect: a bill of materials, and an installation that runs from where it was put."""

import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]


class BillOfMaterials(unittest.TestCase):
    def test_it_lists_what_is_installed(self):
        run = lambda: subprocess.run([sys.executable, ROOT / "tools/sbom.py"], capture_output=True, text=True, check=True).stdout
        text = run()
        self.assertEqual(text, run())
        document = json.loads(text)
        self.assertEqual((document["bomFormat"], document["specVersion"]), ("CycloneDX", "1.5"))
        self.assertRegex(document["serialNumber"], r"^urn:uuid:[0-9a-f-]{36}$")
        references = [c["bom-ref"] for c in document["components"]]
        self.assertEqual(len(references), len(set(references)))
        names = {c["name"] for c in document["components"]}
        packages = re.findall(r"^\s*([\w.+-]+)", re.sub("#.*", "", (ROOT / "tools/packages/run.txt").read_text()), re.M)
        self.assertGreater(len(packages), 15)
        self.assertLessEqual(set(packages), names)
        self.assertLessEqual({"highsbox", "@duckdb/node-bindings-linux-x64", "react", "nanobind"}, names)
        highs = next(c for c in document["components"] if c["name"] == "highsbox")
        self.assertEqual(len(highs["hashes"][0]["content"]), 64)

    def test_versions_agree(self):
        version = re.search(r"project\(gigawatt VERSION ([\d.]+)", (ROOT / "CMakeLists.txt").read_text()).group(1)
        self.assertIn(f'version = "{version}"', (ROOT / "pyproject.toml").read_text())
        self.assertRegex((ROOT / "CITATION.cff").read_text(), rf"version: .?{version}")


@unittest.skipUnless(os.environ.get("GW_BUILD_FOLDER"), "needs a build")
class Installation(unittest.TestCase):
    def test_it_runs_from_its_folder(self):
        with tempfile.TemporaryDirectory() as folder:
            prefix = pathlib.Path(folder) / "usr"
            subprocess.run(["cmake", "--install", os.environ["GW_BUILD_FOLDER"], "--prefix", prefix, "--component", "program", "--strip"],
                           check=True, capture_output=True)
            self.assertFalse((prefix / "gigawatt").exists(), "the wheel's files are a component of their own")
            environment = {k: v for k, v in os.environ.items() if k != "GIGAWATT_DATA"}
            done = subprocess.run([prefix / "bin/gigawatt", "run", prefix / "share/gigawatt/scenarios/single-rack.toml", "--json",
                                   "--quiet"], capture_output=True, text=True, cwd=folder,
                                  env={**environment, "GIGAWATT_DATA": str(prefix / "share/gigawatt/data")})
            self.assertEqual(json.loads(done.stdout)["sites"][0]["name"], "lab", done.stderr)
            manual = (prefix / "share/man/man1/gigawatt.1").read_text()
            self.assertTrue(manual.startswith(".TH GIGAWATT 1"))
            subprocess.run(["bash", "-n", prefix / "share/bash-completion/completions/gigawatt"], check=True)
            self.assertIn("#compdef gigawatt", (prefix / "share/zsh/site-functions/_gigawatt").read_text())


if __name__ == "__main__":
    unittest.main()
