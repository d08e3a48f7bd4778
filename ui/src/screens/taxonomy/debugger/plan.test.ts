import { describe, expect, it } from "vitest";
import { declaredOf, planOf, problemOf, stepsOf } from "./plan";
import type { Proposed } from "./queries";

const PROPOSED = {
  definition: { name: "raid", value_type: "numeric", metadata_validator: "raid-metadata" },
  validator: { name: "raid-metadata", schema: { type: "object" } },
  events: 3,
  sample_values: ["1"],
} as unknown as Proposed;
const DECLARED = {
  name: "raid",
  description: "a raid",
  value_type: "string",
  value_validator: "Word",
} as Parameters<typeof planOf>[1];

describe("a plan", () => {
  it("begins with the proposal", () => {
    const plan = planOf(PROPOSED, undefined);
    expect(declaredOf(plan)).toEqual({
      definition: {
        name: "raid",
        value_type: "numeric",
        value_validator: "",
        metadata_validator: "raid-metadata",
      },
      validator: { name: "raid-metadata", schema: { type: "object" } },
    });
    expect(stepsOf(plan)).toEqual(["validator", "event", "replay"]);
    expect(problemOf(plan)).toBe("");
  });

  it("does not take away what is accepted already", () => {
    const plan = planOf(PROPOSED, DECLARED);
    expect(plan).toMatchObject({
      description: "a raid",
      valueType: "any",
      valueValidator: "Word",
    });
  });

  it("makes no validator where metadata may be anything, or there is one", () => {
    const plan = planOf(PROPOSED, undefined);
    expect(declaredOf({ ...plan, metadata: "none" })).toEqual({
      definition: expect.objectContaining({ metadata_validator: "" }),
    });
    expect(declaredOf({ ...plan, metadata: "validator", validatorName: "RaidData" })).toEqual({
      definition: expect.objectContaining({ metadata_validator: "RaidData" }),
    });
    expect(stepsOf({ ...plan, metadata: "validator" })).toEqual(["event", "replay"]);
  });

  it("says what is missing", () => {
    const plan = planOf(PROPOSED, undefined);
    expect(problemOf({ ...plan, validatorName: "" })).toBe("The schema needs a name");
    expect(problemOf({ ...plan, metadata: "validator", validatorName: "" })).toBe(
      "Choose a validator",
    );
    expect(problemOf({ ...plan, schema: "{" })).toBe("The schema is no JSON object");
    expect(problemOf({ ...plan, metadata: "none", schema: "{" })).toBe("");
  });
});
