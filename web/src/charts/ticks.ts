/** Where an axis has its marks. */

const kFewest = 3;

/** Round numbers at equal distances, about as many as asked for. */
export function even_ticks([low, high]: [number, number], most: number): number[] {
  const rough = (high - low) / Math.max(1, most);
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * ([1, 2, 2.5, 5, 10].find((factor) => factor * power >= rough * 0.999) ?? 10);
  const ticks: number[] = [];
  for (let i = Math.ceil(low / step - 1e-9); i * step <= high * (1 + 1e-12); ++i)
    ticks.push(Number((i * step).toPrecision(12)));
  return ticks;
}

/** 1, 2, 5 in each decade, as many as there is room for; where an axis spans too little for three of them, even steps. */
export function log_ticks(domain: [number, number], most: number): number[] {
  const [low, high] = domain;
  let found: number[] = [];
  for (const steps of [[1, 2, 5], [1, 3], [1]]) {
    const ticks: number[] = [];
    for (let power = Math.floor(Math.log10(low)); power <= Math.ceil(Math.log10(high)); ++power)
      for (const step of steps) {
        const value = step * 10 ** power;
        if (value >= low && value <= high) ticks.push(value);
      }
    found = ticks;
    if (ticks.length <= most) break;
  }
  return found.length >= Math.min(kFewest, most) || !(high > low) ? found : even_ticks(domain, most);
}
