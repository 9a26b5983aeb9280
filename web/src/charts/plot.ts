/**
 * Gives a drawing of Observable Plot one name for those who cannot see it, and hides its inner parts from them.
 * Its inline style sheet goes: pages that allow no inline style would refuse it, and ours says the same.
 */
export function as_image<T extends SVGSVGElement>(drawing: T, label: string): T {
  for (const part of drawing.querySelectorAll("[aria-label]")) part.removeAttribute("aria-label");
  for (const sheet of drawing.querySelectorAll("style")) sheet.remove();
  drawing.setAttribute("role", "img");
  drawing.setAttribute("aria-label", label);
  return drawing;
}
