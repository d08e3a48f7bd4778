import { describe, expect, it } from "vitest";
import {
  equalWeights,
  percentText,
  permilleOf,
  shareText,
  splitWords,
  weightProblem,
} from "./weights";

describe("equalWeights", () => {
  it.each([1, 2, 3, 7, 11, 100])("of %i add up to 1,000 and differ by one at most", (count) => {
    const weights = equalWeights(count);
    expect(weights).toHaveLength(count);
    expect(weights.reduce((sum, each) => sum + each, 0)).toBe(1000);
    expect(Math.max(...weights) - Math.min(...weights)).toBeLessThanOrEqual(1);
  });

  it("gives what is left over to the first", () => {
    expect(equalWeights(3)).toEqual([334, 333, 333]);
  });
});

it("tells thousandths as percentages", () => {
  expect(percentText(500)).toBe("50 %");
  expect(percentText(334)).toBe("33.4 %");
  expect(percentText(0)).toBe("0 %");
});

it.each([
  ["50", 500],
  [33.3, 333],
  [33.35, 334],
  ["", 0],
  ["x", 0],
  [-4, 0],
  [120, 1000],
])("takes %j percent as %i thousandths", (typed, permille) => {
  expect(permilleOf(typed)).toBe(permille);
});

it("says by how much shares are wrong", () => {
  expect(weightProblem([500, 500])).toBe("");
  expect(weightProblem([500, 480])).toBe("The shares add up to 98 %: 2 % too little");
  expect(weightProblem([500, 501])).toBe("The shares add up to 100.1 %: 0.1 % too much");
});

it("tells parts of nothing as a dash", () => {
  expect(shareText(1, 3)).toBe("33.3 %");
  expect(shareText(0, 0)).toBe("–");
});

it("tells a split in a line, of long ones the beginning", () => {
  const variants = ["control", "a", "b", "c"].map((name) => ({ name, weight_permille: 250 }));
  expect(splitWords(variants.slice(0, 2))).toBe("25 % control, 25 % a");
  expect(splitWords(variants)).toBe("25 % control, 25 % a, 25 % b, 1 more");
});
