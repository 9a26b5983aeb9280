/** Work that may wait a moment, one piece a task, so that the page takes clicks and keys between them. */
const waiting: (() => void)[] = [];

function next(): void {
  const work = waiting.shift();
  if (waiting.length) setTimeout(next);
  work?.();
}

/** Gives what takes it back. */
export function in_turn(work: () => void): () => void {
  waiting.push(work);
  if (waiting.length === 1) setTimeout(next);
  return () => {
    const at = waiting.indexOf(work);
    if (at >= 0) waiting.splice(at, 1);
  };
}
