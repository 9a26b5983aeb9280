"""Exit codes and what goes where."""

import json
import os
import pty
import subprocess
import tomllib
import unittest

from gigawatt import BINARY, Case, PATIENCE, ROOT, gigawatt, run_json

TINY = ROOT / "scenarios/single-rack.toml"
STEP = ("step", "--model", "llama3.1-8b", "--system", "h100-sxm", "--gpus", 64, "--seq", 8192, "--global-batch", 128)
PLAN = (*STEP, "--tp", 2)


class Searches(Case):
    def test_a_list_is_the_beginning_of_a_longer_one(self):
        found = [run_json("search", "--model", "llama3.1-8b", "--system", "h100-sxm", "--gpus", 64, "--seq", 8192,
                          "--global-batch", 128, "--top", n)["best"] for n in (1, 3, 12)]
        times = [[(b["step_time_s"], b["memory_gb"]) for b in best] for best in found]
        self.assertEqual(times[0], times[2][:1])
        self.assertEqual(times[1], times[2][:3])


class Imports(Case):
    def test_a_whole_command_line_is_one_argument(self):
        emitted = run_json(*PLAN, "--emit", "megatron")["emit"]["text"]
        self.assertGreater(len(emitted), 255)  # longer than a name of a file
        read = run_json("import", "megatron", emitted, "--gpus", 64)
        self.assertEqual(read["plan"]["tp"], 2)


class Traces(Case):
    def test_the_picture_of_a_step_ends_when_the_step_does(self):
        for zero in (1, 3):
            trace = self.folder / "trace.json"
            step = run_json(*PLAN, "--zero", zero, "--trace", trace)
            events = json.loads(trace.read_text())
            events = events["traceEvents"] if isinstance(events, dict) else events
            end = max(e["ts"] + e["dur"] for e in events if e.get("ph") == "X") * 1e-6
            self.assertAlmostEqual(end, step["step_time_s"], delta=1e-3 * step["step_time_s"])


class Usage(Case):
    def test_unknown_commands_and_options(self):
        self.assert_fails(gigawatt("rum"), 2, "'rum'", "run")
        self.assert_fails(gigawatt("run"), 2, "scenario")
        self.assert_fails(gigawatt(), 2, "run")
        self.assert_fails(gigawatt(*STEP, "--gpu", 8), 2, "--gpu", "--gpus")
        self.assert_fails(gigawatt("run", TINY, "--runs", "-3"), 2, "--runs")
        self.assert_fails(gigawatt("run", TINY, "--seed", "-1"), 2, "--seed")
        self.assert_fails(gigawatt("run", TINY, "--threads", "many"), 2, "--threads")
        self.assert_fails(gigawatt("run", TINY, "--until", "tomorrow"), 2, "tomorrow")

    def test_help_is_there_for_every_command(self):
        commands = ["run", "step", "search", "claims", "validate", "catalog", "schema", "version"]
        listed = gigawatt("--help")
        self.assertEqual(listed.returncode, 0)
        for command in commands:
            self.assertIn(command, listed.stdout)
            done = gigawatt(command, "--help")
            self.assertEqual((done.returncode, done.stderr), (0, ""))
            for option in ("--json", "--seed", "--threads", "--quiet", "--version"):
                self.assertIn(option, done.stdout, command)

    def test_version(self):
        self.assertRegex(gigawatt("--version").stdout, r"^gigawatt \d+\.\d+\.\d+\n$")
        self.assertEqual(gigawatt("run", "--version").stdout, gigawatt("version").stdout)
        self.assertEqual(json.loads(gigawatt("version", "--json").stdout)["program"], "gigawatt")


