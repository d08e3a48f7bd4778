import { describe, expect, it } from "vitest";
import { jsonFinding, placeWords, schemaFindings } from "./schema-lint";

const SCHEMA = `{
  "properties": {
    "a.b": {"minimum": "x"},
    "a": {"b": {"minimum": 1}, "enum": [1, 2]}
  },
  "type": "objec"
}`;

function marked(field: string): string | undefined {
  const [found] = schemaFindings(SCHEMA, [{ field, problem: "is wrong" }]);
  return found && SCHEMA.slice(found.from, found.to);
}

describe("the server's problems with a schema", () => {
  it.each([
    ["schema.type", '"type": "objec"'],
    ["schema.properties.a.b.minimum", '"minimum": "x"'],
    ["schema.properties.a.enum[1]", "2"],
    ["schema.properties.a", '"a": '],
    ["schema", "{"],
    ["schema.nowhere", "{"],
  ])("%s is marked where it stands", (field, text) => {
    expect(marked(field)).toBe(text);
  });

  it("are marked at the beginning of what is no JSON", () => {
    expect(schemaFindings("nothing", [{ field: "schema.type" }])).toEqual([
      { from: 0, to: 1, severity: "error", message: "is wrong" },
    ]);
  });
});

describe("a text that is no JSON", () => {
  it("is marked where the browser stumbled", () => {
    expect(jsonFinding('{"a": 1}')).toBeUndefined();
    const text = '{\n  "a": nothing\n}';
    const found = jsonFinding(text);
    expect(found?.message).toBeTruthy();
    expect(found && found.from >= 0 && found.to <= text.length).toBe(true);
    expect(jsonFinding("")).toMatchObject({ from: 0, to: 0 });
  });
});

it("writes the place of a problem as people do", () => {
  expect(placeWords(["levels", 3, "name"])).toBe(".levels[3].name");
});
