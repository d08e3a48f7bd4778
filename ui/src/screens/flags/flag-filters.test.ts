import { describe, expect, it } from "vitest";
import { isAskedFor } from "./flag-filters";

type Flag = Parameters<typeof isAskedFor>[0];

const VARIANT = {
  name: "v",
  value: "1",
  value_type: "number" as const,
  audiences: ["veterans"],
  rollout_percent: 100,
  description: "",
};
const FLAG: Flag = {
  id: "1",
  name: "shop",
  version: "1",
  core: false,
  create_time_sec: "0",
  update_time_sec: "0",
  used_by: [],
  used_by_count: 0,
  description: "",
  labels: ["economy"],
  value: "1",
  value_type: "number",
  validator: "",
  enabled: false,
  variants: [],
  schedule: [{ at_time_sec: "9", variants: [VARIANT] }],
};

describe("the list of flags", () => {
  it("is narrowed by every filter that is given", () => {
    const stale = new Map();
    expect(isAskedFor(FLAG, {}, stale)).toBe(true);
    expect(isAskedFor(FLAG, { state: "on" }, stale)).toBe(false);
    expect(isAskedFor(FLAG, { state: "off", label: "economy" }, stale)).toBe(true);
    expect(isAskedFor(FLAG, { label: "economy,ui" }, stale)).toBe(false);
    expect(isAskedFor(FLAG, { audience: "newcomers,veterans" }, stale)).toBe(true);
    expect(isAskedFor(FLAG, { audience: "newcomers" }, stale)).toBe(false);
  });

  it("has of stale flags what the server names", () => {
    const named = { id: "1", name: "shop", reasons: [], reads: "0", read_time_sec: "0" };
    const found = { ...named, asked: "0", asked_time_sec: "0" };
    expect(isAskedFor(FLAG, { state: "stale" }, undefined)).toBe(false);
    expect(isAskedFor(FLAG, { state: "stale" }, new Map([["1", found]]))).toBe(true);
  });
});
