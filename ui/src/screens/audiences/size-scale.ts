/** Scales of a chart over time: round numbers at the side, round times below. Pure. */

export interface Point {
  /** Seconds since the epoch. */
  at: number;
  value: number;
}

/** Round numbers from 0 to at least `most`, whole ones, at most six. */
export function ticksUpTo(most: number): number[] {
  const rough = Math.max(1, most) / 5;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = Math.max(
    1,
    [1, 2, 5, 10].map((each) => each * power).find((each) => each >= rough) ?? rough,
  );
  const last = Math.ceil(Math.max(1, most) / step);
  return Array.from({ length: last + 1 }, (_, index) => index * step);
}

/** Some of the points, evenly, and always the first and the last. */
export function someOf<T>(all: readonly T[], most: number): T[] {
  if (all.length <= most) {
    return [...all];
  }
  const step = (all.length - 1) / (most - 1);
  return Array.from({ length: most }, (_, index) => all[Math.round(index * step)] as T);
}

/** A line through points, as the path of an SVG; time from left to right. */
export function linePath(
  points: readonly Point[],
  box: { width: number; height: number },
  top: number,
): { x: number; y: number }[] {
  const first = points[0]?.at ?? 0;
  const span = Math.max(1, (points.at(-1)?.at ?? 0) - first);
  return points.map(({ at, value }) => ({
    x: points.length === 1 ? box.width / 2 : ((at - first) / span) * box.width,
    y: box.height - (value / Math.max(1, top)) * box.height,
  }));
}
