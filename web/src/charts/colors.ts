import { current_theme } from "./hooks";

/** Color of the n-th series; from the ninth on, a deeper tone of the same hues. */
export function series_color(index: number | "ink" | "muted"): string {
  if (index === "ink") return "var(--ink)";
  if (index === "muted") return "var(--line-strong)";
  const base = `var(--c${index % 8})`;
  return index < 8 ? base : `color-mix(in srgb, ${base} ${index < 16 ? 60 : 35}%, var(--ink))`;
}

/** What a canvas or a saved file can use of a CSS color that refers to tokens. */
export function resolve_color(color: string, host: HTMLElement): string {
  const probe = document.createElement("span");
  probe.style.color = color;
  host.append(probe);
  const resolved = getComputedStyle(probe).color;
  probe.remove();
  return resolved;
}

const resolved_colors = new Map<string, string>();

/** The same on the page itself, remembered for each theme: to resolve a color makes the browser restyle the page. */
export function page_color(color: string, host: HTMLElement): string {
  const key = `${current_theme()} ${color}`;
  let resolved = resolved_colors.get(key);
  if (resolved === undefined) resolved_colors.set(key, (resolved = resolve_color(color, host)));
  return resolved;
}
