// Opens a report in a real browser and checks what a reader would trip over:
// console errors, requests to anywhere, accessibility, sideways scrolling,
// layout shift, the controls, the saved files and the print.
//   npm run e2e -- FILE.html [--out FOLDER] [--chromium PATH]
import { existsSync, mkdirSync, readFileSync, statSync } from "node:fs";
import { createRequire } from "node:module";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import { launch } from "./harness.mjs";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { out: { type: "string" }, chromium: { type: "string" } },
});
const file = positionals[0] && resolve(positionals[0]);
if (!file || !existsSync(file)) {
  console.error("usage: report.mjs FILE.html [--out FOLDER] [--chromium PATH]");
  process.exit(1);
}
const url = pathToFileURL(file).href;
const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const problems = [];
const note = (where, what) => problems.push(`${where}: ${what}`);
if (values.out) mkdirSync(values.out, { recursive: true });

const browser = await launch(values.chromium);
try {
  for (const width of [390, 1440, 2560]) for (const colorScheme of ["light", "dark"]) await look(width, colorScheme);
  await use();
  await print();
} finally {
  await browser.close();
}
for (const problem of problems) console.error(problem);
console.log(problems.length ? `${problems.length} problems in ${file}` : `${file}: no problems`);
process.exitCode = problems.length ? 1 : 0;

async function open(where, options) {
  // bypassCSP lets axe in; the page's own rules are checked by the request log.
  const context = await browser.newContext({ ...options, bypassCSP: true });
  const page = await context.newPage();
  page.on(
    "console",
    (message) =>
      ["error", "warning"].includes(message.type()) && note(where, `console ${message.type()}: ${message.text()}`),
  );
  page.on("pageerror", (error) => note(where, `error: ${error.message}`));
  page.on(
    "request",
    (request) =>
      request.url() !== url && !/^(data|blob):/.test(request.url()) && note(where, `request: ${request.url()}`),
  );
  await page.addInitScript(() => {
    window.layoutShift = 0;
    new PerformanceObserver((list) =>
      list.getEntries().forEach((entry) => (window.layoutShift += entry.value)),
    ).observe({ type: "layout-shift", buffered: true });
  });
  await page.goto(url, { waitUntil: "load" });
  await page.waitForSelector("main");
  await page.waitForTimeout(300);
  return { context, page };
}

async function look(width, colorScheme) {
  const where = `${width}px ${colorScheme}`;
  const { context, page } = await open(where, { viewport: { width, height: width < 600 ? 844 : 1000 }, colorScheme });
  const overflow = await page.evaluate(
    () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
  );
  if (overflow > 0) {
    const wide = await page.evaluate(() =>
      [...document.querySelectorAll("body *")]
        .filter((e) => e.getBoundingClientRect().right > innerWidth + 1 && !e.closest(".table-box, .nav"))
        .slice(0, 3)
        .map((e) => `${e.tagName}.${e.getAttribute("class")}`),
    );
    note(where, `scrolls sideways by ${overflow} px (${wide})`);
  }
  const shift = await page.evaluate(() => window.layoutShift);
  if (shift > 0.02) note(where, `layout shift ${shift.toFixed(3)}`);
  const levels = await page.evaluate(() =>
    [...document.querySelectorAll("h1,h2,h3,h4")].map((e) => Number(e.tagName[1])),
  );
  levels.forEach(
    (level, i) =>
      (i === 0 ? level !== 1 : level > levels[i - 1] + 1) && note(where, `heading ${i} jumps to level ${level}`),
  );
  await page.evaluate(() => document.querySelectorAll("details").forEach((e) => (e.open = true)));
  // At 2560 px the page is that of 1440 with wider margins.
  if (width < 2000) await page.evaluate(axe);
  const { violations } =
    width < 2000
      ? await page.evaluate(() => window.axe.run(document, { resultTypes: ["violations"] }))
      : { violations: [] };
  for (const violation of violations)
    note(
      where,
      `axe ${violation.id}: ${violation.help} (${violation.nodes.length}: ${violation.nodes
        .slice(0, 3)
        .map((n) => n.html.slice(0, 140))
        .join(" | ")})`,
    );
  await page.evaluate(() => document.querySelectorAll("details").forEach((e) => (e.open = false)));
  if (values.out) await page.screenshot({ path: `${values.out}/${width}-${colorScheme}.png`, fullPage: true });
  await context.close();
}

