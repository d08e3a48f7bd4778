import { describe, expect, it } from "vitest";
import { problemAt, problemWithin } from "./form-state";

const PROBLEMS = [
  { place: ["items", 0, "price"], problem: "is too small" },
  { place: [], problem: "has too many keys" },
];

describe("problems of a value", () => {
  it("stand at their field", () => {
    expect(problemAt(PROBLEMS, ["items", 0, "price"])).toBe("is too small");
    expect(problemAt(PROBLEMS, ["items", 0])).toBeUndefined();
    expect(problemAt(PROBLEMS, [])).toBe("has too many keys");
  });

  it("stand at the field that shows their place as JSON", () => {
    expect(problemWithin(PROBLEMS, ["items"])).toBe("0.price: is too small");
    expect(problemWithin(PROBLEMS, ["items", 0, "price"])).toBe("is too small");
    expect(problemWithin(PROBLEMS, ["items", 1])).toBeUndefined();
  });
});
