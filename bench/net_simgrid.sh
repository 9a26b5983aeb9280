#!/usr/bin/env bash
# gigawatt net beside SimGrid (libsimgrid-dev 3.32 of Debian 12) on the same fat-trees, LV08 without acknowledgements.
#
#   permutation PORTS:FLOWS   a random permutation on a fat-tree of three levels
#   exchange HOSTS            all-to-all, a flow for each ordered pair; gigawatt folds it
#   ring HOSTS                all-reduce: SimGrid runs one of its 2 (n-1) equal steps, whose time and CPU are multiplied
#
# Prints makespans, CPU seconds, wall seconds and peak memory of both, and the ratios (of CPU seconds, which other work
# on the machine does not change, and of memory). Usage: bench/net_simgrid.sh [PORTS:FLOWS ... | exchange:HOSTS | ring:HOSTS]
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
gigawatt=${GIGAWATT:-$root/build/release/apps/gigawatt/gigawatt}
export GIGAWATT_DATA=${GIGAWATT_DATA:-$root/data}
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
g++ -std=c++17 -O2 "$root/tools/simgrid/finish_times.cpp" -lsimgrid -o "$folder/simgrid"

write_files() {  # PORTS KIND COUNT
  python3 - "$@" "$folder" <<'PY'
import random, sys
ports, kind, count, folder = int(sys.argv[1]), sys.argv[2], int(sys.argv[3]), sys.argv[4]
hosts, half = ports**3 // 4, ports // 2
with open(f"{folder}/p.xml", "w") as f:
    f.write('<?xml version="1.0"?>\n<!DOCTYPE platform SYSTEM "https://simgrid.org/simgrid.dtd">\n<platform version="4.1">\n'
            f'<cluster id="c" prefix="h" suffix="" radical="0-{hosts - 1}" speed="1Gf" bw="1.25GBps" lat="1us" topology="FAT_TREE" '
            f'topo_parameters="3;{half},{half},{ports};1,{half},{half};1,1,1"/>\n</platform>\n')
pairs = []
if kind == "permutation":
    to = list(range(count))
    random.Random(1).shuffle(to)
    pairs = [(i, j) for i, j in enumerate(to) if i != j]
elif kind == "exchange":
    pairs = [(i, j) for i in range(count) for j in range(count) if i != j]
else:
    pairs = [(i, (i + 1) % count) for i in range(count)]
with open(f"{folder}/f.csv", "w") as f:
    f.write("src,dst,bytes,start_s\n" + "".join(f"h{i},h{j},25000000,0\n" for i, j in pairs))
PY
}

measure() { /usr/bin/time -f '%e %U %S %M' -o "$folder/time" "$@" >"$folder/out" 2>"$folder/err"; cat "$folder/time"; }

compare() {  # LABEL REPEATS NET-ARGUMENTS...
  label=$1 repeats=$2
  shift 2
  theirs=$(measure "$folder/simgrid" "$folder/p.xml" "$folder/f.csv" --cfg=network/crosstraffic:0 --log=root.thres:critical)
  end=$(sort -g "$folder/out" | tail -1)
  ours=$(measure "$gigawatt" net --platform "$folder/p.xml" "$@" --model simgrid-lv08 --cross-traffic no --json)
  python3 - "$folder/out" "$label" "$repeats" "$end" $theirs $ours <<'PY'
import json, sys
answer, label, repeats, end = json.load(open(sys.argv[1])), sys.argv[2], float(sys.argv[3]), float(sys.argv[4])
wall, user, system, memory, own_wall, own_user, own_system, own_memory = map(float, sys.argv[5:])
cpu, own = (user + system) * repeats, own_user + own_system
print(f"{label}: SimGrid {end * repeats:.9g} s in {cpu:.2f} CPU-s ({wall:.2f} s wall a run), {memory / 1024:.0f} MB; gigawatt "
      f"{answer['makespan_s']:.9g} s in {own:.2f} CPU-s ({own_wall:.2f} wall, solving {answer['solve_s']:.4f}), {own_memory / 1024:.0f} MB: "
      f"{cpu / max(own, 0.01):.0f} times less CPU, {memory / own_memory:.1f} times less memory", flush=True)
PY
}

for one in "${@:-16:1024 36:10000 exchange:512 ring:1024}"; do
  for case in $one; do
    count=${case#*:}
    case $case in
      exchange:*)
        write_files 16 exchange "$count"
        compare "all-to-all of $count hosts" 1 --collective all-to-all --algorithm direct --ranks "$count" --bytes "$((count * 25000000))"
        ;;
      ring:*)
        write_files 16 ring "$count"
        compare "ring all-reduce of $count hosts" $((2 * (count - 1))) --collective all-reduce --algorithm ring --ranks "$count" \
          --bytes "$((count * 25000000))"
        ;;
      *)
        write_files "${case%:*}" permutation "$count"
        compare "$count flows" 1 --flows "$folder/f.csv"
        ;;
    esac
  done
done
