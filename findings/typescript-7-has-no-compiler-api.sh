#!/usr/bin/env bash
# typescript 7.0.2: the package's main entry holds a version and nothing else.
#
# Input: one line, `require("typescript")`, as every generator, linter and bundler plugin that is built on the compiler has it.
# Expected by a good engineer: the compiler's API of 5.x (`factory`, `createSourceFile`, `transpileModule`), perhaps slower or
# with deprecations: the package has the same name, a `main`, and `tsc` takes the same options.
# Seen: two keys, `version` and `versionMajorMinor`. The syntax tree stands in `typescript/unstable/ast` with other names, and
# `transpileModule` in none of its entries: what is built on the compiler fails at its first use, after an install without a
# word where it states no peer range (openapi-typescript 7.13.0, which does, fails with "Cannot read properties of undefined").
# Needs node and npm.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm init -y >/dev/null
npm install --no-audit --no-fund --silent typescript@7.0.2 >/dev/null
node -e '
const ts = require("typescript");
console.log("typescript", ts.version, "exports:", Object.keys(ts).join(", "));
const exported = Object.keys(require("./node_modules/typescript/package.json").exports);
console.log("entries:", exported.filter((name) => name.startsWith("./unstable")).join(" "));
if (Object.keys(ts).length !== 2 || ts.factory || ts.transpileModule || ts.createSourceFile) process.exit(1);
'
node --input-type=module -e '
const found = [];
for (const part of ["ast", "sync", "async", "fs", "proto", "ast/is", "ast/factory", "ast/utils", "ast/scanner"]) {
  const entry = await import(`typescript/unstable/${part}`);
  if ("transpileModule" in entry) found.push(part);
}
if (found.length > 0) process.exit(1);
'
printf 'const x: number = 1;\n' > a.ts
npx --no-install tsc --noEmit a.ts
echo "as described: tsc works, and there is no compiler API under the package's name"