class Output(Case):
    def test_json_stands_alone_on_standard_output(self):
        done = gigawatt("run", TINY, "--json", "--out", self.folder / "r.db", "--report", self.folder / "r.html")
        document = json.loads(done.stdout)
        for key in ("scenario", "seed", "events", "wall_s", "sites", "jobs", "fleet", "claims"):
            self.assertIn(key, document)
        self.assertIn("r.db", done.stderr)

    def test_quiet_says_nothing_on_standard_error(self):
        done = gigawatt("run", TINY, "--quiet", "--out", self.folder / "r.db")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertIn("accelerators", done.stdout)

    def test_the_summary_fits_100_columns_and_has_no_color_in_a_pipe(self):
        for name in ("single-rack", "meta-superclusters"):
            done = gigawatt("run", ROOT / f"scenarios/{name}.toml")
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertNotIn("\x1b", done.stdout)
            widest = max(done.stdout.splitlines(), key=len)
            self.assertLessEqual(len(widest), 100, widest)

    def on_terminal(self, env):
        reader, writer = pty.openpty()
        with subprocess.Popen([BINARY, "run", TINY], stdout=writer, stderr=subprocess.DEVNULL,
                              env={**os.environ, "GIGAWATT_DATA": str(ROOT / "data"), "TERM": "xterm", **env}):
            os.close(writer)
            text = b""
            try:
                while chunk := os.read(reader, 4096):
                    text += chunk
            except OSError:
                pass  # the terminal's other end is gone
        os.close(reader)
        return text

    def test_color_is_for_terminals_without_no_color(self):
        self.assertIn(b"\x1b[", self.on_terminal({"NO_COLOR": ""}))
        self.assertNotIn(b"\x1b[", self.on_terminal({"NO_COLOR": "1"}))

    def test_a_reader_that_leaves_is_no_crash(self):
        command = f"'{BINARY}' catalog list | head -n 1; echo ${{PIPESTATUS[0]}}"
        done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, timeout=60 * PATIENCE,
                              env={**os.environ, "GIGAWATT_DATA": str(ROOT / "data")})
        self.assertEqual(done.stdout.splitlines()[-1], "0", done.stderr)
        self.assertEqual(done.stderr, "")

    def test_a_full_standard_output_is_an_error(self):
        with open("/dev/full", "w") as full:
            done = subprocess.run([BINARY, "catalog", "list"], stdout=full, stderr=subprocess.PIPE, text=True, timeout=60 * PATIENCE,
                                  env={**os.environ, "GIGAWATT_DATA": str(ROOT / "data")})
        self.assertEqual(done.returncode, 1)
        self.assertIn("standard output", done.stderr)

    def test_a_missing_data_folder_is_named(self):
        self.assert_fails(gigawatt("catalog", env={"GIGAWATT_DATA": "/nowhere"}), 1, "/nowhere")


