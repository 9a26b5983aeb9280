// Opens every page of the interface in a real browser with a real server behind it, and uses it as a reader would:
// edit a scenario, run it, watch it, open a job, change its plan, run a second one, compare; with the keyboard.
// Checks console, requests, accessibility, sideways scrolling, layout shift, deep links, saving, first load, print.
//   npm run e2e:app -- GIGAWATT [--out FOLDER] [--chromium PATH] [--url http://127.0.0.1:8080]
import { mkdirSync, readFileSync, statSync } from "node:fs";
import { createRequire } from "node:module";
import { parseArgs } from "node:util";
import { api, begin } from "./harness.mjs";

const kFirstLoadBytes = 250_000;
const kPatience = 60_000;

const { values, positionals } = parseArgs({ allowPositionals: true, options: { out: { type: "string" }, chromium: { type: "string" }, url: { type: "string" } } });
const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
if (values.out) mkdirSync(values.out, { recursive: true });
const { base, note, open, settle, finish } = await begin({ program: positionals[0], ...values });
try {
  const [first, second] = await flow();
  const third = await changed_run(first, 1.3);
  await compare(first, second, third);
  const rich = await large_run();
  await first_load(rich);
  await keyboard(first);
  const pages = [
    ["overview", `runs/${rich}`], ["sites", `runs/${rich}/sites`], ["site", `runs/${rich}/sites/prometheus`], ["jobs", `runs/${rich}/jobs`], ["small", `runs/${first}`], ["job", `runs/${first}/jobs/${await first_job(first)}`],
    ["claims", `runs/${rich}/claims`], ["series", `runs/${rich}/series`], ["inputs", `runs/${first}/inputs`], ["compare", `compare?runs=${first},${second}`], ["three", `compare?runs=${first},${second},${third}`],
    ["step", "step"], ["search", "search?model=llama3.1-8b&gpus=64&global_batch=128"], ["scenario", "scenario?example=single-rack"], ["runs", "runs"],
    ["catalogue", "catalogue/system"], ["entry", "catalogue/system/h100-sxm"], ["validation", "validation"], ["nothing", "nothing/here"],
  ];
  for (const [name, path] of pages)
    for (const width of [390, 1440])
      for (const colorScheme of ["light", "dark"]) await look(name, path, width, colorScheme);
  for (const [name, path] of pages) {
    await look(name, path, 2560, "light");
    await print(name, path);
  }
  await charts(`runs/${first}`);
  await charts(`runs/${rich}/sites/prometheus`);
} catch (error) {
  note("script", error.stack ?? String(error));
}
await finish();

async function look(name, path, width, colorScheme) {
  const where = `${name} ${width}px ${colorScheme}`;
  const { context, page } = await open(where, path, { viewport: { width, height: width < 600 ? 844 : 1000 }, colorScheme });
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

async function first_job(run) {
  const document = await (await fetch(`${base}/api/runs/${run}/document`)).json();
  return encodeURIComponent(document.jobs.find((job) => job.step_breakdown)?.name ?? document.jobs[0].name);
}

async function run_of(body) {
  const { id } = await (await fetch(`${base}/api/runs`, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) })).json();
  for (;;) {
    const run = await (await fetch(`${base}/api/runs/${id}`)).json();
    if (run.status === "done") return String(id);
    if (!["queued", "running"].includes(run.status)) throw new Error(`run ${id} is ${run.status}: ${run.error}`);
    await new Promise((done) => setTimeout(done, 200));
  }
}

/** A run with many sites and jobs, and futures for its bands. */
async function large_run() {
  const { scenarios } = await (await fetch(`${base}/api/scenarios`)).json();
  return run_of({ toml: scenarios.find((one) => one.name === "meta-superclusters").toml, futures: 8 });
}

/** The scenario of a run once more, at another PUE. */
async function changed_run(run, pue) {
  const { toml } = await (await fetch(`${base}/api/runs/${run}/toml`)).json();
  return run_of({ toml: toml.replace(/^pue = [\d.]+/m, `pue = ${pue}`).replace(/^peak_overhead = [\d.]+/m, `peak_overhead = ${pue + 0.1}`) });
}