/** Presses what can be pressed, with the keyboard where that is the question. */
async function use() {
  const where = "use";
  const { context, page } = await open(where, { viewport: { width: 1440, height: 1000 }, acceptDownloads: true });
  const dark = page.locator(".bar .button");
  const before = await page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor);
  await dark.click();
  if ((await page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor)) === before)
    note(where, "the theme button changes nothing");
  await dark.click();

  const charts = page.locator("figure.chart");
  for (let i = 0; i < (await charts.count()); ++i) {
    const chart = charts.nth(i);
    const title = await chart.locator("h3").first().innerText();
    await chart.getByRole("button", { name: "Table", exact: true }).click();
    if ((await chart.locator("tbody tr").count()) === 0) note(where, `${title}: no rows in its table`);
    await chart.getByRole("button", { name: "Table", exact: true }).click();
    const width = (await chart.locator("canvas, svg").first().boundingBox())?.width ?? 0;
    const room = (await chart.boundingBox()).width;
    if (width < 0.9 * room) note(where, `${title}: drawn ${width} px wide in ${room} after its table was shown`);
    for (const form of ["CSV", "SVG", "PNG"]) {
      const button = chart.getByRole("button", { name: `Save ${title} as ${form}`, exact: true });
      if ((await button.count()) === 0) {
        if (form === "CSV") note(where, `${title}: cannot be saved as CSV`);
        continue;
      }
      const [saved] = await Promise.all([page.waitForEvent("download", { timeout: 5000 }), button.click()]).catch(
        () => [null],
      );
      if (!saved) {
        note(where, `${title}: nothing saved as ${form}`);
        continue;
      }
      const path = values.out ? `${values.out}/${saved.suggestedFilename()}` : await saved.path();
      if (values.out) await saved.saveAs(path);
      if (statSync(path).size < 20) note(where, `${title}: ${form} is empty`);
      if (form === "SVG" && /var\(|light-dark|NaN|undefined/.test(readFileSync(path, "utf8")))
        note(where, `${title}: SVG holds unresolved values`);
    }
    const keys = chart.locator(".legend button");
    if ((await keys.count()) > 1) {
      await keys.first().click();
      if ((await keys.first().getAttribute("aria-pressed")) !== "false")
        note(where, `${title}: the legend does not toggle`);
      await keys.first().click();
    }
  }

  const jobs = page.locator(".gantt .job");
  if ((await jobs.count()) > 1) {
    const shown = () => page.locator(".job-panel").getAttribute("aria-label");
    for (let i = 0; i < (await jobs.count()); ++i) {
      if ((await jobs.nth(i).getAttribute("aria-pressed")) === "true") continue;
      const was = await shown();
      await jobs.nth(i).focus();
      await page.keyboard.press("Enter");
      if ((await shown()) === was) note(where, "Enter on a job does not open it");
      break;
    }
  }
  const lines = page.locator('.drawing[role="img"]').first();
  if (await lines.count()) {
    const when = page.locator(".legend .when").first();
    const was = await when.innerText();
    await lines.focus();
    await page.keyboard.press("ArrowLeft");
    await page.keyboard.press("ArrowLeft");
    await page.waitForTimeout(100);
    if ((await when.innerText()) === was) note(where, "arrow keys do not move the chart's cursor");
  }
  const sort = page.locator("#sites table .sort").nth(1);
  if (await sort.count()) {
    await sort.press("Enter");
    if (!(await page.locator("#sites th[aria-sort]").count())) note(where, "tables do not sort");
  }
  // Every stop of the Tab key must show where it is.
  await page.evaluate(() => document.activeElement?.blur?.());
  for (let i = 0; i < 40; ++i) {
    await page.keyboard.press("Tab");
    const hidden = await page.evaluate(() => {
      const e = document.activeElement;
      if (!e || e === document.body || e.matches(".gantt .job")) return null;
      const style = getComputedStyle(e);
      return style.outlineStyle === "none" ? `${e.tagName}.${e.className}` : null;
    });
    if (hidden) note(where, `no visible focus on ${hidden}`);
  }
  await context.close();
}

async function print() {
  const where = "print";
  const { context, page } = await open(where, { viewport: { width: 1440, height: 1000 }, colorScheme: "dark" });
  const pdf = await page.pdf({
    preferCSSPageSize: true,
    printBackground: true,
    ...(values.out ? { path: `${values.out}/report.pdf` } : {}),
  });
  if (pdf.length < 10_000) note(where, "the print is empty");
  // What the print draws, seen on the screen.
  await page.setViewportSize({ width: 690, height: 1000 });
  await page.emulateMedia({ media: "print", colorScheme: "dark" });
  await page.waitForTimeout(200);
  const seen = await page.evaluate(() => ({
    paper: getComputedStyle(document.documentElement).backgroundColor,
    drawings: [...document.querySelectorAll("figure.chart")]
      .filter((e) => ![...e.querySelectorAll("svg")].some((svg) => svg.getBoundingClientRect().height > 40))
      .map((e) => e.querySelector("h3").textContent),
    wide: document.documentElement.scrollWidth - document.documentElement.clientWidth,
  }));
  if (seen.paper !== "rgb(255, 255, 255)") note(where, `paper is ${seen.paper}`);
  if (seen.drawings.length) note(where, `charts missing: ${seen.drawings.join(", ")}`);
  if (values.out) await page.screenshot({ path: `${values.out}/print.png`, fullPage: true });
  await context.close();
}