class Step(Case):
    def test_terms_add_up(self):
        r = run_json(*PLAN)
        self.assertAlmostEqual(sum(r["time"].values()), r["step_time_s"], delta=1e-9 * r["step_time_s"])
        self.assertAlmostEqual(sum(r["memory"]["by"].values()), r["memory"]["peak_gb"], delta=1e-6)
        self.assertLessEqual(r["interval"]["low"], r["step_time_s"])
        self.assertGreaterEqual(r["interval"]["high"], r["step_time_s"])
        tokens = 128 * 8192 / r["step_time_s"] / 64
        self.assertAlmostEqual(r["tokens_per_s_per_gpu"], tokens, delta=1e-6 * tokens)

    def test_the_table_names_every_part(self):
        done = gigawatt(*PLAN)
        self.assertEqual(done.returncode, 0)
        for word in ("compute", "dp_comm", "weights", "MFU", "interval"):
            self.assertIn(word, done.stdout)

    def test_unknown_names_are_all_reported_with_the_nearest(self):
        done = gigawatt("step", "--model", "lama3.1-8b", "--system", "h100-sxn", "--gpus", 8, "--seq", 4096, "--global-batch", 8)
        self.assert_fails(done, 1, "llama3.1-8b", "h100-sxm")

    def test_a_model_may_be_a_config_json(self):
        config = ROOT / "src/gigawatt/workload/test/fixtures/hf/llama-3.1-8b.json"
        mine = run_json("step", "--model", config, *PLAN[3:])
        shipped = run_json(*PLAN)
        self.assertEqual(mine["step_time_s"], shipped["step_time_s"])
        self.assert_fails(gigawatt("step", "--model", ROOT / "README.json", *PLAN[3:]), 1, "README.json", "no such file")
        self.assert_fails(gigawatt("step", "--model", ROOT / "web/package.json", *PLAN[3:]), 1, "model_type")

    def test_a_model_may_be_a_file_of_ours(self):
        mine = run_json("step", "--model", ROOT / "data/models/llama3.1-8b.toml", *PLAN[3:])
        self.assertEqual(mine["step_time_s"], run_json(*PLAN)["step_time_s"])

    def test_an_illegal_plan_is_a_no(self):
        self.assert_fails(gigawatt(*STEP, "--tp", 3), 3, "no: ")
        done = gigawatt(*STEP, "--tp", 3, "--json")
        self.assertEqual(done.returncode, 3)
        self.assertFalse(json.loads(done.stdout)["feasible"])

    def test_what_does_not_fit_is_printed_and_a_no(self):
        done = gigawatt("step", "--model", "llama3.1-405b", "--system", "h100-sxm", "--gpus", 8, "--seq", 8192,
                        "--global-batch", 8, "--tp", 8, "--json")
        self.assertEqual(done.returncode, 3)
        self.assertFalse(json.loads(done.stdout)["memory"]["fits"])

    def test_a_trace_is_written(self):
        path = self.folder / "trace.json"
        done = gigawatt(*PLAN, "--pp", 2, "--trace", path)
        self.assertEqual(done.returncode, 0, done.stderr)
        spans = [e for e in json.loads(path.read_text())["traceEvents"] if e["ph"] == "X"]
        micro_batches = 128 // (64 // 4)
        self.assertGreaterEqual(len(spans), 2 * 2 * micro_batches)  # forward and backward on two ranks
        forward = {e["pid"]: e["dur"] for e in spans if e["name"].startswith("forward")}
        self.assertGreater(forward[2], 1.02 * forward[1])  # the head sits on the last rank

    def test_a_trace_of_more_work_than_fits_in_memory_is_refused(self):
        done = gigawatt("step", "--model", "llama3.1-405b", "--system", "h100-sxm", "--gpus", 1024, "--seq", 8192, "--tp", 8,
                        "--pp", 64, "--micro-batch", 1, "--global-batch", 100_000_000, "--trace", self.folder / "trace.json")
        self.assert_fails(done, 1, "pieces of work", "smaller global batch")

    def test_a_trace_of_virtual_stages(self):
        path = self.folder / "trace.json"
        plan = (*STEP[:-1], 64, "--tp", 2, "--pp", 2, "--vpp", 2, "--trace", path)  # four micro-batches on two ranks
        self.assertEqual(gigawatt(*plan).returncode, 0)
        # Three leave one over in groups of two: Megatron-LM refuses to interleave them.
        self.assert_fails(gigawatt(*STEP[:-1], 48, "--tp", 2, "--pp", 2, "--vpp", 2), 3, "global batch of")
        names = [e["name"] for e in json.loads(path.read_text())["traceEvents"] if e["ph"] == "X"]
        for direction in ("forward", "backward"):  # each micro-batch through both chunks of both ranks
            self.assertEqual(sum(name.startswith(direction) for name in names), 4 * 2 * 2)

    def test_search_beats_a_plan_by_hand(self):
        best = run_json("search", *STEP[1:])
        self.assertLessEqual(best["best"][0]["step_time_s"], run_json(*PLAN)["step_time_s"] * (1 + 1e-12))
        self.assertGreaterEqual(best["legal"], best["evaluated"])
        self.assertGreaterEqual(best["evaluated"], best["fit"])
        times = [c["step_time_s"] for c in best["best"]]
        self.assertEqual(times, sorted(times))


