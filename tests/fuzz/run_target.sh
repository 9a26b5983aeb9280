#!/usr/bin/env bash
# run_target.sh TARGET SEEDS WORK: fuzzes for $GW_FUZZ_SECONDS (15) from the seeds. WORK keeps the inputs that
# reached new code and, in WORK/crashes, the one that failed. GW_FUZZ_SEED (1) makes a run repeatable.
set -euo pipefail
target=$1 seeds=$2 work=$3
mkdir -p "$work/inputs" "$work/crashes"
corpus=("$work/inputs")
if [[ -d $seeds ]]; then corpus+=("$seeds"); fi
# Names in stack traces.
if symbolizer=$(command -v llvm-symbolizer-19); then
  export ASAN_OPTIONS=external_symbolizer_path=$symbolizer UBSAN_OPTIONS=external_symbolizer_path=$symbolizer:print_stacktrace=1
fi
exec "$target" -max_total_time="${GW_FUZZ_SECONDS:-15}" -seed="${GW_FUZZ_SEED:-1}" -max_len=16384 -timeout=10 \
  -rss_limit_mb=2048 -print_final_stats=1 -print_funcs=0 -verbosity=0 -artifact_prefix="$work/crashes/" "${corpus[@]}"
