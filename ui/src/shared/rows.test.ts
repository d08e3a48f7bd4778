import { describe, expect, test } from "vitest";
import { matching, pageNumber, sorted, sortFromText, textOfSort } from "./rows";

describe("matching", () => {
  test("finds rows with every word, in any case and order", () => {
    const rows = ["Shop Offer", "shop banner", "Offer of the day"];
    expect(matching(rows, " OFFER shop", (row) => row)).toEqual(["Shop Offer"]);
  });

  test("finds everything when nothing is searched", () => {
    expect(matching(["a", "b"], "  ", (row) => row)).toEqual(["a", "b"]);
  });
});

describe("sorted", () => {
  test("orders numbers as numbers and texts as people do", () => {
    expect(sorted([10, 9, 100], (n) => n, false)).toEqual([9, 10, 100]);
    expect(sorted(["level10", "Level9", "level1"], (t) => t, false)).toEqual([
      "level1",
      "Level9",
      "level10",
    ]);
  });

  test.each([false, true])("puts rows without a value last (descending: %s)", (descending) => {
    const order = sorted([null, 2, undefined, 1], (n) => n, descending);
    expect(order.slice(2)).toEqual([null, undefined]);
    expect(order.slice(0, 2)).toEqual(descending ? [2, 1] : [1, 2]);
  });

  test("leaves what it is given as it is", () => {
    const rows = [2, 1];
    sorted(rows, (n) => n, false);
    expect(rows).toEqual([2, 1]);
  });
});

test("a sort survives the address", () => {
  for (const sort of [
    { key: "name", descending: false },
    { key: "size", descending: true },
  ]) {
    expect(sortFromText(textOfSort(sort), { key: "x", descending: false })).toEqual(sort);
  }
});

test("a page is one that there is", () => {
  expect(pageNumber("7", 120, 50)).toBe(3);
  expect(pageNumber("0", 120, 50)).toBe(1);
  expect(pageNumber("nonsense", 0, 50)).toBe(1);
});
