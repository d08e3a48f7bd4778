import { describe, expect, it } from "vitest";
import {
  changedFields,
  draftOf,
  fieldsOf,
  inZone,
  type LiveEvent,
  newDraft,
  rebased,
  repeating,
} from "./draft";
import { errorAt, partOfField, problemOf } from "./draft-problems";

const NOW = 1_790_812_801;
const EVENT = {
  name: "Night market",
  description: "",
  labels: ["shop"],
  color: "#a03010",
  value: "{}",
  validator: "",
  template: "",
  metrics: [],
  audiences: ["germans"],
  exclude_audiences: [],
  explicit_join: true,
  sticky_membership: true,
  participants_max: 1000,
  schedule: {
    start_time_sec: "1790812861",
    end_time_sec: "0",
    reset_cron: "0 18 * * FRI",
    duration_sec: "7200",
    time_zone: "Europe/Berlin",
    player_local: false,
    words: "",
  },
  flags: [
    { flag: "shop", value: "gold", variants: [] },
    { flag: "price", variants: [{ name: "de", value: "3", audiences: ["germans"] }] },
  ],
} as unknown as LiveEvent;

describe("a draft", () => {
  it("gives back what is stored, to the second", () => {
    const fields = fieldsOf(draftOf(EVENT));
    expect(fields).toMatchObject({
      name: "Night market",
      participants_max: "1000",
      schedule: { start_time_sec: "1790812861", end_time_sec: "0", duration_sec: "7200" },
      flags: [
        { flag: "shop", value: "gold", variants: [] },
        { flag: "price", variants: [{ name: "de", value: "3", audiences: ["germans"] }] },
      ],
    });
    expect((fields.flags as object[])[1]).not.toHaveProperty("value");
    expect(changedFields(draftOf(EVENT), draftOf(EVENT))).toEqual({});
  });

  it("begins with a run to come", () => {
    const { schedule } = newDraft(NOW);
    expect(Number(schedule.startSec)).toBeGreaterThan(NOW);
    expect(problemOf({ ...newDraft(NOW), name: "x" }, "when")).toBe("");
    expect(problemOf(newDraft(NOW), "what")).not.toBe("");
  });

  it("keeps what clocks show when the zone changes, and comes back", () => {
    const { schedule } = newDraft(NOW);
    const berlin = inZone(schedule, "Europe/Berlin", false);
    expect(Number(schedule.startSec) - Number(berlin.startSec)).toBe(7200);
    expect(inZone(berlin, "Europe/Berlin", true).startSec).toBe(schedule.startSec);
    expect(inZone(berlin, "", false)).toEqual(schedule);
  });

  it("takes the length of the one run over to those that repeat, and back", () => {
    const once = newDraft(NOW).schedule;
    const often = repeating(once, true);
    expect(often).toMatchObject({ endSec: "", durationSec: 86_400 });
    expect(repeating(often, false)).toEqual({ ...once, durationSec: 86_400 });
    expect(fieldsOf({ ...newDraft(NOW), schedule: once }).schedule).toMatchObject({
      reset_cron: "",
      duration_sec: "0",
    });
  });

  it("is put on top of a newer version", () => {
    const original = draftOf(EVENT);
    const mine = { ...original, description: "Mine" };
    const theirs = { ...original, description: "Theirs", color: "#000000" };
    expect(rebased(mine, original, theirs)).toMatchObject({
      description: "Mine",
      color: "#000000",
    });
  });

  it("says what is missing", () => {
    const draft = draftOf(EVENT);
    const when = (changes: object) =>
      problemOf({ ...draft, schedule: { ...draft.schedule, ...changes } }, "when");
    expect(when({})).toBe("");
    expect(when({ startSec: "" })).toContain("start");
    expect(when({ endSec: "5" })).toContain("later");
    expect(when({ repeats: false })).toContain("end");
    expect(when({ cron: " " })).not.toBe("");
    expect(when({ durationSec: 0 })).toContain("duration");
    const flags = (value: string | undefined, audiences?: string[]) =>
      problemOf(
        {
          ...draft,
          flags: [
            {
              key: "1",
              flag: "f",
              value,
              variants: audiences ? [{ key: "1", name: "v", value: "", audiences }] : [],
            },
          ],
        },
        "flags",
      );
    expect(flags("1")).toBe("");
    expect(flags(undefined)).toContain("no value");
    expect(flags(undefined, ["a"])).toBe("");
    expect(flags("1", [])).toContain("audience");
  });
});

describe("errors of the API", () => {
  it("are found where their fields are", () => {
    expect(partOfField("schedule.reset_cron")).toBe("when");
    expect(partOfField("audiences[2]")).toBe("who");
    expect(partOfField("flags[0].value")).toBe("flags");
    expect(partOfField("color")).toBe("what");
    expect(errorAt({ "audiences[1]": "is unknown" }, "audiences")).toBe("is unknown");
    expect(errorAt({ audiences_more: "no" }, "audiences")).toBeUndefined();
  });
});
