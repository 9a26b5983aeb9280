// Opens every page of the interface in a real browser with a real server behind it, and uses it as a reader would:
// edit a scenario, run it, watch it, open a job, change its plan, run a second one, compare; with the keyboard.
// Checks console, requests, accessibility, sideways scrolling, layout shift, deep links, saving, first load, print.
//   npm run e2e:app -- GIGAWATT [--out FOLDER] [--chromium PATH] [--url http://127.0.0.1:8080]
import { mkdirSync, readFileSync, statSync } from "node:fs";
import { createRequire } from "node:module";
import { parseArgs } from "node:util";
import { compare, flow, keyboard, keyboard_run } from "./flows.mjs";
import { begin } from "./harness.mjs";

/** Pages whose charts are read as tables and saved. */
const kDrawn = ["small", "site", "jobs", "job", "series", "three", "step", "search", "validation"];
const kFirstLoadBytes = 250_000;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { out: { type: "string" }, chromium: { type: "string" }, url: { type: "string" } },
});
const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
if (values.out) mkdirSync(values.out, { recursive: true });
const there = await begin({ program: positionals[0], ...values });
const { base, note, open, settle, finish } = there;
try {
  const [first, second] = await flow(there);
  const third = await changed_run(first, 1.3);
  await compare(there, first, second, third);
  const rich = await large_run();
  await first_load(rich);
  await keyboard(there, first);
  await keyboard_run(there);
  const pages = [
    ["overview", `runs/${rich}`],
    ["sites", `runs/${rich}/sites`],
    ["site", `runs/${rich}/sites/prometheus`],
    ["jobs", `runs/${rich}/jobs`],
    ["small", `runs/${first}`],
    ["job", `runs/${first}/jobs/${await first_job(first)}`],
    ["claims", `runs/${rich}/claims`],
    ["series", `runs/${rich}/series`],
    ["inputs", `runs/${first}/inputs`],
    ["compare", `compare?runs=${first},${second}`],
    ["three", `compare?runs=${first},${second},${third}`],
    ["step", "step"],
    ["search", "search?model=llama3.1-8b&gpus=64&global_batch=128"],
    ["scenario", "scenario?example=single-rack"],
    ["runs", "runs"],
    ["catalogue", "catalogue/system"],
    ["entry", "catalogue/system/h100-sxm"],
    ["validation", "validation"],
    ["nothing", "nothing/here"],
  ];
  for (const [name, path] of pages)
    for (const width of [390, 1440])
      for (const colorScheme of ["light", "dark"]) await look(name, path, width, colorScheme);
  // Pages of questions share their parts: each once narrow and once wide.
  for (const name of ["ask", "power", "site", "network", "across", "serving", "operate", "replay", "fit"]) {
    await look(name, name, 390, "light");
    await look(name, name, 1440, "dark");
  }
  for (const [name, path] of pages) {
    await look(name, path, 2560, "light");
    await print(name, path);
  }
  for (const [name, path] of pages) if (kDrawn.includes(name)) await charts(name, path);
  await theme();
} catch (error) {
  note("script", error.stack ?? String(error));
}
await finish();

