// What single controls of the interface promise: a dropped config.json, a plan for other programs, Perfetto, a search
// that is stopped, the token, addresses that restore a view; and an OpenAPI document that a validator takes.
//   npm run e2e:features -- GIGAWATT [--chromium PATH]
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { Validator } from "@seriousme/openapi-schema-validator";
import { begin } from "./harness.mjs";

const { values, positionals } = parseArgs({ allowPositionals: true, options: { chromium: { type: "string" } } });
const kConfig = {
  model_type: "llama",
  hidden_size: 4096,
  intermediate_size: 14336,
  num_hidden_layers: 32,
  num_attention_heads: 32,
  num_key_value_heads: 8,
  vocab_size: 128256,
  max_position_embeddings: 131072,
  rms_norm_eps: 1e-5,
  tie_word_embeddings: false,
};
const kToken = "correct-horse-battery-staple";

await attempt({}, async (there) => {
  await config(there);
  await take_along(there);
  await perfetto(there);
  await stop_search(there);
  await description(there);
  await caches(there);
});
const secret = mkdtempSync(join(tmpdir(), "gigawatt-token-"));
writeFileSync(join(secret, "token"), `${kToken}\n`);
await attempt({ options: ["--listen", "0.0.0.0", "--token-file", join(secret, "token")] }, token);
rmSync(secret, { recursive: true });

async function attempt(how, what) {
  const there = await begin({ program: positionals[0], ...values, ...how });
  await what(there).catch((error) => there.note("script", error.stack ?? String(error)));
  await there.finish();
}

function figure(page) {
  return page.locator("main .stat .figure").first().innerText();
}

/** A config.json dropped on the page stands for the model, and in the address; one that is none is refused in words. */
async function config({ open, settle, note }) {
  const where = "config.json";
  const { context, page } = await open(where, "step?model=llama3.1-8b&gpus=64&global_batch=128&tp=2&pp=1&vpp=1");
  const drop = (name, text) =>
    page.evaluate(
      ([file, content]) => {
        const data = new DataTransfer();
        data.items.add(new File([content], file, { type: "application/json" }));
        for (const kind of ["dragover", "drop"])
          document
            .querySelector(".model-pick")
            .dispatchEvent(new DragEvent(kind, { bubbles: true, cancelable: true, dataTransfer: data }));
      },
      [name, text],
    );
  const known = await figure(page);
  await drop("config.json", "{ not json");
  await page.locator(".model-pick [role=alert]").waitFor();
  await drop("config.json", JSON.stringify({ ...kConfig, num_hidden_layers: 16 }));
  await page.locator(".model-pick .drop strong").waitFor();
  await page.waitForFunction((was) => document.querySelector("main .stat .figure").innerText !== was, known);
  const half = await figure(page);
  await page.reload();
  await settle(page);
  if ((await figure(page)) !== half) note(where, `the address restores ${await figure(page)}, not ${half}`);
  await page
    .getByLabel("Choose a config.json")
    .setInputFiles({ name: "config.json", mimeType: "application/json", buffer: Buffer.from(JSON.stringify(kConfig)) });
  await page.waitForFunction((was) => document.querySelector("main .stat .figure").innerText === was, known);
  await context.close();
}

/** The same plan in each program's words, to the clipboard and as a file. */
async function take_along({ base, open, note }) {
  const where = "take along";
  const { context, page } = await open(where, "step?tp=4", {
    acceptDownloads: true,
    prepare: (_, context) => context.grantPermissions(["clipboard-read", "clipboard-write"], { origin: base }),
  });
  for (const [label, words] of [
    ["Command line", /^gigawatt step .*--tp 4/s],
    ["Megatron-LM", /--tensor-model-parallel-size 4/],
    ["torchtitan", /tensor_parallel_degree = 4/],
    ["NeMo", /tensor_model_parallel_size/],
  ]) {
    await page.getByRole("button", { name: label, exact: true }).click();
    await page.getByRole("button", { name: "Copy", exact: true }).click();
    await page.getByText("Copied.").waitFor();
    const text = await page.evaluate(() => navigator.clipboard.readText());
    if (!words.test(text)) note(where, `${label}: ${text.slice(0, 200)}`);
  }
  await page.reload();
  if ((await page.getByRole("button", { name: "NeMo", exact: true }).getAttribute("aria-pressed")) !== "true")
    note(where, "the address does not restore whose words are shown");
  const [saved] = await Promise.all([
    page.waitForEvent("download"),
    page.getByRole("button", { name: "Save the timeline" }).click(),
  ]);
  if (saved.suggestedFilename() !== "step-trace.json")
    note(where, `the timeline is saved as ${saved.suggestedFilename()}`);
  await context.close();
}

