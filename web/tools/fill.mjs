// Puts a run document into the built page, exactly as the program does:
//   node tools/fill.mjs dist/report.html fixtures/run.json dist/sample.html
import { readFileSync, writeFileSync } from "node:fs";

const [template, document, out] = process.argv.slice(2);
if (!out) {
  console.error("usage: fill.mjs TEMPLATE.html RUN.json OUT.html");
  process.exit(1);
}
const run = JSON.stringify(JSON.parse(readFileSync(document, "utf8"))).replace(/</g, "\\u003c");
const page = readFileSync(template, "utf8");
const parts = page.split("__GIGAWATT_RUN__");
if (parts.length !== 2) {
  console.error(`${template}: the run token occurs ${parts.length - 1} times, not once`);
  process.exit(1);
}
writeFileSync(out, parts.join(run));
