# HiGHS (linear and mixed-integer programs), unless the system has it.
# shellcheck shell=bash

need_highs() {
  if [[ -f /usr/include/highs/interfaces/highs_c_api.h || -f /usr/local/include/highs/interfaces/highs_c_api.h ]]; then
    return
  fi
  if "$ROOT/tools/fetch_highs.sh" --check "$STATE/highs"; then return; fi
  need_node
  say "fetching HiGHS into .gw/highs"
  logged highs "$ROOT/tools/fetch_highs.sh" "$STATE/highs"
}
