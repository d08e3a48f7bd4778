import { describe, expect, it } from "vitest";
import type { Experiment, Phase } from "./draft";
import {
  admissionWords,
  biasingFields,
  freedomOf,
  lastBegun,
  mainPhase,
  meetings,
} from "./standing";

const NOW = 1_795_000_000;
const DAY = 86_400;

function phase(fields: Partial<Phase> = {}): Phase {
  return {
    id: "p1",
    name: "main",
    state: "running",
    start_time_sec: String(NOW - DAY),
    end_time_sec: String(NOW + DAY),
    ended_time_sec: "0",
    admission_deadline_time_sec: "0",
    split_key: "ID",
    locked: false,
    full: false,
    variants: [{ name: "blue", flags: [{ flag: "shop", value: "blue" }] }],
    ...fields,
  } as Phase;
}

function experiment(fields: Partial<Experiment> = {}): Experiment {
  return {
    id: "e1",
    name: "Shop colours",
    state: "running",
    launched: true,
    archived: false,
    audiences: [],
    exclude_audiences: [],
    exclusion_group: "",
    phases: [phase()],
    ...fields,
  } as Experiment;
}

describe("the phase that an experiment is about", () => {
  const ended = phase({ id: "p0", state: "ended" });
  const coming = phase({ id: "p2", state: "scheduled", start_time_sec: String(NOW + DAY) });

  it("is the one that runs, else the next, else the last", () => {
    expect(mainPhase(experiment({ phases: [ended, phase(), coming] }))?.id).toBe("p1");
    expect(mainPhase(experiment({ phases: [ended, coming] }))?.id).toBe("p2");
    expect(mainPhase(experiment({ phases: [phase({ id: "a" }), ended] }))?.id).toBe("a");
    expect(mainPhase(experiment({ state: "ended", phases: [ended, ended] }))?.id).toBe("p0");
    expect(mainPhase(experiment({ phases: [] }))).toBeUndefined();
  });

  it("to promote of is the last that has begun, and none of a draft", () => {
    expect(lastBegun(experiment({ phases: [ended, phase(), coming] }), NOW)?.id).toBe("p1");
    expect(lastBegun(experiment({ launched: false }), NOW)).toBeUndefined();
    expect(lastBegun(experiment({ phases: [coming] }), NOW)).toBeUndefined();
  });
});

it("says why nobody new gets a place", () => {
  expect(admissionWords(phase(), NOW)).toBe("Admits players");
  expect(admissionWords(phase({ locked: true }), NOW)).toContain("Locked");
  expect(admissionWords(phase({ full: true }), NOW)).toContain("Full");
  const late = phase({ admission_deadline_time_sec: String(NOW) });
  expect(admissionWords(late, NOW)).toContain("Past its deadline");
  expect(admissionWords(late, NOW - 1)).toBe("Admits players");
  expect(admissionWords(phase({ state: "ended" }), NOW)).toBe("");
});

it("lets all, some or nothing of a phase be changed", () => {
  expect(freedomOf(undefined, "running")).toBe("all");
  expect(freedomOf(phase({ state: "scheduled" }), "running")).toBe("all");
  expect(freedomOf(phase(), "running")).toBe("some");
  expect(freedomOf(phase({ state: "ended" }), "running")).toBe("none");
  expect(freedomOf(phase({ state: "archived" }), "archived")).toBe("none");
});

describe("what biases a phase that runs", () => {
  const body = (fields: object = {}, ofPhase: object = {}) => ({
    exclusion_group: "",
    holdout_group: "",
    audiences: ["a", "b"],
    exclude_audiences: [],
    ...fields,
    phases: [{ id: "p1", split_key: "ID", variants: [{ name: "x", description: "" }], ...ofPhase }],
  });

  it.each([
    ["a group", body({ holdout_group: "g" }), ["holdout group"]],
    ["the audiences", body({ audiences: ["a"] }), ["audiences of phase main"]],
    [
      "audiences of its own",
      body({}, { exclude_audiences: ["c"] }),
      ["exclude audiences of phase main"],
    ],
    ["the split", body({}, { variants: [{ name: "y" }] }), ["variants of phase main"]],
    ["the split key", body({}, { split_key: "PHASE" }), ["split key of phase main"]],
  ])("is %s", (_, after, fields) => {
    expect(biasingFields(experiment(), body(), after)).toEqual(fields);
  });

  it.each([
    ["the order of audiences", body({ audiences: ["b", "a"] })],
    ["audiences that it says itself", body({ audiences: ["c"] }, { audiences: ["a", "b"] })],
    ["a description", body({}, { variants: [{ name: "x", description: "new" }] })],
    ["a later end", body({}, { end_time_sec: "9" })],
  ])("is not %s", (_, after) => {
    expect(biasingFields(experiment(), body(), after)).toEqual([]);
  });

  it("is nothing while none runs", () => {
    const planned = experiment({ phases: [phase({ state: "scheduled" })] });
    expect(biasingFields(planned, body(), body({ holdout_group: "g" }))).toEqual([]);
  });
});

describe("an experiment that is not saved yet", () => {
  const plan = {
    id: "",
    audiences: ["germans"],
    exclude_audiences: ["testers"],
    exclusion_group: "",
    phases: [phase({ name: "try", start_time_sec: String(NOW + 3600) })],
  };

  it("meets launched ones with the same flags at the same time", () => {
    expect(meetings(plan, [experiment()], NOW)).toMatchObject([
      { phase: "try", flags: ["shop"], start: NOW + 3600, end: NOW + DAY },
    ]);
  });

  it.each([
    ["drafts", experiment({ launched: false })],
    ["archived ones", experiment({ archived: true })],
    ["those that are over by then", experiment({ phases: [phase({ ended_time_sec: `${NOW}` })] })],
    ["those with other flags", experiment({ phases: [phase({ variants: [] })] })],
    ["those for whom it excludes", experiment({ audiences: ["testers"] })],
    ["those that exclude whom it is for", experiment({ exclude_audiences: ["germans"] })],
  ])("does not meet %s", (_, other) => {
    expect(meetings(plan, [other], NOW)).toEqual([]);
  });

  it("does not meet others of its exclusion group", () => {
    const grouped = { ...plan, exclusion_group: "Prices" };
    expect(meetings(grouped, [experiment({ exclusion_group: "Prices" })], NOW)).toEqual([]);
    expect(meetings(grouped, [experiment({ exclusion_group: "Other" })], NOW)).toHaveLength(1);
  });
});
