#!/usr/bin/env bash
# fetch_highs.sh [--check] FOLDER: FOLDER/lib/libhighs.so and FOLDER/include/highs from the PyPI package highsbox.
#
# Library and headers come from one wheel, pinned by hash in tools/python/highs.txt. The wheel's OpenBLAS serves one
# optional interior-point method that is loaded at run time and that we do not use, so it is left out. --check only
# tells whether FOLDER already holds this version.
set -euo pipefail

check=no
if [[ ${1-} == --check ]]; then check=yes; shift; fi
folder=${1:?usage: fetch_highs.sh [--check] FOLDER}
root=$(dirname "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")")
requirements=$root/tools/python/highs.txt

if cmp -s "$requirements" "$folder/version"; then exit 0; fi
if [[ $check == yes ]]; then exit 1; fi
if [[ $(uname -m) != x86_64 ]]; then
  echo "there is no pinned HiGHS for $(uname -m); install libhighs and highs_c_api.h system-wide" >&2
  exit 1
fi

python=$root/.gw/venv/bin/python
if [[ ! -x $python ]]; then python=python3; fi
mkdir -p "$folder"
folder=$(cd "$folder" && pwd)
work=$(mktemp -d "$folder/fetch.XXXXXX")
trap 'rm -rf "$work"' EXIT
"$python" -m pip install --quiet --disable-pip-version-check --only-binary :all: --no-deps --require-hashes \
  --target "$work" -r "$requirements"
dist=$work/highsbox/highs_dist
mkdir -p "$folder/lib"
rm -rf "$folder/include"
mv "$dist/include" "$folder/include"
mv "$dist/lib/libhighs.so" "$folder/lib/"
mv "$dist/share/doc/HIGHS/LICENSE.txt" "$folder/LICENSE"
cp "$requirements" "$folder/version"
