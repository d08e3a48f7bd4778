/** What is wrong with a schema's text, and at which characters. Pure. */

import { type JsonNode, parseJson } from "@/shared/value-editor/json-tree";

/** `from` and `to` are offsets in the text. */
export interface Finding {
  from: number;
  to: number;
  severity: "error";
  message: string;
}

/** Why a text is no JSON, as the browser says it; `undefined` for JSON. */
export function jsonFinding(text: string): Finding | undefined {
  try {
    JSON.parse(text);
    return undefined;
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    const from = Math.min(offsetIn(text, message), text.length);
    return { from, to: Math.min(from + 1, text.length), severity: "error", message };
  }
}

/** Browsers name the place as an offset, or as line and column. */
function offsetIn(text: string, message: string): number {
  const position = /at position (\d+)/.exec(message);
  if (position) {
    return Number(position[1]);
  }
  const place = /line (\d+) column (\d+)/.exec(message);
  if (!place) {
    return text.length;
  }
  const lines = text.split("\n").slice(0, Number(place[1]) - 1);
  return lines.reduce((sum, line) => sum + line.length + 1, 0) + Number(place[2]) - 1;
}

/** The server's problems with a schema, each by its field, as findings in the schema's text. */
export function schemaFindings(
  text: string,
  problems: readonly { field?: string; problem?: string }[],
): Finding[] {
  const root = parseJson(text);
  return problems.map(({ field = "", problem = "is wrong" }) => {
    const range = (root && rangeOf(root, field.replace(/^schema/, ""))) ?? { from: 0, to: 1 };
    return { ...range, severity: "error", message: problem };
  });
}

/**
 * Where the part is that a path such as `.properties.a[0]` names; the nearest part around it that
 * there is. Keys may have dots and brackets themselves, so all readings are tried.
 */
function rangeOf(node: JsonNode, path: string): { from: number; to: number } | undefined {
  if (path === "") {
    return { from: node.start, to: node.kind === "object" ? node.start + 1 : node.end };
  }
  const index = /^\[(\d+)\]/.exec(path);
  const item = index && node.items[Number(index[1])];
  if (index && item) {
    return rangeOf(item, path.slice(index[0].length));
  }
  for (const { key, start, value } of node.members) {
    const rest = path.startsWith(`.${key}`) ? path.slice(key.length + 1) : undefined;
    if (rest === "") {
      return { from: start, to: value.kind === "object" ? value.start : value.end };
    }
    const found = rest && /^[.[]/.test(rest) ? rangeOf(value, rest) : undefined;
    if (found) {
      return found;
    }
  }
  return undefined;
}

/** The place of a problem within an instance, as people write it. */
export function placeWords(place: readonly (string | number)[]): string {
  return place.map((step) => (typeof step === "number" ? `[${step}]` : `.${step}`)).join("");
}