SEARCH = ("search", *STEP[1:])


class Search(Case):
    def no(self, *arguments, words=()):
        done = gigawatt(*arguments, "--json")
        self.assertEqual(done.returncode, 3, done.stderr)
        document = json.loads(done.stdout)
        self.assertFalse(document["feasible"])
        for word in words:
            self.assertIn(word, document["reason"] + document["hint"])
        return document

    def test_counts_and_order(self):
        r = run_json(*SEARCH)
        self.assertEqual(r["legal"], r["evaluated"] + r["pruned"])
        self.assertGreaterEqual(r["evaluated"], r["fit"])
        everything = run_json(*SEARCH, "--exhaustive")
        self.assertEqual(everything["evaluated"], r["legal"])
        self.assertEqual((everything["best"], everything["pareto"]), (r["best"], r["pareto"]))

    def test_the_best_is_what_step_says(self):
        plan = run_json(*SEARCH, "--offload", "none")["best"][0]
        p = plan["plan"]
        options = [x for k in ("tp", "cp", "pp", "vpp", "ep", "etp", "zero", "recompute", "schedule") for x in (f"--{k}", p[k])]
        step = run_json(*STEP, *options, "--micro-batch", p["micro_batch"], "--shard-group", p["shard_group"])
        self.assertEqual(step["step_time_s"], plan["step_time_s"])
        self.assertEqual(step["memory"]["peak_gb"], plan["memory_gb"])

    def test_lists_fix_a_dimension(self):
        r = run_json(*SEARCH, "--tp", "2,4", "--pp", 2, "--zero", "1", "--schedule", "zero-bubble,1f1b", "--top", 50)
        self.assertTrue(r["best"])
        for c in r["best"]:
            self.assertIn(c["plan"]["tp"], (2, 4))
            self.assertEqual((c["plan"]["pp"], c["plan"]["zero"]), (2, 1))
            self.assertIn(c["plan"]["schedule"], ("zero-bubble", "1f1b"))
        self.assert_fails(gigawatt(*SEARCH, "--schedule", "1f2b"), 1, "1f2b", "dualpipe")
        self.assert_fails(gigawatt(*SEARCH, "--tp", "two"), 2, "--tp")

    def test_a_plan_longer_than_a_line_is_printed_in_parts(self):
        modules = "modules:layernorm+moe_act+mla_up_proj+moe+shared_experts"
        done = gigawatt("search", "--model", "deepseek-v3", "--system", "h800-sxm", "--gpus", 2048, "--seq", 4096,
                        "--global-batch", 15360, "--tp", 1, "--pp", 16, "--ep", 64, "--micro-batch", 1,
                        "--recompute", modules, "--top", 1)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn(f"recompute={modules}", "".join(done.stdout.split()))

    def test_an_option_that_nothing_meets_has_a_nearest_value(self):
        self.no(*SEARCH, "--pp", 512, words=("--pp 512", "leave --pp out"))
        self.no("search", "--model", "llama3.1-8b", "--system", "h100-sxm", "--seq", 8192, "--gpus", 64,
                "--global-batch", 7, "--dp", 8, words=("--dp 1", "a global batch of 8"))
        self.no("search", "--model", "llama3.1-8b", "--system", "h100-sxm", "--seq", 8192, "--gpus", 10**9,
                "--global-batch", 8, words=("100000000 accelerators",))

    def test_headroom(self):
        limit = run_json(*PLAN)["memory"]["limit_gb"]
        for c in run_json(*SEARCH, "--headroom", 50)["best"]:
            self.assertLessEqual(c["memory_gb"], 0.5 * limit)

    def test_sizes(self):
        base = ("search", "--model", "llama3.1-8b", "--system", "h100-sxm", "--seq", 8192, "--global-batch", 128)
        r = run_json(*base, "--gpus", "16..64")
        self.assertEqual([p["gpus"] for p in r["scaling"]], [16, 32, 64])
        self.assertEqual([p["global_batch"] for p in r["scaling"]], [128] * 3)
        self.assertEqual(r["scaling"][0]["efficiency"], 1)
        times = [p["step_time_s"] for p in r["gpu_front"]]
        self.assertEqual(times, sorted(times, reverse=True))
        weak = run_json(*base, "--gpus", "16..64", "--weak")
        self.assertEqual([p["global_batch"] for p in weak["scaling"]], [128, 256, 512])
        self.assert_fails(gigawatt(*base, "--gpus", "64..16"), 1, "16..64")
        self.assert_fails(gigawatt(*base, "--gpus", "many"), 1, "many")

    def test_explanation(self):
        r = run_json(*SEARCH, "--compare", "TP8 PP2 MB1 ZeRO1 SP")
        self.assertEqual([e["name"] for e in r["explanation"]], ["best", "second", "compared"])
        best = r["explanation"][0]
        self.assertAlmostEqual(sum(best["time"].values()), best["step_time_s"], delta=1e-9 * best["step_time_s"])
        better = [n["change"] for n in best["alternatives"] if not n["stops"]]
        self.assertTrue(all("CUDA graphs" in c or "bf16" in c for c in better), better)  # what was not searched
        self.assertLessEqual(len(best["would_help"]), 3)
        text = gigawatt(*SEARCH, "--explain").stdout
        for word in ("second", "compute", "what stops", "left out by bounds"):
            self.assertIn(word, text)
        self.assertLessEqual(max(map(len, text.splitlines())), 100)
        self.assert_fails(gigawatt(*SEARCH, "--compare", "TP7"), 1, "--compare")

    def test_what_has_no_answer_says_what_is_near(self):
        big = ("search", "--model", "llama3.1-405b", "--system", "h100-sxm", "--seq", 8192)
        self.no(*big, "--gpus", 16384, "--global-batch", 7, words=("global batch of 7", "8"))
        self.no(*big, "--gpus", 8, "--global-batch", 8, "--offload", "none", words=("GB", "accelerators"))
        self.no(*big, "--gpus", 10**9, "--global-batch", 1024, words=("100000000",))
        self.no(*big, "--gpus", 2**40, "--global-batch", 2**40, words=("100000000",))
        self.no(*big, "--gpus", 64, "--global-batch", 64, "--tp", 3, words=("--tp",))
        self.no(*big, "--gpus", 64, "--global-batch", 64, "--pp", 1000, words=("--pp",))
        config = json.loads((ROOT / "src/gigawatt/workload/test/fixtures/hf/llama-3.1-8b.json").read_text())
        deep = self.file("config.json", json.dumps({**config, "num_hidden_layers": 10**6}))
        done = gigawatt("search", "--model", deep, *STEP[3:], timeout=30)
        self.assertIn(done.returncode, (1, 3))
        self.assertIn("layers", done.stderr)


