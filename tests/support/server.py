"""Starts `gigawatt serve` and talks to it; shared by the tests of the server."""

import http.client
import json
import os
import re
import signal
import subprocess
import threading
import time

from gigawatt import BINARY, PATIENCE, ROOT

PATIENCE_S = 240 * PATIENCE


class Server:
    """A server on a free port of the loopback device; `with Server(...) as server`."""

    def __init__(self, *arguments, host="127.0.0.1", token=None, **options):
        environment = {**os.environ, "GIGAWATT_DATA": str(ROOT / "data")}
        self.host, self.token = host, token
        self.process = subprocess.Popen([BINARY, "serve", "--port", "0", *map(str, arguments)], stdout=subprocess.PIPE,
                                        stderr=subprocess.PIPE, text=True, env=environment, stdin=subprocess.DEVNULL,
                                        **options)
        self.said = []
        for line in self.process.stderr:
            self.said.append(line)
            address = re.search(r"serving http://\S*:(\d+)/", line)
            if address:
                self.port = int(address[1])
                break
        else:
            raise AssertionError(f"the server did not start: {''.join(self.said)}")
        self.reader = threading.Thread(target=lambda: self.said.extend(self.process.stderr), daemon=True)
        self.reader.start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait(PATIENCE_S)
        self.reader.join(PATIENCE_S)
        self.process.stdout.close()
        self.process.stderr.close()

    def stop(self, number=signal.SIGTERM):
        """Ends the server as its user would; the exit code."""
        self.process.send_signal(number)
        return self.process.wait(PATIENCE_S)

    def connection(self):
        return http.client.HTTPConnection(self.host, self.port, timeout=PATIENCE_S)

    def request(self, method, path, body=None, headers=None):
        """(status, headers, bytes)"""
        connection = self.connection()
        sent = dict(headers or {})
        if body is not None and not isinstance(body, (bytes, str)):
            body = json.dumps(body)
        if body is not None:
            sent.setdefault("Content-Type", "application/json")
        if self.token:
            sent.setdefault("Authorization", f"Bearer {self.token}")
        try:
            connection.request(method, path, body, sent)
            answer = connection.getresponse()
            return answer.status, answer.headers, answer.read()
        finally:
            connection.close()

    def json(self, method, path, body=None, expect=200, **options):
        status, _, text = self.request(method, path, body, **options)
        assert status == expect, f"{method} {path}: {status} {text[:500]!r}"
        return json.loads(text)

    def get(self, path, **options):
        return self.json("GET", path, **options)

    def post(self, path, body, **options):
        return self.json("POST", path, body, **options)

    def wait_for(self, run, *states):
        """Until the run is in one of the states; the run."""
        deadline = time.monotonic() + PATIENCE_S
        while time.monotonic() < deadline:
            found = self.get(f"/api/runs/{run}")
            if found["status"] in states:
                return found
            time.sleep(0.02)
        raise AssertionError(f"run {run} is {found}")
