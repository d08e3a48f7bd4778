import { describe, expect, it } from "vitest";
import {
  asOfFrom,
  asOfState,
  fieldOfSeconds,
  instantFields,
  isPast,
  NOW,
  secondsOfField,
} from "./as-of";

describe("the instant of an address", () => {
  it("is now where there is none, or no time", () => {
    for (const at of [undefined, "", "soon", "1.5", "-5", "0", "9999999999999"]) {
      expect(asOfFrom({ at })).toEqual(NOW);
    }
  });

  it("goes by the definitions of then unless the address says otherwise", () => {
    expect(asOfFrom({ at: "1700000000" })).toEqual({ at: 1_700_000_000, former: true });
    expect(asOfFrom({ at: "1700000000", definitions: "now" }).former).toBe(false);
  });

  it("comes back as it was kept", () => {
    for (const asOf of [NOW, { at: 5, former: true }, { at: 5, former: false }]) {
      expect(asOfFrom(asOfState(asOf))).toEqual(asOf);
    }
  });
});

describe("what is asked of the server", () => {
  it("names no time for now", () => {
    expect(instantFields(NOW, 1000)).toEqual({});
  });

  it("names the definitions of then only for the past", () => {
    expect(instantFields({ at: 500, former: true }, 1000)).toEqual({
      now_time_sec: "500",
      definitions_time_sec: "500",
    });
    expect(instantFields({ at: 500, former: false }, 1000)).toEqual({ now_time_sec: "500" });
    expect(instantFields({ at: 1500, former: true }, 1000)).toEqual({ now_time_sec: "1500" });
    expect(isPast({ at: 1000, former: true }, 1000)).toBe(false);
  });
});

describe("times in fields", () => {
  it("are read in UTC, or where the viewer is", () => {
    expect(secondsOfField("2026-11-24 12:30:00", "UTC")).toBe(1_795_523_400);
    expect(secondsOfField(null, "UTC")).toBeNull();
    expect(secondsOfField("nonsense", "local")).toBeNull();
  });

  it("come back as they were shown", () => {
    for (const zone of ["UTC", "local"] as const) {
      const text = "2026-07-01 09:05:07";
      expect(fieldOfSeconds(secondsOfField(text, zone), zone)).toBe(text);
    }
    expect(fieldOfSeconds(null, "UTC")).toBeNull();
  });
});
