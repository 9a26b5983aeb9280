"""Requests a second and their 99th percentile while the flagship's futures are simulated: load.py CLIENTS

    PYTHONPATH=tests/support GIGAWATT_BINARY=... python3 tools/load.py 64
"""

import sys
import threading
import time

from gigawatt import ROOT
from server import Server

SECONDS = 8


def main():
    clients = int(sys.argv[1])
    toml = (ROOT / "scenarios/meta-superclusters.toml").read_text()
    took, lost = [], []
    with Server() as server:
        server.post("/api/runs", {"toml": toml, "futures": 100_000}, expect=202)
        end = time.monotonic() + SECONDS

        def client():
            connection = server.connection()
            while time.monotonic() < end:
                begin = time.monotonic()
                try:
                    connection.request("GET", "/api/runs")
                    answer = connection.getresponse()
                    answer.read()
                    if answer.status != 200:
                        lost.append(answer.status)
                except OSError as error:
                    lost.append(error)
                    connection = server.connection()
                took.append(time.monotonic() - begin)

        threads = [threading.Thread(target=client) for _ in range(clients)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    took.sort()
    print(f"{clients} clients: {len(took) / SECONDS:.0f} requests/s, p50 {1e3 * took[len(took) // 2]:.1f} ms, "
          f"p99 {1e3 * took[int(0.99 * len(took))]:.1f} ms, {len(lost)} lost")


if __name__ == "__main__":
    main()
