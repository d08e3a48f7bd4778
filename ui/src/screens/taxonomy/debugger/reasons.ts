/** Why events are refused, in plain words, and where in an event the fault is. Pure. */

import type { Schemas } from "@/api/client";

export type Refused = Schemas["RejectedMessage"];
export type Reason = Refused["reason"];

interface Words {
  label: string;
  /** What to do about it. */
  advice: string;
}

export const REASONS: Record<Reason, Words> = {
  INVALID_NAME: {
    label: "Not declared",
    advice:
      "Nobody has declared an event of this name. Declare it if the game should send it; the refused ones can be taken in then. If the name is a mistake, mend it in the game.",
  },
  INVALID_VALUE: {
    label: "Wrong value",
    advice:
      "The value does not fit the event's type or validator. Loosen the definition if such values are right; otherwise mend the game.",
  },
  INVALID_METADATA: {
    label: "Wrong metadata",
    advice:
      "The metadata does not fit the event's validator. Loosen the validator if such metadata is right; otherwise mend the game.",
  },
  VALUE_LENGTH_EXCEEDED: {
    label: "Value too long",
    advice:
      "The value is longer than the server keeps. Send less, or raise the setting value_chars_max.",
  },
  METADATA_SIZE_EXCEEDED: {
    label: "Metadata too large",
    advice:
      "The metadata has more keys or bytes than the server keeps. Send less, or raise the settings metadata_keys_max and metadata_bytes_max.",
  },
  INVALID_ID: {
    label: "Wrong id",
    advice:
      "The id that the game gave the event is too long, or has characters that cannot be kept.",
  },
};

/** Who sent an event. */
export const SOURCES: Record<string, string> = {
  session: "The game",
  game_server: "A game server",
  server: "A server",
  system: "Matsuri",
};

/** Whether an event could be declared under a name at all. */
export function canBeDeclared(name: string): boolean {
  return /^[A-Za-z][A-Za-z0-9_.:-]{0,127}$/.test(name);
}

/** Reasons that another definition can do away with. */
export function isForDefinition(reason: Reason): boolean {
  return ["INVALID_NAME", "INVALID_VALUE", "INVALID_METADATA"].includes(reason);
}

/** A name as it is shown; also of an event that had none. */
export function shownName(name: string): string {
  return name || "(no name)";
}

export interface FieldShown {
  /** As in the event that was sent, such as `metadata.level`. */
  path: string;
  /** Nothing where the sender left it out. */
  text: string | undefined;
  /** What is wrong with it; empty for nothing. */
  problem: string;
}

const ERROR_KEY = "_eventError";

/** An event field by field, each with what is wrong with it. */
export function fieldsOf(refused: Refused): FieldShown[] {
  const payload = refused.payload as Record<string, unknown>;
  const { metadata, ...rest } = payload;
  const shown = new Map(Object.entries(rest).map(([key, value]) => [key, textOf(value)]));
  if (isObject(metadata)) {
    for (const [key, value] of Object.entries(metadata)) {
      if (key !== ERROR_KEY) {
        shown.set(`metadata.${key}`, textOf(value));
      }
    }
  }
  const wrong = wrongField(refused, [...shown.keys()]);
  const paths = shown.has(wrong) ? [...shown.keys()] : [wrong, ...shown.keys()];
  return paths.map((path) => ({
    path,
    text: shown.get(path),
    problem: path === wrong ? refused.problem : "",
  }));
}

/** The field that the reason is about; of metadata the key that the problem names. */
function wrongField({ reason, problem }: Refused, paths: readonly string[]): string {
  switch (reason) {
    case "INVALID_NAME":
      return "name";
    case "INVALID_VALUE":
    case "VALUE_LENGTH_EXCEEDED":
      return "value";
    case "INVALID_ID":
      return "id";
    default: {
      const named = paths
        .filter((path) => path.startsWith("metadata."))
        .filter((path) => [".", "[", ":"].some((end) => problem.includes(`, ${path}${end}`)));
      // Of `a` and `a.b` the longer one is meant where both fit.
      return named.sort((a, b) => b.length - a.length)[0] ?? "metadata";
    }
  }
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
