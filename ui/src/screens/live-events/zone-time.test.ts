import { describe, expect, it } from "vitest";
import {
  aheadOf,
  isZone,
  knownZone,
  localText,
  momentOf,
  nextClockChange,
  shortLocalText,
  shortText,
  shownText,
  zonedText,
} from "./zone-time";

const seconds = (iso: string) => String(Date.parse(iso) / 1000);

describe("clocks in zones", () => {
  it("are ahead as the zone has it then", () => {
    expect(aheadOf("Europe/Berlin", Number(seconds("2026-07-01T00:00:00Z")))).toBe(7200);
    expect(aheadOf("Europe/Berlin", Number(seconds("2026-12-01T00:00:00Z")))).toBe(3600);
    expect(aheadOf("-03:30", 0)).toBe(-12_600);
    expect(aheadOf("", 0)).toBe(0);
  });

  it("give a moment back that they show", () => {
    for (const zone of [
      "",
      "Asia/Kolkata",
      "America/Los_Angeles",
      "+05:45",
      "Australia/Lord_Howe",
    ]) {
      for (let hour = 0; hour < 400; hour += 7) {
        const moment = String(1_790_812_800 + hour * 86_400);
        expect(momentOf(shownText(moment, zone), zone), zone).toBe(moment);
      }
    }
  });

  it("show the repeated hour for the first time, and the left out one at the change", () => {
    expect(momentOf("2026-10-25T02:30", "Europe/Berlin")).toBe(seconds("2026-10-25T00:30:00Z"));
    expect(momentOf("2026-03-29T02:30", "Europe/Berlin")).toBe(seconds("2026-03-29T01:00:00Z"));
  });

  it("show a year as it is typed, digit by digit", () => {
    for (const year of ["0002", "0020", "0202", "2026"]) {
      for (const zone of ["", "Europe/Berlin", "+05:45"]) {
        const text = `${year}-11-24T18:00`;
        expect(shownText(momentOf(text, zone), zone), zone).toBe(text);
      }
    }
  });

  it("show nothing where there is no moment", () => {
    expect(shownText("", "UTC")).toBe("");
    expect(shownText("0", "UTC")).toBe("");
    expect(momentOf("", "UTC")).toBe("");
  });

  it("tell when they are changed next", () => {
    const now = Number(seconds("2026-09-01T00:00:00Z"));
    expect(nextClockChange("Europe/Berlin", now)).toBe(Number(seconds("2026-10-25T01:00:00Z")));
    expect(nextClockChange("Asia/Tokyo", now)).toBeNull();
    expect(nextClockChange("+02:00", now)).toBeNull();
  });

  it("are known by name or offset", () => {
    expect(isZone("Europe/Berlin")).toBe(true);
    expect(isZone("+03:00")).toBe(true);
    expect(isZone("Mars/Olympus")).toBe(false);
    expect(knownZone("Mars/Olympus")).toBe("");
    expect(knownZone("Asia/Tokyo")).toBe("Asia/Tokyo");
  });

  it("are told in words", () => {
    expect(zonedText(seconds("2026-12-04T17:00:00Z"), "Europe/Berlin")).toBe(
      "Fri 4 Dec 2026, 18:00 UTC+1",
    );
    expect(shortText(seconds("2026-12-04T17:00:00Z"), "Europe/Berlin")).toBe("Fri 4 Dec, 18:00");
    expect(shortLocalText("2026-10-23T18:00:00+02:00")).toBe("Fri 23 Oct, 18:00");
    expect(localText("2026-10-23T18:00:00+02:00")).toBe("Fri 23 Oct 2026, 18:00 UTC+2");
    expect(localText("2026-10-23T18:00:00-03:30")).toBe("Fri 23 Oct 2026, 18:00 UTC−3:30");
  });
});
