import { describe, expect, it } from "vitest";
import { conditionsOf, conditionsOfGroup, isNarrowed } from "./search";

describe("what a list asks for", () => {
  it("is nothing without filters", () => {
    expect(conditionsOf({}, 100_000).toString()).toBe("");
    expect(isNarrowed({ cursor: "x" })).toBe(false);
  });

  it("is every filter of the address", () => {
    const url = {
      q: "level",
      reason: "INVALID_NAME,INVALID_ID",
      period: "1h",
      status: "all",
      identity: "p 1",
      key: "default",
    };
    expect(isNarrowed(url)).toBe(true);
    const conditions = conditionsOf(url, 100_000);
    expect(conditions.getAll("search.reason.or")).toEqual(["INVALID_NAME", "INVALID_ID"]);
    expect(Object.fromEntries(conditions)).toMatchObject({
      "search.name.like": "level",
      "search.received.from": "96400",
      "search.status.exact": "all",
      "search.identity_id.exact": "p 1",
      "search.api_key.exact": "default",
    });
  });
});

it("asks for one group only, also where events have no name", () => {
  expect(conditionsOfGroup("", "INVALID_NAME").toString()).toBe(
    "search.name.or=&search.reason.or=INVALID_NAME&search.status.exact=open",
  );
});
