import { describe, expect, it } from "vitest";
import type { Schemas } from "@/api/client";
import { addable, entriesOf, isLongText, isWritable, propertyProblems, timeOf } from "./properties";

function declared(name: string, core: boolean): Schemas["PropertyMessage"] {
  return {
    id: name,
    name,
    version: "1",
    core,
    create_time_sec: "0",
    update_time_sec: "0",
    used_by: [],
    used_by_count: 0,
    description: "",
    labels: [],
    value_type: "string",
  };
}

describe("properties", () => {
  it("are listed by name, numbers in their order", () => {
    const names = entriesOf({ level10: "a", level2: "b", Guild: "c" }).map(([name]) => name);
    expect(names).toEqual(["Guild", "level2", "level10"]);
  });

  it("that the server owns are written by nobody, unless they only have the name", () => {
    expect(isWritable("default", "firstOpen")).toBe(false);
    expect(isWritable("default", "platform")).toBe(true);
    expect(isWritable("custom", "firstOpen")).toBe(true);
  });

  it("are told as times where they are", () => {
    expect(timeOf("levelCompletedSeenLast", "1795517304")).toBe(1_795_517_304);
    expect(timeOf("firstOpen", "1795517304")).toBe(1_795_517_304);
    expect(timeOf("levelCompletedCount", "1795517304")).toBeNull();
    expect(timeOf("levelCompletedSeenLast", "never")).toBeNull();
    expect(timeOf("firstOpen", "12")).toBeNull();
  });

  it("need more than one line if they are long, or have several", () => {
    expect(isLongText("a".repeat(60))).toBe(false);
    expect(isLongText("a".repeat(61))).toBe(true);
    expect(isLongText("a\nb")).toBe(true);
  });

  it("can be added if they are declared, of that kind, and not there", () => {
    const all = [
      declared("platform", true),
      declared("firstOpen", true),
      declared("vip", false),
      declared("guild", false),
      declared("constructor", false),
    ];
    expect(addable(all, "custom", { vip: "gold" })).toEqual(["constructor", "guild"]);
    expect(addable(all, "default", {})).toEqual(["platform"]);
  });
});

describe("what the server says of a property", () => {
  it("stands at the name or at the value", () => {
    const undeclared = { "custom.x": "is not declared in the taxonomy" };
    expect(propertyProblems(undeclared, "custom", "x")).toEqual({
      name: "is not declared in the taxonomy",
    });
    const number = { "custom.level": "takes a number" };
    expect(propertyProblems(number, "custom", "level")).toEqual({ value: "takes a number" });
    expect(propertyProblems(number, "custom", "guild")).toEqual({});
    expect(
      propertyProblems({ custom: "an identity has at most 512 of these" }, "custom", "x"),
    ).toEqual({ name: "an identity has at most 512 of these" });
  });
});
