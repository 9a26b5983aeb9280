import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import { defineConfig, type Plugin, type UserConfig } from "vite";
import react from "@vitejs/plugin-react";
import { atlas } from "./tools/atlas.ts";
import { notices } from "./tools/notices.ts";
import { RUN_TOKEN } from "./tools/run_token.ts";

/**
 * Puts the one script and the one style sheet into the page, so that the build
 * is a single file that needs no server and no network. Fails the build when
 * anything would be left outside, or when the run token is not there exactly once.
 */
function singleFile(): Plugin {
  return {
    name: "gigawatt-single-file",
    apply: "build",
    enforce: "post",
    generateBundle(_options, bundle) {
      const page = Object.values(bundle).find((item) => item.fileName.endsWith(".html"));
      if (page?.type !== "asset") throw new Error("no page in the bundle");
      let html = String(page.source);
      for (const item of Object.values(bundle)) {
        if (item === page) continue;
        if (item.type === "chunk") {
          // Vite's mark for what an import should fetch beforehand, which it replaces after this: nothing.
          const code = item.code
            .replaceAll("__VITE_PRELOAD__", "void 0")
            .replace(/<\/(script)/gi, "<\\/$1")
            .replace(/<!--/g, "<\\!--");
          html = html.replace(/\s*<script[^>]*\ssrc="[^"]*"[^>]*><\/script>/, "");
          html = html.replace("</body>", () => `<script type="module">${code}</script>\n</body>`);
          html = html.replace(
            "</html>",
            () => `</html>\n<!-- Parts of this page:\n\n${notices(Object.keys(item.modules))}-->`,
          );
        } else if (item.fileName.endsWith(".css")) {
          const css = String(item.source).replace(/<\/(style)/gi, "<\\/$1");
          html = html.replace(/<link[^>]*rel="stylesheet"[^>]*>/, () => `<style>${css}</style>`);
        } else {
          throw new Error(`${item.fileName} would be left outside the page`);
        }
        delete bundle[item.fileName];
      }
      if (/<(script|link)[^>]*\s(src|href)="(?!data:|#)/.test(html.replace(/<script[^>]*>[\s\S]*?<\/script>/g, "")))
        throw new Error("the page still refers to another file");
      if (html.split(RUN_TOKEN).length !== 2) throw new Error(`${RUN_TOKEN} must occur exactly once`);
      page.source = html;
    },
  };
}

/** In `npm run dev` the page shows the example run. */
function exampleRun(): Plugin {
  return {
    name: "gigawatt-example-run",
    apply: "serve",
    transformIndexHtml: (html) =>
      html.replace(RUN_TOKEN, () => readFileSync("fixtures/run.json", "utf8").replace(/</g, "\\u003c")),
  };
}

/** The licence notices of what went into the interface, as a file beside it. */
function licences(): Plugin {
  return {
    name: "gigawatt-licences",
    apply: "build",
    generateBundle(_options, bundle) {
      const modules = Object.values(bundle).flatMap((item) => (item.type === "chunk" ? Object.keys(item.modules) : []));
      this.emitFile({
        type: "asset",
        fileName: "assets/licences.txt",
        source: `Parts of this page:\n\n${notices(modules)}`,
      });
    },
  };
}

/** Beside each file its compressed forms, so that the server sends them as they are. */
function compressed(): Plugin {
  return {
    name: "gigawatt-compressed",
    apply: "build",
    writeBundle(options, bundle) {
      for (const name of Object.keys(bundle)) {
        const file = join(options.dir!, name);
        const bytes = readFileSync(file);
        writeFileSync(`${file}.gz`, gzipSync(bytes, { level: 9 }));
        writeFileSync(
          `${file}.br`,
          brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length } }),
        );
      }
    },
  };
}

/**
 * CodeMirror's styles as constructed sheets wherever the browser has them. It makes style elements for a document,
 * which count as inline style, and the server's content policy allows none.
 */
