import { describe, expect, it } from "vitest";
import { countWords, shareOf } from "./preview-words";

type Preview = Parameters<typeof countWords>[0];

const EXACT = {
  count: 50,
  count_low: 50,
  count_high: 50,
  confidence_percent: 100,
  exact: true,
  players: 1000,
  looked_at: 1000,
} as Preview;

describe("a count of players", () => {
  it("says what it is a part of, and that it is exact", () => {
    expect(countWords(EXACT)).toBe("5.0 % of 1,000 players. Exact: every player was looked at.");
  });

  it("says how sure an estimate is", () => {
    const estimate = {
      ...EXACT,
      exact: false,
      count: 500_000,
      count_low: 480_000,
      count_high: 520_000,
      confidence_percent: 95,
      players: 1_000_000,
      looked_at: 10_000,
    };
    expect(countWords(estimate)).toBe(
      "50 % of 1,000,000 players. Estimated from 10,000 of them: 480,000 to 520,000 with 95 % confidence.",
    );
  });

  it("is of nobody where there are no players", () => {
    expect(countWords({ ...EXACT, count: 0, players: 0 })).toBe("There are no players yet.");
    expect(shareOf(0, 0)).toBe(0);
  });
});
