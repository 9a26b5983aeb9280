/** Takes the inline style sheet from a drawing of Observable Plot: pages that allow none would refuse it, and ours says the same. */
export function without_sheets<T extends SVGSVGElement>(drawing: T): T {
  for (const sheet of drawing.querySelectorAll("style")) sheet.remove();
  return drawing;
}

/** Gives such a drawing one name for those who cannot see it, and hides its inner parts from them. */
export function as_image<T extends SVGSVGElement>(drawing: T, label: string): T {
  for (const part of drawing.querySelectorAll("[aria-label]")) part.removeAttribute("aria-label");
  without_sheets(drawing);
  drawing.setAttribute("role", "img");
  drawing.setAttribute("aria-label", label);
  return drawing;
}
