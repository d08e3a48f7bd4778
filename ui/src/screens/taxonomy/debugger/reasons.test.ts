import { describe, expect, it } from "vitest";
import { canBeDeclared, fieldsOf, type Refused } from "./reasons";

function refused(changes: Partial<Refused>, payload: object): Refused {
  return {
    id: "1",
    reason: "INVALID_NAME",
    problem: "is not declared",
    status: "open",
    receive_time_sec: "1",
    source: "session",
    api_key: "default",
    name: "raid",
    payload: payload as Refused["payload"],
    event_id: "",
    identity_id: "p",
    session_id: "s",
    ...changes,
  };
}

function wrong(event: Refused): string[] {
  return fieldsOf(event)
    .filter((field) => field.problem)
    .map((field) => field.path);
}

describe("an event field by field", () => {
  it("has its metadata key by key, without what the server added", () => {
    const event = refused({}, { name: "raid", metadata: { level: "3", _eventError: "…" } });
    expect(fieldsOf(event)).toEqual([
      { path: "name", text: "raid", problem: "is not declared" },
      { path: "metadata.level", text: "3", problem: "" },
    ]);
  });

  it("says of a field that was left out that it is wrong", () => {
    const event = refused(
      { reason: "INVALID_METADATA", problem: "Event raid, metadata: x" },
      {
        name: "raid",
      },
    );
    expect(fieldsOf(event)[0]).toEqual({
      path: "metadata",
      text: undefined,
      problem: "Event raid, metadata: x",
    });
  });

  it("shows values that are no texts as JSON", () => {
    const event = refused({}, { name: "raid", value: 3, metadata: { deep: { a: [1] } } });
    expect(fieldsOf(event).map((field) => field.text)).toEqual(["raid", "3", '{"a":[1]}']);
  });

  it("marks the key of the metadata that the problem names", () => {
    const payload = { name: "raid", metadata: { a: "1", "a.b": "2", c: "3" } };
    const because = (problem: string) => refused({ reason: "INVALID_METADATA", problem }, payload);
    expect(wrong(because("Event raid, metadata.a: no"))).toEqual(["metadata.a"]);
    expect(wrong(because("Event raid, metadata.a.b: no"))).toEqual(["metadata.a.b"]);
    expect(wrong(because("Event raid, metadata.c[0]: no"))).toEqual(["metadata.c"]);
    expect(wrong(because("Event raid, metadata: 'd' is required"))).toEqual(["metadata"]);
  });

  it("marks what is too long", () => {
    const event = refused({ reason: "VALUE_LENGTH_EXCEEDED" }, { name: "raid", value: "xx" });
    expect(wrong(event)).toEqual(["value"]);
  });
});

it("knows which names can be declared", () => {
  expect(["raid", "Raid_1:a.b-c", `a${"b".repeat(127)}`].every(canBeDeclared)).toBe(true);
  expect(["", "_raid", "1raid", "<img>", `a${"b".repeat(128)}`].some(canBeDeclared)).toBe(false);
});
