# The web pages, which the program embeds: web/ -> web/dist/report.html and web/dist/app/.
# shellcheck shell=bash

need_web() {
  local web=$ROOT/web
  [[ -f $web/package.json ]] || return 0
  if [[ -f $web/dist/report.html && -f $web/dist/app/index.html ]] && ! changed_since "$STATE/web.stamp" "$web"/*; then return; fi
  need_node
  need_node_modules "$web"
  say "building the web pages"
  with_stamp "$STATE/web.stamp" logged web npm --prefix "$web" run build
}

# npm ci, only when package-lock.json has changed since the last one.
need_node_modules() {
  local folder=$1
  if cmp -s "$folder/package-lock.json" "$folder/node_modules/.installed-lock.json"; then return; fi
  say "installing the npm packages of ${folder#"$ROOT/"}"
  logged npm npm --prefix "$folder" ci --include=dev --no-audit --no-fund
  cp "$folder/package-lock.json" "$folder/node_modules/.installed-lock.json"
}
