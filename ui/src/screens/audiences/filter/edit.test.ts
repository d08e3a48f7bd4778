import { describe, expect, it } from "vitest";
import { KINDS, missingIn, moved, newClause, readAs, withClause } from "./edit";
import { type Clause, type ClauseType, emptyGroup, type NumberClause } from "./form";
import { parseForm } from "./parse";
import { problemsByClause, unitsOf } from "./places";
import { printForm } from "./print";

function groupOf(...texts: string[]) {
  const clauses: Clause[] = texts.map((text) => ({ type: "raw", text, comments: [] }));
  return { ...emptyGroup(), clauses };
}

describe("editing a form", () => {
  const group = groupOf("a", "b", "c");

  it("moves a condition, not over an end", () => {
    const order = (index: number, by: number) => printForm(moved(group, index, by));
    expect(order(0, 1)).toBe("b\n  and a\n  and c");
    expect(order(2, -1)).toBe("a\n  and c\n  and b");
    expect(order(0, -1)).toBe(printForm(group));
    expect(order(2, 1)).toBe(printForm(group));
  });

  it("replaces and removes a condition", () => {
    expect(printForm(withClause(group, 1, { type: "raw", text: "x", comments: [] }))).toBe(
      "a\n  and x\n  and c",
    );
    expect(printForm(withClause(group, 1, null))).toBe("a\n  and c");
  });

  it("keeps the property and its comments when it is read as another type", () => {
    const number: NumberClause = {
      ...(newClause("number") as NumberClause),
      name: "level",
      source: "Properties",
      comments: ["why"],
    };
    for (const type of ["text", "boolean", "presence", "version"] as const) {
      expect(readAs(number, type)).toMatchObject({
        type,
        name: "level",
        source: "Properties",
        comments: ["why"],
      });
    }
  });

  it.each(KINDS.map(({ type }) => type))(
    "a new %s is read again as the same, before it is complete",
    (type: ClauseType) => {
      const form = { ...emptyGroup(), clauses: [newClause(type)] };
      expect(parseForm(printForm(form))).toEqual(form);
    },
  );
});

describe("what is missing in a condition", () => {
  it.each([
    ["number", {}, "Choose a property."],
    ["number", { name: "level", value: "" }, "Write a number."],
    ["number", { name: "level" }, ""],
    ["version", {}, "Choose a property."],
    ["age", {}, ""],
    ["age", { duration: "d" }, "Write how long."],
    ["age", { moment: { of: "event", event: "" } }, "Choose an event."],
    ["date", {}, "Choose a date."],
    ["event", {}, "Choose an event."],
    ["event", { event: "gameStarted", window: "d" }, "Write how long."],
    ["event", { event: "gameStarted" }, ""],
    ["sequence", { first: "gameStarted" }, "Choose both events."],
    ["audience", {}, "Choose an audience."],
    ["sample", { percent: "" }, "Write a number."],
    ["raw", {}, ""],
  ] as const)("%s %j: %s", (type, changes, missing) => {
    expect(missingIn({ ...newClause(type), ...changes } as Clause)).toBe(missing);
  });
});

describe("problems of a filter", () => {
  it("lie in characters, and are told in units of JavaScript", () => {
    expect(unitsOf('"😀" > x', { start: 6, end: 7 })).toEqual({ start: 7, end: 8 });
    expect(unitsOf("ab", { start: 2, end: 9 })).toEqual({ start: 2, end: 2 });
  });

  it("belong to the condition that they lie in or right behind", () => {
    const text = '"😀" > 1 and (b or c > )';
    const form = parseForm(text);
    if (!form) {
      throw new Error("not read");
    }
    const [first, second] = form.clauses;
    const inner = second?.type === "group" ? second.clauses : [];
    const at = (start: number) => problemsByClause(form, text, [{ start, end: start + 1 }]).of;
    expect([...at(0).keys()]).toEqual([first]);
    expect([...at(13).keys()]).toEqual([inner[0]]);
    expect([...at(22).keys()]).toEqual([inner[1]]);
  });

  it("belong to none where there is no condition", () => {
    const problem = { start: 0, end: 0 };
    expect(problemsByClause(emptyGroup(), "", [problem]).others).toEqual([problem]);
  });
});
