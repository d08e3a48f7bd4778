/** Any JSON value. */
export type Json =
  | null
  | boolean
  | number
  | string
  | readonly Json[]
  | { readonly [key: string]: Json };

/** A flag, an experiment or a live event as the SDK answers it. */
export interface NamedLike {
  readonly name?: string | undefined;
  readonly value?: string | undefined;
}

/** An event as the SDK takes it. */
export interface EventPayload {
  name: string;
  timestamp: string;
  value?: string;
  metadata?: Record<string, string>;
}

type Check = (value: unknown) => boolean;

const isText: Check = (value) => typeof value === "string";
const isNumber: Check = (value) => Number.isFinite(value);
const isWhole: Check = (value) => Number.isSafeInteger(value);
const isTruth: Check = (value) => typeof value === "boolean";
const isJson: Check = () => true;

function isOneOf(...choices: string[]): Check {
  return (value) => choices.some((choice) => choice === value);
}

function isListOf(item: Check): Check {
  return (value) => Array.isArray(value) && value.every(item);
}

function isNullOr(check: Check): Check {
  return (value) => value === null || check(value);
}

function isRecord(...fields: [name: string, required: boolean, check: Check][]): Check {
  return (value) =>
    typeof value === "object" &&
    value !== null &&
    !Array.isArray(value) &&
    fields.every(([name, required, check]) => {
      const member = memberOf(value, name);
      return member === undefined ? !required : check(member);
    });
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

/** The value of a text if it passes the check, else that of the fallback, which does. */
function readJson<T>(text: string | undefined, check: Check, fallback: string): T {
  const value = text === undefined ? undefined : parsed(text);
  return (value !== undefined && check(value) ? value : JSON.parse(fallback)) as T;
}

function readText<T extends string>(text: string | undefined, check: Check, fallback: T): T {
  return check(text) ? (text as T) : fallback;
}

/** As texts go on the wire; undefined for what JSON cannot tell. */
function textOf(value: unknown): string | undefined {
  if (typeof value === "string") return value;
  if (typeof value === "number" && !Number.isFinite(value)) return undefined;
  try {
    return JSON.stringify(value);
  } catch {
    return undefined;
  }
}

/** A member of its own, for objects have others, such as "constructor". */
function memberOf(object: object | null | undefined, name: string): unknown {
  return Object.getOwnPropertyDescriptor(object ?? {}, name)?.value;
}

function readFields(
  texts: Readonly<Record<string, string>> | null | undefined,
  fields: readonly [name: string, isText: boolean, check: Check][],
): Record<string, unknown> {
  const found = new Map<string, unknown>();
  for (const [name, asText, check] of fields) {
    const text = memberOf(texts, name);
    const value = asText || typeof text !== "string" ? text : parsed(text);
    if (value !== undefined && check(value)) found.set(name, value);
  }
  return Object.fromEntries(found);
}

function textsOf(fields: readonly (readonly [string, unknown])[]): Record<string, string> {
  const texts = new Map<string, string>();
  for (const [name, value] of fields) {
    const text = textOf(value);
    if (text !== undefined) texts.set(name, text);
  }
  return Object.fromEntries(texts);
}

function event(
  name: string,
  value: unknown,
  metadata: Record<string, string> | undefined,
  at: Date | undefined,
): EventPayload {
  const payload: EventPayload = { name, timestamp: (at ?? new Date()).toISOString() };
  const text = textOf(value);
  if (text !== undefined) payload.value = text;
  if (metadata !== undefined) payload.metadata = metadata;
  return payload;
}

// Not all definitions need all of these.
void [isText, isNumber, isWhole, isTruth, isJson, isOneOf, isListOf, isNullOr, isRecord];
void [readJson, readText, readFields, textsOf, event, memberOf];
