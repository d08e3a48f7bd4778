import { expect, it } from "vitest";
import { contrast, hardToSee } from "./contrast";

it("counts contrast as WCAG does", () => {
  expect(contrast("#000000", "#ffffff")).toBeCloseTo(21);
  expect(contrast("#ffffff", "#000000")).toBeCloseTo(21);
  expect(contrast("#777777", "#ffffff")).toBeCloseTo(4.48, 2);
});

it("says on which theme a colour is hard to see", () => {
  expect(hardToSee("#ffee88")).toContain("light theme");
  expect(hardToSee("#101010")).toContain("dark theme");
  expect(hardToSee("#3f7fd0")).toBe("");
  expect(hardToSee("#12")).toBe("");
});
