/** Drawings for paper and files come with a large library that the screen does without: fetched once the page rests. */
import { useEffect, useLayoutEffect, useRef, type RefObject } from "react";
import { usePrinting } from "./hooks";

type Paper = typeof import("./paper");

let at_hand: Paper | undefined;

export const load_paper = async (): Promise<Paper> => (at_hand ??= await import("./paper"));

const kAtRest = 300;

function load_paper_at_rest(): () => void {
  let wanted = true;
  const load = () => {
    if (wanted && !at_hand) void load_paper().catch(() => {});
  };
  // Safari knows no idle callback.
  const timer = setTimeout(
    () => ("requestIdleCallback" in globalThis ? requestIdleCallback(load, { timeout: 2000 }) : load()),
    kAtRest,
  );
  return () => {
    wanted = false;
    clearTimeout(timer);
  };
}

/** The place of a drawing that is made when the page is printed, which cannot wait for the library. */
export function usePaper(draw: (paper: Paper) => SVGSVGElement): RefObject<HTMLDivElement | null> {
  const place = useRef<HTMLDivElement>(null);
  const printing = usePrinting();
  useEffect(load_paper_at_rest, []);
  useLayoutEffect(() => {
    if (printing && at_hand) place.current?.replaceChildren(draw(at_hand));
  });
  return place;
}
