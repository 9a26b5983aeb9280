import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/**
 * The licence notices of the packages whose modules went into the page, equal
 * texts once with all their copyright lines: each licence asks to travel along.
 */
export function notices(modules: readonly string[]): string {
  const folders = new Set(["node_modules/us-atlas", "node_modules/world-atlas"]);
  for (const id of modules) {
    const name = /node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(id)?.[1];
    if (name) folders.add(`node_modules/${name}`);
  }
  const texts = new Map<string, string[]>();
  for (const folder of [...folders].sort()) {
    const { name, version } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as {
      name: string;
      version: string;
    };
    const file = existsSync(folder) && readdirSync(folder).find((entry) => /^licen[cs]e/i.test(entry));
    if (!file) throw new Error(`${folder} carries no licence`);
    const lines = readFileSync(join(folder, file), "utf8")
      .split(/\r?\n/)
      .map((line) => line.trim());
    const owners = lines.filter((line) => /^copyright\b.*\d{4}|^copyright \(c\)/i.test(line));
    const text = lines
      .filter((line) => !owners.includes(line) && !/^(the )?(mit|isc) license/i.test(line))
      .join(" ")
      .replace(/\s+/g, " ")
      .trim();
    if (!texts.has(text)) texts.set(text, []);
    texts.get(text)!.push(`${name} ${version}: ${owners.join("; ")}`);
  }
  return [...texts]
    .map(([text, packages]) => `${packages.join("\n")}\n\n${text}\n`)
    .join("\n")
    .replaceAll("--", "- -");
}
