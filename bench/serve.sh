#!/usr/bin/env bash
# Latency of the API while a simulation runs: bench/serve.sh PATH/TO/gigawatt [SECONDS]
# Four connections that each wait 20 ms between two requests: some 200 requests a second.
set -euo pipefail

binary=$1
seconds=${2-20}
root=$(dirname "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")")
export GIGAWATT_DATA=${GIGAWATT_DATA:-$root/data}
log=$(mktemp)

"$binary" serve --port 0 2>"$log" &
server=$!
trap 'kill "$server" 2>/dev/null || true; wait "$server" 2>/dev/null || true; rm -f "$log"' EXIT
until grep -q 'serving http' "$log"; do
  kill -0 "$server" || { cat "$log" >&2; exit 1; }
  sleep 0.1
done
url=$(grep -o 'http://[^ ]*' "$log")

python3 -c 'import json, sys; print(json.dumps({"toml": open(sys.argv[1]).read(), "futures": 1000000}))' \
  "$root/scenarios/meta-superclusters.toml" |
  curl -sSf "${url}api/runs" -H 'Content-Type: application/json' --data-binary @- >/dev/null
sleep 5 # the nominal simulation is over then, and futures keep every core busy
for what in step runs catalog; do
  echo "$what:"
  WHAT=$what wrk --threads 1 --connections 4 --duration "${seconds}s" --latency --script "$root/bench/serve.lua" "$url" |
    grep -E '50%|90%|99%|Requests/sec|Non-2xx|Socket errors' || true
done
curl -sSf "${url}api/runs/1"
echo
