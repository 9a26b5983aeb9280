"""What the API answers to people who mean well, and to mistakes."""

import gzip
import json
import unittest

from gigawatt import Case, ROOT, gigawatt, run_json
from server import Server

TINY = (ROOT / "scenarios/single-rack.toml").read_text()
STEP = {"model": "llama3.1-8b", "system": "h100-sxm", "gpus": 64, "seq": 8192, "global_batch": 128, "tp": 2}


class Api(Case):
    @classmethod
    def setUpClass(cls):
        cls.server = Server()
        cls.addClassCleanup(cls.server.__exit__)

    def test_a_run_from_text_to_document(self):
        run = self.server.post("/api/runs", {"toml": TINY, "name": "first", "seed": 7}, expect=202)["id"]
        done = self.server.wait_for(run, "done", "failed")
        self.assertEqual((done["status"], done["name"], done["seed"], done["fraction"]), ("done", "first", "7", 1))
        document = self.server.get(f"/api/runs/{run}/document")
        self.assertEqual(document["scenario"]["hash"], done["hash"])
        self.assertEqual(self.server.get(f"/api/runs/{run}/toml")["toml"], TINY)
        summary = run_json("run", ROOT / "scenarios/single-rack.toml", "--seed", 7)
        self.assertEqual([j["mfu"] for j in document["jobs"]], [j["mfu"] for j in summary["jobs"]])
        self.assertIn(run, [r["id"] for r in self.server.get("/api/runs")["runs"]])

        index = self.server.get(f"/api/runs/{run}/series/index")["series"]
        row = next(s for s in index if s["metric"] == "load_mw_it" and s["entity"] == "fleet")
        series = self.server.get(f"/api/runs/{run}/series?metric=load_mw_it")
        self.assertEqual((len(series["t"]), series["unit"]), (row["points"], "MW"))
        self.assertEqual(series["mean"], document["series"]["fleet"]["it_mw"])
        few = self.server.get(f"/api/runs/{run}/series?metric=load_mw_it&points=3")
        self.assertEqual(len(few["t"]), 3)
        self.assertEqual((max(few["max"]), min(few["min"])), (max(series["max"]), min(series["min"])))

        trace = json.loads(self.server.request("GET", f"/api/runs/{run}/trace")[2])
        self.assertTrue(any(event["ph"] == "X" for event in trace["traceEvents"]))
        self.assertEqual(self.server.json("DELETE", f"/api/runs/{run}")["done"], "removed")
        self.server.get(f"/api/runs/{run}", expect=404)

    def test_a_run_with_changes_is_stored_with_them(self):
        body = {"toml": TINY, "set": ["seed=11"]}
        run = self.server.post("/api/runs", body, expect=202)["id"]
        done = self.server.wait_for(run, "done", "failed")
        self.assertEqual((done["status"], done["seed"]), ("done", "11"))
        again = self.server.post("/api/runs", {"toml": self.server.get(f"/api/runs/{run}/toml")["toml"]}, expect=202)["id"]
        self.assertEqual(self.server.wait_for(again, "done", "failed")["hash"], done["hash"])
        wrong = self.server.json("POST", "/api/runs", {"toml": TINY, "set": ["sede=11"]}, expect=400)
        self.assertIn("seed", json.dumps(wrong))

    def test_a_run_answered_at_once_is_the_command_lines(self):
        def plain(answer):
            return {k: v for k, v in answer.items() if k != "wall_s"}

        file = ROOT / "scenarios/single-rack.toml"
        asked = {"scenario": TINY, "set": ["site.lab.pue=1.2"], "runs": 3, "until": "2025-06", "seed": 5}
        expected = run_json("run", file, "--set", "site.lab.pue=1.2", "--runs", 3, "--until", "2025-06", "--seed", 5)
        self.assertEqual(plain(self.server.json("POST", "/api/run", asked)), plain(expected))
        claims = self.server.json("POST", "/api/claims", {"scenario": TINY})
        self.assertEqual(claims, run_json("claims", file))

        kept = self.server.json("POST", "/api/run", {"scenario": TINY, "snapshot": "2025-03-01"})["snapshot"]
        onward = self.server.json("POST", "/api/run", {"from": kept})
        self.assertEqual(onward["sites"], run_json("run", file)["sites"])
        # What only a face with files of its own can name is no key here, and no seed is ignored.
        for more in ({"out": "x.db"}, {"report": "x.html"}, {"parquet": "x"}, {"seed": -1}, {"until": "1999"}, {"from": kept}):
            self.server.json("POST", "/api/run", {"scenario": TINY, **more}, expect=400)
        self.server.json("POST", "/api/site", {"site": "prometheus", "it_mw": 1, "seed": 1}, expect=400)

    def test_logs_and_rows_travel_as_texts(self):
        log = "".join(f"{i} {5 * i} -1 10 64 -1 -1 64 -1 -1 1 1 1 1 1 1 -1 -1\n" for i in range(4))
        replayed = self.server.json("POST", "/api/replay", {"trace": log, "gpus": 64, "gpu_power": "1 kW"})
        self.assertEqual((replayed["jobs"], replayed["wait_s"]["max"]), (4, 15))
        self.server.json("POST", "/api/replay", {"trace": log, "gpus": 64, "out": "s.csv"}, expect=400)
        faults = "node,start,end\n" + "".join(f"n{i % 7},{3600 * i * i},{3600 * i * i + 600 * (1 + i % 5)}\n" for i in range(60))
        fit = self.server.json("POST", "/api/fit", {"what": "failures", "file": faults, "nodes": 7})
        self.assertEqual(fit["faults"], 60)
        header, row = (ROOT / "data/validation/runs.csv").read_text(encoding="utf-8").splitlines()[:2]
        checked = self.server.json("POST", "/api/validate", {"runs": f"{header}\n{row}\n"})
        self.assertEqual(checked["predicted"], 1)
        # A folder of this machine is nothing that a client may name.
        named = self.server.json("POST", "/api/validate", {"kernels": str(ROOT / "data")}, expect=400)
        self.assertNotIn("groups", named)

    def test_events_lead_to_the_end(self):
        run = self.server.post("/api/runs", {"toml": TINY}, expect=202)["id"]
        connection = self.server.connection()
        self.addCleanup(connection.close)
        connection.request("GET", f"/api/runs/{run}/events")
        answer = connection.getresponse()
        self.assertEqual(answer.headers["Content-Type"], "text/event-stream")
        events = [part for part in answer.read().decode().split("\n\n") if part.startswith("event:")]
        counts = [json.loads(part.split("data: ")[1]).get("events", 0) for part in events]
        self.assertEqual(counts, sorted(counts))
        self.assertEqual(counts[-1], self.server.get(f"/api/runs/{run}")["events"])
        self.assertGreater(counts[-1], 0)
        name, data = events[-1].split("\n")
        self.assertEqual(name, "event: end")
        self.assertEqual(json.loads(data.removeprefix("data: "))["status"], "done")

    def test_a_step_is_the_command_lines_step(self):
        answer = self.server.post("/api/step", STEP)
        printed = run_json("step", *sum(([f"--{k.replace('_', '-')}", v] for k, v in STEP.items()), []))
        for key, value in printed.items():
            self.assertEqual(answer[key], value, key)
        tokens = STEP["seq"] * STEP["global_batch"]
        cost = answer["usd_per_gpu_hour"] * STEP["gpus"] * answer["step_time_s"] / 3600 / tokens * 1e12
        self.assertAlmostEqual(answer["cost_usd_per_trillion_tokens"] / cost, 1, places=9)
        words = self.server.post("/api/step/command", STEP)
        self.assertIn("--tensor-model-parallel-size 2", " ".join(words["megatron"].split()))
        self.assertTrue(words["torchtitan"] and words["nemo"])
        line = words["gigawatt"].split()
        again = json.loads(gigawatt(*line[1:], "--json").stdout)
        self.assertEqual(again["step_time_s"], answer["step_time_s"])

    def test_neighbors_are_one_change_away(self):
        around = self.server.post("/api/step/neighbors", STEP)["neighbors"]
        changed = next(n for n in around if n["change"] == "TP 2 to 4")
        self.assertEqual(changed["step_time_s"], self.server.post("/api/step", {**STEP, "tp": 4})["step_time_s"])
        self.assertTrue(all(n["fits"] or n["why_not"] for n in around))
        self.assertTrue(any("slower_by" in n for n in around))
        illegal = self.server.post("/api/step/neighbors", {**STEP, "tp": 3})["neighbors"]
        self.assertTrue(any(n["why_not"] for n in illegal if not n["fits"]))

    def test_a_config_json_stands_for_a_model(self):
        config = {"model_type": "llama", "hidden_size": 4096, "intermediate_size": 14336, "num_hidden_layers": 32,
                  "num_attention_heads": 32, "num_key_value_heads": 8, "vocab_size": 128256,
                  "max_position_embeddings": 131072, "rms_norm_eps": 1e-5, "tie_word_embeddings": False}
        body = {**STEP, "config_json": config}
        del body["model"]
        own = self.server.post("/api/step", body)
        as_text = self.server.post("/api/step", {**body, "config_json": json.dumps(config)})
        self.assertEqual(own["step_time_s"], as_text["step_time_s"])
        self.assertEqual(own["step_time_s"], self.server.post("/api/step", STEP)["step_time_s"])

    def test_search_finds_the_command_lines_best(self):
        body = {k: STEP[k] for k in ("model", "system", "gpus", "seq", "global_batch")}
        answer = self.server.post("/api/search", {**body, "gpus_range": [16, 64]})
        printed = run_json("search", *sum(([f"--{k.replace('_', '-')}", v] for k, v in body.items()), []))
        self.assertEqual(answer["best"], printed["best"])
        self.assertEqual([point["gpus"] for point in answer["scaling"]], [16, 32, 64])
        # Over sizes the fastest by the middle of its band; alone the one whose band's upper end is least.
        middle = self.server.post("/api/search", {**body, "robust": "off"})["best"][0]
        for key, value in answer["scaling"][-1]["best"].items():
            self.assertEqual(value, middle[key], key)
        fixed = self.server.post("/api/search", {**body, "fixed": {"tp": [4]}})
        self.assertEqual({b["plan"]["tp"] for b in fixed["best"]}, {4})

    def test_a_step_trace_is_a_trace(self):
        events = self.server.post("/api/step/trace", {**STEP, "pp": 4})["traceEvents"]
        self.assertEqual(len([e for e in events if e.get("cat") == "forward"]),
                         4 * self.server.post("/api/step", {**STEP, "pp": 4})["micro_batches"])

    def test_the_catalogue_and_one_entry(self):
        catalogue = self.server.get("/api/catalog")
        self.assertIn("h100-sxm", [s["name"] for s in catalogue["systems"]])
        entry = self.server.get("/api/catalog/systems/h100-sxm")
        self.assertEqual(entry["kind"], "system")
        self.assertTrue(entry["sources"])
        profile = catalogue["software"][0]["name"]
        self.assertEqual(self.server.get(f"/api/catalog/software/{profile}")["kind"], "software")
        self.server.get("/api/catalog/systems/h1000", expect=404)
        self.server.get("/api/catalog/planets/earth", expect=404)

    def test_scenarios_and_their_check(self):
        shipped = self.server.get("/api/scenarios")["scenarios"]
        self.assertIn(TINY, [s["toml"] for s in shipped])
        self.assertTrue(self.server.post("/api/scenario/check", {"toml": TINY})["ok"])
        wrong = self.server.post("/api/scenario/check", {"toml": TINY.replace("pue = 1.15", "puee = 1.15")})
        problem = wrong["diagnostics"][0]
        line = next(i for i, text in enumerate(TINY.split("\n"), 1) if text.startswith("pue = 1.15"))
        self.assertEqual((problem["line"], problem["column"], problem["key"]), (line, 1, "puee"))
        self.assertIn("pue", problem["hint"])
        self.assertEqual(self.server.get("/api/scenario/schema")["type"], "object")

    def test_validation_says_what_the_command_says(self):
        answer = self.server.get("/api/validation")
        printed = run_json("validate")
        self.assertEqual(answer["overall"], printed["overall"])
        rows = {r["id"]: r["error_pct"] for r in printed["rows_out"]}
        self.assertEqual({r["id"]: r["error_pct"] for r in answer["rows"]}, rows)
        self.assertTrue(all(r["accelerator"] and r["citation"] and r["time"] for r in answer["rows"]))

    def test_long_answers_are_compressed_for_those_who_take_it(self):
        for method, path, body in (("GET", "/api/catalog", None), ("POST", "/api/step", STEP), ("GET", "/api/scenarios", None)):
            plain = self.server.request(method, path, body)
            packed = self.server.request(method, path, body, {"Accept-Encoding": "gzip"})
            self.assertEqual((packed[1]["Content-Encoding"], packed[1]["Vary"]), ("gzip", "Accept-Encoding"), path)
            self.assertIsNone(plain[1]["Content-Encoding"])
            self.assertEqual(json.loads(gzip.decompress(packed[2])), json.loads(plain[2]))
            self.assertLess(len(packed[2]), 0.7 * len(plain[2]))
        self.assertIsNone(self.server.request("GET", "/api/version", headers={"Accept-Encoding": "gzip"})[1]["Content-Encoding"])

    def test_what_does_not_change_is_sent_once(self):
        for path in ("/api/catalog", "/api/scenario/schema", "/api/openapi.json"):
            tag = self.server.request("GET", path)[1]["ETag"]
            status, headers, text = self.server.request("GET", path, headers={"If-None-Match": tag})
            self.assertEqual((status, headers["ETag"], text), (304, tag, b""), path)

    def test_every_described_path_exists(self):
        document = self.server.get("/api/openapi.json")
        self.assertEqual(document["openapi"], "3.1.0")
        for path, methods in document["paths"].items():
            for method in methods:
                status, _, text = self.server.request(method.upper(), path.replace("{id}", "999999"), body="{}")
                self.assertNotIn(status, (405, 500), f"{method} {path}")
                if status == 404:
                    self.assertNotIn(b"unknown_path", text, path)
        body = document["components"]["schemas"]["step"]
        self.assertEqual(body["properties"]["tp"]["minimum"], 1)

    def test_mistakes_are_named(self):
        def problem(path, body):
            return self.server.post(path, body, expect=400)["diagnostics"][0]

        self.assertIn("'tp'", problem("/api/step", {**STEP, "tpp": 2})["hint"])
        self.assertIn("h100-sxm", problem("/api/step", {**STEP, "system": "h100sxm"})["message"])
        self.assertIn("'gpus' is missing", problem("/api/step", {k: v for k, v in STEP.items() if k != "gpus"})["message"])
        self.assertIn("micro_batch", problem("/api/step", {**STEP, "micro_batch": "two"})["message"])
        self.assertIn("until", problem("/api/runs", {"toml": TINY, "until": "1999-01-01"})["message"])
        error = self.server.post("/api/step", {**STEP, "tp": 3}, expect=400)["error"]
        self.assertEqual(error["code"], "illegal_plan")
        self.assertIn("TP 2", error["hint"])  # what would fail next is not hinted at

    def test_files_of_this_machine_are_no_models(self):
        for name in ("/etc/passwd", "../../etc/passwd", "config.json"):
            for key in ("model", "system", "software"):
                answer = self.server.post("/api/step", {**STEP, key: name}, expect=400)
                self.assertNotIn("root:", json.dumps(answer))
                self.assertTrue(answer["diagnostics"][0]["message"].startswith("no "))


if __name__ == "__main__":
    unittest.main()
