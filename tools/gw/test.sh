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
      run_ctest release
      run_fuzz "$([[ $tier == all ]] && echo 300 || echo 60)"
      run_web_checks
      # Every page at every size takes longer than all else together.
      if [[ $tier == all ]]; then run_interface_check; fi
      ;;
    asan | tsan | coverage)
      run_ctest "$tier" --label-exclude 'slow|fuzz|e2e'
      if [[ $tier == coverage ]]; then report_coverage; fi
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

# The page's own tests, where web/package.json has some.
run_web_checks() {
  [[ -f $ROOT/web/package.json ]] || return 0
  need_node
  need_node_modules "$ROOT/web"
  [[ $(npm --prefix "$ROOT/web" pkg get scripts.test) != '{}' ]] || return 0
  say "testing the web page"
  attempt logged web-test npm --prefix "$ROOT/web" test
  if attempt_succeeded; then passed=$((passed + 1)); else failed=$((failed + 1)); fi
  say "opening a report in Chromium"
  attempt report_in_browser
  if attempt_succeeded; then passed=$((passed + 1)); else failed=$((failed + 1)); fi
}

run_interface_check() {
  say "using the web interface in Chromium"
  attempt interface_in_browser
  if attempt_succeeded; then passed=$((passed + 1)); else failed=$((failed + 1)); fi
}

# Every page of the interface with a real server and real runs behind it.
interface_in_browser() {
  GIGAWATT_DATA=$ROOT/data logged web-e2e-app npm --prefix "$ROOT/web" run e2e:app -- \
    "$RELEASE/apps/gigawatt/gigawatt" --out "$STATE/screenshots/interface"
}

# The report of a real run at several widths, light and dark: no error, no request, no overflow, no axe violation.
report_in_browser() {
  local page=$STATE/report.html
  GIGAWATT_DATA=$ROOT/data "$RELEASE/apps/gigawatt/gigawatt" run "$ROOT/scenarios/single-rack.toml" --quiet \
    --report "$page" >/dev/null &&
    logged web-e2e npm --prefix "$ROOT/web" run e2e -- "$page" --out "$STATE/screenshots"
}

report_coverage() {
  need_packages coverage
  gcovr --root "$ROOT" --filter "$ROOT/src/" --exclude '.*/test/.*' --gcov-ignore-parse-errors \
    --txt-summary "$ROOT/build/coverage" >&2
}
