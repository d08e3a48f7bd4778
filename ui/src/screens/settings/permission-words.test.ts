import { describe, expect, test } from "vitest";
import { effective, entityName, overridesFor } from "./permission-words";

test("entities have names that people read", () => {
  expect(entityName("identity")).toBe("Players");
  expect(entityName("flag")).toBe("Flags");
});

describe("overrides", () => {
  const role = ["flag:read", "flag:write", "audience:read"];

  test.each([
    [["flag:read", "flag:write", "audience:read"]],
    [["flag:read"]],
    [["flag:read", "flag:write", "audience:read", "audience:write"]],
    [[]],
  ])("come to what is wanted: %s", (wanted) => {
    expect(effective(role, overridesFor(role, wanted)).sort()).toEqual([...wanted].sort());
  });

  test("are none where the role has just that", () => {
    expect(overridesFor(role, role)).toEqual({ granted: [], taken: [] });
  });
});
