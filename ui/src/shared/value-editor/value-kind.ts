/** What the text of a flag's value stands for, by the server's rules. Pure. */

import { parseJson } from "./json-tree";

export type ValueKind = "text" | "number" | "boolean" | "json";

/**
 * The kind of a value by its text: what is no JSON is a text, and so are JSON texts in quotes and
 * `null`, which games get as they are written.
 */
export function kindOfValue(text: string): ValueKind {
  const kind = parseJson(text)?.kind;
  switch (kind) {
    case "number":
    case "boolean":
      return kind;
    case "object":
    case "array":
      return "json";
    default:
      return "text";
  }
}

/** The value that a text stands for, as the server checks it against a schema. */
export function instanceOf(text: string): unknown {
  return kindOfValue(text) === "text" ? text : (JSON.parse(text) as unknown);
}

/** Whether a text is a JSON number; its digits are kept as they are written. */
export function isNumberText(text: string): boolean {
  return parseJson(text)?.kind === "number" && text.trim() === text;
}
