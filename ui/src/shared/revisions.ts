/** Revisions of definitions, for people. Pure. */

import { laidOut } from "./value-editor/json-edit";
import { parseJson } from "./value-editor/json-tree";

export interface Revision {
  version: string;
  before?: Document;
  after?: Document;
  changed_by: string;
  change_time_sec: string;
  note: string;
}

/** A definition as revisions tell it. */
export interface Document {
  name?: string;
  body?: Record<string, unknown>;
  [more: string]: unknown;
}

/** What a revision did. */
export function actionOf(revision: Revision): "create" | "update" | "delete" {
  if (!revision.before) {
    return "create";
  }
  return revision.after ? "update" : "delete";
}

/** Who, for people: `user:anna@example.com` is anna, `server_key:ci` the server key ci. */
export function authorOf(changedBy: string): string {
  const [kind, ...rest] = changedBy.split(":");
  const name = rest.join(":");
  switch (kind) {
    case "user":
      return name;
    case "server_key":
      return `Server key ${name}`;
    default:
      return changedBy || "The server";
  }
}

/** The fields that a revision changed, the name first. */
export function changedPaths(revision: Revision): string[] {
  const { before, after } = revision;
  if (!before || !after) {
    return [];
  }
  const found = before.name === after.name ? [] : ["name"];
  const [left, right] = [before.body ?? {}, after.body ?? {}];
  for (const field of new Set([...Object.keys(left), ...Object.keys(right)])) {
    if (JSON.stringify(left[field]) !== JSON.stringify(right[field])) {
      found.push(field);
    }
  }
  return found;
}

/**
 * A definition as a text whose lines can be compared: texts that are JSON are laid out with their
 * numbers as they are written, texts of several lines line by line.
 */
export function shownText(document: Document | undefined): string {
  return document ? printed({ name: document.name, ...document.body }, "") : "";
}

function printed(value: unknown, indent: string): string {
  if (typeof value === "string") {
    return printedText(value, indent);
  }
  if (typeof value !== "object" || value === null) {
    return JSON.stringify(value) ?? "null";
  }
  const deeper = `${indent}  `;
  if (Array.isArray(value)) {
    const items = value.map((item) => printed(item, deeper));
    return block("[", items, "]", indent);
  }
  const members = Object.entries(value)
    .filter(([, each]) => each !== undefined)
    .map(([key, each]) => `${JSON.stringify(key)}: ${printed(each, deeper)}`);
  return block("{", members, "}", indent);
}

function printedText(text: string, indent: string): string {
  const kind = /^\s*[[{]/.test(text) ? parseJson(text)?.kind : undefined;
  if (kind === "object" || kind === "array") {
    return laidOut(text, indent);
  }
  return text.includes("\n") ? printed(text.split("\n"), indent) : JSON.stringify(text);
}

function block(open: string, parts: string[], close: string, indent: string): string {
  return parts.length === 0
    ? `${open}${close}`
    : `${open}\n${indent}  ${parts.join(`,\n${indent}  `)}\n${indent}${close}`;
}
