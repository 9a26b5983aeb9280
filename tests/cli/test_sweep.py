"""A sweep from the command line: its answer, what it refuses, and that a folder with part of it is completed."""

import unittest

from gigawatt import Case, ROOT, gigawatt, run_json

SWEEP = 'version = 1\nscenario = "rack.toml"\nseeds = [1, 2, 3]\n[vary]\n"job.chat.utilization" = ["50%", "120%"]\n'


class Sweep(Case):
    def sweep(self, text=SWEEP):
        self.file("rack.toml", (ROOT / "scenarios/single-rack.toml").read_text())
        return self.file("sweep.toml", text)

    def test_runs_are_counted_and_a_folder_is_completed(self):
        sweep, out = self.sweep(), self.folder / "out"
        first = run_json("sweep", sweep, "--out", out, "--threads", 1)
        self.assertEqual((first["runs"], first["failed"], first["kept_shards"]), (6, 3, 0))
        self.assertEqual(first["outputs"], [str(out / "results.parquet"), str(out / "manifest.json")])
        before = (out / "results.parquet").read_bytes()
        (out / "shards/000002.parquet").unlink()
        (out / "results.parquet").unlink()
        again = run_json("sweep", sweep, "--out", out, "--engine", "local")
        self.assertEqual((again["runs"], again["kept_shards"]), (6, 5))
        self.assertEqual((out / "results.parquet").read_bytes(), before)

    def test_what_is_wrong_is_named(self):
        sweep, out = self.sweep(), self.folder / "out"
        self.assert_fails(gigawatt("sweep", sweep, "--out", out, "--engine", "rya"), 1, "rya", "did you mean 'ray'")
        self.assertFalse(out.exists())
        self.assert_fails(gigawatt("sweep", sweep), 2, "--out")
        typo = self.sweep(SWEEP.replace("utilization", "utilisation"))
        self.assert_fails(gigawatt("sweep", typo, "--out", out), 1, "utilisation", "utilization")
        sweep = self.sweep()
        rack = (ROOT / "scenarios/single-rack.toml").read_text()
        self.file("rack.toml", rack.replace('kind = "training"\n', 'kind = "training"\nsoftware = "megatron-bridg"\n', 1))
        self.assert_fails(gigawatt("sweep", sweep, "--out", out), 1, "megatron-bridg", "did you mean")
        none = self.sweep(SWEEP.replace('"50%", ', ""))
        self.assertEqual(gigawatt("sweep", none, "--out", out).returncode, 3)
        self.assert_fails(gigawatt("sweep", self.sweep(), "--out", out), 1, "manifest.json", "another sweep")


if __name__ == "__main__":
    unittest.main()