async function look(name, path, width, colorScheme) {
  const where = `${name} ${width}px ${colorScheme}`;
  const { context, page } = await open(where, path, {
    viewport: { width, height: width < 600 ? 844 : 1000 },
    colorScheme,
  });
  const seen = await page.evaluate(() => ({
    over: document.documentElement.scrollWidth - document.documentElement.clientWidth,
    wide: [...document.querySelectorAll("main *")]
      .filter((e) => e.getBoundingClientRect().right > innerWidth + 1 && !e.closest(".table-box, .hidden-text"))
      .slice(0, 3)
      .map((e) => `${e.tagName}.${e.getAttribute("class")}`),
    shift: window.layoutShift,
    levels: [...document.querySelectorAll("main :is(h1, h2, h3, h4)")].map((e) => Number(e.tagName[1])),
    cut:
      innerWidth < 1400
        ? []
        : [...document.querySelectorAll("main .table-box")]
            .filter((e) => e.scrollWidth > e.clientWidth + 1)
            .map((e) => `${e.getAttribute("aria-label")} by ${e.scrollWidth - e.clientWidth} px`),
    odd: /\b(NaN|undefined|\[object)/.exec(document.querySelector("main").innerText)?.[0],
  }));
  if (seen.over > 0) note(where, `scrolls sideways by ${seen.over} px (${seen.wide})`);
  if (seen.cut.length) note(where, `tables scroll sideways: ${seen.cut.join(", ")}`);
  if (seen.shift > 0.02) note(where, `layout shift ${seen.shift.toFixed(3)}`);
  seen.levels.forEach(
    (level, i) =>
      (i === 0 ? level !== 1 : level > seen.levels[i - 1] + 1) && note(where, `heading ${i} jumps to level ${level}`),
  );
  if (seen.odd) note(where, `shows ${seen.odd}`);
  // At 2560 px the page is that of 1440 with wider columns.
  if (width < 2000) {
    await page.evaluate(axe);
    const { violations } = await page.evaluate(() => window.axe.run(document, { resultTypes: ["violations"] }));
    for (const violation of violations)
      note(
        where,
        `axe ${violation.id}: ${violation.help} (${violation.nodes.length}: ${violation.nodes
          .slice(0, 3)
          .map((n) => n.html.slice(0, 140))
          .join(" | ")})`,
      );
  }
  if (values.out) await page.screenshot({ path: `${values.out}/${name}-${width}-${colorScheme}.png`, fullPage: true });
  await context.close();
}

async function first_job(run) {
  const document = await (await fetch(`${base}/api/runs/${run}/document`)).json();
  return encodeURIComponent(document.jobs.find((job) => job.step_breakdown)?.name ?? document.jobs[0].name);
}

async function run_of(body) {
  const { id } = await (
    await fetch(`${base}/api/runs`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(body),
    })
  ).json();
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
  return run_of({
    toml: toml
      .replace(/^pue = [\d.]+/m, `pue = ${pue}`)
      .replace(/^peak_overhead = [\d.]+/m, `peak_overhead = ${pue + 0.1}`),
  });
}

/** What a reader waits for who comes for the first time: bytes, and the time until the figures stand. */
async function first_load(run) {
  const where = "first load";
  let devtools;
  const { context, page } = await open(where, `runs/${run}`, {
    prepare: async (page, context) => {
      devtools = await context.newCDPSession(page);
      // Processor time of the page: other work on the machine does not count.
      await devtools.send("Performance.enable", { timeDomain: "threadTicks" });
      await page.addInitScript(() => {
        const watch = new MutationObserver(() => {
          if (!document.querySelector("main .headline")) return;
          window.standsAt = performance.now();
          watch.disconnect();
        });
        watch.observe(document, { childList: true, subtree: true });
      });
    },
  });
  const { metrics } = await devtools.send("Performance.getMetrics");
  const took = (name) => Math.round(1000 * metrics.find((one) => one.name === name).value);
  const seen = await page.evaluate(() => ({
    bytes: [...performance.getEntriesByType("navigation"), ...performance.getEntriesByType("resource")]
      .filter((e) => !e.name.includes("/api/"))
      .reduce((sum, e) => sum + (e.encodedBodySize ?? 0), 0),
    answers: performance
      .getEntriesByType("resource")
      .filter((e) => e.name.includes("/api/"))
      .reduce((sum, e) => sum + (e.encodedBodySize ?? 0), 0),
    stands: window.standsAt,
  }));
  console.log(
    `first load: ${Math.round(seen.bytes / 1000)} kB of page and ${Math.round(seen.answers / 1000)} kB of answers as sent, figures stand after ${Math.round(seen.stands)} ms; scripts took ${took("ScriptDuration")} ms of the processor, all of the page ${took("TaskDuration")} ms`,
  );
  if (seen.bytes > kFirstLoadBytes) note(where, `${seen.bytes} bytes, more than ${kFirstLoadBytes}`);
  await context.close();
}

