#!/usr/bin/env python3
"""CONTRIBUTING's recipes for data, followed: a chip, a system, a site and a model of one's own, one file each."""

import os
import re
import unittest

from gigawatt import ROOT, Case, gigawatt, run_json


class Recipes(Case):
    def setUp(self):
        super().setUp()
        self.data = self.folder / "data"
        self.data.mkdir()
        for entry in (ROOT / "data").iterdir():
            if entry.name in ("chips", "systems", "sites", "models"):
                (self.data / entry.name).mkdir()
                for file in entry.iterdir():
                    (self.data / entry.name / file.name).symlink_to(file)
            else:
                (self.data / entry.name).symlink_to(entry)

    def copy(self, kind, like, name, *changes):
        """The nearest file, changed: its name, no aliases, and what is asked."""
        text = (ROOT / "data" / kind / f"{like}.toml").read_text(encoding="utf-8")
        for pattern, into in ((r'(?m)^name = ".*"', f'name = "{name}"'), (r"(?m)^aliases = .*\n", ""), *changes):
            text, found = re.subn(pattern, into, text, count=1)
            self.assertEqual(found, 1, f"{like}: {pattern}")
        (self.data / kind / f"{name}.toml").write_text(text, encoding="utf-8")

    def env(self):
        return {**os.environ, "GIGAWATT_DATA": str(self.data)}

    def show(self, name):
        return run_json("catalog", "show", name, env=self.env())["matches"][0]["entry"]

    def test_a_chip_and_a_system_of_it_are_two_files(self):
        self.copy("chips", "h100-sxm-80", "my-chip", (r'bf16 = \{ value = "989.4 TFLOP/s"', 'bf16 = { value = "1978.8 TFLOP/s"'))
        self.copy("systems", "h100-sxm", "my-system", (r'accelerator = "h100-sxm-80"', 'accelerator = "my-chip"'))
        self.assertEqual(self.show("my-chip")["peak"]["bf16"]["value"], 1978.8)
        step = ("step", "--model", "llama3.1-8b", "--gpus", 64, "--seq", 8192, "--global-batch", 64, "--tp", 2)
        mine, nearest = (run_json(*step, "--system", s, env=self.env()) for s in ("my-system", "h100-sxm"))
        self.assertLess(mine["step_time_s"], nearest["step_time_s"])

    def test_a_site_is_one_file(self):
        self.copy("sites", "prometheus", "my-site", (r"pue = \{ value = 1.08, low = 1.06", "pue = { value = 1.19, low = 1.06"))
        self.assertEqual(self.show("my-site")["pue"]["value"], 1.19)
        self.assertEqual(run_json("site", "my-site", "--it-mw", 10, env=self.env())["hours"], 8760)

    def test_a_model_is_one_file_whose_published_total_is_held(self):
        self.copy("models", "llama3.1-8b", "my-model", (r"vocab = 128256", "vocab = 128256\ntied_embeddings = true"),
                  (r"value = 8030261248", "value = 7504924672"))
        answer = run_json("step", "--model", "my-model", "--system", "h100-sxm", "--gpus", 64, "--seq", 8192, "--global-batch", 64, "--tp", 2,
                          env=self.env())
        self.assertGreater(answer["step_time_s"], 0)

    def test_a_number_without_a_source_is_refused_with_its_place(self):
        self.copy("chips", "h100-sxm-80", "my-chip", (r'tdp = \{ value = "700 W", source = "[^"]*" \}', 'tdp = { value = "700 W" }'))
        done = gigawatt("catalog", "show", "my-chip", env=self.env())
        self.assert_fails(done, 1, "my-chip.toml", "source")


if __name__ == "__main__":
    unittest.main()
