"""Servers that are stopped, killed, started again, or run out of disk."""

import resource
import signal
import time
import unittest

from gigawatt import Case, ROOT, gigawatt, run_json
from server import PATIENCE_S, Server

TINY = (ROOT / "scenarios/single-rack.toml").read_text()
LARGE = (ROOT / "scenarios/meta-superclusters.toml").read_text()
ENDLESS = {"toml": LARGE, "futures": 100_000}


class Restarts(Case):
    def setUp(self):
        super().setUp()
        self.store = self.folder / "runs.db"

    def serve(self, **options):
        return Server("--db", self.store, **options)

    def test_runs_survive_a_restart(self):
        with self.serve() as server:
            run = server.post("/api/runs", {"toml": TINY, "name": "kept"}, expect=202)["id"]
            before = server.wait_for(run, "done")
            document = server.get(f"/api/runs/{run}/document")
            self.assertEqual(server.stop(), 0)
        with self.serve() as server:
            after = server.get(f"/api/runs/{run}")
            for key in ("name", "scenario", "hash", "seed", "status", "created"):
                self.assertEqual(after[key], before[key], key)
            self.assertEqual(server.get(f"/api/runs/{run}/document"), document)
            self.assertEqual(server.get(f"/api/runs/{run}/toml")["toml"], TINY)

    def test_names_and_notes_survive_a_kill(self):
        with self.serve() as server:
            done = server.post("/api/runs", {"toml": TINY, "name": "first", "note": "of the start"}, expect=202)["id"]
            self.assertEqual(server.wait_for(done, "done")["note"], "of the start")
            running = server.post("/api/runs", ENDLESS, expect=202)["id"]
            server.wait_for(running, "running")
            changed = server.json("PATCH", f"/api/runs/{done}", {"name": "second", "note": "line\nand line"})
            self.assertEqual((changed["name"], changed["note"]), ("second", "line\nand line"))
            self.assertEqual(server.json("PATCH", f"/api/runs/{running}", {"note": "while it runs"})["status"], "running")
            server.process.kill()
            server.process.wait(PATIENCE_S)
        with self.serve() as server:
            after = server.get(f"/api/runs/{done}")
            self.assertEqual((after["name"], after["note"], after["status"]), ("second", "line\nand line", "done"))
            self.assertEqual(server.get(f"/api/runs/{running}")["note"], "while it runs")
            self.assertNotIn("note", server.json("PATCH", f"/api/runs/{done}", {"note": ""}))
            server.stop()
        listed = run_json("store", self.store)["runs"]
        self.assertEqual([(r["name"], r["note"]) for r in listed], [("second", None), (None, "while it runs")])

    def test_runs_of_the_command_line_are_shown(self):
        self.assertEqual(gigawatt("run", ROOT / "scenarios/single-rack.toml", "--out", self.store).returncode, 0)
        with self.serve() as server:
            self.assertEqual(server.get("/api/runs/1")["status"], "done")
            self.assertTrue(server.get("/api/runs/1/document")["sites"])
            toml = server.get("/api/runs/1/toml")["toml"]
            self.assertTrue(server.post("/api/scenario/check", {"toml": toml})["ok"])

    def test_a_killed_server_leaves_a_store_that_opens(self):
        with self.serve() as server:
            kept = server.post("/api/runs", {"toml": TINY}, expect=202)["id"]
            server.wait_for(kept, "done")
            killed = server.post("/api/runs", ENDLESS, expect=202)["id"]
            waiting = server.post("/api/runs", {"toml": TINY, "seed": 5}, expect=202)["id"]
            server.wait_for(killed, "running")
            server.process.kill()
            server.process.wait(PATIENCE_S)
        with self.serve() as server:
            self.assertEqual(server.get(f"/api/runs/{kept}")["status"], "done")
            self.assertEqual(server.get(f"/api/runs/{killed}")["status"], "interrupted")
            again = server.wait_for(waiting, "done")  # what waited goes on
            self.assertEqual(again["seed"], "5")

    def test_what_is_stored_has_a_bound_and_the_oldest_are_offered(self):
        with Server("--db", self.store, "--max-runs", 2) as server:
            first = server.post("/api/runs", {"toml": TINY, "name": "first"}, expect=202)["id"]
            second = server.post("/api/runs", {"toml": TINY}, expect=202)["id"]
            for run in (first, second):
                server.wait_for(run, "done")
            error = server.post("/api/runs", {"toml": TINY}, expect=507)["error"]
            self.assertEqual(error["code"], "store_full")
            self.assertIn("2 runs are stored", error["message"])
            self.assertRegex(error["hint"], rf"DELETE /api/runs/{first} \(first, .*DELETE /api/runs/{second} ")
            server.json("DELETE", f"/api/runs/{first}")
            server.post("/api/runs", {"toml": TINY}, expect=202)
        with Server("--db", self.store, "--max-store", 0) as server:
            self.assertIn("--max-store", server.post("/api/runs", {"toml": TINY}, expect=507)["error"]["message"])
            self.assertEqual(len(server.get("/api/runs")["runs"]), 2)

    def test_stopping_is_graceful(self):
        for number in (signal.SIGTERM, signal.SIGINT):
            with self.serve() as server:
                run = server.post("/api/runs", ENDLESS, expect=202)["id"]
                server.wait_for(run, "running")
                connection = server.connection()
                connection.request("GET", f"/api/runs/{run}/events")
                answer = connection.getresponse()
                begin = time.monotonic()
                self.assertEqual(server.stop(number), 0)
                answer.read()  # the stream ends
                connection.close()
                self.assertLess(time.monotonic() - begin, PATIENCE_S)
            with self.serve() as server:
                self.assertEqual(server.get(f"/api/runs/{run}")["status"], "interrupted")
                self.assertTrue(server.get(f"/api/runs/{run}/document")["warnings"])

    def test_two_servers_do_not_share_a_store(self):
        with self.serve():
            self.assert_fails(gigawatt("serve", "--port", 0, "--db", self.store), 1, "runs.db")


