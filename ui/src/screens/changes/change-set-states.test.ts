import { describe, expect, test } from "vitest";
import {
  actionsFor,
  type ChangeSet,
  saidBy,
  shortPath,
  standingText,
  valueText,
} from "./change-set-states";

const ME = "me@example.com";
const OTHER = "other@example.com";

function set(fields: Partial<ChangeSet>): ChangeSet {
  return {
    state: "draft",
    editors: [OTHER],
    approvals: [],
    change_count: 1,
    rolls_back: "",
    rolled_back_by: "",
    ...fields,
  } as ChangeSet;
}

const approval = { by: ME, by_key: false, time_sec: "1", note: "" };
const free = { approvals_needed: 0, ready: true };
const guarded = { approvals_needed: 1, ready: true };

describe("actionsFor", () => {
  test("offers to publish what needs no approval", () => {
    expect(actionsFor(set({}), free, ME)[0]).toBe("publish");
  });

  test("offers to submit what needs approval, and not to publish it", () => {
    expect(actionsFor(set({}), guarded, ME)).toEqual(["submit", "discard"]);
  });

  test("offers nothing to publish where nothing changes", () => {
    expect(actionsFor(set({ change_count: 0 }), free, ME)).toEqual(["discard"]);
  });

  test("lets others approve, and not those who have changed it", () => {
    expect(actionsFor(set({ state: "waiting" }), guarded, ME)[0]).toBe("approve");
    const mine = actionsFor(set({ state: "waiting", editors: [OTHER, ME] }), guarded, ME);
    expect(mine).not.toContain("approve");
    expect(mine).toContain("withdraw");
  });

  test("lets nobody approve twice", () => {
    const twice = { approvals_needed: 2, ready: true };
    expect(actionsFor(set({ state: "waiting", approvals: [approval] }), twice, ME)).not.toContain(
      "approve",
    );
  });

  test("offers to publish what is approved", () => {
    expect(actionsFor(set({ state: "approved", approvals: [approval] }), guarded, ME)[0]).toBe(
      "publish",
    );
  });

  test("takes back what is published, once", () => {
    expect(actionsFor(set({ state: "published" }), undefined, ME)).toEqual(["rollback"]);
    expect(actionsFor(set({ state: "published", rolled_back_by: "7" }), undefined, ME)).toEqual([]);
    expect(actionsFor(set({ state: "published", rolls_back: "7" }), undefined, ME)).toEqual([]);
  });
});

test("values and paths of diffs are read by people", () => {
  expect(valueText(7)).toBe("7");
  expect(valueText({ a: 1 })).toBe('{\n "a": 1\n}');
  expect(valueText("text")).toBe("text");
  expect(shortPath("body.value")).toBe("value");
  expect(shortPath("body")).toBe("everything");
  expect(shortPath("name")).toBe("name");
});

test("a new definition is told by what is not empty in it", () => {
  const body = {
    value: "",
    labels: [],
    draft: false,
    color: "#fff",
    schedule: { start: 7, end: 0 },
  };
  expect(saidBy({ name: "x", body }).map((each) => each.path)).toEqual([
    "body.color",
    "body.schedule",
  ]);
  expect(saidBy(undefined)).toEqual([]);
});

test("a set that was taken back says so", () => {
  expect(standingText(set({ state: "published" }))).toContain("In effect");
  expect(standingText(set({ state: "published", rolled_back_by: "7" }))).toContain("taken back");
  expect(standingText(set({ state: "published", rolls_back: "7" }))).toContain("another");
});