class Catalog(Case):
    def test_list_and_show(self):
        names = {e["name"] for e in run_json("catalog")["entries"]}
        for name in ("llama3.1-405b", "gb200-nvl72", "prometheus"):
            self.assertIn(name, names)
        shown = run_json("catalog", "show", "prometheus")
        self.assertTrue(shown["matches"][0]["sources"])
        self.assertEqual({e["kind"] for e in run_json("catalog", "list", "site")["entries"]}, {"site"})
        self.assert_fails(gigawatt("catalog", "list", "sites"), 1, "site")
        self.assertIn("torchtitan", {e["name"] for e in run_json("catalog", "list", "software")["entries"]})
        self.assertEqual(run_json("catalog", "show", "torchtitan")["matches"][0]["kind"], "software")
        self.assert_fails(gigawatt("catalog", "show", "promethius"), 1, "prometheus")
        self.assert_fails(gigawatt("catalog", "show"), 2, "NAME")

    def test_schema_is_json(self):
        schema = json.loads(gigawatt("schema", "scenario").stdout)
        self.assertIn("properties", schema)
        sweep = json.loads(gigawatt("schema", "sweep").stdout)
        self.assertLessEqual({"version", "scenario", "vary", "sample"}, set(sweep["properties"]))
        catalog = json.loads(gigawatt("schema", "catalog").stdout)
        for folder, described in catalog["$defs"].items():
            for file in sorted((ROOT / "data" / folder).glob("*.toml")):
                unknown = set(tomllib.loads(file.read_text())) - set(described["properties"])
                self.assertEqual(unknown, set(), file)
        price = catalog["$defs"]["systems"]["properties"]["node_price"]["anyOf"]
        self.assertEqual([p["type"] for p in price], ["string", "object"])
        self.assert_fails(gigawatt("schema", "nothing"), 2, "nothing")


