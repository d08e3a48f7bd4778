import { describe, expect, test } from "vitest";
import {
  type Conflict,
  type Entry,
  moved,
  positionOf,
  rowsOf,
  spanOf,
  zoomFrom,
} from "./timeline-layout";

const DAY = 86_400;
// Tuesday, 24 November 2026, 12:00 UTC.
const NOON = Date.UTC(2026, 10, 24, 12) / 1000;

function entry(fields: Partial<Entry>): Entry {
  return {
    kind: "live_event",
    id: "1",
    name: "Festival",
    part: "",
    part_name: "",
    state: "scheduled",
    start_time_sec: String(NOON),
    end_time_sec: String(NOON + DAY),
    audiences: [],
    exclude_audiences: [],
    flags: [],
    changes: [],
    color: "",
    labels: [],
    ...fields,
  } as Entry;
}

function iso(seconds: number): string {
  return new Date(seconds * 1000).toISOString().slice(0, 16);
}

describe("spanOf", () => {
  test.each([
    ["day", "2026-11-24T00:00", "2026-11-25T00:00", "Tuesday, 24 November 2026"],
    ["week", "2026-11-23T00:00", "2026-11-30T00:00", "23 Nov – 29 Nov 2026"],
    ["month", "2026-11-01T00:00", "2026-12-01T00:00", "November 2026"],
    ["quarter", "2026-10-01T00:00", "2027-01-01T00:00", "Q4 2026 (Oct – Dec)"],
  ] as const)("has the %s of a moment", (zoom, start, end, title) => {
    const span = spanOf(NOON, zoom, "UTC");
    expect([iso(span.start), iso(span.end), span.title]).toEqual([start, end, title]);
    expect(span.ticks.length).toBeGreaterThan(5);
    for (const tick of span.ticks) {
      expect(positionOf(tick.at, span)).not.toBeNull();
    }
  });

  test("begins weeks on Mondays, on Sundays too", () => {
    const sunday = Date.UTC(2026, 10, 29, 23, 59) / 1000;
    expect(iso(spanOf(sunday, "week", "UTC").start)).toBe("2026-11-23T00:00");
  });

  test("follows on what is before and after it", () => {
    for (const zoom of ["day", "week", "month", "quarter"] as const) {
      const span = spanOf(NOON, zoom, "UTC");
      expect(moved(NOON, zoom, "UTC", 1)).toBe(span.end);
      expect(spanOf(moved(NOON, zoom, "UTC", -1), zoom, "UTC").end).toBe(span.start);
    }
  });
});

describe("rowsOf", () => {
  const span = { start: NOON, end: NOON + 10 * DAY };

  test("cuts bars at the span, and says so", () => {
    const [row] = rowsOf(
      [entry({ start_time_sec: String(NOON - DAY), end_time_sec: "0" })],
      [],
      span,
    );
    expect(row?.lanes[0]?.[0]).toMatchObject({
      left: 0,
      width: 100,
      startsBefore: true,
      endsAfter: true,
    });
  });

  test("leaves out what is before and after", () => {
    const before = entry({ start_time_sec: String(NOON - DAY), end_time_sec: String(NOON) });
    const after = entry({ start_time_sec: String(span.end) });
    expect(rowsOf([before, after], [], span)).toEqual([]);
  });

  test("has a row for a definition, with a further lane only where its bars overlap", () => {
    const at = (day: number, days: number) => ({
      start_time_sec: String(NOON + day * DAY),
      end_time_sec: String(NOON + (day + days) * DAY),
    });
    const [row] = rowsOf([entry(at(0, 2)), entry(at(2, 2)), entry(at(3, 2))], [], span);
    expect(row?.lanes.map((lane) => lane.map((bar) => bar.left))).toEqual([[0, 20], [30]]);
  });

  test("puts live events before experiments before changes of flags", () => {
    const rows = rowsOf(
      [entry({ kind: "flag_change", id: "f" }), entry({ kind: "experiment", id: "e" }), entry({})],
      [],
      span,
    );
    expect(rows.map((row) => row.kind)).toEqual(["live_event", "experiment", "flag_change"]);
    expect(rows[2]?.lanes[0]?.[0]?.width).toBe(0);
  });

  test("marks what is in a conflict", () => {
    const conflict = {
      kind: "overlap",
      first: { kind: "live_event", id: "1", name: "Festival", part: "a" },
      second: { kind: "experiment", id: "2", name: "Prices", part: "b" },
      flags: ["Price"],
    } as unknown as Conflict;
    const rows = rowsOf(
      [entry({ part: "a" }), entry({ part: "c", start_time_sec: String(NOON + 2 * DAY) })],
      [conflict],
      span,
    );
    expect(rows[0]?.conflicted).toBe(true);
    expect(rows[0]?.lanes.flat().map((bar) => bar.conflicts.length)).toEqual([1, 0]);
  });
});

test("a zoom is one that there is", () => {
  expect(zoomFrom("week")).toBe("week");
  expect(zoomFrom("decade")).toBe("month");
});
