import { describe, expect, it } from "vitest";
import { NO_ROWS, ROWS_MAX, skippedWords, type TailRow, tailAfter, waitBefore } from "./tail-rows";

function rows(from: number, to: number): TailRow[] {
  return Array.from({ length: to - from + 1 }, (_, index) => ({
    key: String(from + index),
    kind: "accepted" as const,
    event: { name: "raid", source: "session", receive_time: "" },
  }));
}

const keys = (shown: readonly TailRow[]) => shown.map((row) => row.key);

describe("a live tail", () => {
  it("has the newest first, each once", () => {
    const tail = tailAfter(tailAfter(NO_ROWS, { type: "came", rows: rows(1, 2) }), {
      type: "came",
      rows: rows(2, 3),
    });
    expect(keys(tail.rows)).toEqual(["3", "2", "1"]);
    expect(tail.count).toBe(3);
  });

  it("keeps so many rows, and counts all", () => {
    const tail = tailAfter(NO_ROWS, { type: "came", rows: rows(1, ROWS_MAX + 10) });
    expect(tail.rows).toHaveLength(ROWS_MAX);
    expect(tail.rows[0]?.key).toBe(String(ROWS_MAX + 10));
    expect(tail.count).toBe(ROWS_MAX + 10);
  });

  it("stands still while it is paused, and shows then what came", () => {
    let tail = tailAfter(NO_ROWS, { type: "came", rows: rows(1, 1) });
    tail = tailAfter(tail, { type: "pause" });
    tail = tailAfter(tail, { type: "came", rows: rows(2, 3) });
    expect(keys(tail.rows)).toEqual(["1"]);
    tail = tailAfter(tail, { type: "resume" });
    expect(keys(tail.rows)).toEqual(["3", "2", "1"]);
    expect(tail.held).toEqual([]);
  });

  it("says how many were too many to be held", () => {
    let tail = tailAfter(NO_ROWS, { type: "pause" });
    tail = tailAfter(tail, { type: "came", rows: rows(1, ROWS_MAX) });
    tail = tailAfter(tail, { type: "came", rows: rows(ROWS_MAX + 1, ROWS_MAX + 7) });
    expect(tail.lost).toBe(7);
    tail = tailAfter(tail, { type: "clear" });
    expect(tail).toEqual({ ...NO_ROWS, paused: true });
  });

  it("shows the gap between what was held and what was there before", () => {
    let tail = tailAfter(NO_ROWS, { type: "came", rows: rows(1, 1) });
    tail = { ...tailAfter(tail, { type: "pause" }), held: rows(5, 6).reverse(), lost: 3 };
    tail = tailAfter(tail, { type: "resume" });
    expect(tail.rows.map((row) => (row.kind === "gap" ? row.words : row.key))).toEqual([
      "6",
      "5",
      "3 more came while this stood still, and are not kept here",
      "1",
    ]);
  });
});

it("says in words what the server left out", () => {
  expect(skippedWords({ events: 1200, bytes: 0 })).toContain("1,200 matching events were left out");
  expect(skippedWords({ events: 1 })).toContain("1 matching event was");
  expect(skippedWords({ bytes: 5_000_000 })).toContain("4,883 KiB of the log");
});

it("waits longer from try to try, but never long", () => {
  expect([0, 1, 2, 9].map(waitBefore)).toEqual([1000, 2000, 4000, 15_000]);
});
