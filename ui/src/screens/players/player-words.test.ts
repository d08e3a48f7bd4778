import { describe, expect, it } from "vitest";
import type { Schemas } from "@/api/client";
import { largestUnit } from "./clock-offset";
import { bytesText, offsetText, playerAddress, sourceOf } from "./player-words";

type Trace = Schemas["FlagTraceMessage"];

function flag(reason: Trace["change_reason"] | undefined, enabled = true): Trace {
  return {
    name: "shop/colour",
    value: "red",
    value_type: "string",
    condition_changed: reason !== undefined,
    change_reason: reason,
    labels: [],
    enabled,
    last_change_time_sec: "0",
    next_change_time_sec: "0",
    candidates: [],
  };
}

describe("where the value of a flag comes from", () => {
  it("is the flag itself without a reason", () => {
    expect(sourceOf(flag(undefined))).toEqual({ kind: "Default", name: "", to: "" });
    expect(sourceOf(flag(undefined, false)).kind).toBe("Default, as the flag is off");
  });

  it("leads to what changes it, whatever its name", () => {
    expect(sourceOf(flag({ type: 1, name: "shop/colour", variant_name: "for fans" }))).toEqual({
      kind: "Variant",
      name: "for fans",
      to: "/flags/shop%2Fcolour",
    });
    expect(sourceOf(flag({ type: 3, name: "A & B", variant_name: "b" }))).toEqual({
      kind: "Experiment",
      name: "A & B · b",
      to: "/experiments/A%20%26%20B",
    });
    expect(sourceOf(flag({ type: 2, name: "Gala", variant_name: "" })).name).toBe("Gala");
  });

  it("is the default for a reason that nobody knows", () => {
    expect(sourceOf(flag({ type: 0, name: "", variant_name: "" })).name).toBe("");
  });
});

describe("words", () => {
  it("of clocks say how far and in which direction", () => {
    expect(offsetText(0)).toBe("no offset");
    expect(offsetText(90_000)).toBe("1 d 1 h ahead");
    expect(offsetText(-60)).toBe("1 min behind");
  });

  it("of offsets take the largest unit that fits", () => {
    expect([0, 59, 120, 7200, -7200, 172_800, 90_000].map(largestUnit)).toEqual([
      "hours",
      "seconds",
      "minutes",
      "hours",
      "hours",
      "days",
      "hours",
    ]);
  });

  it("of bytes keep two or three digits", () => {
    expect([0, 999, 1000, 123_456, 5_500_000].map(bytesText)).toEqual([
      "0 B",
      "999 B",
      "1.0 kB",
      "123 kB",
      "5.5 MB",
    ]);
  });

  it("of addresses keep ids whole", () => {
    expect(playerAddress("a/b?c")).toBe("/players/a%2Fb%3Fc");
  });
});
