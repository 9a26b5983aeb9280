// Opens every page of the interface in a real browser with a real server behind it, and uses it as a reader would:
// edit a scenario, run it, watch it, open a job, change its plan, run a second one, compare; with the keyboard.
// Checks console, requests, accessibility, sideways scrolling, layout shift, deep links, saving, first load, print.
//   npm run e2e:app -- GIGAWATT [--out FOLDER] [--chromium PATH] [--url http://127.0.0.1:8080]
import { spawn } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { chromium } from "playwright-core";

const kFirstLoadBytes = 250_000;
const kPatience = 60_000;

const { values, positionals } = parseArgs({ allowPositionals: true, options: { out: { type: "string" }, chromium: { type: "string" }, url: { type: "string" } } });
const program = positionals[0] && resolve(positionals[0]);
if (!values.url && (!program || !existsSync(program))) {
  console.error("usage: app.mjs GIGAWATT [--out FOLDER] [--chromium PATH] [--url URL]");
  process.exit(1);
}
const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const executablePath = values.chromium ?? process.env.CHROMIUM ?? "/usr/bin/chromium";
const problems = [];
const note = (where, what) => problems.push(`${where}: ${what}`);
if (values.out) mkdirSync(values.out, { recursive: true });

const folder = mkdtempSync(join(tmpdir(), "gigawatt-e2e-"));
const server = values.url ? null : spawn(program, ["serve", "--port", "0", "--db", join(folder, "runs.db")], { stdio: ["ignore", "ignore", "pipe"] });
const browser = await chromium.launch({ executablePath, args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking"] });
try {
  const base = values.url ?? (await listening(server));
  const [first, second] = await flow(base);
  await keyboard(base, first);
  const pages = [
    ["overview", `runs/${first}`], ["sites", `runs/${first}/sites`], ["jobs", `runs/${first}/jobs`], ["job", `runs/${first}/jobs/${await first_job(base, first)}`],
    ["claims", `runs/${first}/claims`], ["series", `runs/${first}/series`], ["inputs", `runs/${first}/inputs`], ["compare", `compare?runs=${first},${second}`],
    ["step", "step"], ["search", "search?model=llama3.1-8b&gpus=64&global_batch=128"], ["scenario", "scenario?example=single-rack"], ["runs", "runs"],
    ["catalogue", "catalogue/system"], ["entry", "catalogue/system/h100-sxm"], ["validation", "validation"], ["nothing", "nothing/here"],
  ];
  for (const [name, path] of pages)
    for (const width of [390, 1440])
      for (const colorScheme of ["light", "dark"]) await look(base, name, path, width, colorScheme);
  await look(base, "overview", `runs/${first}`, 2560, "light");
  await charts(base, first);
  await print(base, first);
} catch (error) {
  note("script", error.stack ?? String(error));
} finally {
  await browser.close();
  if (server) {
    server.kill("SIGTERM");
    await new Promise((done) => server.on("exit", done));
  }
  rmSync(folder, { recursive: true, force: true });
}
for (const problem of problems) console.error(problem);
console.log(problems.length ? `${problems.length} problems` : "no problems");
process.exitCode = problems.length ? 1 : 0;

/** The address that the server says it listens at. */
function listening(process) {
  return new Promise((done, fail) => {
    let said = "";
    process.stderr.on("data", (text) => {
      said += text;
      const match = /https?:\/\/[^\s)/]+/.exec(said);
      if (match) done(match[0]);
    });
    process.on("exit", () => fail(new Error(`the server ended: ${said}`)));
  });
}

async function open(base, where, path, options = {}) {
  const context = await browser.newContext({ viewport: { width: 1440, height: 1000 }, ...options });
  const page = await context.newPage();
  page.setDefaultTimeout(kPatience);
  page.on("console", (message) => ["error", "warning"].includes(message.type()) && !page.expects?.test(message.text()) && note(where, `console ${message.type()}: ${message.text()}`));
  page.on("pageerror", (error) => note(where, `error: ${error.message}`));
  page.on("request", (request) => !request.url().startsWith(base) && !/^(data|blob):/.test(request.url()) && note(where, `request: ${request.url()}`));
  await page.addInitScript(() => {
    window.layoutShift = 0;
    new PerformanceObserver((list) => list.getEntries().forEach((entry) => entry.hadRecentInput || (window.layoutShift += entry.value))).observe({ type: "layout-shift", buffered: true });
  });
  await page.goto(`${base}/#/${path}`, { waitUntil: "load" });
  await settle(page);
  return { context, page };
}

/** Until nothing is on its way any more. */
async function settle(page) {
  await page.waitForSelector("main h1");
  await page.waitForLoadState("networkidle");
  await page.waitForFunction(() => !document.querySelector("main .waiting, main [aria-busy=true]"), null, { timeout: kPatience });
  await page.waitForTimeout(250);
}

async function look(base, name, path, width, colorScheme) {
  const where = `${name} ${width}px ${colorScheme}`;
  const { context, page } = await open(base, where, path, { viewport: { width, height: width < 600 ? 844 : 1000 }, colorScheme });
  const seen = await page.evaluate(() => ({
    over: document.documentElement.scrollWidth - document.documentElement.clientWidth,
    wide: [...document.querySelectorAll("main *")].filter((e) => e.getBoundingClientRect().right > innerWidth + 1 && !e.closest(".table-box, .hidden-text")).slice(0, 3).map((e) => `${e.tagName}.${e.getAttribute("class")}`),
    shift: window.layoutShift,
    levels: [...document.querySelectorAll("main :is(h1, h2, h3, h4)")].map((e) => Number(e.tagName[1])),
    odd: /\b(NaN|undefined|\[object)/.exec(document.querySelector("main").innerText)?.[0],
  }));
  if (seen.over > 0) note(where, `scrolls sideways by ${seen.over} px (${seen.wide})`);
  if (seen.shift > 0.02) note(where, `layout shift ${seen.shift.toFixed(3)}`);
  seen.levels.forEach((level, i) => (i === 0 ? level !== 1 : level > seen.levels[i - 1] + 1) && note(where, `heading ${i} jumps to level ${level}`));
  if (seen.odd) note(where, `shows ${seen.odd}`);
  // At 2560 px the page is that of 1440 with wider columns.
  if (width < 2000) {
    await page.evaluate(axe);
    const { violations } = await page.evaluate(() => window.axe.run(document, { resultTypes: ["violations"] }));
    for (const violation of violations) note(where, `axe ${violation.id}: ${violation.help} (${violation.nodes.length}: ${violation.nodes.slice(0, 3).map((n) => n.html.slice(0, 140)).join(" | ")})`);
  }
  if (values.out) await page.screenshot({ path: `${values.out}/${name}-${width}-${colorScheme}.png`, fullPage: true });
  await context.close();
}

/** What the server says, asked by the page itself. */
function api(page, path) {
  return page.evaluate(async (at) => (await fetch(`/api${at}`)).json(), path);
}

async function first_job(base, run) {
  const document = await (await fetch(`${base}/api/runs/${run}/document`)).json();
  return encodeURIComponent(document.jobs.find((job) => job.step_breakdown)?.name ?? document.jobs[0].name);
}

/** Edit, run, watch, open the job, change its plan, run a second one, compare, stop a third. Gives the two runs. */
async function flow(base) {
  const where = "flow";
  const { context, page } = await open(base, where, "", {});
  const bytes = await page.evaluate(() => [...performance.getEntriesByType("navigation"), ...performance.getEntriesByType("resource")].filter((e) => !e.name.includes("/api/")).reduce((sum, e) => sum + (e.encodedBodySize ?? 0), 0));
  const started = await page.evaluate(() => performance.getEntriesByType("navigation")[0].domContentLoadedEventEnd);
  console.log(`first page: ${Math.round(bytes / 1000)} kB as sent, scripts run after ${Math.round(started)} ms`);

  await page.goto(`${base}/#/scenario?example=single-rack`);
  await settle(page);
  const text = page.locator(".cm-content");
  const tool = page.getByRole("button", { name: "Run", exact: true });
  await text.click();
  await page.keyboard.press("Control+Home");
  // A key that does not exist: said at its line, and no run.
  await page.keyboard.type("nmae = 1\n");
  await page.locator(".mistakes li").first().waitFor();
  if (!/line 1/i.test(await page.locator(".mistakes li").first().innerText())) note(where, "a mistake in line 1 is not said to be there");
  if (!(await page.locator(".cm-lint-marker-error, .cm-lintRange-error").count())) note(where, "a mistake is not marked at its line");
  if (!(await tool.isDisabled())) note(where, "a scenario with a mistake can be run");
  await page.keyboard.press("ArrowUp");
  await page.keyboard.press("Control+Shift+k");
  await page.waitForFunction(() => document.querySelectorAll(".mistakes li").length === 0);
  // What may stand here.
  await page.keyboard.press("Control+End");
  await page.keyboard.type("\n[[job]]\nki");
  await page.keyboard.press("Control+Space");
  const list = page.locator(".cm-tooltip-autocomplete li");
  await list.first().waitFor();
  if (!(await list.allInnerTexts()).some((one) => one.startsWith("kind"))) note(where, "the editor does not complete keys by the schema");
  await page.keyboard.press("Escape");
  for (let i = 0; i < 3; ++i) await page.keyboard.press("Control+Shift+k").then(() => page.keyboard.press("ArrowUp"));
  await page.getByRole("button", { name: "Undo all changes" }).click();
  await page.waitForFunction(() => !/mistake|Checking/.test(document.querySelector(".writer-side h2").textContent) || /^No/.test(document.querySelector(".writer-side h2").textContent));

  const runs = [];
  await tool.click();
  runs.push(await watch(page));
  await page.locator(".progress-box a").click();
  await page.waitForSelector("main .headline");
  if (!(await page.title()).startsWith("Overview")) note(where, "a finished run does not open on its overview");
  const loaded = await page.evaluate(() => [...performance.getEntriesByType("navigation"), ...performance.getEntriesByType("resource")].filter((e) => !/\/api\/|editor|scenario/.test(e.name)).reduce((sum, e) => sum + (e.encodedBodySize ?? 0), 0));
  console.log(`with the overview: ${Math.round(loaded / 1000)} kB as sent`);
  if (loaded > kFirstLoadBytes) note(where, `the first load is ${loaded} bytes, more than ${kFirstLoadBytes}`);

  await page.getByRole("link", { name: "Jobs", exact: true }).click();
  const bar = page.locator(".gantt .job").first();
  await bar.waitFor();
  await bar.focus();
  await page.keyboard.press("Enter");
  await page.waitForURL(/jobs\/./);
  await settle(page);
  await page.getByRole("link", { name: "Change its plan" }).click();
  await page.getByRole("spinbutton", { name: "Global batch" }).waitFor();
  await settle(page);
  const figure = () => page.locator("main .stat .figure").first().innerText();
  const before = await figure();
  const knob = page.getByRole("spinbutton", { name: "Global batch" });
  await knob.focus();
  await page.keyboard.press("ArrowUp");
  await page.waitForFunction((was) => document.querySelector("main .stat .figure").innerText !== was, before);
  await settle(page);
  if (!/to pinned|as pinned/.test(await page.locator("main .headline").innerText())) note(where, "the pinned plan is not compared with");
  const after = await figure();
  await page.reload();
  await settle(page);
  if ((await figure()) !== after) note(where, `the step's address restores ${await figure()}, not ${after}`);

  // The same scenario with another seed and a changed input.
  await page.goto(`${base}/#/scenario?from=${runs[0]}`);
  await settle(page);
  await page.locator(".cm-content").waitFor();
  const { toml } = await api(page, `/runs/${runs[0]}/toml`);
  await page.locator(".cm-content").click();
  await page.keyboard.press("Control+a");
  await page.keyboard.insertText(toml.replace(/^pue = [\d.]+/m, "pue = 1.2").replace(/^peak_overhead = [\d.]+/m, "peak_overhead = 1.3"));
  await page.waitForTimeout(600);
  await settle(page);
  await tool.click();
  runs.push(await watch(page));

  await page.goto(`${base}/#/runs`);
  await settle(page);
  for (const id of runs) await page.getByRole("row", { name: new RegExp(`^${id} `) }).getByRole("checkbox").check();
  await page.getByRole("link", { name: "Compare 2 runs" }).click();
  await settle(page);
  await page.getByRole("table").first().waitFor();
  if (!(await page.locator("main").innerText()).includes("pue")) note(where, "the comparison does not name the input that differs");
  if ((await page.locator("main figure").count()) < 3) note(where, "the comparison draws too little");

  // A long run is stopped.
  await page.goto(`${base}/#/scenario?example=meta-superclusters`);
  await settle(page);
  await page.getByLabel("Futures").fill("40");
  await tool.click();
  const stop = page.getByRole("button", { name: "Stop", exact: true });
  await stop.waitFor();
  await page.waitForFunction(() => Number(document.querySelector(".progress-box progress")?.value) > 0, null, { timeout: kPatience });
  await stop.click();
  await page.locator(".progress-box .chip", { hasText: "Stopped" }).waitFor();
  await context.close();
  return runs;
}

/** Follows the run that was just started to its end. */
async function watch(page) {
  const link = page.locator(".progress-box a");
  await page.waitForURL(/run=\d+/);
  const id = /run=(\d+)/.exec(page.url())[1];
  await page.locator(`.progress-box[aria-label="Run ${id}"]`).waitFor();
  await link.waitFor({ timeout: 3 * kPatience });
  return id;
}

/** From page to page and through one page without a mouse: every stop of the Tab key shows where it is. */
async function keyboard(base, run) {
  const where = "keyboard";
  const { context, page } = await open(base, where, `runs/${run}`);
  await page.keyboard.press("Tab");
  if ((await page.evaluate(() => document.activeElement.className)) !== "skip") note(where, "the first stop is not the way to the page");
  await page.keyboard.press("Enter");
  if ((await page.evaluate(() => document.activeElement.id)) !== "main") note(where, "the way to the page leads elsewhere");
  await page.evaluate(() => document.activeElement.blur());
  const stops = new Set();
  for (let i = 0; i < 45; ++i) {
    await page.keyboard.press("Tab");
    const stop = await page.evaluate(() => {
      const e = document.activeElement;
      if (!e || e === document.body || e.matches(".gantt .job")) return null;
      const ringed = e.closest(".knob-row") ?? e;
      return { name: e.innerText || e.getAttribute("aria-label") || e.tagName, shown: getComputedStyle(e).outlineStyle !== "none" || getComputedStyle(ringed).outlineStyle !== "none" };
    });
    if (!stop) continue;
    stops.add(stop.name);
    if (!stop.shown) note(where, `no visible focus on ${stop.name}`);
  }
  if (stops.size < 20) note(where, `only ${stops.size} stops`);
  await page.getByRole("link", { name: "Claims", exact: true }).focus();
  await page.keyboard.press("Enter");
  await page.waitForFunction(() => document.querySelector("main h1")?.textContent === "Claims");
  if ((await page.evaluate(() => document.activeElement.id)) !== "main") note(where, "a new page does not take the keyboard");
  const months = async () => page.locator(".player output").innerText();
  await page.goto(`${base}/#/runs/${run}`);
  await page.locator(".player input").focus();
  const was = await months();
  await page.keyboard.press("ArrowLeft");
  const now = await months();
  if (now === was) note(where, "the month does not move");
  await page.reload();
  await settle(page);
  if ((await months()) !== now) note(where, "the address does not restore the month");
  await context.close();
}

/** Each chart of the overview as a table and as files; the controls and the address that keeps them. */
async function charts(base, run) {
  const where = "charts";
  const { context, page } = await open(base, where, `runs/${run}`, { acceptDownloads: true });
  const all = page.locator("figure.chart");
  for (let i = 0; i < (await all.count()); ++i) {
    const chart = all.nth(i);
    const title = await chart.locator("h3").first().innerText();
    await chart.getByRole("button", { name: "Table", exact: true }).click();
    if ((await chart.locator("tbody tr").count()) === 0) note(where, `${title}: no rows in its table`);
    if (i === 0) {
      await page.reload();
      await settle(page);
      if ((await chart.locator("tbody tr").count()) === 0) note(where, `${title}: the address does not restore its table`);
    }
    await chart.getByRole("button", { name: "Table", exact: true }).click();
    for (const form of ["CSV", "SVG", "PNG"]) {
      const button = chart.getByRole("button", { name: `Save ${title} as ${form}`, exact: true });
      const [saved] = await Promise.all([page.waitForEvent("download", { timeout: 15_000 }), button.click()]).catch(() => [null]);
      if (!saved) note(where, `${title}: nothing saved as ${form}`);
      else if (statSync(await saved.path()).size < 20) note(where, `${title}: ${form} is empty`);
      else if (form === "SVG" && /var\(|light-dark|NaN|undefined/.test(readFileSync(await saved.path(), "utf8"))) note(where, `${title}: SVG holds unresolved values`);
    }
  }
  const theme = page.locator(".rail-foot .button");
  const paper = () => page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor);
  const light = await paper();
  await theme.click();
  if ((await paper()) === light) note(where, "the theme button changes nothing");
  await page.reload();
  await settle(page);
  if ((await paper()) === light) note(where, "the theme is forgotten");
  await context.close();
}

async function print(base, run) {
  const where = "print";
  const { context, page } = await open(base, where, `runs/${run}`, { colorScheme: "dark" });
  const pdf = await page.pdf({ preferCSSPageSize: true, printBackground: true, ...(values.out ? { path: `${values.out}/overview.pdf` } : {}) });
  if (pdf.length < 10_000) note(where, "the print is empty");
  await page.setViewportSize({ width: 690, height: 1000 });
  await page.emulateMedia({ media: "print", colorScheme: "dark" });
  await page.waitForTimeout(300);
  const seen = await page.evaluate(() => ({
    paper: getComputedStyle(document.documentElement).backgroundColor,
    rail: getComputedStyle(document.querySelector(".rail")).display,
    missing: [...document.querySelectorAll("figure.chart")].filter((e) => ![...e.querySelectorAll("svg")].some((svg) => svg.getBoundingClientRect().height > 40)).map((e) => e.querySelector("h3").textContent),
  }));
  if (seen.paper !== "rgb(255, 255, 255)") note(where, `paper is ${seen.paper}`);
  if (seen.rail !== "none") note(where, "the navigation is printed");
  if (seen.missing.length) note(where, `charts missing: ${seen.missing.join(", ")}`);
  if (values.out) await page.screenshot({ path: `${values.out}/print.png`, fullPage: true });
  await context.close();
}
