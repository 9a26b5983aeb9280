/** Drawings for paper and files come with a large library that the screen does without: fetched once the page rests. */
type Paper = typeof import("./paper");

let at_hand: Paper | undefined;

export const load_paper = async (): Promise<Paper> => (at_hand ??= await import("./paper"));

/** What a print, which cannot wait, can use. */
export const paper_at_hand = (): Paper | undefined => at_hand;

const kAtRest = 300;

export function load_paper_at_rest(): () => void {
  let wanted = true;
  const load = () => {
    if (wanted && !at_hand) void load_paper().catch(() => {});
  };
  // Safari knows no idle callback.
  const timer = setTimeout(() => ("requestIdleCallback" in globalThis ? requestIdleCallback(load, { timeout: 2000 }) : load()), kAtRest);
  return () => {
    wanted = false;
    clearTimeout(timer);
  };
}
