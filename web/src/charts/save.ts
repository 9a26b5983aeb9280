/** Saves a chart as a file of its own: always on white, with its title and legend. */
import { to_csv, type Grid } from "../data/csv";
import { resolve_color } from "./colors";
import { without_sheets } from "./plot";

const kSvg = "http://www.w3.org/2000/svg";
const kCopied = [
  "fill",
  "stroke",
  "stroke-width",
  "stroke-dasharray",
  "stroke-linejoin",
  "opacity",
  "fill-opacity",
  "stroke-opacity",
  "font-size",
  "font-weight",
  "text-anchor",
  "dominant-baseline",
];
const kFont = "system-ui, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif";

export interface LegendKey {
  label: string;
  color: string;
  line?: boolean;
  dashed?: boolean;
}

export interface Caption {
  title: string;
  subtitle?: string;
  legend?: readonly LegendKey[];
}

/** Colors written by the style sheet become plain rgb(), which every SVG reader knows. */
function plain_color(color: string): string {
  if (!/^(color|oklab|oklch|lab)\(/.test(color)) return color;
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = 1;
  const context = canvas.getContext("2d")!;
  context.fillStyle = color;
  context.fillRect(0, 0, 1, 1);
  const [r, g, b, a] = context.getImageData(0, 0, 1, 1).data;
  return `rgba(${r}, ${g}, ${b}, ${(a! / 255).toFixed(3)})`;
}

function copy_styles(from: Element, to: Element): void {
  const style = getComputedStyle(from);
  for (const name of kCopied) {
    const value = style.getPropertyValue(name);
    if (value) to.setAttribute(name, /fill$|stroke$/.test(name) ? plain_color(value) : value);
  }
  for (const name of ["class", "style", "tabindex", "role", "aria-label", "aria-pressed"]) to.removeAttribute(name);
  for (let i = 0; i < from.children.length; ++i) copy_styles(from.children[i]!, to.children[i]!);
}

function element(name: string, attributes: Record<string, string | number>, text?: string): SVGElement {
  const made = document.createElementNS(kSvg, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, String(value));
  if (text !== undefined) made.textContent = text;
  return made;
}

/** The drawing with title and legend as the text of an SVG file. */
export function standalone_svg(
  drawing: SVGSVGElement,
  caption: Caption,
): { text: string; width: number; height: number } {
  // Drawn on a light host inside the page, so that the style sheet and the tokens apply.
  const host = document.createElement("div");
  host.className = "chart";
  host.style.cssText = "position:absolute;left:-9999px;top:0;color-scheme:light;color:var(--ink)";
  const copy = without_sheets(drawing.cloneNode(true) as SVGSVGElement);
  host.append(copy);
  document.body.append(host);
  try {
    const box = drawing.viewBox.baseVal;
    const width = box?.width || drawing.width.baseVal.value;
    const height = box?.height || drawing.height.baseVal.value;
    const out = copy.cloneNode(true) as SVGSVGElement;
    copy_styles(copy, out);

    const pad = 16;
    const head = element("g", { "font-family": kFont, fill: "#14181d" });
    let y = pad + 14;
    head.append(element("text", { x: pad, y, "font-size": 15, "font-weight": 650 }, caption.title));
    if (caption.subtitle)
      head.append(element("text", { x: pad, y: (y += 18), "font-size": 12, fill: "#5d6873" }, caption.subtitle));
    let x = pad;
    if (caption.legend?.length) y += 22;
    for (const key of caption.legend ?? []) {
      const wide = 18 + key.label.length * 7.2 + 14;
      if (x > pad && x + wide > width + pad) [x, y] = [pad, y + 18];
      const color = plain_color(resolve_color(key.color, host));
      head.append(
        key.line
          ? element("line", {
              x1: x,
              x2: x + 13,
              y1: y - 4,
              y2: y - 4,
              stroke: color,
              "stroke-width": 2.5,
              ...(key.dashed ? { "stroke-dasharray": "4 3" } : {}),
            })
          : element("rect", { x, y: y - 9, width: 11, height: 11, rx: 2, fill: color }),
      );
      head.append(element("text", { x: x + 18, y, "font-size": 12 }, key.label));
      x += wide;
    }
    const top = y + 14;
    const whole = element("svg", {
      xmlns: kSvg,
      width: width + 2 * pad,
      height: top + height + pad,
      viewBox: `0 0 ${width + 2 * pad} ${top + height + pad}`,
      "font-family": kFont,
    });
    whole.append(element("rect", { width: "100%", height: "100%", fill: "#ffffff" }), head);
    out.setAttribute("x", String(pad));
    out.setAttribute("y", String(top));
    out.setAttribute("width", String(width));
    out.setAttribute("height", String(height));
    out.setAttribute("overflow", "visible");
    whole.append(out);
    return { text: new XMLSerializer().serializeToString(whole), width: width + 2 * pad, height: top + height + pad };
  } finally {
    host.remove();
  }
}

export function download(name: string, content: Blob): void {
  const url = URL.createObjectURL(content);
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}

export const save_csv = (name: string, grid: Grid): void =>
  download(`${name}.csv`, new Blob(["\ufeff", to_csv(grid)], { type: "text/csv;charset=utf-8" }));

export const save_svg = (name: string, drawing: SVGSVGElement, caption: Caption): void =>
  download(`${name}.svg`, new Blob([standalone_svg(drawing, caption).text], { type: "image/svg+xml" }));

export async function save_png(name: string, drawing: SVGSVGElement, caption: Caption): Promise<void> {
  const { text, width, height } = standalone_svg(drawing, caption);
  const url = URL.createObjectURL(new Blob([text], { type: "image/svg+xml" }));
  try {
    const image = new Image();
    image.src = url;
    await image.decode();
    const canvas = document.createElement("canvas");
    canvas.width = Math.round(width * 2);
    canvas.height = Math.round(height * 2);
    canvas.getContext("2d")!.drawImage(image, 0, 0, canvas.width, canvas.height);
    const blob = await new Promise<Blob | null>((done) => canvas.toBlob(done, "image/png"));
    if (blob) download(`${name}.png`, blob);
  } finally {
    URL.revokeObjectURL(url);
  }
}
