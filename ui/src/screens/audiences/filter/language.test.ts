import { CompletionContext } from "@codemirror/autocomplete";
import { EditorState } from "@codemirror/state";
import { describe, expect, it } from "vitest";
import { completeFilter } from "./language";

const NAMES = {
  default: ["countryCode"],
  custom: ["level"],
  computed: ["gameStartedCount"],
  events: ["gameStarted"],
  audiences: ["All-Spenders"],
};

function offered(text: string, explicit = false): string[] | null {
  const context = new CompletionContext(EditorState.create({ doc: text }), text.length, explicit);
  return completeFilter(context, NAMES)?.options.map((option) => option.label) ?? null;
}

describe("completions of a filter", () => {
  it.each([
    ['Properties("', "countryCode"],
    ["a and PropertiesCustom('le", "level"],
    ['PropertiesComputed( "game', "gameStartedCount"],
    ['Audience("', "All-Spenders"],
    ['EventCount("', "gameStarted"],
    ['EventSequence("gameStarted", "', "gameStarted"],
  ])("%s: only %s", (text, name) => {
    expect(offered(text)).toEqual([name]);
  });

  it("has functions, variables and operators where a word begins", () => {
    expect(offered("Event")).toEqual(
      expect.arrayContaining(["EventCount", "Now", "createTime", "contains", "true"]),
    );
  });

  it("keeps quiet in other texts, and where nothing is asked for", () => {
    expect(offered('level == "an')).toBeNull();
    expect(offered("1 > ")).toBeNull();
    expect(offered("1 > ", true)).toContain("Now");
  });
});
