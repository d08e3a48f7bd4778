import { describe, expect, it } from "vitest";
import { changedTo, cronOf, type Every, HOUR_STEPS, type Rule, ruleOf } from "./recurrence";

/** Numbers that look random and are the same each time (mulberry32). */
function numbers(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * below);
  };
}

const SORTS: Every[] = ["hours", "day", "week", "month", "weekday of month"];

function anyRule(below: (limit: number) => number): Rule {
  const time = { hour: below(24), minute: below(60) };
  const every = SORTS[below(SORTS.length)] ?? "day";
  switch (every) {
    case "hours":
      return { every, step: HOUR_STEPS[below(HOUR_STEPS.length)] ?? 1, minute: time.minute };
    case "day":
      return { every, ...time };
    case "week": {
      const days = [1, 2, 3, 4, 5, 6, 0].filter(() => below(2) === 1);
      return { every, days: days.length > 0 ? days : [3], ...time };
    }
    case "month":
      return { every, day: below(32), ...time };
    case "weekday of month":
      return { every, weekday: below(7), nth: 1 + below(4), ...time };
  }
}

describe("rules and cron texts", () => {
  it("are each other's, for any rule", () => {
    const below = numbers(20261124);
    for (let round = 0; round < 2000; round += 1) {
      const rule = anyRule(below);
      expect(ruleOf(cronOf(rule)), cronOf(rule)).toEqual(rule);
    }
  });

  it("stay the same text once they are written", () => {
    const below = numbers(7);
    for (let round = 0; round < 500; round += 1) {
      const cron = cronOf(anyRule(below));
      expect(cronOf(ruleOf(cron) as Rule)).toBe(cron);
    }
  });

  it.each([
    ["0 18 * * FRI", { every: "week", days: [5], hour: 18, minute: 0 }],
    ["0 18 * * 1-5", { every: "week", days: [1, 2, 3, 4, 5], hour: 18, minute: 0 }],
    ["0 18 * * 5-7", { every: "week", days: [5, 6, 0], hour: 18, minute: 0 }],
    ["5  9 * *  sat,SUN ", { every: "week", days: [6, 0], hour: 9, minute: 5 }],
    ["0 0 * * 7", { every: "week", days: [0], hour: 0, minute: 0 }],
    ["30 */6 * * *", { every: "hours", step: 6, minute: 30 }],
    ["15 * * * *", { every: "hours", step: 1, minute: 15 }],
    ["0 12 L * *", { every: "month", day: 0, hour: 12, minute: 0 }],
    ["0 12 * * 2#3", { every: "weekday of month", weekday: 2, nth: 3, hour: 12, minute: 0 }],
  ])("understands %s", (cron, rule) => {
    expect(ruleOf(cron)).toEqual(rule);
  });

  it.each([
    "",
    "0 18 * *",
    "0 18 * * * *",
    "60 18 * * *",
    "0 24 * * *",
    "0 18 32 * *",
    "0 18 0 * *",
    "0,30 18 * * *",
    "0 9,18 * * *",
    "0 18 * 12 *",
    "0 18 13 * FRI",
    "0 */5 * * *",
    "0 18 * * FRI#5",
    "0 18 * * MON-",
    "0 18 * * FRI-MON",
    "0 18 * * 1-2-3",
    "a b c d e",
  ])("leaves %j to cron", (cron) => {
    expect(ruleOf(cron)).toBeNull();
  });

  it("keeps the time of the day from one sort to another", () => {
    const daily: Rule = { every: "day", hour: 7, minute: 45 };
    for (const every of SORTS.slice(1)) {
      expect(changedTo(every, daily)).toMatchObject({ every, hour: 7, minute: 45 });
    }
  });
});
