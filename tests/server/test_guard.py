"""Who may ask, and what happens to clients that mean ill."""

import json
import resource
import socket
import time
import unittest

from gigawatt import Case, PATIENCE, ROOT, gigawatt
from server import PATIENCE_S, Server

TINY = (ROOT / "scenarios/single-rack.toml").read_text()
SECRET = "correct-horse-battery-staple"


def raw(server, data, patience=PATIENCE_S):
    """Sends bytes and reads until the server closes or falls silent."""
    with socket.create_connection((server.host, server.port), timeout=patience) as connection:
        connection.sendall(data)
        out = b""
        try:
            while chunk := connection.recv(65536):
                out += chunk
        except (TimeoutError, ConnectionResetError):
            pass
        return out


def get(path, host, *lines):
    return "\r\n".join([f"GET {path} HTTP/1.1", f"Host: {host}", "Connection: close", *lines, "", ""]).encode()


class Hostile(Case):
    @classmethod
    def setUpClass(cls):
        cls.server = Server()
        cls.addClassCleanup(cls.server.__exit__)
        cls.host = f"127.0.0.1:{cls.server.port}"

    def status(self, data):
        return raw(self.server, data).split(b" ", 2)[1]

    def test_names_of_others_are_refused(self):
        for host in ("evil.example", f"evil.example:{self.server.port}", "127.0.0.1:1", "", "localhost.evil.example"):
            self.assertEqual(self.status(get("/api/runs", host)), b"421", host)
            self.assertEqual(self.status(get("/", host)), b"421", host)
        for host in (self.host, f"localhost:{self.server.port}", f"[::1]:{self.server.port}"):
            self.assertEqual(self.status(get("/api/runs", host)), b"200", host)
        self.assertEqual(self.status(get("/api/runs", self.host, "Host: evil.example")), b"400")

    def test_pages_of_other_sites_are_refused(self):
        for line in ("Origin: http://evil.example", "Origin: null", "Origin: http://127.0.0.1:1",
                     "Sec-Fetch-Site: cross-site", "Sec-Fetch-Site: same-site"):
            self.assertEqual(self.status(get("/api/runs", self.host, line)), b"403", line)
        self.assertEqual(self.status(get("/api/runs", self.host, f"Origin: http://{self.host}")), b"200")
        answer = raw(self.server, get("/api/runs", self.host))
        self.assertNotIn(b"access-control", answer.lower())
        self.assertEqual(self.server.request("OPTIONS", "/api/runs")[0], 405)

    def test_a_form_of_another_site_cannot_post(self):
        for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data"):
            status, _, _ = self.server.request("POST", "/api/runs", json.dumps({"toml": TINY}), {"Content-Type": kind})
            self.assertEqual(status, 415)

    def test_two_origins_are_no_origin(self):
        own = f"Origin: http://{self.host}"
        self.assertEqual(self.status(get("/api/runs", self.host, own, "Origin: http://evil.example")), b"400")
        self.assertEqual(self.status(get("/api/runs", self.host, "Origin: http://evil.example", own)), b"400")

    def test_content_types_and_encodings(self):
        body = json.dumps({"toml": TINY})
        check = "/api/scenario/check"
        for kind in ("Application/JSON", "application/json ; charset=utf-8", "application/json;charset=utf-8"):
            self.assertEqual(self.server.request("POST", check, body, {"Content-Type": kind})[0], 200, kind)
        for kind in ("application/jsonx", "text/json", "; application/json"):
            self.assertEqual(self.server.request("POST", check, body, {"Content-Type": kind})[0], 415, kind)
        for coding, status in (("gzip", 415), ("GZIP", 415), ("br", 415), ("identity", 200)):
            headers = {"Content-Type": "application/json", "Content-Encoding": coding}
            self.assertEqual(self.server.request("POST", check, body, headers)[0], status, coding)

    def test_control_characters_in_the_name_of_a_run(self):
        for name in ("a\0b", "\0", "bell\x07", "\x7f"):
            status, _, answer = self.server.request("POST", "/api/runs", json.dumps({"toml": TINY, "name": name}),
                                                    {"Content-Type": "application/json"})
            self.assertEqual(status, 400, name)
            self.assertIn(b"control-character", answer)

    def test_names_and_notes_that_are_none(self):
        run = self.server.post("/api/runs", {"toml": TINY, "name": "kept"}, expect=202)["id"]
        for body, code in (({"name": ""}, "empty"), ({"name": " \t"}, "empty"), ({"name": "a\0b"}, "control-character"),
                           ({"name": "two\nlines"}, "control-character"), ({"name": "n" * 201}, "too-long"),
                           ({"note": "x" * 20001}, "too-long"), ({"note": "bell\x07"}, "control-character"),
                           ({}, "missing-key"), ({"nmae": "x"}, "unknown-key"), ({"name": 3}, "wrong-kind")):
            answer = self.server.json("PATCH", f"/api/runs/{run}", body, expect=400)
            self.assertIn(code, [d["code"] for d in answer["diagnostics"]], body)
        self.server.json("POST", "/api/runs", {"toml": TINY, "note": "x" * 20001}, expect=400)
        self.assertEqual(self.server.get(f"/api/runs/{run}")["name"], "kept")
        self.server.json("PATCH", f"/api/runs/{run}", {"name": "\u00e4" * 200, "note": "a\n\tb"})
        self.server.json("PATCH", "/api/runs/999", {"name": "x"}, expect=404)
        self.server.json("PATCH", "/api/runs/x", {"name": "x"}, expect=404)
        self.assertEqual(self.server.request("PATCH", f"/api/runs/{run}", "{}", {"Content-Type": "text/plain"})[0], 415)

    def test_software_that_the_catalogue_has_not(self):
        toml = TINY.replace('model = "llama3.1-8b"', 'software = "megatron-bridgee"\nmodel = "llama3.1-8b"', 1)
        for path, status in (("/api/runs", 400), ("/api/scenario/check", 200)):
            answer = self.server.request("POST", path, json.dumps({"toml": toml}), {"Content-Type": "application/json"})
            self.assertEqual(answer[0], status)
            self.assertIn(b"unknown software 'megatron-bridgee'", answer[2])

    def test_many_mistakes_have_a_bounded_answer(self):
        toml = "".join(f"k{i} = 1\n" for i in range(100_000)) + TINY
        begin = time.monotonic()
        status, _, answer = self.server.request("POST", "/api/scenario/check", json.dumps({"toml": toml}),
                                                {"Content-Type": "application/json"})
        self.assertEqual(status, 200)
        self.assertLess(time.monotonic() - begin, 20 * PATIENCE)
        self.assertLess(len(json.loads(answer)["diagnostics"]), 302)
        self.assertIn(b"and 99,900 more unknown keys", answer)

    def test_a_mistake_of_a_megabyte_has_a_bounded_answer(self):
        """What is underlined is shown by its beginning; it was once sent whole with each diagnostic."""
        toml = 'x = "' + "a" * 900_000 + '"\n'
        status, _, answer = self.server.request("POST", "/api/scenario/check", {"toml": toml})
        self.assertEqual(status, 200)
        self.assertLess(len(answer), 20_000)

    def test_tables_of_many_answers_are_refused(self):
        body = {"parameters": 2e12, "step_time": 4.75, "distance_km": list(range(1, 2001)), "capacity_tbps": list(range(1, 2001))}
        status, _, answer = self.server.request("POST", "/api/across", body)
        self.assertEqual(status, 400)
        self.assertIn(b"at most 10000 pairs", answer)

    def test_paths_do_not_leave_the_page(self):
        for path in ("/../etc/passwd", "/assets/../../etc/passwd", "/%2e%2e/etc/passwd", "/..%2fetc%2fpasswd",
                     "/assets/%2e%2e%5c%2e%2e%5cetc", "/a%00b", "/%ff", "/%zz", "//etc/passwd"):
            answer = raw(self.server, get(path, self.host))
            self.assertIn(answer.split(b" ", 2)[1], (b"400", b"404", b"503", b"200"), path)
            self.assertNotIn(b"root:", answer)
        self.assertEqual(self.status(get("/%2e%2e/etc/passwd", self.host)), b"400")
        self.assertEqual(self.status(get("/assets/none.js", self.host)), b"404")

    def test_bad_json(self):
        for body in ("", "{", "[]", "null", "1", '{"toml": 1}', '{"toml": "' + "\\u0000" * 10 + '"}', "[" * 100000,
                     '{"a":' * 5000 + "1" + "}" * 5000, '{"toml": 1e999}', b"\xff\xfe{}".decode("latin-1")):
            self.assertEqual(self.server.request("POST", "/api/runs", body.encode("latin-1"))[0], 400, body[:40])
        self.assertEqual(self.server.get("/api/version")["version"], gigawatt("version").stdout.split()[-1])

    def test_oversized_bodies_and_headers(self):
        big = b"x" * (5 << 20)
        self.assertEqual(self.server.request("POST", "/api/runs", big)[0], 413)
        head = f"POST /api/runs HTTP/1.1\r\nHost: {self.host}\r\nContent-Type: application/json\r\n".encode()
        self.assertEqual(self.status(head + b"Content-Length: 99999999999\r\n\r\n"), b"413")
        chunk = b"10000\r\n" + b"x" * 0x10000 + b"\r\n"
        self.assertEqual(self.status(head + b"Transfer-Encoding: chunked\r\n\r\n" + chunk * 80), b"413")
        self.assertEqual(self.status(get("/api/runs", self.host, "X: " + "y" * 20000)), b"431")

    def test_what_is_not_http(self):
        for data in (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" * 20, b"HELO\r\n\r\n", b"GET  HTTP/1.1\r\n\r\n",
                     b"GET / HTTP/9.9\r\n\r\n", b"POST /api/runs HTTP/1.1\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n"):
            self.assertIn(raw(self.server, data).split(b" ", 2)[1:2], ([b"400"], [], [b"505"]))
        self.server.get("/api/version")

    def test_absurd_questions_are_answered(self):
        step = {"model": "llama3.1-8b", "system": "h100-sxm", "gpus": 1 << 40, "seq": 1 << 40, "global_batch": 1 << 40}
        for body in (step, {**step, "tp": 1 << 20, "cp": 1 << 20, "pp": 1 << 20}, {**step, "gpus": 1e300},
                     {**step, "gpus": -1}, {**step, "gpus": 1.5}):
            self.assertEqual(self.server.request("POST", "/api/step", body)[0], 400)
        large = {"model": "llama3.1-8b", "system": "h100-sxm", "gpus": 64, "seq": 4096, "global_batch": 1 << 21, "pp": 8}
        self.assertEqual(self.server.request("POST", "/api/step/trace", large)[0], 413)

    def test_head_and_keep_alive(self):
        connection = self.server.connection()
        self.addCleanup(connection.close)
        for method in ("HEAD", "GET", "HEAD"):
            connection.request(method, "/api/runs/1234567")
            answer = connection.getresponse()
            self.assertEqual((answer.status, answer.read() == b""), (404, method == "HEAD"))


