// What the checks of the interface share: a server of their own, a browser, pages that tell on themselves.
import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { chromium } from "playwright-core";

const kPatience = 60_000;

/** The browser that all checks use: `path`, or $CHROMIUM, or the system's; without its sandbox, which a container does not allow. */
export function launch(path) {
  return chromium.launch({
    executablePath: path ?? process.env.CHROMIUM ?? "/usr/bin/chromium",
    args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
  });
}

/** The address that the server says it listens at. */
function listening(server) {
  return new Promise((done, fail) => {
    let said = "";
    server.stderr.on("data", (text) => {
      said += text;
      const match = /https?:\/\/[^\s)/]+/.exec(said);
      if (match) done(match[0]);
    });
    server.on("exit", () => fail(new Error(`the server ended: ${said}`)));
  });
}

/** What the server says, asked by the page itself. */
export function api(page, path) {
  return page.evaluate(async (at) => (await fetch(`/api${at}`)).json(), path);
}

/**
 * Starts `program serve` with `options`, or takes the one at `url`. Gives its address; `note` for a problem; `open` for a page
 * whose console, errors and requests are watched; `settle`; and `finish`, which ends all and says how it went.
 */
export async function begin({ program, url, chromium: browser_path, options = [], store }) {
  if (!url && (!program || !existsSync(program))) {
    console.error("no program to serve: give the path of gigawatt, or --url");
    process.exit(1);
  }
  const problems = [];
  const note = (where, what) => problems.push(`${where}: ${what}`);
  const folder = mkdtempSync(join(tmpdir(), "gigawatt-e2e-"));
  const server = url
    ? null
    : spawn(resolve(program), ["serve", "--port", "0", "--db", store ?? join(folder, "runs.db"), ...options], {
        stdio: ["ignore", "ignore", "pipe"],
      });
  const browser = await launch(browser_path);
  const base = url ?? (await listening(server)).replace("//0.0.0.0", "//127.0.0.1");

  /**
   * `expects`: a pattern of console messages that belong to the test; `elsewhere`: a host that it may ask; `settled`: false hands
   * the page out as soon as it is loaded.
   */
  async function open(where, path, { expects, elsewhere, prepare, settled = true, ...options } = {}) {
    const context = await browser.newContext({ viewport: { width: 1440, height: 1000 }, ...options });
    const page = await context.newPage();
    page.setDefaultTimeout(kPatience);
    page.on(
      "console",
      (message) =>
        ["error", "warning"].includes(message.type()) &&
        !expects?.test(message.text()) &&
        note(where, `console ${message.type()}: ${message.text()}`),
    );
    page.on("pageerror", (error) => note(where, `error: ${error.message}`));
    page.on(
      "request",
      (request) =>
        !request.url().startsWith(base) &&
        !/^(data|blob):/.test(request.url()) &&
        !(elsewhere && request.url().startsWith(elsewhere)) &&
        note(where, `request: ${request.url()}`),
    );
    await page.addInitScript(() => {
      window.layoutShift = 0;
      new PerformanceObserver((list) =>
        list.getEntries().forEach((entry) => entry.hadRecentInput || (window.layoutShift += entry.value)),
      ).observe({ type: "layout-shift", buffered: true });
    });
    await prepare?.(page, context);
    await page.goto(`${base}/#/${path}`, { waitUntil: "load" });
    if (settled) await settle(page);
    return { context, page };
  }

  /** Until nothing is on its way any more. */
  async function settle(page) {
    await page.waitForSelector("main h1");
    await page.waitForLoadState("networkidle");
    await page.waitForFunction(() => !document.querySelector("main .waiting, main [aria-busy=true]"), null, {
      timeout: kPatience,
    });
    await page.waitForTimeout(250);
  }

  async function finish() {
    await browser.close();
    if (server && server.exitCode === null) {
      server.kill("SIGTERM");
      await new Promise((done) => server.on("exit", done));
    }
    rmSync(folder, { recursive: true, force: true });
    for (const problem of problems) console.error(problem);
    console.log(problems.length ? `${problems.length} problems` : "no problems");
    process.exitCode = problems.length ? 1 : 0;
  }
  return { base, folder, note, open, settle, finish };
}
