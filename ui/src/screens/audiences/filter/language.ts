/** Colours and completions for filters as text. */

import type { Completion, CompletionContext, CompletionResult } from "@codemirror/autocomplete";
import type { StreamParser } from "@codemirror/language";
import functions from "./functions.json";

const WORDS = new Set(["and", "or", "not", "in", "matches", "contains", "startsWith", "endsWith"]);
const CONSTANTS = new Set(["true", "false", "nil"]);
const NAMES = new Set(functions.map((each) => each.name));

interface State {
  inComment: boolean;
  inRaw: boolean;
}

const PARSER: StreamParser<State> = {
  startState: () => ({ inComment: false, inRaw: false }),
  token(stream, state) {
    if (state.inComment || stream.match("/*")) {
      state.inComment = !stream.match(/^.*?\*\//);
      if (state.inComment) {
        stream.skipToEnd();
      }
      return "comment";
    }
    if (state.inRaw || stream.match("`")) {
      state.inRaw = !stream.match(/^[^`]*`/);
      if (state.inRaw) {
        stream.skipToEnd();
      }
      return "string";
    }
    if (stream.eatSpace()) {
      return null;
    }
    if (stream.match(/^\/\/.*/)) {
      return "comment";
    }
    if (stream.match(/^"(?:[^"\\]|\\.)*"?/) || stream.match(/^'(?:[^'\\]|\\.)*'?/)) {
      return "string";
    }
    if (
      stream.match(/^(?:0[xXoObB][0-9a-fA-F_]+|\.?[0-9][0-9_]*(?:\.[0-9_]+)?(?:[eE][+-]?[0-9]+)?)/)
    ) {
      return "number";
    }
    const word = stream.match(/^[\p{L}_][\p{L}\p{N}_]*/u);
    if (word && typeof word === "object") {
      const [text] = word;
      return WORDS.has(text)
        ? "keyword"
        : CONSTANTS.has(text)
          ? "atom"
          : NAMES.has(text)
            ? "variableName.function"
            : "variableName";
    }
    stream.next();
    return "operator";
  },
};

/** The tokenizer, as the code editor takes it. */
export const FILTER_LANGUAGE = PARSER as StreamParser<unknown>;

/** What names may stand in the texts that functions take. */
export interface KnownNames {
  default: readonly string[];
  custom: readonly string[];
  computed: readonly string[];
  events: readonly string[];
  audiences: readonly string[];
}

const FUNCTIONS: Completion[] = functions.map((each) => ({
  label: each.name,
  type: "function",
  detail: each.signature.slice(each.name.length),
  info: `${each.meaning} Gives: ${each.gives}. Example: ${each.example}`,
  apply: `${each.name}(`,
}));
const OTHERS: Completion[] = [
  { label: "createTime", type: "variable", info: "When the player was first seen, in seconds." },
  { label: "updateTime", type: "variable", info: "When the player was last active, in seconds." },
  ...[...WORDS].map((label) => ({ label, type: "keyword" })),
  ...[...CONSTANTS].map((label) => ({ label, type: "constant" })),
];

const IN_TEXT =
  /\b(Properties|PropertiesCustom|PropertiesComputed|Audience|EventCount|EventSum|EventDays|EventLast|EventSequence)\s*\(\s*(?:["'`][^"'`]*["'`]\s*,\s*)?["'`]([^"'`]*)$/;

/** Completions at the cursor: names inside of the texts that want them, functions elsewhere. */
export function completeFilter(
  context: CompletionContext,
  names: KnownNames,
): CompletionResult | null {
  const before = context.state.doc.sliceString(0, context.pos);
  const inText = IN_TEXT.exec(before);
  if (inText) {
    const [, name = "", typed = ""] = inText;
    return {
      from: context.pos - typed.length,
      options: namesFor(name, names).map((label) => ({ label, type: "text" })),
      validFor: /^[^"'`]*$/,
    };
  }
  const word = context.matchBefore(/[\p{L}_][\p{L}\p{N}_]*/u);
  if (!word && !context.explicit) {
    return null;
  }
  if (/^(?:[^"'`]|"[^"]*"|'[^']*'|`[^`]*`)*["'`][^"'`]*$/.test(before.split("\n").at(-1) ?? "")) {
    return null;
  }
  return { from: word?.from ?? context.pos, options: [...FUNCTIONS, ...OTHERS], validFor: /^\w*$/ };
}

function namesFor(name: string, names: KnownNames): readonly string[] {
  switch (name) {
    case "Properties":
      return names.default;
    case "PropertiesCustom":
      return names.custom;
    case "PropertiesComputed":
      return names.computed;
    case "Audience":
      return names.audiences;
    default:
      return names.events;
  }
}
