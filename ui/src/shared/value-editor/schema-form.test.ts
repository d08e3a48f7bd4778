import { describe, expect, it } from "vitest";
import { parseJson } from "./json-tree";
import { sampleOf } from "./sample";
import { fieldOf, type Schema } from "./schema-form";
import { instanceOf, isNumberText, kindOfValue } from "./value-kind";

const SHOP: Schema = {
  type: "object",
  required: ["price", "items", "extra"],
  additionalProperties: false,
  properties: {
    price: { type: "integer", minimum: 1, maximum: 99, title: "Price" },
    items: { type: "array", minItems: 1, items: { $ref: "#/$defs/item" } },
    sale: { type: "boolean", default: true },
    note: { type: "string" },
  },
  $defs: {
    item: { type: "object", required: ["id"], properties: { id: { enum: ["sword", "bow"] } } },
  },
};

function kind(schema: Schema): string {
  return fieldOf(schema, schema).kind;
}

describe("fields of schemas", () => {
  it("follow the type", () => {
    expect(kind({ type: "string" })).toBe("text");
    expect(kind({ type: "boolean" })).toBe("boolean");
    expect(kind({ type: "array" })).toBe("array");
    expect(fieldOf({ type: "integer", minimum: 1, maximum: 5 }, {})).toMatchObject({
      kind: "number",
      whole: true,
      limits: "whole, 1 to 5",
    });
    expect(fieldOf({ type: "number", exclusiveMinimum: 0, multipleOf: 0.5 }, {})).toMatchObject({
      limits: "above 0, in steps of 0.5",
    });
  });

  it("have the properties in order, and those that are only required", () => {
    const field = fieldOf(SHOP, SHOP);
    expect(field.kind === "object" && field.more).toBeNull();
    expect(
      field.kind === "object" && field.properties.map(({ key, required }) => [key, required]),
    ).toEqual([
      ["price", true],
      ["items", true],
      ["sale", false],
      ["note", false],
      ["extra", true],
    ]);
  });

  it("ask for further keys only where the schema speaks of them", () => {
    const isOpen = (schema: Schema) => {
      const field = fieldOf({ type: "object", ...schema }, {});
      return field.kind === "object" && field.isOpen;
    };
    expect(isOpen({})).toBe(true);
    expect(isOpen({ properties: { a: {} } })).toBe(false);
    expect(isOpen({ properties: { a: {} }, additionalProperties: { type: "string" } })).toBe(true);
    expect(isOpen({ additionalProperties: false })).toBe(false);
  });

  it("offer choices of enum, const and named constants", () => {
    expect(fieldOf({ enum: ["a", 1, ""] }, {})).toMatchObject({
      choices: [
        { text: '"a"', label: "a" },
        { text: "1", label: "1" },
        { text: '""', label: '""' },
      ],
    });
    expect(fieldOf({ oneOf: [{ const: 1, title: "One" }, { const: 2 }] }, {})).toMatchObject({
      choices: [
        { text: "1", label: "One" },
        { text: "2", label: "2" },
      ],
    });
  });

  it("follow references within the schema, with what stands beside them", () => {
    const root: Schema = { $defs: { "a/b": { type: "string" } } };
    expect(fieldOf({ $ref: "#/$defs/a~1b", title: "Name" }, root)).toMatchObject({
      kind: "text",
      title: "Name",
    });
  });

  it("take allOf together unless parts contradict", () => {
    expect(
      fieldOf(
        { allOf: [{ type: "object", properties: { a: {} } }, { properties: { b: {} } }] },
        {},
      ),
    ).toMatchObject({ kind: "object", properties: [{ key: "a" }, { key: "b" }] });
    expect(kind({ allOf: [{ type: "object" }, { type: "array" }] })).toBe("raw");
  });

  it("leave to JSON what is beyond a form", () => {
    for (const schema of [
      {},
      { type: ["string", "null"] },
      { anyOf: [{ type: "string" }, { type: "number" }] },
      { type: "object", if: {} },
      { type: "object", patternProperties: {} },
      { type: "array", prefixItems: [{}] },
      { $ref: "another-validator" },
      { $ref: "#/$defs/none" },
      { $ref: "#" },
    ]) {
      expect(kind(schema), JSON.stringify(schema)).toBe("raw");
    }
  });
});

describe("first values", () => {
  it("have what is required and what has a default", () => {
    const text = sampleOf(SHOP, SHOP);
    expect(JSON.parse(text)).toEqual({
      price: 1,
      items: [{ id: "sword" }],
      sale: true,
      extra: null,
    });
  });

  it("are JSON and end also for schemas that contain themselves", () => {
    const tree: Schema = {
      type: "object",
      required: ["next"],
      properties: { next: { $ref: "#" } },
    };
    expect(parseJson(sampleOf(tree, tree))).not.toBeNull();
    expect(sampleOf({ type: "number", maximum: -2 }, {})).toBe("-2");
  });
});

describe("kinds of values", () => {
  it("are the server's", () => {
    expect(kindOfValue("")).toBe("text");
    expect(kindOfValue('"quoted"')).toBe("text");
    expect(kindOfValue("null")).toBe("text");
    expect(kindOfValue("1.0")).toBe("number");
    expect(kindOfValue("true")).toBe("boolean");
    expect(kindOfValue("[1]")).toBe("json");
    expect(kindOfValue("{broken")).toBe("text");
    expect(instanceOf('"quoted"')).toBe('"quoted"');
    expect(instanceOf('{"a":1}')).toEqual({ a: 1 });
  });

  it("know numbers from what is not one yet", () => {
    expect(["12", "-0.5", "1e9"].every(isNumberText)).toBe(true);
    expect(["", "-", "01", "1.", " 1", "NaN", "0x1"].some(isNumberText)).toBe(false);
  });
});