/** The trace reaches Perfetto's window by message; a stand-in of that page takes it here. */
async function perfetto({ open, note }) {
  const where = "Perfetto";
  const kThere = "https://ui.perfetto.dev";
  const { context, page } = await open(where, "step?model=llama3.1-8b&gpus=64&global_batch=128&tp=2&pp=2&vpp=1", {
    elsewhere: kThere,
    prepare: (_, context) =>
      context.route(`${kThere}/**`, (route) =>
        route.fulfill({
          contentType: "text/html",
          body: `<script>addEventListener("message", (e) => { if (e.data === "PING") e.source.postMessage("PONG", e.origin); else if (e.data.perfetto) document.title = String(JSON.parse(new TextDecoder().decode(e.data.perfetto.buffer)).traceEvents.length) + " " + e.data.perfetto.title; })</script>`,
        }),
      ),
  });
  const [there] = await Promise.all([
    context.waitForEvent("page"),
    page.getByRole("button", { name: "Open in Perfetto" }).click(),
  ]);
  await page.getByText("Opened in Perfetto.").waitFor();
  await there.waitForFunction(() => document.title !== "");
  const [events, ...title] = (await there.title()).split(" ");
  if (!(Number(events) > 10) || title.join(" ") !== "Gigawatt step")
    note(where, `its window got ${await there.title()}`);
  await context.close();
}

/** A search that takes long is stopped, and asked again. */
async function stop_search({ open, note }) {
  const where = "search";
  const { context, page } = await open(where, "scenario?example=single-rack");
  // The answer is held back, so that there is time to press the button whatever the machine.
  let asked = 0;
  await page.route("**/api/search", async (route) => (++asked === 1 ? undefined : route.continue()));
  await page.evaluate(() => (location.hash = "#/search?model=llama3.1-8b&gpus=64&global_batch=128"));
  await page.getByRole("button", { name: "Stop searching" }).click();
  await page.getByText("Stopped", { exact: true }).first().waitFor();
  await page.getByRole("button", { name: "Again" }).click();
  await page.locator("main .stat .figure").first().waitFor();
  if (asked < 2) note(where, "nothing was asked again");
  await context.close();
}

/** The server's own description is OpenAPI, and its examples of errors are what it answers. */
async function description({ base, note }) {
  const document = await (await fetch(`${base}/api/openapi.json`)).json();
  const result = await new Validator().validate(document);
  if (!result.valid) note("OpenAPI", JSON.stringify(result.errors).slice(0, 1000));
  for (const [path, methods] of Object.entries(document.paths))
    for (const [method, operation] of Object.entries(methods)) {
      if (path.endsWith("/events")) continue;
      const answer = await fetch(`${base}${path.replace("{id}", "999999")}`, {
        method: method.toUpperCase(),
        ...(method === "post" ? { body: "{", headers: { "Content-Type": "application/json" } } : {}),
      });
      if (!(String(answer.status) in operation.responses))
        note("OpenAPI", `${method} ${path} answers ${answer.status}, which is not described`);
    }
}

/** What the page is made of is kept by the browser; the page itself is asked for and has not changed. */
async function caches({ base, note }) {
  const page = await fetch(`${base}/`);
  const again = await fetch(`${base}/`, { headers: { "If-None-Match": page.headers.get("etag") } });
  if (again.status !== 304) note("caches", `the page is sent again with ${again.status}`);
  const script = /src="([^"]+)"/.exec(await page.text())[1];
  const answer = await fetch(`${base}${script}`);
  if (!/immutable/.test(answer.headers.get("cache-control")))
    note("caches", `${script}: ${answer.headers.get("cache-control")}`);
  if (!["br", "gzip"].includes(answer.headers.get("content-encoding"))) note("caches", `${script} is sent as it is`);
  if (/unsafe/.test(page.headers.get("content-security-policy")))
    note("caches", "the content policy allows inline parts");
}

/** Beyond the loopback device: asked for once, refused when wrong, never in an address. */
async function token({ open, note, base }) {
  const where = "token";
  const { context, page } = await open(where, "step", { expects: /401/, settled: false });
  const dialog = page.getByRole("dialog");
  const give = async (text) => {
    await dialog.getByLabel("Token").fill(text);
    await page.keyboard.press("Enter");
  };
  await give("wrong-wrong-wrong-wrong");
  await dialog.getByText("refused").waitFor();
  await give(kToken);
  await page.locator("main .stat .figure").first().waitFor();
  await page.reload();
  await page.locator("main .stat .figure").first().waitFor();
  if (await page.getByRole("dialog").isVisible()) note(where, "it is asked for again in the same tab");
  if (page.url().includes(kToken)) note(where, "it stands in the address");
  if ((await fetch(`${base}/api/runs`)).status !== 401) note(where, "the API answers without it");
  await context.close();
}