class Slow(Case):
    def test_slow_headers_are_cut_off_and_others_served(self):
        with Server() as server:
            clients = [socket.create_connection((server.host, server.port), timeout=PATIENCE_S) for _ in range(200)]
            for client in clients:
                client.sendall(b"GET / HTTP/1.1\r\nHost: x")
            server.get("/api/version")
            ended = 0
            deadline = time.monotonic() + PATIENCE_S
            while ended < len(clients) and time.monotonic() < deadline:
                for client in [c for c in clients if c.fileno() >= 0]:
                    client.settimeout(0.05)
                    try:
                        client.sendall(b"y")  # a byte now and then does not buy time
                        if client.recv(1) == b"":
                            raise ConnectionResetError
                    except TimeoutError:
                        continue
                    except OSError:
                        client.close()
                        ended += 1
            self.assertEqual(ended, len(clients))
            server.get("/api/version")

    def test_a_thousand_idle_listeners(self):
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        if hard != resource.RLIM_INFINITY and hard < 1200:
            self.skipTest("this machine allows too few open files")
        resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, 1200), hard))
        self.addCleanup(resource.setrlimit, resource.RLIMIT_NOFILE, (soft, hard))
        with Server() as server:
            large = (ROOT / "scenarios/meta-superclusters.toml").read_text()
            run = server.post("/api/runs", {"toml": large, "futures": 100_000}, expect=202)["id"]
            host = f"127.0.0.1:{server.port}"
            clients = []
            for _ in range(1000):
                client = socket.create_connection((server.host, server.port), timeout=PATIENCE_S)
                self.addCleanup(client.close)
                client.sendall(get(f"/api/runs/{run}/events", host))
                clients.append(client)
            for client in clients:
                self.assertTrue(client.recv(20).startswith(b"HTTP/1.1 200"))
            for _ in range(20):
                server.get("/api/runs")
            server.json("DELETE", f"/api/runs/{run}")
            for client in clients:  # each is told of the end
                text = b""
                while chunk := client.recv(65536):
                    text = (text + chunk)[-4000:]
                self.assertIn(b"event: end", text)


