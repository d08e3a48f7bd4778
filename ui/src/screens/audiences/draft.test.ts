import { describe, expect, it } from "vitest";
import { isAskedFor } from "./audience-list";
import { changedFields, type draftOf, EMPTY_DRAFT, problemOf, rebased } from "./draft";

type Audience = NonNullable<Parameters<typeof draftOf>[0]>;

describe("a draft of an audience", () => {
  it("saves what differs, and nothing else", () => {
    const draft = { ...EMPTY_DRAFT, filter: "Sample(5)", labels: ["sale"] };
    expect(changedFields(draft, { ...EMPTY_DRAFT, labels: ["sale"] })).toEqual({
      filter: "Sample(5)",
    });
    expect(changedFields({ ...draft, labels: ["sale"] }, draft)).toEqual({});
  });

  it("goes on top of what somebody else saved", () => {
    const mine = { ...EMPTY_DRAFT, name: "a", filter: "Sample(5)" };
    const theirs = { ...EMPTY_DRAFT, name: "a", description: "theirs", filter: "Sample(1)" };
    const original = { ...EMPTY_DRAFT, name: "a" };
    expect(rebased(mine, original, theirs)).toEqual({ ...theirs, filter: "Sample(5)" });
  });

  it("needs a name", () => {
    expect(problemOf({ ...EMPTY_DRAFT, name: "  " })).toBe("An audience needs a name");
    expect(problemOf({ ...EMPTY_DRAFT, name: "spenders" })).toBe("");
  });
});

describe("the list of audiences", () => {
  const audience = { labels: ["sale"], used_by_count: 1, managed: false } as unknown as Audience;

  it.each([
    [{}, true],
    [{ state: "used" }, true],
    [{ state: "unused" }, false],
    [{ state: "managed" }, false],
    [{ label: "sale" }, true],
    [{ label: "other" }, false],
  ])("%j: %s", (url, shown) => {
    expect(isAskedFor(audience, url)).toBe(shown);
  });
});
