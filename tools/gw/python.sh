# The Python package: what builds and tests it, in .gw/python, and its wheel in an environment of its own.
# shellcheck shell=bash

readonly PYTHON_ENV=$STATE/python

# install_python_packages LIST: tools/python/LIST.txt into .gw/python, once.
install_python_packages() {
  local requirements=$ROOT/tools/python/$1.txt done=$PYTHON_ENV/$1.txt
  if cmp -s "$requirements" "$done"; then return; fi
  say "installing the Python packages of tools/python/$1.txt into .gw/python"
  if [[ ! -x $PYTHON_ENV/bin/python ]]; then logged python-venv "$(system_python)" -m venv "$PYTHON_ENV"; fi
  logged "pip-$1" "$PYTHON_ENV/bin/python" -m pip install --disable-pip-version-check --only-binary :all: \
    --require-hashes -r "$requirements"
  cp "$requirements" "$done"
}

need_python() { install_python_packages package; }
need_ray() { install_python_packages ray; }

# Slurm's programs from Debian's packages, unpacked and not installed: no daemon of the system, no configuration.
need_slurm() {
  local folder=$STATE/slurm packages=(slurmctld slurmd slurm-client slurm-wlm-basic-plugins) file
  if [[ -e $folder/usr/sbin/slurmctld-wlm ]]; then return; fi
  rm -rf "$folder"
  mkdir -p "$folder/packages"
  (cd "$folder/packages" && logged slurm apt-get download "${packages[@]}")
  for file in "$folder"/packages/*.deb; do dpkg -x "$file" "$folder"; done
}

# The wheel, made from the objects of build/release, twice with the same bytes; then the program and the package as a user
# has them who installed it.
wheel_in_clean_environment() {
  local folder=$STATE/wheel try
  rm -rf "$folder"
  for try in first second; do
    SOURCE_DATE_EPOCH=1767225600 logged "wheel-$try" "$PYTHON_ENV/bin/python" -m pip wheel "$ROOT" --disable-pip-version-check \
      --no-build-isolation --no-deps --wheel-dir "$folder/$try" --config-settings=build-dir="$RELEASE" \
      --config-settings=cmake.define.GW_BUILD_TESTS=ON
  done
  cmp "$folder"/first/*.whl "$folder"/second/*.whl
  "$(system_python)" -m venv "$folder/clean"
  logged wheel-install "$folder/clean/bin/python" -m pip install --disable-pip-version-check --no-deps --no-index \
    "$folder"/first/*.whl
  (
    cd "$folder"
    unset GIGAWATT_DATA PYTHONPATH
    clean/bin/gigawatt run clean/lib/python3*/site-packages/gigawatt/share/gigawatt/scenarios/single-rack.toml --json --quiet \
      >program.json
    clean/bin/python - program.json <<'END'
import json, sys
import gigawatt as gw
with open(sys.argv[1]) as file:
    program = json.load(file)
package = gw.run(gw.example("single-rack")).to_dict()
assert {**program, "wall_s": 0} == {**package, "wall_s": 0}
END
  )
}
