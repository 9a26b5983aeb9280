"""The documentation: its site is built with every link checked, its samples and notebooks run."""

import json
import os
import pathlib
import re
import shlex
import subprocess
import sys
import tempfile
import unittest

from support import BINARY, ROOT, needs

#: Pages whose samples run from top to bottom.
PAGES = sorted([ROOT / "docs/guide/python.md", ROOT / "docs/guide/tutorial.md", *(ROOT / "docs/guide").glob("for-*.md")])
NOTEBOOKS = sorted((ROOT / "docs/notebooks").glob("*.ipynb"))


def blocks(page, language):
    return re.findall(rf"^```{language}\n(.*?)^```", page.read_text(encoding="utf-8"), re.S | re.M)


def run_python(code, folder):
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=folder, timeout=300,
                          env={**os.environ, "MPLBACKEND": "Agg"})


class Samples(unittest.TestCase):
    def test_python(self):
        for page in PAGES:
            with self.subTest(page=page.name), tempfile.TemporaryDirectory() as folder:
                code = "\n".join(blocks(page, "python"))
                if code:
                    done = run_python(code, folder)
                    self.assertEqual(done.returncode, 0, done.stderr)

    def test_commands(self):
        ran = 0
        for page in PAGES:
            for line in "".join(blocks(page, "sh")).replace("\\\n", " ").splitlines():
                words = shlex.split(line, comments=True)
                if not words or words[0] != "gigawatt":
                    continue
                with self.subTest(page=page.name, line=line):
                    done = subprocess.run([BINARY, *words[1:], "--quiet"], capture_output=True, text=True, cwd=ROOT, timeout=300)
                    self.assertIn(done.returncode, (0, 3), done.stderr)
                    self.assertTrue(done.stdout)
                    ran += 1
        self.assertGreater(ran, 15)


class Notebooks(unittest.TestCase):
    def test_they_run(self):
        self.assertGreaterEqual(len(NOTEBOOKS), 4)
        for notebook in NOTEBOOKS:
            with self.subTest(notebook=notebook.name), tempfile.TemporaryDirectory() as folder:
                cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
                code = "\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "code")
                done = run_python(code, folder)
                self.assertEqual(done.returncode, 0, done.stderr)
                self.assertTrue(any(cell["cell_type"] == "markdown" for cell in cells))
                self.assertFalse(any(cell.get("outputs") for cell in cells), "outputs are not kept: they would go stale")


class Site(unittest.TestCase):
    @needs("mkdocs", "material")
    def test_it_builds_and_every_link_leads_somewhere(self):
        with tempfile.TemporaryDirectory() as folder:
            done = subprocess.run([sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", folder], cwd=ROOT,
                                  capture_output=True, text=True, env={**os.environ, "NO_MKDOCS_2_WARNING": "1"})
            self.assertEqual(done.returncode, 0, done.stderr)
            home = pathlib.Path(folder, "index.html").read_text(encoding="utf-8")
            self.assertIn("digital twin", home)
            for page, words in (("python", ["gigawatt.step", "global_batch", "ClusterView"]), ("catalogue", ["nvidia-h100-ds", "prometheus"]),
                                ("metrics", ["energized_mw_it"]), ("errors", ["unknown-key"])):
                text = pathlib.Path(folder, "reference", f"{page}.html").read_text(encoding="utf-8")
                for word in words:
                    self.assertIn(word, text)
            # Nothing is fetched from elsewhere when a page is opened.
            self.assertEqual(re.findall(r"(?:<script[^>]*src|<link[^>]*rel=\"stylesheet\"[^>]*href)=\"https?://[^\"]*", home), [])


if __name__ == "__main__":
    unittest.main()
