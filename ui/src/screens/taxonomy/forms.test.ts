import { describe, expect, it } from "vitest";
import {
  changedFields,
  EVENT_FORM,
  editable,
  LABEL_FORM,
  rebased,
  schemaOf,
  VALIDATOR_FORM,
} from "./forms";

const EVENT = { ...EVENT_FORM.empty, name: "raid", description: "old", labels: ["a"] };

describe("what is saved of an edit", () => {
  it("is what differs, and nothing else", () => {
    const draft = { ...EVENT, value_type: "numeric" as const, labels: ["a", "b"] };
    expect(changedFields(EVENT_FORM, draft, EVENT)).toEqual({
      value_type: "numeric",
      labels: ["a", "b"],
    });
  });

  it("leaves a schema alone that is only laid out otherwise", () => {
    const before = { ...VALIDATOR_FORM.empty, schema: '{"type": "object"}' };
    const draft = { ...before, schema: '{\n  "type":"object"\n}' };
    expect(changedFields(VALIDATOR_FORM, draft, before)).toEqual({});
  });

  it("goes on top of what somebody else has saved", () => {
    const mine = { ...EVENT, description: "mine" };
    const theirs = { ...EVENT, description: "theirs", value_validator: "Level" };
    expect(rebased(EVENT_FORM, mine, EVENT, theirs)).toEqual({ ...theirs, description: "mine" });
  });
});

describe("what keeps a draft from being saved", () => {
  it("is told before the server is asked", () => {
    expect(EVENT_FORM.problemOf({ ...EVENT, name: " " })).toBe("An event needs a name");
    expect(EVENT_FORM.problemOf(EVENT)).toBe("");
    const validator = { ...VALIDATOR_FORM.empty, name: "V" };
    expect(VALIDATOR_FORM.problemOf(validator)).toBe("");
    expect(VALIDATOR_FORM.problemOf({ ...validator, schema: "[]" })).toContain("no JSON object");
    const label = { ...LABEL_FORM.empty, name: "L" };
    expect(LABEL_FORM.problemOf({ ...label, colour: "" })).toBe("");
    expect(LABEL_FORM.problemOf({ ...label, colour: "red" })).toContain("#aa3300");
  });

  it.each([
    ["{}", {}],
    ["true", true],
    ["[]", undefined],
    ["null", undefined],
    ['"text"', undefined],
    ["{", undefined],
  ])("%s as a schema", (text, schema) => {
    expect(schemaOf(text)).toEqual(schema);
  });
});

describe("what may be edited", () => {
  it("is only the labels of what came with the server", () => {
    expect(editable({ core: true }, true)).toEqual({ fields: false, labels: true });
    expect(editable({ core: false, pack: "hiro" }, true)).toEqual({ fields: false, labels: true });
    expect(editable({ core: false }, true)).toEqual({ fields: true, labels: true });
    expect(editable(undefined, true)).toEqual({ fields: true, labels: true });
    expect(editable({ core: false }, false)).toEqual({ fields: false, labels: false });
  });
});