class Validate(Case):
    HEADER, FIRST = (ROOT / "data/validation/runs.csv").read_text().splitlines()[:2]

    def test_rows_in_and_out(self):
        self.assertEqual(run_json("validate", self.file("one.csv", f"{self.HEADER}\n{self.FIRST}\n"))["predicted"], 1)
        unknown = self.file("unknown.csv", f"{self.HEADER}\n{self.FIRST.replace('GB300', 'GB3000')}\n")
        skipped = run_json("validate", unknown)["skipped"]
        self.assertIn("GB3000", skipped[0]["why"])

    def test_a_prompt_beyond_the_window_is_refused(self):
        served = ("serving", "--system", "h100-sxm", "--gpus", 8, "--tp", 8, "--osl", 2000)
        self.assert_fails(gigawatt(*served, "--model", "llama3.1-8b", "--isl", 130_000), 1, "131072 tokens", "130000 + 2000")
        config = self.file("config.json", json.dumps({
            "model_type": "llama", "architectures": ["LlamaForCausalLM"], "hidden_size": 4096, "intermediate_size": 14336,
            "num_hidden_layers": 32, "num_attention_heads": 32, "num_key_value_heads": 8, "vocab_size": 128256,
            "max_position_embeddings": 8192}))
        self.assert_fails(gigawatt(*served, "--model", config, "--isl", 8000), 1, "8192 tokens")
        self.assertEqual(gigawatt(*served, "--model", config, "--isl", 6000).returncode, 0)

    def test_what_is_no_table_of_runs(self):
        self.assert_fails(gigawatt("validate", self.file("none.csv", self.HEADER + "\n")), 1, "none.csv", "no rows")
        self.assert_fails(gigawatt("validate", self.file("open.csv", 'id,notes\n1,"open\n')), 1, "open.csv", "quote")
        self.assert_fails(gigawatt("validate", "nowhere.csv"), 1, "nowhere.csv", "no such file")
        self.assert_fails(gigawatt("validate", "--serving", self.file("other.csv", "a,b\n1,2\n")), 1, "other.csv", "'model'", "'gpu'")


class Claims(Case):
    FALSE = '\n[[claim]]\nid = "never"\nstatement = "A gigawatt in a lab."\nsource = "test"\nquantity = "site_facility_power"\n' \
            'site = "lab"\nat = 2025-12-31\nrelation = "at_least"\nvalue = "1 GW"\n'

    def test_verdicts_and_strict(self):
        self.assertEqual([c["verdict"] for c in run_json("claims", TINY)["claims"]], ["consistent"])
        path = self.file("false.toml", TINY.read_text() + self.FALSE)
        claims = {c["id"]: c for c in run_json("claims", path)["claims"]}
        self.assertEqual(claims["never"]["verdict"], "inconsistent")
        self.assertTrue(claims["never"]["explanation"])
        self.assertEqual(gigawatt("claims", path).returncode, 0)
        self.assertEqual(gigawatt("claims", path, "--strict").returncode, 3)
        self.assertEqual(gigawatt("claims", TINY, "--strict").returncode, 0)


if __name__ == "__main__":
    unittest.main()
