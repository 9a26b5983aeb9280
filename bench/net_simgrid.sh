#!/usr/bin/env bash
# gigawatt net beside SimGrid (libsimgrid-dev 3.32 of Debian 12): the same fat-tree, the same random permutation, LV08.
# Prints makespan, wall time and peak memory of both, and the ratios. Usage: bench/net_simgrid.sh [PORTS:FLOWS ...]
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
gigawatt=${GIGAWATT:-$root/build/release/apps/gigawatt/gigawatt}
export GIGAWATT_DATA=${GIGAWATT_DATA:-$root/data}
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
g++ -std=c++17 -O2 "$root/tools/simgrid/finish_times.cpp" -lsimgrid -o "$folder/simgrid"
for size in "${@:-16:1024 36:10000}"; do
  for one in $size; do
    ports=${one%:*} flows=${one#*:}
    python3 - "$ports" "$flows" "$folder" <<'PY'
import random, sys
k, n, folder = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
hosts, half = k**3 // 4, k // 2
with open(f"{folder}/p.xml", "w") as f:
    f.write('<?xml version="1.0"?>\n<!DOCTYPE platform SYSTEM "https://simgrid.org/simgrid.dtd">\n<platform version="4.1">\n'
            f'<cluster id="c" prefix="h" suffix="" radical="0-{hosts - 1}" speed="1Gf" bw="1.25GBps" lat="1us" topology="FAT_TREE" '
            f'topo_parameters="3;{half},{half},{k};1,{half},{half};1,1,1"/>\n</platform>\n')
rng = random.Random(1)
to = list(range(n))
rng.shuffle(to)
with open(f"{folder}/f.csv", "w") as f:
    f.write("src,dst,bytes,start_s\n" + "".join(f"h{i},h{j},25000000,0\n" for i, j in enumerate(to) if i != j))
PY
    measure() { /usr/bin/time -f '%e %M' -o "$folder/time" "$@" >"$folder/out" 2>"$folder/err"; }
    measure "$folder/simgrid" "$folder/p.xml" "$folder/f.csv" --log=root.thres:critical
    read -r theirs theirs_kb <"$folder/time"
    their_end=$(sort -g "$folder/out" | tail -1)
    measure "$gigawatt" net --platform "$folder/p.xml" --flows "$folder/f.csv" --model simgrid-lv08 --json
    read -r ours ours_kb <"$folder/time"
    python3 - "$folder/out" "$flows" "$theirs" "$theirs_kb" "$ours" "$ours_kb" "$their_end" <<'PY'
import json, sys
out, flows, theirs, theirs_kb, ours, ours_kb, end = sys.argv[1], *map(float, sys.argv[2:])
answer = json.load(open(out))
print(f"{flows:.0f} flows: SimGrid {end:.9g} s in {theirs:.2f} s and {theirs_kb / 1024:.0f} MB, gigawatt {answer['makespan_s']:.9g} s in "
      f"{ours:.2f} s (solving {answer['solve_s']:.3f}) and {ours_kb / 1024:.0f} MB: {theirs / max(ours, 1e-3):.0f} times faster, "
      f"{theirs_kb / ours_kb:.0f} times less memory")
PY
  done
done
