import { describe, expect, it } from "vitest";
import { valueChanges } from "./value-changes";

describe("what another value changes", () => {
  it("is told by path", () => {
    expect(
      valueChanges('{"a":1,"b":[1,{"c":2}],"d":3}', '{"d": 3, "b": [1, {"c": 4}, 5], "e": 1}'),
    ).toEqual([
      { path: "a", kind: "removed", before: "1" },
      { path: "b[1].c", kind: "changed", before: "2", after: "4" },
      { path: "b[2]", kind: "added", after: "5" },
      { path: "e", kind: "added", after: "1" },
    ]);
  });

  it("is nothing where only layout and escapes differ", () => {
    expect(valueChanges('{"a":"é"}', '{ "a": "\\u00e9" }')).toEqual([]);
    expect(valueChanges("1", "1")).toEqual([]);
  });

  it("is all of it where one is no JSON, and sees digits that numbers lose", () => {
    const whole = (before: string, after: string) => [{ path: "", kind: "changed", before, after }];
    expect(valueChanges("one", "two")).toEqual(whole("one", "two"));
    expect(valueChanges("9007199254740993", "9007199254740992")).toEqual(
      whole("9007199254740993", "9007199254740992"),
    );
  });
});
