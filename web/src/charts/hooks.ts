import { useEffect, useLayoutEffect, useRef, useState, useSyncExternalStore, type RefObject } from "react";
import { flushSync } from "react-dom";

/** Width of the printed column (A4 less its margins) in CSS pixels. */
export const kPaperWidth = 690;

/** Width to draw for: that of the element, measured before the first paint and followed, or of the paper. */
export function useWidth<T extends HTMLElement>(initial = 900): [RefObject<T | null>, number] {
  const ref = useRef<T>(null);
  const [width, set_width] = useState(initial);
  useLayoutEffect(() => {
    const element = ref.current;
    if (!element) return;
    const measure = () => {
      if (element.clientWidth > 0) set_width(Math.max(200, Math.floor(element.clientWidth)));
    };
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  const printing = usePrinting();
  return [ref, printing ? kPaperWidth : width];
}

export type Theme = "light" | "dark";

const kKey = "gigawatt-theme";

/** The theme in force: the reader's choice, or else the system's. */
export function current_theme(): Theme {
  const chosen = document.documentElement.dataset.theme;
  if (chosen === "light" || chosen === "dark") return chosen;
  return matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
}

export function set_theme(theme: Theme): void {
  document.documentElement.dataset.theme = theme;
  try {
    localStorage.setItem(kKey, theme);
  } catch {
    // A page opened from a file may have no storage; the choice then lasts as long as the page.
  }
  dispatchEvent(new Event(kKey));
}

/** Takes up the reader's earlier choice; the report does it before its first paint. */
export function restore_theme(): void {
  try {
    const theme = localStorage.getItem(kKey);
    if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
  } catch {
    // No storage: the system's theme holds.
  }
}

function subscribe_theme(changed: () => void): () => void {
  const system = matchMedia("(prefers-color-scheme: dark)");
  system.addEventListener("change", changed);
  addEventListener(kKey, changed);
  return () => {
    system.removeEventListener("change", changed);
    removeEventListener(kKey, changed);
  };
}

export const useTheme = (): Theme => useSyncExternalStore(subscribe_theme, current_theme, () => "light");

/** True while the page is being printed; set before the browser lays the paper out. */
export function usePrinting(): boolean {
  const [printing, set_printing] = useState(false);
  useEffect(() => {
    const paper = matchMedia("print");
    const on = () => flushSync(() => set_printing(true));
    const off = () => set_printing(false);
    const follow = () => (paper.matches ? on() : off());
    addEventListener("beforeprint", on);
    addEventListener("afterprint", off);
    paper.addEventListener("change", follow);
    return () => {
      removeEventListener("beforeprint", on);
      removeEventListener("afterprint", off);
      paper.removeEventListener("change", follow);
    };
  }, []);
  return printing;
}
