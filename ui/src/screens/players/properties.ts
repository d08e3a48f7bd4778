/** Properties as people read and write them. Pure. */

import type { Schemas } from "@/api/client";

export type PropertyKind = "default" | "custom";
type Declared = Schemas["PropertyMessage"];

/** What only the server sets. */
const SERVER_OWNED: readonly string[] = ["apiKeyName", "firstOpen"];

/** Whether a property may be written by who may write properties at all. */
export function isWritable(kind: PropertyKind, name: string): boolean {
  return kind === "custom" || !SERVER_OWNED.includes(name);
}

/** Properties by name. */
export function entriesOf(properties: Record<string, string>): [string, string][] {
  return Object.entries(properties).sort(([a], [b]) => a.localeCompare(b, "en", { numeric: true }));
}

const TIMES = /^(firstOpen|signUp|.+Seen(First|Last))$/;
// 2001 to 2286: other numbers under such names are no times.
const TIME_TEXT = /^[1-9]\d{9}$/;

/** The time that a property tells, in seconds since the epoch; `null` for another value. */
export function timeOf(name: string, value: string): number | null {
  return TIMES.test(name) && TIME_TEXT.test(value) ? Number(value) : null;
}

const ONE_LINE_CHARS = 60;

/** Whether a value needs more than one line. */
export function isLongText(value: string): boolean {
  return value.length > ONE_LINE_CHARS || /[\r\n]/.test(value);
}

/** The declared properties of a kind that a player has not, by name. */
export function addable(
  declared: readonly Declared[],
  kind: PropertyKind,
  present: Record<string, string>,
): string[] {
  return declared
    .filter(
      (each) =>
        each.core === (kind === "default") &&
        !Object.hasOwn(present, each.name) &&
        isWritable(kind, each.name),
    )
    .map((each) => each.name)
    .sort((a, b) => a.localeCompare(b, "en"));
}

/**
 * What is wrong with a property that was to be set, at the field that it is about: its name or its
 * value. `fields` are those of the server's answer, such as `custom.level`.
 */
export function propertyProblems(
  fields: Record<string, string>,
  kind: PropertyKind,
  name: string,
): { name?: string; value?: string } {
  const problem = fields[`${kind}.${name}`] ?? fields[kind];
  if (problem === undefined) {
    return {};
  }
  const isAboutName = /declared|^names|set by the server|an identity has/.test(problem);
  return isAboutName ? { name: problem } : { value: problem };
}
