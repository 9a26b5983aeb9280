# DuckDB's library and C header, unless the system has them.
# shellcheck shell=bash

need_duckdb() {
  if [[ -f /usr/include/duckdb.h || -f /usr/local/include/duckdb.h ]]; then return; fi
  if "$ROOT/tools/fetch_duckdb.sh" --check "$STATE/duckdb"; then return; fi
  need_node
  say "fetching DuckDB into .gw/duckdb"
  logged duckdb "$ROOT/tools/fetch_duckdb.sh" "$STATE/duckdb"
}
