/** Places the labels of map circles so that they do not cover each other. */
export interface Spot {
  x: number;
  y: number;
  radius: number;
  text: string;
}

export interface PlacedLabel {
  x: number;
  y: number;
  anchor: "start" | "middle" | "end";
  /** Whether a thin line should join label and circle. */
  leader: boolean;
}

interface Box {
  left: number;
  right: number;
  top: number;
  bottom: number;
}

const overlap = (a: Box, b: Box) =>
  Math.max(0, Math.min(a.right, b.right) - Math.max(a.left, b.left)) *
  Math.max(0, Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top));

/**
 * Greedy, biggest circle first: of a ring of candidate places around the circle,
 * the one that covers least of the labels and circles so far, nearest first.
 * Text width is taken as 0.6 em a letter, a little wide on purpose.
 */
export function place_labels(spots: readonly Spot[], width: number, height: number, font: number): PlacedLabel[] {
  const order = spots.map((_, i) => i).sort((a, b) => spots[b]!.radius - spots[a]!.radius || a - b);
  const circles = spots.map(
    (s): Box => ({ left: s.x - s.radius, right: s.x + s.radius, top: s.y - s.radius, bottom: s.y + s.radius }),
  );
  const taken: Box[] = [];
  const result: PlacedLabel[] = new Array(spots.length);
  for (const index of order) {
    const spot = spots[index]!;
    const wide = spot.text.length * font * 0.6;
    let best: { cost: number; label: PlacedLabel; box: Box } | undefined;
    for (const [ring, distance] of [5, 18, 34].entries()) {
      const r = spot.radius + distance;
      for (const [dx, dy] of [
        [1, 0],
        [-1, 0],
        [0, 1],
        [0, -1],
        [0.75, 0.75],
        [0.75, -0.75],
        [-0.75, 0.75],
        [-0.75, -0.75],
      ] as const) {
        const anchor = dx > 0 ? "start" : dx < 0 ? "end" : "middle";
        const x = spot.x + dx * r;
        const y = spot.y + dy * (r + font / 2) + font * 0.35;
        const left = anchor === "start" ? x : anchor === "end" ? x - wide : x - wide / 2;
        const box = { left, right: left + wide, top: y - font, bottom: y + font * 0.3 };
        const outside =
          Math.max(0, -box.left) +
          Math.max(0, box.right - width) +
          Math.max(0, -box.top) +
          Math.max(0, box.bottom - height);
        const covered = [...taken, ...circles.filter((_, i) => i !== index)].reduce(
          (sum, other) => sum + overlap(box, other),
          0,
        );
        const cost = outside * 1000 + covered * 10 + ring * 60 + (dx === 1 ? 0 : 1);
        if (!best || cost < best.cost) best = { cost, label: { x, y, anchor, leader: ring > 0 }, box };
      }
    }
    taken.push(best!.box);
    result[index] = best!.label;
  }
  return result;
}
