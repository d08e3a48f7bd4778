import { describe, expect, it } from "vitest";
import cases from "./cases.json";
import type { Clause, GroupClause } from "./form";
import { leavesOf, normalized } from "./form";
import { parseForm } from "./parse";
import { printForm } from "./print";

/** Random numbers that are the same in every run (mulberry32). */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

const TEXTS = [
  "level",
  'a"b\\c',
  "日本",
  "line\nbreak",
  "// no comment",
  "'",
  "a and b",
  "x) or (y",
];
const NUMBERS = ["0", "12", "-3", "0.5", "1_000", "9007199254740993", "1e3"];
const RAW = [
  "1 + 2 * 3 > 4",
  'PropertiesCustom("a", 0) > PropertiesCustom("b", 0)',
  "a ? b : c",
  "x | f()",
  "any([1, 2], # > 1 and # < 3)",
  "10 < createTime <= 12",
  "not x == y",
  '{"and": 1}.and == 1',
  "a /* here */ == b",
];

function randomForm(seed: number): GroupClause {
  const random = randomFrom(seed);
  const one = <T>(from: readonly T[]): T => from[Math.floor(random() * from.length)] as T;
  const coin = () => random() < 0.5;
  const ref = () => ({
    source: one(["Properties", "PropertiesCustom", "PropertiesComputed"] as const),
    name: one(TEXTS),
  });
  const comments = () => (random() < 0.2 ? [one(["why", "two\nlines", "a */ b"])] : []);
  const makers: (() => Clause)[] = [
    () => ({
      type: "number",
      ...ref(),
      missing: one(NUMBERS),
      operator: one(["==", "!=", ">", ">=", "<", "<="] as const),
      value: one(NUMBERS),
      comments: comments(),
    }),
    () => ({
      type: "text",
      ...ref(),
      missing: one(TEXTS),
      operator: one(["==", "!=", "contains", "not startsWith", "endsWith", "not matches"] as const),
      values: [one(TEXTS)],
      comments: comments(),
    }),
    () => ({
      type: "text",
      ...ref(),
      missing: "",
      operator: one(["in", "not in"] as const),
      values: TEXTS.filter(coin),
      comments: comments(),
    }),
    () => ({ type: "boolean", ...ref(), missing: coin(), value: coin(), comments: comments() }),
    () => ({ type: "presence", ...ref(), present: coin(), comments: comments() }),
    () => ({
      type: "version",
      ...ref(),
      missing: "0",
      within: coin(),
      range: ">=2.0.0",
      comments: comments(),
    }),
    () => ({
      type: "age",
      moment: one([
        { of: "variable", name: "createTime" } as const,
        { of: "event", event: one(TEXTS) } as const,
        { of: "property", ...ref(), missing: "0" } as const,
      ]),
      operator: one([">", ">=", "<", "<="] as const),
      duration: "1d12h",
      comments: comments(),
    }),
    () => ({
      type: "date",
      name: "updateTime",
      operator: one([">", "<"] as const),
      seconds: "1700000000",
      comments: comments(),
    }),
    () => ({
      type: "event",
      measure: one(["EventCount", "EventSum"] as const),
      event: one(TEXTS),
      window: "7d",
      condition: one(["", '.metadata.sku == "a, b)"', '.value > 5 and .text in ["a"]']),
      operator: ">=",
      value: one(NUMBERS),
      comments: comments(),
    }),
    () => ({
      type: "sequence",
      first: one(TEXTS),
      second: one(TEXTS),
      window: "2d",
      happened: coin(),
      comments: comments(),
    }),
    () => ({ type: "audience", name: one(TEXTS), member: coin(), comments: comments() }),
    () => ({
      type: "sample",
      percent: one(["0", "10", "12.5"]),
      salt: one(["", "spring"]),
      inside: coin(),
      comments: comments(),
    }),
    () => ({ type: "raw", text: one(RAW), comments: comments() }),
  ];
  const group = (depth: number): GroupClause => ({
    type: "group",
    join: one(["all", "any", "none", "notAll"] as const),
    clauses: Array.from({ length: Math.floor(random() * 4) }, () =>
      depth < 3 && random() < 0.35 ? group(depth + 1) : one(makers)(),
    ),
    comments: [],
  });
  return group(0);
}

describe("a form and its text", () => {
  it("any form, written and read, is the form again", () => {
    for (let seed = 0; seed < 2000; seed++) {
      const form = randomForm(seed);
      const text = printForm(form);
      expect(parseForm(text), `seed ${seed}: ${text}`).toEqual(normalized(form));
      expect(printForm(normalized(form)), `seed ${seed}`).toBe(text);
    }
  });

  it.each(cases)("$text", ({ text, kinds, printed }) => {
    const form = parseForm(text);
    if (form === null) {
      throw new Error("not read");
    }
    expect(leavesOf(form).map((leaf) => leaf.type)).toEqual(kinds);
    expect(printForm(form)).toBe(printed);
    expect(parseForm(printed)).toEqual(form);
  });

  it("an empty form is an empty text, and so the other way round", () => {
    expect(printForm(normalized({ type: "group", join: "any", clauses: [], comments: [] }))).toBe(
      "",
    );
    expect(parseForm("")?.clauses).toEqual([]);
    expect(printForm(parseForm("// nothing yet") as GroupClause)).toBe("// nothing yet");
  });

  it.each(['"open', "a and (b", "a)", "(a]", "a = 1", "a ~ b", "/* open", '"\\q"'])(
    "%s is no form",
    (text) => {
      expect(parseForm(text)).toBeNull();
    },
  );

  it("every comment stays with what it stands beside", () => {
    const text = "// one\na > 1 // two\n  and (/* three */ b or c /* four */)\n// five";
    const comments = leavesOf(parseForm(text) as GroupClause).map((leaf) => leaf.comments);
    expect(comments).toEqual([["one", "two"], ["three"], ["four", "five"]]);
  });
});