function constructedSheets(): Plugin {
  const condition = "!root.head && root.adoptedStyleSheets";
  let done = false;
  return {
    name: "gigawatt-constructed-sheets",
    apply: "build",
    transform(code, id) {
      if (!id.includes("/style-mod/")) return null;
      if (code.split(condition).length !== 2)
        throw new Error("style-mod no longer chooses its kind of sheet as expected");
      done = true;
      return { code: code.replace(condition, "root.adoptedStyleSheets"), map: null };
    },
    buildEnd(error) {
      if (!error && !done) throw new Error("style-mod was not seen");
    },
  };
}

/** The browser fetches the interface itself beside the small script that begins. */
function preload(): Plugin {
  return {
    name: "gigawatt-preload",
    apply: "build",
    transformIndexHtml: {
      order: "post",
      handler(_html, { bundle }) {
        const main = Object.values(bundle ?? {}).find(
          (item) => item.type === "chunk" && item.facadeModuleId?.endsWith("/app/main.tsx"),
        );
        if (main?.type !== "chunk") throw new Error("the interface is missing");
        const begun = (file: string) =>
          Object.values(bundle!).some((item) => item.type === "chunk" && item.isEntry && item.fileName === file);
        return [main.fileName, ...main.imports]
          .filter((file) => !begun(file))
          .map((file) => ({
            tag: "link",
            attrs: { rel: "modulepreload", crossorigin: true, href: `/${file}` },
            injectTo: "head" as const,
          }));
      },
    },
  };
}

const kFirstLoadBytes = 250_000;

/** Fails the build when the frame and the first page together, compressed, are more than a first load may be. */
function firstLoad(): Plugin {
  return {
    name: "gigawatt-first-load",
    apply: "build",
    generateBundle(_options, bundle) {
      const wanted = Object.values(bundle).flatMap((item) =>
        item.type === "chunk" &&
        (item.isEntry || /\/(app\/main|pages\/overview|report\/spend)\.tsx$/.test(item.facadeModuleId ?? ""))
          ? [item.fileName]
          : [],
      );
      if (wanted.length !== 4) throw new Error("the frame or the first page is missing");
      const files = new Set<string>();
      while (wanted.length) {
        const name = wanted.pop()!;
        const item = bundle[name];
        if (item?.type !== "chunk" || files.has(name)) continue;
        files.add(name);
        wanted.push(...item.imports);
      }
      for (const item of Object.values(bundle)) if (item.fileName.endsWith(".css")) files.add(item.fileName);
      let bytes = 0;
      for (const name of files) {
        const item = bundle[name]!;
        bytes += gzipSync(item.type === "chunk" ? item.code : item.source, { level: 9 }).length;
      }
      if (bytes > kFirstLoadBytes)
        throw new Error(`the first load is ${bytes} bytes compressed, more than ${kFirstLoadBytes}`);
      this.info(`the first load is ${Math.round(bytes / 1000)} kB compressed`);
    },
  };
}

const report: UserConfig = {
  plugins: [react(), atlas(), exampleRun(), singleFile()],
  build: {
    target: "es2022",
    cssCodeSplit: false,
    assetsInlineLimit: Number.MAX_SAFE_INTEGER,
    modulePreload: { polyfill: false },
    // One file has one script: what the interface fetches later is part of it.
    rollupOptions: { input: "report.html", output: { codeSplitting: false } },
  },
};

/** The interface that `gigawatt serve` hands out: pages split, nothing inline, so that a strict content policy holds. */
const app: UserConfig = {
  plugins: [react(), atlas(), constructedSheets(), licences(), preload(), firstLoad(), compressed()],
  build: {
    target: "es2022",
    outDir: "dist/app",
    emptyOutDir: true,
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rollupOptions: { input: "index.html" },
  },
};

// `npm run dev` shows both; /api is answered by `gigawatt serve` on its usual port.
export default defineConfig(({ mode, command }) =>
  command === "serve"
    ? {
        plugins: [react(), atlas(), exampleRun()],
        server: { proxy: { "/api": process.env.GIGAWATT_API ?? "http://127.0.0.1:8080" } },
      }
    : mode === "app"
      ? app
      : report,
);
