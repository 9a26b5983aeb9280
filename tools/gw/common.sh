# Shared by the parts of gw: messages, logs, stamps, the lock.
# shellcheck shell=bash

say() { printf 'gw: %s\n' "$*" >&2; }
fail() { say "$*"; exit 1; }

# A home folder that can be written to, for the caches of ccache, pip and npm.
prepare_environment() {
  umask 022
  if [[ -z ${HOME-} ]]; then
    HOME=$(getent passwd "$(id -u)" | cut -d: -f6 || true)
  fi
  if [[ -z $HOME || ! -w $HOME ]]; then
    HOME=$STATE/home
    mkdir -p "$HOME"
  fi
  export HOME
  if ! mkdir -p "$STATE/log" 2>/dev/null || [[ ! -w $STATE ]]; then
    fail "cannot write to $STATE (owner: $(stat -c %U "$STATE" 2>/dev/null || echo nobody))"
  fi
}

# One build at a time in one checkout; a second caller waits.
locked() {
  exec 9>"$STATE/lock"
  if ! flock -n 9; then
    say "waiting for another gw in this checkout"
    flock 9
  fi
  "$@"
  exec 9>&-
}

# attempt COMMAND...: runs it to its first failure and returns 0 whatever its exit status; attempt_succeeded tells it.
# (Inside an if or before ||, bash would go on after a failure in the middle of a function.)
attempt() {
  set +e
  (
    set -e
    "$@"
  )
  attempt_status=$?
  set -e
}

attempt_succeeded() { ((attempt_status == 0)); }

# logged LABEL COMMAND...: runs a step with its output in .gw/log/LABEL.log, shown only when it fails.
# On a terminal its last line is shown as progress; elsewhere a line a minute.
logged() {
  local label=$1 log=$STATE/log/$1.log status=0
  shift
  "$@" </dev/null 2>&1 9>&- | tee "$log" | show_progress || status=${PIPESTATUS[0]}
  if ((status != 0)); then
    tail -n 40 "$log" >&2
    say "$label failed with status $status; the whole log is ${log#"$ROOT/"}"
    return "$status"
  fi
}

show_progress() {
  local line shown=$SECONDS
  while IFS= read -r line; do
    if [[ -t 2 ]]; then
      printf '\r\033[K%.*s' "$((${COLUMNS:-80} - 1))" "$line" >&2
    elif ((SECONDS - shown >= 60)); then
      printf 'gw: ... %.100s\n' "$line" >&2
      shown=$SECONDS
    fi
  done
  if [[ -t 2 ]]; then printf '\r\033[K' >&2; fi
}

# changed_since STAMP PATH...: whether any file or folder below the paths is newer than the stamp.
# A deleted file shows in its folder's time. Folders that tools write to are left out.
changed_since() {
  local stamp=$1 path existing=()
  shift
  [[ -e $stamp ]] || return 0
  for path; do [[ -e $path ]] && existing+=("$path"); done
  [[ -n $(find "${existing[@]}" \
    \( -name node_modules -o -name dist -o -name __pycache__ -o -name '*.tsbuildinfo' \) -prune \
    -o -newer "$stamp" -print -quit) ]]
}

# with_stamp STAMP COMMAND...: the stamp bears the time at which the command began, so that a file saved
# during a long build counts as changed.
with_stamp() {
  local stamp=$1
  shift
  touch "$stamp.started"
  "$@"
  mv "$stamp.started" "$stamp"
}
