"""A command made of two files reaches the command line, the HTTP API and its document with every option."""

import json

from gigawatt import Case, gigawatt, run_json
from server import Server


class CommandLine(Case):
    def test_options_are_the_fields(self):
        r = run_json("echo", "--subject", "llama", "--times", "2k", "--tokens", "1.5T", "--power", "3 MW", "--spares", 0,
                     "--tone", "loud", "--set", "a.b=1,2", "--set", "c=3", "--sizes", "1,024", "--sizes", "8,16")
        self.assertEqual((r["subject"], r["document"], r["times"], r["tokens"]), ("llama", "", 2000, 1.5e12))
        self.assertEqual((r["power_w"], r["spares"], r["tone"]), (3e6, 0, "loud"))
        self.assertEqual(r["set"], ["a.b=1,2", "c=3"])
        self.assertIsNone(run_json("echo", "--subject", "llama")["spares"])

    def test_files_are_read_and_written(self):
        document, table = self.file("m.json", '{"a": 1}'), self.file("t.csv", "x\n1\n")
        out = self.folder / "out.txt"
        r = run_json("echo", "--subject", document, "--table", table, "--out", out)
        self.assertEqual((r["document"], r["table"]), ('{"a": 1}', "x\n1\n"))
        self.assertEqual(out.read_text(), str(document))
        self.assert_fails(gigawatt("echo", "--subject", "x", "--table", table, "--out", table), 1, "overwrite")
        self.assertEqual(table.read_text(), "x\n1\n")
        self.assert_fails(gigawatt("echo", "--subject", "x", "--table", self.folder / "none.csv"), 1, "none.csv", "no such file")

    def test_mistakes(self):
        self.assert_fails(gigawatt("echo"), 2, "--subject")
        self.assert_fails(gigawatt("echo", "--subject", "x", "--times", 0), 2, "--times", "1 to")
        self.assert_fails(gigawatt("echo", "--subject", "x", "--times", "many"), 2, "many")
        self.assert_fails(gigawatt("echo", "--subject", "x", "--tone", "lout"), 2, "loud")
        self.assert_fails(gigawatt("echo", "--subject", "x", "--power", "3 MWh"), 1, "power", "MW")
        self.assert_fails(gigawatt("echo", "--subject", "x", "--sub", "y"), 2, "--sub")
        self.assert_fails(gigawatt("echo", "--subject", "x", "--silent"), 3, "nothing is to be said")
        self.assertFalse(json.loads(gigawatt("echo", "--subject", "x", "--silent", "--json").stdout)["feasible"])

    def test_reference_and_help(self):
        self.assertIn("--subject", gigawatt("echo", "--help").stdout)
        self.assertIn("gigawatt echo", gigawatt("reference", "markdown").stdout)


class Http(Case):
    def test_the_same_over_http(self):
        with Server() as server:
            r = server.post("/api/echo", {"subject": {"a": 1}, "tokens": "15T", "times": 3, "inner": {"sizes": [8]}})
            self.assertEqual((json.loads(r["document"]), r["tokens"], r["times"], r["sizes"]), ({"a": 1}, 15e12, 3, [8]))
            self.assertEqual(server.post("/api/echo", {"subject_json": "x"})["subject"], "x")
            wrong = server.post("/api/echo", {"subject": "x", "subject_json": "y", "tiems": 3, "times": 0}, expect=400)
            self.assertEqual({d["code"] for d in wrong["diagnostics"]}, {"given-twice", "unknown-key", "out-of-range"})
            server.post("/api/echo", {"subject": "x", "out": "/tmp/x"}, expect=400)
            self.assertEqual(server.post("/api/echo", {"subject": "x", "silent": True}, expect=400)["error"]["code"], "refused")
            document = server.get("/api/openapi.json")
            self.assertIn("/api/echo", document["paths"])
            self.assertIn("power", document["components"]["schemas"]["echo"]["properties"])
            self.assertNotIn("out", document["components"]["schemas"]["echo"]["properties"])
