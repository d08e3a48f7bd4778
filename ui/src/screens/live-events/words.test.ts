import { describe, expect, it } from "vitest";
import type { LiveEvent } from "./draft";
import { keepsPlaces, nextChange, oftenWords, runOrder, runWords } from "./words";

const NOW = 1_790_812_800;

function event(changes: object): LiveEvent {
  return {
    state: "upcoming",
    active_runs: [],
    schedule: { player_local: false },
    audiences: [],
    exclude_audiences: [],
    explicit_join: false,
    sticky_membership: true,
    participants_max: 0,
    ...changes,
  } as unknown as LiveEvent;
}

const run = (from: number, to: number) => ({
  start_time_sec: String(NOW + from),
  end_time_sec: String(NOW + to),
});

describe("the run that matters now", () => {
  it("is the one that is on", () => {
    expect(
      runWords(event({ active_runs: [run(-60, 12_000)], next_run: run(90_000, 1) }), NOW),
    ).toBe("On now, ends in 3 h 20 min");
    expect(runWords(event({ active_runs: [run(-60, 59)] }), NOW)).toContain("less than a minute");
    const local = { player_local: true };
    expect(runWords(event({ active_runs: [run(0, 600), run(1, 700)], schedule: local }), NOW)).toBe(
      "On now, ends everywhere in 10 min, and 1 more run",
    );
  });

  it("is the next one otherwise, or none", () => {
    expect(runWords(event({ next_run: run(90_061, 1) }), NOW)).toBe("Starts in 1 d 1 h");
    expect(runWords(event({ state: "draft" }), NOW)).toContain("launched");
    expect(runWords(event({ state: "stopped" }), NOW)).toContain("resumed");
    expect(runOrder(event({}))).toBeNull();
    expect(runOrder(event({ next_run: run(5, 6) }))).toBe(NOW + 5);
  });
});

describe("the next change", () => {
  it("is the first start or end that is to come", () => {
    const on = event({ active_runs: [run(-60, 300), run(-60, 200)], next_run: run(400, 500) });
    expect(nextChange([event({}), on], NOW)).toBe(NOW + 200);
    expect(nextChange([on], NOW + 350)).toBe(NOW + 400);
    expect(nextChange([on], NOW + 400)).toBeNull();
    expect(nextChange([], NOW)).toBeNull();
  });
});

describe("how often", () => {
  it("is the beginning of the sentence of a schedule", () => {
    expect(
      oftenWords("Every Friday at 18:00 (Europe/Berlin) for 2 days, from 2026-10-01 02:00 on."),
    ).toBe("Every Friday at 18:00 (Europe/Berlin)");
    expect(
      oftenWords("Every day at 18:00 where the player is for 1 hour, from 2026-10-01 02:00 on."),
    ).toBe("Every day at 18:00 where the player is");
    const once = "Once, from 2026-10-01 02:00 to 2026-10-02 02:00 (UTC).";
    expect(oftenWords(once)).toBe(once);
  });
});

describe("places", () => {
  it("are kept where taking part follows from more than the player", () => {
    expect(keepsPlaces(event({}))).toBe(false);
    expect(keepsPlaces(event({ audiences: ["a"] }))).toBe(true);
    expect(keepsPlaces(event({ audiences: ["a"], sticky_membership: false }))).toBe(false);
    expect(keepsPlaces(event({ participants_max: 1 }))).toBe(true);
    expect(keepsPlaces(event({ explicit_join: true }))).toBe(true);
    expect(keepsPlaces(event({ schedule: { player_local: true } }))).toBe(true);
  });
});
