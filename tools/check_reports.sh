#!/usr/bin/env bash
# check_reports.sh empty|none FOLDER: clears the folder of a sanitizer's reports, or fails and shows them where there are
# any. One report a process; the same mistake is shown once for each.
set -euo pipefail
folder=$2
case $1 in
  empty)
    rm -rf "$folder"
    mkdir -p "$folder"
    ;;
  none)
    found=("$folder"/report*)
    [[ -e ${found[0]} ]] || exit 0
    head -n 60 "${found[@]:0:20}"
    echo "${#found[@]} processes reported something; all of it is in $folder"
    exit 1
    ;;
  *) exit 2 ;;
esac
