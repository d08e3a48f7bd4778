import { describe, expect, it } from "vitest";
import { candidateWord, reasonOf, sourceOf } from "./why-words";

function candidate(type: number, wins = true, applies = true) {
  return {
    type,
    name: "from",
    variant_name: "some",
    value: "1",
    create_time_sec: "0",
    applies,
    wins,
  };
}

describe("words of why", () => {
  it("name where each value comes from, with the way to it", () => {
    expect([0, 1, 2, 3, 4].map((type) => sourceOf(candidate(type), "flag"))).toEqual([
      { what: "The default", name: "", to: "" },
      { what: "Variant", name: "some", to: "" },
      { what: "Live event", name: "from", to: "/live-events/from" },
      { what: "Live event", name: "from", to: "/live-events/from" },
      { what: "Variant “some” of experiment", name: "from", to: "/experiments/from" },
    ]);
  });

  it("escape names in addresses", () => {
    const odd = { ...candidate(2), name: "a/b?c" };
    expect(sourceOf(odd, "flag").to).toBe("/live-events/a%2Fb%3Fc");
  });

  it("say what became of a candidate, and why the winner wins", () => {
    expect(candidateWord(candidate(1))).toBe("Wins");
    expect(candidateWord(candidate(1, false))).toBe("Would apply");
    expect(candidateWord(candidate(1, false, false))).toBe("Does not apply");
    expect(reasonOf(candidate(0))).toBe("by default: nothing else applies");
    expect(reasonOf(candidate(4))).toBe("because of experiment “from”");
  });
});
