// A run with ten million points, panned and zoomed in a real browser: how long its frames take.
//   npm run e2e:panning -- GIGAWATT FILL_SERIES [--points N] [--chromium PATH]
// FILL_SERIES: the helper of tests/server that writes such a run. A virtual machine without a graphics card draws in software.
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { begin } from "./harness.mjs";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { points: { type: "string", default: "10000000" }, chromium: { type: "string" }, out: { type: "string" } },
});
const kSeconds = 4;
const folder = mkdtempSync(join(tmpdir(), "gigawatt-panning-"));
const store = join(folder, "runs.db");
execFileSync(resolve(positionals[1]), [store, values.points]);
const { note, open, settle, finish } = await begin({ program: positionals[0], store, chromium: values.chromium });
try {
  const { context, page } = await open("panning", "runs/1/series");
  for (const [name, turns] of [
    ["whole", 1],
    ["a tenth", 13],
    ["a thousandth", 40],
  ]) {
    const drawing = page.locator(".tall-drawing");
    const box = await drawing.boundingBox();
    await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
    for (let i = 0; i < turns; ++i) await page.mouse.wheel(0, -110);
    await page.waitForTimeout(800);
    await settle(page);
    const before = page.url();
    const frames = await pan(page);
    await page.waitForTimeout(800);
    const drawn = await page.locator(".chart-note").last().innerText();
    console.log(
      `${name}: median ${frames.median.toFixed(1)} ms, 95th percentile ${frames.p95.toFixed(1)} ms, longest ${frames.most.toFixed(0)} ms over ${frames.count} frames; ${drawn}`,
    );
    if (turns > 1 && page.url() === before) note("panning", "the address does not follow");
    if (frames.count < 10) note("panning", `only ${frames.count} frames`);
  }
  // The address restores what was seen.
  const span = new URL(page.url()).hash;
  const drawn = await page.locator(".chart-note").last().innerText();
  const moved = await picture(page);
  if (values.out) await page.screenshot({ path: join(values.out, "panned.png") });
  await page.reload();
  await settle(page);
  await page.waitForTimeout(500);
  if (new URL(page.url()).hash !== span || (await page.locator(".chart-note").last().innerText()) !== drawn)
    note("panning", "the address restores another view");
  // What was moved is what is drawn afresh at that place.
  const fresh = await picture(page);
  if (values.out) await page.screenshot({ path: join(values.out, "panned-fresh.png") });
  const ink = fresh.filter((value) => value > 0).length;
  const other = fresh.filter((value, i) => Math.abs(value - moved[i]) > 96).length;
  console.log(`${ink} of ${fresh.length} pixels have ink; ${other} of them differ after moving`);
  if (ink < 0.02 * fresh.length) note("panning", "next to nothing is drawn");
  if (moved.length !== fresh.length || other > 0.1 * ink)
    note("panning", `${other} of ${ink} pixels differ from a fresh drawing`);
  await context.close();
} catch (error) {
  note("script", error.stack ?? String(error));
}
await finish();
rmSync(folder, { recursive: true });

/** How much ink each pixel of the drawing has. */
function picture(page) {
  return page.evaluate(() => {
    const canvas = document.querySelector(".tall-drawing canvas");
    const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
    return Array.from({ length: data.length / 4 }, (_, i) => data[4 * i + 3]);
  });
}

/** Drags to and fro for some seconds, a step each frame; the times between frames. */
function pan(page) {
  return page.evaluate(async (seconds) => {
    const over = document.querySelector(".tall-drawing .u-over");
    const box = over.getBoundingClientRect();
    const send = (kind, x) =>
      over.dispatchEvent(
        new PointerEvent(kind, { bubbles: true, pointerId: 1, clientX: x, clientY: box.top + box.height / 2 }),
      );
    over.setPointerCapture = () => {};
    const start = box.left + box.width / 2;
    send("pointerdown", start);
    const times = [];
    const begin = performance.now();
    for (let before = begin; before - begin < seconds * 1000; ) {
      const now = await new Promise(requestAnimationFrame);
      if (times.length || now > begin) times.push(now - before);
      before = now;
      send("pointermove", start + box.width * 0.45 * Math.sin(((now - begin) / 1000) * 2));
    }
    send("pointerup", start);
    const sorted = times.slice(1).sort((a, b) => a - b);
    const at = (q) => sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))];
    return { median: at(0.5), p95: at(0.95), most: sorted.at(-1), count: sorted.length };
  }, kSeconds);
}
