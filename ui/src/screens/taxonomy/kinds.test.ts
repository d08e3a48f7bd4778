import { describe, expect, it } from "vitest";
import { addressOf, isLocked, isOfOrigin, originWord, schemaInShort } from "./kinds";

describe("where a definition came from", () => {
  const own = { core: false };
  const core = { core: true };
  const packed = { core: false, pack: "hiro" };

  it("is said by a badge, and decides what is locked", () => {
    expect([own, core, packed].map(originWord)).toEqual(["", "Core", "Pack hiro"]);
    expect([own, core, packed].map(isLocked)).toEqual([false, true, true]);
  });

  it("narrows lists", () => {
    const found = (origin?: string) =>
      [own, core, packed].filter((each) => isOfOrigin(each, origin));
    expect(found()).toHaveLength(3);
    expect(found("own")).toEqual([own]);
    expect(found("core")).toEqual([core]);
    expect(found("pack")).toEqual([packed]);
  });
});

describe("the page of a definition", () => {
  it("is addressed by its name, escaped", () => {
    expect(addressOf("taxonomy/label", { id: "1", name: "50% <off>?" })).toBe(
      "/taxonomy/labels/50%25%20%3Coff%3E%3F",
    );
  });

  it("is not that of new ones, whatever it is called", () => {
    expect(addressOf("taxonomy/event", { id: "abc", name: "new" })).toBe("/taxonomy/events/abc");
  });
});

describe("a schema in short", () => {
  it.each([
    [true, "Anything"],
    [false, "Nothing"],
    [{}, "Anything"],
    [{ properties: { a: true } }, "Object of 1 property"],
    [{ type: "object", properties: { a: true, b: true } }, "Object of 2 properties"],
    [{ type: "integer", minimum: 1 }, "Integer"],
    [{ type: ["string", "null"] }, "string or null"],
    [{ $ref: "Level" }, "As Level"],
    [{ enum: ["a", "b"] }, "One of 2 values"],
    [{ minimum: 1 }, "A rule of its own"],
  ])("%j", (schema, words) => {
    expect(schemaInShort(schema)).toBe(words);
  });
});
