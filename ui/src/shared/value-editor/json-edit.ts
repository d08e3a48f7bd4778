/**
 * Edits of JSON texts that leave every other character as it is: numbers keep their digits, objects
 * their order, and layout stays. Pure.
 */

import { type JsonNode, type JsonPath, nodeAt, parseJson } from "./json-tree";

/** The text with another value at a path. A path that leads nowhere changes nothing. */
export function replaceAt(text: string, path: JsonPath, value: string): string {
  const node = find(text, path);
  return node ? splice(text, node.start, node.end, value) : text;
}

/** The text with a new member at the end of the object at a path. */
export function addMember(text: string, path: JsonPath, key: string, value: string): string {
  const node = find(text, path);
  if (node?.kind !== "object") {
    return text;
  }
  const starts = node.members.map((member) => member.start);
  const end = node.members.at(-1)?.value.end;
  const colon = spaceAfterColon(text, node);
  return insertLast(text, node, starts, end, `${JSON.stringify(key)}:${colon}${value}`);
}

/** The text with a new item at the end of the array at a path. */
export function addItem(text: string, path: JsonPath, value: string): string {
  const node = find(text, path);
  if (node?.kind !== "array") {
    return text;
  }
  const starts = node.items.map((item) => item.start);
  return insertLast(text, node, starts, node.items.at(-1)?.end, value);
}

/** The text without what is at a path, a member or an item. */
export function removeAt(text: string, path: JsonPath): string {
  const parent = find(text, path.slice(0, -1));
  const entries = parent ? entriesOf(parent) : [];
  const index = parent ? indexOf(parent, path.at(-1)) : -1;
  const entry = entries[index];
  if (!parent || !entry) {
    return text;
  }
  if (entries.length === 1) {
    return splice(text, parent.start + 1, parent.end - 1, "");
  }
  const [before, after] = [entries[index - 1], entries[index + 1]];
  return before
    ? splice(text, before.end, entry.end, "")
    : splice(text, entry.start, after?.start ?? entry.end, "");
}

/** The text with two items of an array in each other's place. */
export function swapItems(text: string, path: JsonPath, one: number, other: number): string {
  const node = find(text, path);
  const first = node?.items[Math.min(one, other)];
  const second = node?.items[Math.max(one, other)];
  if (!first || !second || first === second) {
    return text;
  }
  return (
    text.slice(0, first.start) +
    text.slice(second.start, second.end) +
    text.slice(first.end, second.start) +
    text.slice(first.start, first.end) +
    text.slice(second.end)
  );
}

/** The text with another key for a member; its value and its place stay. */
export function renameKey(text: string, path: JsonPath, key: string): string {
  const parent = find(text, path.slice(0, -1));
  const member = parent?.members.find((each) => each.key === path.at(-1));
  if (!member || parent?.members.some((each) => each.key === key)) {
    return text;
  }
  const end = text.lastIndexOf('"', text.lastIndexOf(":", member.value.start - 1)) + 1;
  return splice(text, member.start, end, JSON.stringify(key));
}

/** The same JSON in lines, two spaces a level; every name, text and number as it was written.
 * `indent` stands before every line but the first. */
export function laidOut(text: string, indent = ""): string {
  const root = parseJson(text);
  return root ? lines(text, root, indent) : text;
}

function lines(text: string, node: JsonNode, indent: string): string {
  const deeper = `${indent}  `;
  const [open, close] = node.kind === "array" ? ["[", "]"] : ["{", "}"];
  const parts =
    node.kind === "array"
      ? node.items.map((item) => lines(text, item, deeper))
      : node.members.map(
          (member) => `${keyText(text, member)}: ${lines(text, member.value, deeper)}`,
        );
  if (node.kind !== "object" && node.kind !== "array") {
    return text.slice(node.start, node.end);
  }
  return parts.length === 0
    ? `${open}${close}`
    : `${open}\n${deeper}${parts.join(`,\n${deeper}`)}\n${indent}${close}`;
}

function keyText(text: string, member: { start: number; value: JsonNode }): string {
  const end = text.lastIndexOf('"', text.lastIndexOf(":", member.value.start - 1)) + 1;
  return text.slice(member.start, end);
}

interface Entry {
  start: number;
  end: number;
}

function entriesOf(node: JsonNode): Entry[] {
  return node.kind === "array"
    ? node.items
    : node.members.map((member) => ({ start: member.start, end: member.value.end }));
}

function indexOf(node: JsonNode, step: string | number | undefined): number {
  return typeof step === "number" ? step : node.members.findIndex((member) => member.key === step);
}

function find(text: string, path: JsonPath): JsonNode | undefined {
  const root = parseJson(text);
  return root ? nodeAt(root, path) : undefined;
}

function splice(text: string, start: number, end: number, put: string): string {
  return text.slice(0, start) + put + text.slice(end);
}

/** Puts an entry behind the last one, laid out as those before it are. */
function insertLast(
  text: string,
  node: JsonNode,
  starts: number[],
  end: number | undefined,
  entry: string,
): string {
  if (end === undefined) {
    return splice(text, node.start + 1, node.end - 1, entry);
  }
  const last = starts.at(-1) ?? end;
  const before = starts.length > 1 ? (starts.at(-2) ?? 0) : node.start;
  const gap = /[ \t\n\r]*$/.exec(text.slice(before, last))?.[0] ?? "";
  return splice(text, end, end, `,${gap}${entry}`);
}

function spaceAfterColon(text: string, node: JsonNode): string {
  const member = node.members.at(-1);
  return member && text[member.value.start - 1] === " " ? " " : "";
}
