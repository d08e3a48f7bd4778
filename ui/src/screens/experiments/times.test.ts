import { describe, expect, it } from "vitest";
import { DAY, endOf, followingSpan, phaseBar, proposedSpan, timeProblems } from "./times";

const NOW = 1_795_000_000;

function phase(start: number, end: number, ended = 0) {
  return {
    start_time_sec: String(start),
    end_time_sec: String(end),
    ended_time_sec: String(ended),
  };
}

describe("endOf", () => {
  it("is the planned end, or the earlier one that somebody made", () => {
    expect(endOf(phase(0, 100))).toBe(100);
    expect(endOf(phase(0, 100, 60))).toBe(60);
    expect(endOf(phase(0, 100, 160))).toBe(100);
  });
});

describe("phaseBar", () => {
  it("puts phases where they are between the first start and the last end", () => {
    const bar = phaseBar([phase(100, 200), phase(200, 500)], 300);
    expect(bar.segments).toEqual([
      { left: 0, width: 25 },
      { left: 25, width: 75 },
    ]);
    expect(bar.now).toBe(50);
  });

  it("shows even what was over at once, within the bar", () => {
    const bar = phaseBar([phase(100, 500, 500), phase(500, 900, 500)], 1000);
    expect(bar.segments[1]).toEqual({ left: 98.5, width: 1.5 });
    expect(bar.now).toBeNull();
    expect(phaseBar([phase(100, 500, 100)], 0).segments).toEqual([{ left: 0, width: 1.5 }]);
  });

  it("is empty without phases", () => {
    expect(phaseBar([], NOW)).toEqual({ segments: [], now: null });
  });
});

describe("proposed times", () => {
  it("begin with the next full hour", () => {
    const { start, end } = proposedSpan(NOW);
    expect(Number(start)).toBeGreaterThan(NOW);
    expect(Number(start) % 3600).toBe(0);
    expect(Number(end) - Number(start)).toBe(14 * DAY);
  });

  it("follow the last phase, as long as it", () => {
    const span = (start: number, end: number) => ({ start: String(start), end: String(end) });
    const last = span(NOW + 5 * DAY, NOW + 8 * DAY);
    expect(followingSpan([last, span(NOW, NOW + DAY)], NOW)).toEqual(
      span(NOW + 8 * DAY, NOW + 11 * DAY),
    );
    expect(followingSpan([], NOW)).toEqual(proposedSpan(NOW));
  });

  it("are never in the past", () => {
    const old = { start: String(NOW - 9 * DAY), end: String(NOW - 2 * DAY) };
    const { start, end } = followingSpan([old], NOW);
    expect(start).toBe(proposedSpan(NOW).start);
    expect(Number(end) - Number(start)).toBe(7 * DAY);
  });
});

describe("timeProblems", () => {
  const good = { start: String(NOW), end: String(NOW + DAY), deadline: "" };

  it("finds none in good times", () => {
    expect(timeProblems(good, NOW)).toEqual({});
    expect(timeProblems({ ...good, deadline: good.end }, NOW)).toEqual({});
  });

  it.each([
    [{ ...good, start: "" }, "start"],
    [{ ...good, end: "" }, "end"],
    [{ ...good, end: good.start }, "end"],
    [{ ...good, start: String(NOW - DAY), end: String(NOW) }, "end"],
    [{ ...good, deadline: good.start }, "deadline"],
    [{ ...good, deadline: String(NOW + 2 * DAY) }, "deadline"],
  ])("of %j names %s", (times, field) => {
    expect(Object.keys(timeProblems(times, NOW))).toEqual([field]);
  });
});
