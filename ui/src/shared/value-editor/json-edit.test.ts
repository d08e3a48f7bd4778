import { describe, expect, it } from "vitest";
import {
  addItem,
  addMember,
  laidOut,
  removeAt,
  renameKey,
  replaceAt,
  swapItems,
} from "./json-edit";
import { type JsonNode, type JsonPath, nodeAt, parseJson } from "./json-tree";

const SPACED = '{ "price": 1.50,\n  "big": 12345678901234567890,\n  "tags": ["a" , "b"] }';

describe("edits of JSON texts", () => {
  it("replace one value and leave the rest as it was written", () => {
    expect(replaceAt(SPACED, ["tags", 1], '"c"')).toBe(SPACED.replace('"b"', '"c"'));
    expect(replaceAt(SPACED, ["missing"], "1")).toBe(SPACED);
    expect(replaceAt("no json", [], "1")).toBe("no json");
  });

  it("add members and items laid out as those before", () => {
    expect(addMember(SPACED, [], "off", "true")).toBe(SPACED.replace("] }", '],\n  "off": true }'));
    expect(addMember('{"a":1}', [], "b", "2")).toBe('{"a":1,"b":2}');
    expect(addMember("{ }", [], 'q"', "2")).toBe('{"q\\"":2}');
    expect(addItem("[1, 2]", [], "3")).toBe("[1, 2, 3]");
    expect(addItem("[\n  1\n]", [], "2")).toBe("[\n  1,\n  2\n]");
  });

  it("take away the first, a middle and the only entry", () => {
    expect(removeAt("[1, 2, 3]", [0])).toBe("[2, 3]");
    expect(removeAt("[1, 2, 3]", [1])).toBe("[1, 3]");
    expect(removeAt("[1]", [0])).toBe("[]");
    expect(removeAt('{"a": 1, "b": {"c": 2}}', ["b", "c"])).toBe('{"a": 1, "b": {}}');
    expect(removeAt("[1]", [3])).toBe("[1]");
  });

  it("swap items and rename keys in their place", () => {
    expect(swapItems("[1.0, [2], 3]", [], 2, 0)).toBe("[3, [2], 1.0]");
    expect(renameKey('{"a" : 1, "b": 2}', ["a"], "c:")).toBe('{"c:" : 1, "b": 2}');
    expect(renameKey('{"a": 1, "b": 2}', ["a"], "b")).toBe('{"a": 1, "b": 2}');
  });

  it("lay out in lines without changing a number", () => {
    expect(laidOut('{"a":1.50,"b":[],"c":[1e400]}')).toBe(
      '{\n  "a": 1.50,\n  "b": [],\n  "c": [\n    1e400\n  ]\n}',
    );
  });

  it("keep everything else of random values", () => {
    const random = generator(20);
    for (let round = 0; round < 400; round += 1) {
      const text = randomJson(random, 4);
      const root = parseJson(text);
      expect(root, text).not.toBeNull();
      const paths = allPaths(root as JsonNode);
      const path = paths[Math.floor(random() * paths.length)] ?? [];
      const before = nodeAt(root as JsonNode, path) as JsonNode;
      const written = text.slice(before.start, before.end);
      // There and back is the same text, and the value in between is the one that was asked for.
      const changed = replaceAt(text, path, '"something else"');
      expect(at(JSON.parse(changed), path)).toBe("something else");
      expect(replaceAt(changed, path, written)).toBe(text);
      expect(JSON.parse(laidOut(text))).toEqual(JSON.parse(text));
      expect(laidOut(laidOut(text))).toBe(laidOut(text));
      checkRemoval(text, path);
    }
  });
});

describe("trees of JSON texts", () => {
  it("read exactly what JSON.parse reads", () => {
    const random = generator(7);
    for (let round = 0; round < 2000; round += 1) {
      const text = damaged(randomJson(random, 3), random);
      let isJson = true;
      try {
        JSON.parse(text);
      } catch {
        isJson = false;
      }
      expect(parseJson(text) !== null, text).toBe(isJson);
    }
  });

  it("refuse what is nested without end", () => {
    expect(parseJson("[".repeat(100_000))).toBeNull();
  });
});

function checkRemoval(text: string, path: JsonPath): void {
  if (path.length === 0) {
    return;
  }
  const expected = JSON.parse(text);
  const parent = at(expected, path.slice(0, -1)) as Record<string, unknown> | unknown[];
  const last = path.at(-1) as string | number;
  if (Array.isArray(parent)) {
    parent.splice(Number(last), 1);
  } else {
    delete parent[last];
  }
  expect(JSON.parse(removeAt(text, path))).toEqual(expected);
}

function at(value: unknown, path: JsonPath): unknown {
  return path.reduce((found, step) => (found as Record<string | number, unknown>)[step], value);
}

function allPaths(node: JsonNode, here: JsonPath = []): JsonPath[] {
  return [
    here,
    ...node.items.flatMap((item, index) => allPaths(item, [...here, index])),
    ...node.members.flatMap((member) => allPaths(member.value, [...here, member.key])),
  ];
}

/** Numbers in [0, 1) that are the same in every run. */
function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1_664_525 + 1_013_904_223) % 4_294_967_296;
    return state / 4_294_967_296;
  };
}

const LEAVES = [
  "0",
  "-1.50",
  "1e3",
  "12345678901234567890",
  "true",
  "null",
  '"a\\u0041 \\"}"',
  '"é:,"',
];
const SPACES = ["", " ", "\n  ", "\t"];

function randomJson(random: () => number, depth: number): string {
  const pick = <T>(from: readonly T[]) => from[Math.floor(random() * from.length)] as T;
  const space = () => pick(SPACES);
  const kind = depth === 0 ? 0 : Math.floor(random() * 3);
  const count = Math.floor(random() * 4);
  const entries = (entry: (index: number) => string) =>
    Array.from({ length: count }, (_, index) => `${space()}${entry(index)}${space()}`).join(",");
  if (kind === 1) {
    return `[${entries(() => randomJson(random, depth - 1))}]`;
  }
  if (kind === 2) {
    return `{${entries((index) => `"k${index}:"${space()}:${space()}${randomJson(random, depth - 1)}`)}}`;
  }
  return pick(LEAVES);
}

/** The text with a character taken away, doubled or put in somewhere, now and then. */
function damaged(text: string, random: () => number): string {
  const place = Math.floor(random() * text.length);
  const marks = ['"', "{", "]", ",", ":", "0", "-", ".", "\\", "\u0001", "e", "\u00a0"];
  switch (Math.floor(random() * 4)) {
    case 0:
      return text.slice(0, place) + text.slice(place + 1);
    case 1:
      return text.slice(0, place) + text[place] + text.slice(place);
    case 2:
      return text.slice(0, place) + marks[Math.floor(random() * marks.length)] + text.slice(place);
    default:
      return text;
  }
}