class Tokens(Case):
    def test_other_machines_need_a_token(self):
        self.assert_fails(gigawatt("serve", "--listen", "0.0.0.0", "--port", 0), 1, "--token-file")
        self.assert_fails(gigawatt("serve", "--token-file", self.folder / "none"), 1, "none")
        self.assert_fails(gigawatt("serve", "--token-file", self.file("short", "abc\n")), 1, "16 characters")
        self.assert_fails(gigawatt("serve", "--listen", "256.1.1.1", "--token-file", self.file("t", SECRET)), 1, "256.1.1.1")

    def test_the_token_is_asked_for(self):
        with Server("--listen", "0.0.0.0", "--token-file", self.file("token", SECRET + "\n")) as server:
            for header in ({}, {"Authorization": "Bearer wrong"}, {"Authorization": SECRET},
                           {"Authorization": "Bearer " + SECRET[:-1]}, {"Authorization": f"Bearer {SECRET} "},
                           {"Authorization": f"Basic {SECRET}"}):
                status, headers, text = server.request("GET", "/api/runs", headers=header)
                if header.get("Authorization") == f"Bearer {SECRET} ":
                    continue  # HTTP ignores the space
                self.assertEqual((status, headers["WWW-Authenticate"]), (401, "Bearer"), header)
                self.assertNotIn(SECRET.encode(), text)
            self.assertEqual(server.request("GET", f"/api/runs?token={SECRET}")[0], 401)
            self.assertNotEqual(server.request("GET", "/")[0], 401)  # the page itself asks for the token
            server.token = SECRET
            self.assertEqual(server.get("/api/runs"), {"runs": []})

    def test_a_port_that_is_taken(self):
        with Server() as server:
            self.assert_fails(gigawatt("serve", "--port", server.port), 1, str(server.port), "in use")


if __name__ == "__main__":
    unittest.main()