/** Each chart of a page as a table and as files, and the address that keeps its form. */
async function charts(name, path) {
  const where = `charts of ${name}`;
  const { context, page } = await open(where, path, { acceptDownloads: true });
  const all = page.locator("figure.chart");
  if ((await all.count()) === 0) note(where, "there are none");
  for (let i = 0; i < (await all.count()); ++i) {
    const chart = all.nth(i);
    const title = await chart.locator("h3").first().innerText();
    await chart.getByRole("button", { name: "Table", exact: true }).click();
    if ((await chart.locator("tbody tr").count()) === 0) note(where, `${title}: no rows in its table`);
    if (i === 0) {
      await page.reload();
      await settle(page);
      if ((await chart.locator("tbody tr").count()) === 0)
        note(where, `${title}: the address does not restore its table`);
    }
    await chart.getByRole("button", { name: "Table", exact: true }).click();
    for (const form of ["CSV", "SVG", "PNG"]) {
      const button = chart.getByRole("button", { name: `Save ${title} as ${form}`, exact: true });
      const [saved] = await Promise.all([page.waitForEvent("download", { timeout: 15_000 }), button.click()]).catch(
        () => [null],
      );
      if (!saved) note(where, `${title}: nothing saved as ${form}`);
      else if (statSync(await saved.path()).size < 20) note(where, `${title}: ${form} is empty`);
      else if (form === "SVG" && /var\(|light-dark|NaN|undefined/.test(readFileSync(await saved.path(), "utf8")))
        note(where, `${title}: SVG holds unresolved values`);
    }
  }
  await context.close();
}

async function theme() {
  const where = "theme";
  const { context, page } = await open(where, "runs");
  const button = page.locator(".rail-foot .button");
  const paper = () => page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor);
  const light = await paper();
  await button.click();
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
  const pdf = await page.pdf({
    preferCSSPageSize: true,
    printBackground: true,
    ...(values.out ? { path: `${values.out}/${name}.pdf` } : {}),
  });
  if (pdf.length < 5_000) note(where, "the print is empty");
  await page.setViewportSize({ width: 690, height: 1000 });
  await page.emulateMedia({ media: "print", colorScheme: "dark" });
  await page.waitForTimeout(300);
  const seen = await page.evaluate(() => ({
    paper: getComputedStyle(document.documentElement).backgroundColor,
    rail: getComputedStyle(document.querySelector(".rail")).display,
    missing: [...document.querySelectorAll("figure.chart")]
      .filter(
        (e) =>
          e.getBoundingClientRect().height > 0 &&
          ![...e.querySelectorAll("svg")].some((svg) => svg.getBoundingClientRect().height > 20),
      )
      .map((e) => e.querySelector("h3").textContent),
    wide: [...document.querySelectorAll("main *")]
      .filter(
        (e) =>
          e.getBoundingClientRect().right > 691 &&
          e.getBoundingClientRect().width > 0 &&
          !e.closest(".hidden-text, svg"),
      )
      .slice(0, 4)
      .map((e) => `${e.tagName}.${e.getAttribute("class")} ${Math.round(e.getBoundingClientRect().right)} px`),
  }));
  if (seen.paper !== "rgb(255, 255, 255)") note(where, `paper is ${seen.paper}`);
  if (seen.rail !== "none") note(where, "the navigation is printed");
  if (seen.missing.length) note(where, `charts missing: ${seen.missing.join(", ")}`);
  if (seen.wide.length) note(where, `sticks out of the paper: ${seen.wide.join(", ")}`);
  if (values.out) await page.screenshot({ path: `${values.out}/${name}-print.png`, fullPage: true });
  await context.close();
}