class Queue(Case):
    def test_runs_wait_are_cancelled_and_are_bounded(self):
        with Server() as server:
            first = server.post("/api/runs", ENDLESS, expect=202)["id"]
            server.wait_for(first, "running")
            waiting = [server.post("/api/runs", {"toml": TINY}, expect=202)["id"] for _ in range(16)]
            error = server.post("/api/runs", {"toml": TINY}, expect=429)["error"]
            self.assertEqual(error["code"], "queue_full")
            self.assertEqual(server.get(f"/api/runs/{first}/document", expect=409)["error"]["code"], "no_document")
            self.assertEqual(server.json("DELETE", f"/api/runs/{waiting[0]}")["done"], "cancelled")
            self.assertEqual(server.get(f"/api/runs/{waiting[0]}")["status"], "cancelled")
            server.json("DELETE", f"/api/runs/{first}")
            server.wait_for(first, "cancelled")
            for run in waiting[1:]:
                server.wait_for(run, "done")

    def test_questions_are_answered_while_a_run_is_simulated(self):
        with Server() as server:
            run = server.post("/api/runs", ENDLESS, expect=202)["id"]
            server.wait_for(run, "running")
            step = {"model": "llama3.1-8b", "system": "h100-sxm", "gpus": 64, "seq": 8192, "global_batch": 128}
            for _ in range(20):
                server.post("/api/step", step)
            self.assertEqual(server.get(f"/api/runs/{run}")["status"], "running")


class FullDisk(Case):
    def test_the_run_fails_and_the_server_lives(self):
        store = self.folder / "runs.db"
        self.assertEqual(gigawatt("run", ROOT / "scenarios/single-rack.toml", "--out", store).returncode, 0)
        size = store.stat().st_size + 200_000

        def limit():  # a file that cannot grow stands for a disk that is full
            resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))

        with Server("--db", store, preexec_fn=limit) as server:
            run = server.post("/api/runs", {"toml": LARGE, "until": "2025-06"}, expect=202)["id"]
            failed = server.wait_for(run, "failed")
            self.assertIn("runs.db", failed["error"])
            self.assertEqual(server.get("/api/runs/1")["status"], "done")
            self.assertTrue(server.get("/api/runs/1/document")["jobs"])
            self.assertEqual(server.stop(), 0)
        with Server("--db", store) as server:
            self.assertEqual(server.get("/api/runs/1")["status"], "done")
            self.assertIn(server.get(f"/api/runs/{run}")["status"], ("failed", "interrupted"))
            again = server.post("/api/runs", {"toml": TINY}, expect=202)["id"]
            server.wait_for(again, "done")


if __name__ == "__main__":
    unittest.main()
