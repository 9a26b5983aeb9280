# Configuring and building.
# shellcheck shell=bash

# What a build of the program reads; data/ and scenarios/ are read at run time.
readonly BUILD_INPUTS=("$ROOT/CMakeLists.txt" "$ROOT/CMakePresets.json" "$ROOT/cmake" "$ROOT/src" "$ROOT/apps")

# The program in build/release, up to date.
prepare_program() {
  need_packages run
  need_duckdb
  need_highs
  need_web
  local report=$ROOT/web/dist/report.html app=$ROOT/web/dist/app/index.html
  if [[ -x $RELEASE/apps/gigawatt/gigawatt && ! $report -nt $STATE/build.stamp && ! $app -nt $STATE/build.stamp ]] &&
    ! changed_since "$STATE/build.stamp" "${BUILD_INPUTS[@]}"; then
    return
  fi
  say "building gigawatt into build/release"
  with_stamp "$STATE/build.stamp" build_program
}

build_program() {
  configure release program
  build release gigawatt
}

# configure PRESET program|tests|benches: a no-op where that, or more, has been configured; ninja itself repeats it
# when a CMake file changes. The program alone needs no test package, and one folder serves all three.
configure() {
  local preset=$1 scope=$2 folder=$ROOT/build/$1 options=()
  case $scope in
    program) options=(-DGW_BUILD_TESTS=OFF -DGW_BUILD_BENCH=OFF) ;;
    tests) options=(-DGW_BUILD_TESTS=ON -DGW_BUILD_BENCH=OFF) ;;
    benches) options=(-DGW_BUILD_TESTS=ON -DGW_BUILD_BENCH=ON) ;;
  esac
  # The program's objects serve the Python module too; instrumented ones do not.
  if [[ $preset == release ]]; then options+=(-DGW_PIC=ON); fi
  if [[ $preset == release && $scope != program ]]; then
    options+=(-DGW_BUILD_PYTHON=ON -DPython_EXECUTABLE="$PYTHON_ENV/bin/python")
  fi
  if [[ -f $folder/CMakeCache.txt ]] && ! grep -qxF "CMAKE_HOME_DIRECTORY:INTERNAL=$ROOT" "$folder/CMakeCache.txt"; then
    say "build/$preset was made for another folder; starting it anew"
    rm -rf "$folder"
  fi
  if [[ -f $folder/build.ninja && " program $(cat "$folder/gw-scope" 2>/dev/null) " == *" $scope "* ]]; then return; fi
  (cd "$ROOT" && logged "configure-$preset" cmake --preset "$preset" "${options[@]}")
  printf '%s' "$scope" >"$folder/gw-scope"
}

# build PRESET [TARGET...]
build() {
  local preset=$1
  shift
  local targets=()
  if (($#)); then targets=(--target "$@"); fi
  (cd "$ROOT" && logged "build-$preset" cmake --build "build/$preset" -j "$(nproc)" "${targets[@]}")
}

# ./gw build [PRESET]
build_command() {
  local preset=${1-}
  if [[ -z $preset ]]; then
    prepare_program
    say "build/release/apps/gigawatt/gigawatt is up to date"
    return
  fi
  grep -q "\"name\": \"$preset\"" "$ROOT/CMakePresets.json" || fail "no preset '$preset'; see ./gw help"
  need_packages run test
  if [[ $preset == fuzz ]]; then need_packages fuzz; fi
  prepare_preset "$preset" tests
}

# prepare_preset PRESET SCOPE [TARGET...]: build/PRESET, up to date, with the packages that it needs.
prepare_preset() {
  local preset=$1 scope=$2
  shift 2
  need_packages run test
  need_duckdb
  need_highs
  need_web
  if [[ $preset == release && $scope != program ]]; then need_python; fi
  say "building ${*:-everything} of preset $preset into build/$preset"
  configure "$preset" "$scope"
  build "$preset" "$@"
}

# ./gw bench [ARGS]
bench_command() {
  need_packages bench
  locked prepare_preset release benches benches gigawatt
  run_benches "$@"
  if (($# == 0)); then
    "$ROOT/bench/serve.sh" "$RELEASE/apps/gigawatt/gigawatt"
    python3 "$ROOT/bench/lines.py" "$RELEASE/apps/gigawatt/gigawatt"
  fi
}

run_benches() {
  local bench
  for bench in "$RELEASE"/bench/bench_*; do
    if [[ -x $bench && -f $bench ]]; then (cd "$ROOT" && "$bench" "$@"); fi
  done
}

cpp_sources() {
  (cd "$ROOT" && find apps bench python src tests -name '*.cpp' -o -name '*.h' | sort)
}

# ./gw format [--check]
format_command() {
  need_packages dev
  local mode=-i
  if [[ ${1-} == --check ]]; then mode='--dry-run -Werror'; fi
  # shellcheck disable=SC2086 # two words
  cpp_sources | (cd "$ROOT" && xargs -r clang-format-19 $mode)
}

# ./gw tidy [FILE...]
tidy_command() {
  need_packages run test dev
  need_duckdb
  need_highs
  need_web
  need_python
  configure release tests
  if (($# == 0)); then
    local sources
    mapfile -t sources < <(cpp_sources | grep '\.cpp$')
    set -- "${sources[@]}"
  fi
  (cd "$ROOT" && printf '%s\n' "$@" | xargs -r -n 4 -P "$(nproc)" clang-tidy-19 -p build/release --quiet \
    --extra-arg=-Wno-unknown-warning-option)
}
