import { describe, expect, test } from "vitest";
import { attentionOf, type CalendarEntry, liveNow, partText, startingNext } from "./home-data";

function entry(fields: Partial<CalendarEntry>): CalendarEntry {
  return {
    kind: "live_event",
    id: "1",
    name: "Festival",
    part: "",
    part_name: "",
    state: "active",
    start_time_sec: "100",
    end_time_sec: "200",
    audiences: [],
    exclude_audiences: [],
    flags: [],
    changes: [],
    color: "",
    labels: [],
    ...fields,
  } as CalendarEntry;
}

describe("liveNow", () => {
  test("has what is on, the first to end first, without end last", () => {
    const found = liveNow(
      [
        entry({ name: "endless", end_time_sec: "0" }),
        entry({ name: "long", end_time_sec: "400" }),
        entry({ name: "short" }),
        entry({ name: "over", end_time_sec: "150" }),
        entry({ name: "later", start_time_sec: "151" }),
        entry({ name: "a change", kind: "flag_change" }),
      ],
      150,
    );
    expect(found.map((each) => each.name)).toEqual(["short", "long", "endless"]);
  });
});

describe("startingNext", () => {
  test("names what comes again and again once, with its next time", () => {
    const found = startingNext(
      [
        entry({ id: "weekly", start_time_sec: "900" }),
        entry({ id: "weekly", start_time_sec: "300" }),
        entry({ id: "once", start_time_sec: "500" }),
        entry({ id: "on", start_time_sec: "150" }),
      ],
      150,
    );
    expect(found.map((each) => [each.id, each.start_time_sec])).toEqual([
      ["weekly", "300"],
      ["once", "500"],
    ]);
  });
});

test("an entry's part is its phase, or what changes", () => {
  expect(partText(entry({ part_name: "Week 1" }))).toBe("Week 1");
  expect(partText(entry({ kind: "flag_change", changes: ["value", "enabled"] }))).toBe(
    "changes value, enabled",
  );
});

describe("attentionOf", () => {
  const calm = {
    problems: [],
    workerRunning: true,
    lagSeconds: 0.2,
    refused: [],
    deadLetters: 0,
    conflicts: 0,
  };

  test("is empty where all is well, and where the worker runs elsewhere", () => {
    expect(attentionOf(calm)).toEqual([]);
    expect(attentionOf({ ...calm, workerRunning: undefined })).toEqual([]);
  });

  test("puts troubles before what only wants a look", () => {
    const items = attentionOf({
      ...calm,
      workerRunning: false,
      lagSeconds: 60,
      deadLetters: 1,
      conflicts: 2,
    });
    expect(items.map((item) => item.severe)).toEqual([true, true, true, false]);
    expect(items[2]?.text).toBe("1 part of the log could not be applied.");
  });

  test("tells refused events that would pass by now from the others", () => {
    const group = { reason: "INVALID_NAME", count: 1200, accepted_now: false } as const;
    const items = attentionOf({
      ...calm,
      refused: [
        ...["a", "b", "c", "d"].map((name) => ({ ...group, name })),
        { ...group, name: "e", count: 1, accepted_now: true },
      ],
    });
    expect(items.map((item) => item.text)).toEqual([
      "4,800 events were refused: a, b, c and 1 more.",
      "1 refused event would be accepted by now.",
    ]);
  });
});
