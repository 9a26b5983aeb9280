# Debian packages. The lists are tools/packages/*.txt; GW_SKIP_PACKAGES=1 leaves them to the user.
# shellcheck shell=bash

# need_packages LIST...: installs what the lists name and the machine lacks.
need_packages() {
  [[ -z ${GW_SKIP_PACKAGES-} ]] || return 0
  local missing
  command -v dpkg-query >/dev/null || fail "this wrapper installs Debian packages, and there is no dpkg here." \
    "Install the equivalents of tools/packages/run.txt, then set GW_SKIP_PACKAGES=1."
  mapfile -t missing < <(missing_packages "$@")
  ((${#missing[@]} == 0)) || install_packages "${missing[@]}"
}

missing_packages() {
  local wanted
  wanted=$(cd "$ROOT/tools/packages" && sed 's/#.*//' "${@/%/.txt}" | tr -s ' \t' '\n' | sed '/^$/d' | sort -u)
  # shellcheck disable=SC2086 # one word a package
  comm -23 <(printf '%s\n' "$wanted") \
    <(dpkg-query -W -f '${db:Status-Status} ${Package}\n' $wanted 2>/dev/null | sed -n 's/^installed //p' | sort -u)
}

install_packages() {
  local as_root=()
  if ((EUID != 0)); then
    if command -v sudo >/dev/null && { sudo -n true 2>/dev/null || [[ -t 0 && -t 2 ]]; }; then
      as_root=(sudo)
    else
      say "some Debian packages are missing and this user may not install them. Run as root:"
      printf '  apt-get update && apt-get install -y --no-install-recommends %s\n' "$*" >&2
      exit 1
    fi
  fi
  say "installing Debian packages: $*"
  local apt=("${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=300 -y)
  local install=("${apt[@]}" install --no-install-recommends "$@")
  # The lists are fetched only when there are none or when they turn out to be too old.
  if [[ -n $(find /var/lib/apt/lists -maxdepth 1 -name '*Packages*' -print -quit 2>/dev/null) ]] &&
    "${install[@]}" </dev/null >"$STATE/log/apt.log" 2>&1; then
    return
  fi
  logged apt-update "${apt[@]}" update
  logged apt "${install[@]}"
}
