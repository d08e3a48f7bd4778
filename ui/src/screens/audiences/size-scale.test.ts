import { describe, expect, it } from "vitest";
import { linePath, someOf, ticksUpTo } from "./size-scale";

describe("the scale of sizes", () => {
  it.each([
    [0, [0, 1]],
    [3, [0, 1, 2, 3]],
    [100, [0, 20, 40, 60, 80, 100]],
    [1234, [0, 500, 1000, 1500]],
  ])("up to %d", (most, ticks) => {
    expect(ticksUpTo(most)).toEqual(ticks);
  });

  it("is short, round and whole for any size", () => {
    for (let most = 0; most < 5000; most += 7) {
      const ticks = ticksUpTo(most);
      expect(ticks.length).toBeLessThanOrEqual(6);
      expect(ticks.at(-1)).toBeGreaterThanOrEqual(most);
      expect(ticks.every(Number.isInteger)).toBe(true);
    }
  });

  it("takes some of many, with both ends", () => {
    const all = Array.from({ length: 100 }, (_, index) => index);
    expect(someOf(all, 4)).toEqual([0, 33, 66, 99]);
    expect(someOf([1, 2], 4)).toEqual([1, 2]);
  });

  it("draws time from left to right, and nothing at the bottom", () => {
    const box = { width: 100, height: 50 };
    const points = [
      { at: 0, value: 0 },
      { at: 10, value: 10 },
      { at: 20, value: 5 },
    ];
    expect(linePath(points, box, 10)).toEqual([
      { x: 0, y: 50 },
      { x: 50, y: 0 },
      { x: 100, y: 25 },
    ]);
    expect(linePath([{ at: 5, value: 1 }], box, 2)).toEqual([{ x: 50, y: 25 }]);
  });
});
