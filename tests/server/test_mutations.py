"""Mutated inputs: every body of the API, stores, and the files that users bring, each damaged at random.

Nothing may answer 5xx but for its length, end by a signal, or say "internal error". GW_MUTATIONS (5) is how often each seed is
damaged; the counts are printed and stand in docs/reliability.md.
"""

import json
import os
import random
import unittest

from answer_schema import QUESTIONS
from gigawatt import Case, ROOT, gigawatt
from server import Server

COUNT = int(os.environ.get("GW_MUTATIONS", "5"))
TINY = (ROOT / "scenarios/single-rack.toml").read_text()
STEP = {"model": "llama3.1-8b", "system": "h100-sxm", "gpus": 64, "seq": 8192, "global_batch": 64, "tp": 2}
SEARCH = {"model": "llama3.1-8b", "system": "h100-sxm", "gpus": 16, "seq": 8192, "global_batch": 16}
NASTY = [None, True, -1, 0, 1, 1e300, -1e300, 1e-300, 2**53, -2**63, "", "a", "\u0000", "é" * 50, "1 GW", "NaN", "inf", [], {}, [[]],
         [0] * 50, {"a": {"b": {}}}, "../../etc/passwd", "'; DROP TABLE run; --", "2026-02-30", "9" * 400]
TOKENS = [b"=", b"[[", b"]]", b'"', b"\n", b"\x00", b"\xff\xfe", b"-1", b"1e999", b"nan", b"{", b"}", b",", b"[site]", b"'''", b"#"]


def mutated_text(r, text):
    """Bytes cut out, doubled, replaced, or tokens put in."""
    data = bytearray(text if isinstance(text, bytes) else text.encode())
    for _ in range(r.randrange(1, 6)):
        at = r.randrange(len(data) + 1)
        length = r.choice([1, 1, 4, 40, 400])
        kind = r.randrange(5)
        if kind == 0:
            del data[at:at + length]
        elif kind == 1:
            data[at:at] = data[at:at + length]
        elif kind == 2 and at < len(data):
            data[at] = r.randrange(256)
        elif kind == 3:
            data[at:at] = r.choice(TOKENS)
        elif at < len(data):
            data[at] ^= 1 << r.randrange(8)
    return bytes(data)


def mutated_value(r, body):
    """A JSON body with a member changed, dropped, added, or its text damaged."""
    out = dict(body)
    for _ in range(r.randrange(1, 3)):
        key = r.choice(list(out) or ["x"])
        kind = r.randrange(5)
        if kind == 0:
            out[key] = r.choice(NASTY)
        elif kind == 1:
            out.pop(key, None)
        elif kind == 2:
            out[r.choice(["x", "toml", "plan", "seed", "runs", "model", "system"])] = r.choice(NASTY)
        elif isinstance(out.get(key), str):
            out[key] = mutated_text(r, out[key]).decode("utf-8", "replace")
        elif isinstance(out.get(key), (int, float)):
            out[key] = r.choice([-out[key], out[key] * 10, out[key] + 0.5, str(out[key])])
    return out


class Bodies(Case):
    def test_every_body_damaged(self):
        seeds = [(f"/api/{name}", body) for name, bodies in QUESTIONS.items() for body in bodies if name != "plan"]
        seeds += [("/api/step", STEP), ("/api/step/neighbors", STEP), ("/api/step/trace", STEP), ("/api/step/command", STEP),
                  ("/api/search", SEARCH), ("/api/scenario/check", {"toml": TINY}), ("/api/runs", {"toml": TINY, "futures": 1}),
                  ("/api/step", {**STEP, "system": (ROOT / "data/systems/h100-sxm.toml").read_text()})]
        statuses, r = {}, random.Random(1)
        with Server() as server:
            for path, body in seeds:
                # Whoever waits for a long one learns nothing more.
                for _ in range(COUNT // 4 if path in ("/api/serving", "/api/power", "/api/site", "/api/operate") else COUNT):
                    if r.random() < 0.25:
                        sent = mutated_text(r, json.dumps(body))
                    else:
                        sent = json.dumps(mutated_value(r, body))
                    status, _, text = server.request("POST", path, sent)
                    statuses[status] = statuses.get(status, 0) + 1
                    allowed = status < 500 or (status == 503 and b"too_long" in text) or (status == 507 and b"store_full" in text)
                    self.assertTrue(allowed, f"{path} {sent[:3000]!r}: {status} {text[:500]!r}")
            self.assertIsNone(server.process.poll())
            self.assertEqual(server.stop(), 0)
        print(f"{sum(statuses.values())} bodies: {dict(sorted(statuses.items()))}", flush=True)


class Files(Case):
    def ends_well(self, done, what):
        self.assertIn(done.returncode, (0, 1, 2, 3), f"{what}: {done.returncode}\n{done.stderr[-2000:]}")
        self.assertNotIn("internal error", done.stderr, what)

    def test_files_that_users_bring_damaged(self):
        step = ("step", "--gpus", 8, "--seq", 8192, "--global-batch", 64, "--json")
        seeds = [("system.toml", ROOT / "data/systems/h100-sxm.toml",
                  lambda f: (*step, "--model", "llama3.1-8b", "--system", f)),
                 ("constants.toml", ROOT / "data/calibration/h100.toml",
                  lambda f: (*step, "--model", "llama3.1-8b", "--system", "h100-sxm", "--calibration", f)),
                 ("scenario.toml", ROOT / "scenarios/single-rack.toml", lambda f: ("run", f, "--json")),
                 ("jobs.swf", None, lambda f: ("replay", f, "--gpus", 64, "--json"))]
        swf = "".join(f"{i} {60 * i} -1 {100 + i} {1 + i % 8} -1 -1 {1 + i % 8} 3600 -1 1 {i % 3} 1 1 1 1 -1 -1\n" for i in range(60))
        tried, r = 0, random.Random(2)
        for name, source, command in seeds:
            if source is not None and not source.exists():
                source = sorted(source.parent.glob("*.toml"))[0]
            text = swf if source is None else source.read_bytes()
            for i in range(COUNT):
                path = self.folder / f"{i}-{name}"
                path.write_bytes(mutated_text(r, text))
                self.ends_well(gigawatt(*command(path)), f"{name} {i}")
                tried += 1
        print(f"{tried} damaged files", flush=True)

    def test_stores_damaged(self):
        store = self.folder / "runs.db"
        self.assertEqual(gigawatt("run", ROOT / "scenarios/single-rack.toml", "--out", store).returncode, 0)
        whole, r = store.read_bytes(), random.Random(3)
        for i in range(COUNT):
            data = bytearray(whole)
            for _ in range(r.choice([1, 8, 200])):
                at = r.randrange(len(data)) if r.random() < 0.5 else r.randrange(min(len(data), 16384))
                data[at] = r.randrange(256)
            if r.random() < 0.2:
                del data[r.randrange(len(data)):]
            path = self.folder / f"{i}.db"
            path.write_bytes(data)
            self.ends_well(gigawatt("compare", path, path, "--json"), f"store {i}")
            path.unlink()
        print(f"{COUNT} damaged stores", flush=True)


if __name__ == "__main__":
    unittest.main()
