import { describe, expect, it } from "vitest";
import type { Definitions } from "@/api/definitions";
import {
  changedFields,
  changeWords,
  draftOf,
  duplicated,
  EMPTY_DRAFT,
  fieldsOf,
  moved,
  newVariant,
  problemOf,
  rebased,
  stateBefore,
  tabOfField,
} from "./draft";

const FLAG: Definitions["flag"] = {
  id: "1",
  name: "shop",
  version: "3",
  core: false,
  create_time_sec: "1",
  update_time_sec: "2",
  used_by: [],
  used_by_count: 0,
  description: "",
  labels: ["economy"],
  value: "1.50",
  value_type: "number",
  validator: "",
  enabled: true,
  variants: [
    {
      name: "some",
      value: "2",
      value_type: "number",
      audiences: ["veterans"],
      rollout_percent: 40,
      description: "",
    },
  ],
  schedule: [{ at_time_sec: "1900000000", enabled: false }],
};

describe("a flag that is edited", () => {
  const draft = draftOf(FLAG);

  it("has nothing changed at first", () => {
    expect(changedFields(draft, draftOf(FLAG))).toEqual({});
  });

  it("sends only what changed, and values as they are written", () => {
    const changed = { ...draft, value: "1.5", labels: [] };
    expect(changedFields(changed, draft)).toEqual({ value: "1.5", labels: [] });
  });

  it("sends what a scheduled change changes, in the order of the times", () => {
    const schedule = [
      ...draft.schedule,
      { key: "x", atTimeSec: "1800000000", value: "3", variants: draft.variants },
    ];
    expect(fieldsOf({ ...draft, schedule }).schedule).toEqual([
      {
        at_time_sec: "1800000000",
        value: "3",
        variants: [
          {
            name: "some",
            description: "",
            value: "2",
            audiences: ["veterans"],
            rollout_percent: 40,
          },
        ],
      },
      { at_time_sec: "1900000000", enabled: false },
    ]);
  });

  it("is before a scheduled change what earlier ones have left", () => {
    const later = { key: "later", atTimeSec: "1950000000", value: "5" };
    const scheduled = { ...draft, schedule: [later, ...draft.schedule] };
    expect(stateBefore(scheduled, "later")).toEqual({
      value: "1.50",
      enabled: false,
      variants: draft.variants,
    });
    expect(changeWords({ ...later, enabled: true, variants: [] })).toBe(
      "turned on, another default value, no variants",
    );
  });

  it("says what keeps it from being saved", () => {
    const [variant] = draft.variants;
    expect(problemOf(draft)).toBe("");
    expect(problemOf(EMPTY_DRAFT)).toBe("A flag needs a name");
    expect(variant && problemOf({ ...draft, variants: [variant, variant] })).toMatch("same name");
    expect(variant && problemOf({ ...draft, variants: [{ ...variant, name: " " }] })).toMatch(
      "needs a name",
    );
    expect(problemOf({ ...draft, schedule: [{ key: "x", atTimeSec: "" }] })).toMatch("a time");
    expect(problemOf({ ...draft, schedule: [{ key: "x", atTimeSec: "9" }] })).toMatch("nothing");
  });

  it("goes on top of what somebody else has saved meanwhile", () => {
    const newer = { ...draft, value: "9", description: "theirs" };
    expect(rebased({ ...draft, value: "7", enabled: false }, draft, newer)).toEqual({
      ...draft,
      value: "7",
      description: "theirs",
      enabled: false,
    });
  });

  it("leads from a wrong field to its tab", () => {
    expect(tabOfField("variants[3].value")).toBe("variants");
    expect(tabOfField("schedule[0]")).toBe("schedule");
    expect(tabOfField("value")).toBe("values");
  });
});

describe("variants", () => {
  const [first] = draftOf(FLAG).variants;

  it("are copied under a free name right behind the first", () => {
    if (!first) {
      throw new Error("the flag has a variant");
    }
    const both = duplicated([first], first.key);
    expect(both.map((variant) => variant.name)).toEqual(["some", "some 2"]);
    expect(new Set(both.map((variant) => variant.key)).size).toBe(2);
    expect(newVariant(both, "x")).toMatchObject({ value: "x", audiences: [], rolloutPercent: 100 });
  });

  it("move without one lost", () => {
    expect(moved(["a", "b", "c"], 0, 2)).toEqual(["b", "c", "a"]);
    expect(moved(["a", "b", "c"], 2, 0)).toEqual(["c", "a", "b"]);
    expect(moved(["a"], 3, 0)).toEqual(["a"]);
  });
});