/** Three runs side by side: a column for each, the largest difference first, measured by the run that stands first. */
async function compare(...runs) {
  const where = "compare three";
  const { context, page } = await open(where, `compare?runs=${runs.join()}`);
  const rows = async (label) => page.getByRole("region", { name: `${label} table` }).locator("tbody tr").evaluateAll((list) => list.map((row) => [...row.children].map((cell) => cell.innerText.trim())));
  const inputs = await rows("Inputs that differ");
  const pue = inputs.find(([path]) => /\bpue$/.test(path));
  if (pue?.slice(1, 4).map((text) => parseFloat(text)).join() !== "1.15,1.2,1.3") note(where, `PUE is said to be ${pue}`);
  const figures = await rows("Figures that differ");
  const apart = figures.map((row) => parseFloat(row.at(-1)));
  if (figures.length < 3 || figures.some((row) => row.length !== 5)) note(where, `${figures.length} figures differ, in ${figures[0]?.length} columns`);
  const ranked = apart.filter(Number.isFinite);
  if (ranked.join() !== ranked.toSorted((a, b) => b - a).join()) note(where, `differences stand as ${apart.join(" ")}`);
  // What the table says is what the documents say.
  const energy = await Promise.all(runs.map(async (run) => (await api(page, `/runs/${run}/document`)).sites[0].energy_mwh));
  const by = figures.find(([label]) => /: electricity$/.test(label))?.slice(2, 4).map((text) => parseFloat(text.replace("−", "-").match(/([+-][\d.]+)%/)?.[1]));
  energy.slice(1).forEach((value, i) => Math.abs((value / energy[0] - 1) * 100 - (by?.[i] ?? NaN)) < 0.06 || note(where, `electricity of run ${runs[i + 1]} is ${by?.[i]}% more, not ${((value / energy[0] - 1) * 100).toFixed(2)}%`));
  const lines = await page.locator("figure.chart", { hasText: "Load at the meter" }).locator(".legend button").count();
  if (lines !== 3) note(where, `${lines} lines for three runs`);
  await page.getByRole("button", { name: new RegExp(`^Put ${runs[2]} .* first$`) }).click();
  await settle(page);
  if (!page.url().endsWith(`runs=${runs[2]},${runs[0]},${runs[1]}`)) note(where, `the address is ${page.url()}`);
  const head = await page.getByRole("region", { name: "Inputs that differ table" }).locator("thead th").allInnerTexts();
  if (!head[1].startsWith(`${runs[2]} `)) note(where, `the first column is ${head[1]}`);
  const turned = await page.locator("main").innerText();
  await page.reload();
  await settle(page);
  if ((await page.locator("main").innerText()) !== turned) note(where, "the address restores another comparison");
  await page.getByRole("button", { name: new RegExp(`^Leave out ${runs[0]} `) }).click();
  await settle(page);
  if ((await rows("Figures that differ"))[0]?.length !== 4) note(where, "a run is not left out");
  await context.close();
}

/** What a reader waits for who comes for the first time: bytes, and the time until the figures stand. */
async function first_load(run) {
  const where = "first load";
  const { context, page } = await open(where, `runs/${run}`, {
    prepare: (page) => page.addInitScript(() => {
      const watch = new MutationObserver(() => {
        if (!document.querySelector("main .headline")) return;
        window.standsAt = performance.now();
        watch.disconnect();
      });
      watch.observe(document, { childList: true, subtree: true });
    }),
  });
  const seen = await page.evaluate(() => ({
    bytes: [...performance.getEntriesByType("navigation"), ...performance.getEntriesByType("resource")].filter((e) => !e.name.includes("/api/")).reduce((sum, e) => sum + (e.encodedBodySize ?? 0), 0),
    answers: performance.getEntriesByType("resource").filter((e) => e.name.includes("/api/")).reduce((sum, e) => sum + (e.encodedBodySize ?? 0), 0),
    stands: window.standsAt,
  }));
  console.log(`first load: ${Math.round(seen.bytes / 1000)} kB of page and ${Math.round(seen.answers / 1000)} kB of answers as sent, figures stand after ${Math.round(seen.stands)} ms`);
  if (seen.bytes > kFirstLoadBytes) note(where, `${seen.bytes} bytes, more than ${kFirstLoadBytes}`);
  await context.close();
}

/** Edit, run, watch, open the job, change its plan, run a second one, compare, stop a third. Gives the two runs. */
async function flow() {
  const where = "flow";
  // Chromium's own editing of selected text tries to keep its colours by a style attribute; CodeMirror replaces that text anyway.
  const { context, page } = await open(where, "", { expects: /Applying inline style violates/ });
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
  await page.waitForFunction(() => /events/.test(document.querySelector(".progress-box").innerText) && /a second/.test(document.querySelector(".progress-box").innerText), null, { timeout: kPatience });
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
async function keyboard(run) {
  const where = "keyboard";
  const { context, page } = await open(where, `runs/${run}`);
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
async function charts(path) {
  const where = "charts";
  const { context, page } = await open(where, path, { acceptDownloads: true });
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

/** On paper every page is light, without its controls, with its charts, and nothing sticks out. */
async function print(name, path) {
  const where = `print ${name}`;
  const { context, page } = await open(where, path, { colorScheme: "dark" });
  const pdf = await page.pdf({ preferCSSPageSize: true, printBackground: true, ...(values.out ? { path: `${values.out}/${name}.pdf` } : {}) });
  if (pdf.length < 5_000) note(where, "the print is empty");
  await page.setViewportSize({ width: 690, height: 1000 });
  await page.emulateMedia({ media: "print", colorScheme: "dark" });
  await page.waitForTimeout(300);
  const seen = await page.evaluate(() => ({
    paper: getComputedStyle(document.documentElement).backgroundColor,
    rail: getComputedStyle(document.querySelector(".rail")).display,
    missing: [...document.querySelectorAll("figure.chart")].filter((e) => e.getBoundingClientRect().height > 0 && ![...e.querySelectorAll("svg")].some((svg) => svg.getBoundingClientRect().height > 20)).map((e) => e.querySelector("h3").textContent),
    wide: [...document.querySelectorAll("main *")].filter((e) => e.getBoundingClientRect().right > 691 && e.getBoundingClientRect().width > 0 && !e.closest(".hidden-text, svg")).slice(0, 4).map((e) => `${e.tagName}.${e.getAttribute("class")} ${Math.round(e.getBoundingClientRect().right)} px`),
  }));
  if (seen.paper !== "rgb(255, 255, 255)") note(where, `paper is ${seen.paper}`);
  if (seen.rail !== "none") note(where, "the navigation is printed");
  if (seen.missing.length) note(where, `charts missing: ${seen.missing.join(", ")}`);
  if (seen.wide.length) note(where, `sticks out of the paper: ${seen.wide.join(", ")}`);
  if (values.out) await page.screenshot({ path: `${values.out}/${name}-print.png`, fullPage: true });
  await context.close();
}
