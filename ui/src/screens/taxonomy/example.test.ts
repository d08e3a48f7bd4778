import { expect, it } from "vitest";
import { exampleEvent } from "./example";

it("shows an event as games send it: all texts", () => {
  const metadata = {
    properties: {
      level: { type: "integer", minimum: 2 },
      tag: { type: "string" },
      rank: { $ref: "Rank" },
    },
    required: ["level", "rank"],
  };
  expect(exampleEvent({ name: "raid", value_type: "numeric" }, undefined, metadata)).toEqual({
    name: "raid",
    value: "1",
    metadata: { level: "2", rank: "…" },
  });
});

it("has something to show before there is a name or a schema", () => {
  expect(exampleEvent({ name: "", value_type: "any" }, undefined, undefined)).toEqual({
    name: "name",
    value: "a text",
    metadata: {},
  });
});
