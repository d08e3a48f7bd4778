/** Which parts of a value another one changes. Pure. */

import { type JsonNode, parseJson } from "./json-tree";

export interface ValueChange {
  /** Such as `items[0].price`; empty for the whole value. */
  path: string;
  kind: "added" | "removed" | "changed";
  /** The JSON texts; missing where there is nothing. */
  before?: string;
  after?: string;
}

/** The parts that differ, in the order of the first value; numbers by their digits. */
export function valueChanges(before: string, after: string): ValueChange[] {
  if (before === after) {
    return [];
  }
  const [one, other] = [parseJson(before), parseJson(after)];
  if (one === null || other === null) {
    return [{ path: "", kind: "changed", before, after }];
  }
  const found: ValueChange[] = [];
  compare({ text: before, node: one }, { text: after, node: other }, "", found);
  return found;
}

interface Part {
  text: string;
  node: JsonNode;
}

function compare(one: Part, other: Part, path: string, found: ValueChange[]): void {
  const kind = one.node.kind;
  const isMade = kind === "object" || kind === "array";
  if (kind !== other.node.kind || !isMade) {
    if (kind !== other.node.kind || written(one) !== written(other)) {
      found.push({ path, kind: "changed", before: textOf(one), after: textOf(other) });
    }
    return;
  }
  const [left, right] = [partsOf(one, path), partsOf(other, path)];
  for (const [at, part] of left) {
    const match = right.get(at);
    if (match) {
      compare(part, match, at, found);
    } else {
      found.push({ path: at, kind: "removed", before: textOf(part) });
    }
  }
  for (const [at, part] of right) {
    if (!left.has(at)) {
      found.push({ path: at, kind: "added", after: textOf(part) });
    }
  }
}

/** A single value as it is written; texts without regard to how they are escaped. */
function written({ text, node }: Part): string {
  const exact = textOf({ text, node });
  return node.kind === "string" ? (JSON.parse(exact) as string) : exact;
}

function textOf({ text, node }: Part): string {
  return text.slice(node.start, node.end);
}

function partsOf({ text, node }: Part, path: string): Map<string, Part> {
  const items = node.items.map((item, index): [string, Part] => [
    `${path}[${index}]`,
    { text, node: item },
  ]);
  const members = node.members.map((member): [string, Part] => [
    path ? `${path}.${member.key}` : member.key,
    { text, node: member.value },
  ]);
  return new Map([...items, ...members]);
}
