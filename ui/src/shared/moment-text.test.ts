import { describe, expect, it } from "vitest";
import { fieldText, secondsText, zoneWords } from "./moment-text";

describe("moments in fields", () => {
  it("are told in UTC", () => {
    expect(fieldText("1795521404", "UTC")).toBe("2026-11-24T11:56:44");
    expect(fieldText("1795521360", "UTC")).toBe("2026-11-24T11:56");
    expect(fieldText("", "UTC")).toBe("");
    expect(fieldText("soon", "UTC")).toBe("");
  });

  it("keep a year as it is typed, digit by digit", () => {
    for (const text of ["0002-11-24T18:00", "0020-11-24T18:00", "0202-11-24T18:00"]) {
      expect(fieldText(secondsText(text, "UTC"), "UTC")).toBe(text);
    }
  });

  it("come back as they were, in both zones", () => {
    for (const zone of ["UTC", "local"] as const) {
      for (let seconds = 1; seconds < 4e9; seconds += 86_400 * 41 + 3661) {
        // The hour that comes twice when summer ends is the only one that a field cannot tell.
        const back = Number(secondsText(fieldText(String(seconds), zone), zone));
        expect(Math.abs(back - seconds) % 3600).toBe(0);
        expect(fieldText(String(back), zone)).toBe(fieldText(String(seconds), zone));
      }
    }
  });

  it("are none where the text is no moment", () => {
    expect(secondsText("", "UTC")).toBe("");
    expect(secondsText("2026-11-24", "local")).toBe("");
  });

  it("say their zone", () => {
    expect(zoneWords("UTC", new Date(0))).toBe("UTC");
    expect(zoneWords("local", new Date(0))).toMatch(/^your time, \S+/);
  });
});
