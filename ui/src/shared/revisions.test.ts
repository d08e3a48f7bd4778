import { describe, expect, it } from "vitest";
import { actionOf, authorOf, changedPaths, type Revision, shownText } from "./revisions";

const CHANGE: Revision = {
  version: "7",
  before: { name: "shop", body: { value: "1", labels: ["a"] } },
  after: { name: "store", body: { value: "1", labels: ["b"], enabled: true } },
  changed_by: "user:anna@example.com",
  change_time_sec: "1795521404",
  note: "",
};

describe("revisions", () => {
  it("tell what they did and to which fields", () => {
    expect(actionOf(CHANGE)).toBe("update");
    expect(actionOf({ ...CHANGE, before: undefined })).toBe("create");
    expect(actionOf({ ...CHANGE, after: undefined })).toBe("delete");
    expect(changedPaths(CHANGE)).toEqual(["name", "labels", "enabled"]);
    expect(changedPaths({ ...CHANGE, before: undefined })).toEqual([]);
  });

  it("name their authors", () => {
    expect(authorOf("user:anna@example.com")).toBe("anna@example.com");
    expect(authorOf("server_key:ci:west")).toBe("Server key ci:west");
    expect(authorOf("")).toBe("The server");
  });

  it("are shown line by line, with values opened and numbers as they are written", () => {
    const shown = shownText({
      name: "shop",
      body: { value: '{"price":1.50,"big":12345678901234567890}', filter: "a\nb", plain: "[oh" },
    });
    expect(shown.split("\n")).toEqual([
      "{",
      '  "name": "shop",',
      '  "value": {',
      '    "price": 1.50,',
      '    "big": 12345678901234567890',
      "  },",
      '  "filter": [',
      '    "a",',
      '    "b"',
      "  ],",
      '  "plain": "[oh"',
      "}",
    ]);
    expect(shownText(undefined)).toBe("");
  });
});
