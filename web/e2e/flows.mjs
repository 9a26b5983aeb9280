// What the check of the interface does as a reader would: edits a scenario, runs it, watches it, opens its job, changes
// the job's plan, compares runs, stops one; and all of it that a keyboard must do alone.
import { api } from "./harness.mjs";

const kPatience = 60_000;

/** Edit, run, watch, open the job, change its plan, run a second one, compare, stop a third. Gives the two runs. */
export async function flow({ base, open, settle, note }) {
  const where = "flow";
  // Chromium's own editing of selected text tries to keep its colors by a style attribute; CodeMirror replaces that text anyway.
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
  if (!/line 1/i.test(await page.locator(".mistakes li").first().innerText()))
    note(where, "a mistake in line 1 is not said to be there");
  if (!(await page.locator(".cm-lint-marker-error, .cm-lintRange-error").count()))
    note(where, "a mistake is not marked at its line");
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
  if (!(await list.allInnerTexts()).some((one) => one.startsWith("kind")))
    note(where, "the editor does not complete keys by the schema");
  await page.keyboard.press("Escape");
  for (let i = 0; i < 3; ++i) await page.keyboard.press("Control+Shift+k").then(() => page.keyboard.press("ArrowUp"));
  await page.getByRole("button", { name: "Undo all changes" }).click();
  await page.waitForFunction(
    () =>
      !/mistake|Checking/.test(document.querySelector(".writer-side h2").textContent) ||
      /^No/.test(document.querySelector(".writer-side h2").textContent),
  );

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
  if (!/to pinned|as pinned/.test(await page.locator("main .headline").innerText()))
    note(where, "the pinned plan is not compared with");
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
  await page.keyboard.insertText(
    toml.replace(/^pue = [\d.]+/m, "pue = 1.2").replace(/^peak_overhead = [\d.]+/m, "peak_overhead = 1.3"),
  );
  await page.waitForTimeout(600);
  await settle(page);
  await tool.click();
  runs.push(await watch(page));

  await page.goto(`${base}/#/runs`);
  await settle(page);
  for (const id of runs)
    await page
      .getByRole("row", { name: new RegExp(`^${id} `) })
      .getByRole("checkbox")
      .check();
  await page.getByRole("link", { name: "Compare 2 runs" }).click();
  await settle(page);
  await page.getByRole("table").first().waitFor();
  if (!(await page.locator("main").innerText()).includes("pue"))
    note(where, "the comparison does not name the input that differs");
  if ((await page.locator("main figure").count()) < 3) note(where, "the comparison draws too little");

  // A long run is stopped.
  await page.goto(`${base}/#/scenario?example=meta-superclusters`);
  await settle(page);
  await page.getByLabel("Futures").fill("40");
  await tool.click();
  const stop = page.getByRole("button", { name: "Stop", exact: true });
  await stop.waitFor();
  await page.waitForFunction(() => Number(document.querySelector(".progress-box progress")?.value) > 0, null, {
    timeout: kPatience,
  });
  await page.waitForFunction(
    () =>
      /events/.test(document.querySelector(".progress-box").innerText) &&
      /a second/.test(document.querySelector(".progress-box").innerText),
    null,
    { timeout: kPatience },
  );
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
export async function keyboard({ base, open, settle, note }, run) {
  const where = "keyboard";
  const { context, page } = await open(where, `runs/${run}`);
  await page.keyboard.press("Tab");
  if ((await page.evaluate(() => document.activeElement.className)) !== "skip")
    note(where, "the first stop is not the way to the page");
  await page.keyboard.press("Enter");
  if ((await page.evaluate(() => document.activeElement.id)) !== "main")
    note(where, "the way to the page leads elsewhere");
  await page.evaluate(() => document.activeElement.blur());
  const stops = new Set();
  for (let i = 0; i < 45; ++i) {
    await page.keyboard.press("Tab");
    const stop = await page.evaluate(() => {
      const e = document.activeElement;
      if (!e || e === document.body || e.matches(".gantt .job")) return null;
      const ringed = e.closest(".knob-row") ?? e;
      return {
        name: e.innerText || e.getAttribute("aria-label") || e.tagName,
        shown: getComputedStyle(e).outlineStyle !== "none" || getComputedStyle(ringed).outlineStyle !== "none",
      };
    });
    if (!stop) continue;
    stops.add(stop.name);
    if (!stop.shown) note(where, `no visible focus on ${stop.name}`);
  }
  if (stops.size < 20) note(where, `only ${stops.size} stops`);
  await page.getByRole("link", { name: "Claims", exact: true }).focus();
  await page.keyboard.press("Enter");
  await page.waitForFunction(() => document.querySelector("main h1")?.textContent === "Claims");
  if ((await page.evaluate(() => document.activeElement.id)) !== "main")
    note(where, "a new page does not take the keyboard");
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

/** A scenario changed, run and opened without a mouse: Tab leaves the editor. */
export async function keyboard_run({ base, open, settle, note }) {
  const where = "keyboard run";
  const { context, page } = await open(where, "runs", { expects: /Applying inline style violates/ });
  const focused = () =>
    page.evaluate(() => document.activeElement.className + " " + (document.activeElement.innerText ?? "").slice(0, 40));
  /** Tabs until the stop is the wanted one. */
  const reach = async (what, is) => {
    for (let i = 0; i < 60; ++i) {
      if (await page.evaluate(is)) return;
      await page.keyboard.press("Tab");
    }
    note(where, `Tab does not reach ${what}; it is at ${await focused()}`);
  };
  await reach("the scenario's link", () => document.activeElement.textContent === "Scenario");
  await page.keyboard.press("Enter");
  await page.locator(".cm-content").waitFor();
  await settle(page);
  await page.evaluate((to) => (location.hash = to), "#/scenario?example=single-rack");
  await settle(page);
  // Its text stands in a tree of its own, whose host is what the page sees.
  const in_editor = () => document.activeElement.matches(".editor, .cm-content");
  await reach("the editor", in_editor);
  await page.keyboard.press("Control+End");
  await page.keyboard.type("# typed");
  await page.keyboard.press("Tab");
  if (await page.evaluate(in_editor)) note(where, "Tab stays in the editor");
  await reach("the editor's side", () => document.activeElement.textContent === "Run");
  await page.waitForFunction(() => /^No/.test(document.querySelector(".writer-side h2").textContent));
  await page.keyboard.press("Enter");
  const id = await watch(page);
  await reach(
    "the finished run",
    () => !!document.activeElement.closest(".progress-box") && document.activeElement.tagName === "A",
  );
  await page.keyboard.press("Enter");
  await page.waitForFunction(() => document.querySelector("main h1")?.textContent === "One rack");
  if (!page.url().includes(`#/runs/${id}`)) note(where, `the run opens at ${page.url().replace(base, "")}`);
  const { toml } = await api(page, `/runs/${id}/toml`);
  if (!toml.trimEnd().endsWith("# typed")) note(where, "what was typed was not run");
  await context.close();
}

/** Three runs side by side: a column for each, the largest difference first, measured by the run that stands first. */
export async function compare({ open, settle, note }, ...runs) {
  const where = "compare three";
  const { context, page } = await open(where, `compare?runs=${runs.join()}`);
  const rows = async (label) =>
    page
      .getByRole("region", { name: `${label} table` })
      .locator("tbody tr")
      .evaluateAll((list) => list.map((row) => [...row.children].map((cell) => cell.innerText.trim())));
  const inputs = await rows("Inputs that differ");
  const pue = inputs.find(([path]) => /\bpue$/.test(path));
  if (
    pue
      ?.slice(1, 4)
      .map((text) => parseFloat(text))
      .join() !== "1.15,1.2,1.3"
  )
    note(where, `PUE is said to be ${pue}`);
  const figures = await rows("Figures that differ");
  const apart = figures.map((row) => parseFloat(row.at(-1)));
  if (figures.length < 3 || figures.some((row) => row.length !== 5))
    note(where, `${figures.length} figures differ, in ${figures[0]?.length} columns`);
  const ranked = apart.filter(Number.isFinite);
  if (ranked.join() !== ranked.toSorted((a, b) => b - a).join()) note(where, `differences stand as ${apart.join(" ")}`);
  // What the table says is what the documents say.
  const energy = await Promise.all(
    runs.map(async (run) => (await api(page, `/runs/${run}/document`)).sites[0].energy_mwh),
  );
  const by = figures
    .find(([label]) => /: electricity$/.test(label))
    ?.slice(2, 4)
    .map((text) => parseFloat(text.replace("−", "-").match(/([+-][\d.]+)%/)?.[1]));
  energy
    .slice(1)
    .forEach(
      (value, i) =>
        Math.abs((value / energy[0] - 1) * 100 - (by?.[i] ?? NaN)) < 0.06 ||
        note(
          where,
          `electricity of run ${runs[i + 1]} is ${by?.[i]}% more, not ${((value / energy[0] - 1) * 100).toFixed(2)}%`,
        ),
    );
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
