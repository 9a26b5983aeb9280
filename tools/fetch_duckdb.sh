#!/usr/bin/env bash
# fetch_duckdb.sh [--check] FOLDER: FOLDER/lib/libduckdb.so and FOLDER/include/duckdb.h from two npm packages.
#
# The library's package carries no header, so that comes from the source tree in DuckDB's older Node package.
# DuckDB's C API only grows: a header of 1.4 describes a part of 1.5's library (tests/duckdb checks that the two
# fit). Both are pinned by hash. --check only tells whether FOLDER already holds this version.
set -euo pipefail

readonly LIBRARY=@duckdb/node-bindings-linux-x64@1.5.6-r.1
readonly LIBRARY_SHA256=1b9f82478539bb9a1d1df44bd103121a12ae52142c07158dc52b97d2ec1d69ff
readonly HEADER=duckdb@1.4.4
readonly HEADER_SHA256=5bb967dcbcd517670ba5f169f238fb9d6787e53752c60ebe24386169d76941ed

check=no
if [[ ${1-} == --check ]]; then check=yes; shift; fi
folder=${1:?usage: fetch_duckdb.sh [--check] FOLDER}
version="$LIBRARY $LIBRARY_SHA256 $HEADER $HEADER_SHA256"

if [[ -f $folder/version && $(<"$folder/version") == "$version" ]]; then exit 0; fi
if [[ $check == yes ]]; then exit 1; fi
if [[ $(uname -m) != x86_64 ]]; then
  echo "there is no pinned DuckDB for $(uname -m); install DuckDB's library and duckdb.h system-wide" >&2
  exit 1
fi

# fetch PACKAGE SHA256 MEMBER...: unpacks the members of a package into the working folder.
fetch() {
  local package=$1 sha256=$2 tarball
  shift 2
  tarball=$(npm pack --silent "$package")
  echo "$sha256  $tarball" | sha256sum --check --status ||
    { echo "$package is not what tools/fetch_duckdb.sh pins: $(sha256sum "$tarball")" >&2; exit 1; }
  tar -xzf "$tarball" "$@"
  rm "$tarball"
}

mkdir -p "$folder"
folder=$(cd "$folder" && pwd)
work=$(mktemp -d "$folder/fetch.XXXXXX")
trap 'rm -rf "$work"' EXIT
cd "$work"
fetch "$LIBRARY" "$LIBRARY_SHA256" package/libduckdb.so package/LICENSE
fetch "$HEADER" "$HEADER_SHA256" package/src/duckdb/src/include/duckdb.h
mkdir -p "$folder/lib" "$folder/include"
mv package/libduckdb.so "$folder/lib/"
mv package/LICENSE "$folder/"
mv package/src/duckdb/src/include/duckdb.h "$folder/include/"
printf '%s\n' "$version" >"$folder/version"
