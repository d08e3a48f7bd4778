/** The four kinds of the taxonomy: their words and places, and what is locked. Pure. */

import { type Definitions, KINDS } from "@/api/definitions";

export type TaxonomyKind =
  | "taxonomy/event"
  | "taxonomy/property"
  | "taxonomy/validator"
  | "taxonomy/label";

export const KINDS_SHOWN: TaxonomyKind[] = [
  "taxonomy/event",
  "taxonomy/property",
  "taxonomy/validator",
  "taxonomy/label",
];

export interface Originated {
  core: boolean;
  pack?: string;
}

/** Whether a definition came with the server: then only its labels can be changed. */
export function isLocked(definition: Originated): boolean {
  return definition.core || Boolean(definition.pack);
}

/** Where a definition came from, as a badge says it; empty for the studio's own. */
export function originWord(definition: Originated): string {
  return definition.pack ? `Pack ${definition.pack}` : definition.core ? "Core" : "";
}

/** Why a locked definition cannot be changed. */
export function lockedBecause(definition: Originated, one: string): string {
  return definition.pack
    ? `This ${one} belongs to the pack ${definition.pack}, which comes with the server: games rely on its shape. You can give it labels. The setting taxonomy_packs switches the pack off.`
    : `This ${one} is a core one: games and SDKs rely on its shape, so it cannot be changed or deleted. You can give it labels.`;
}

/** Whether a definition is of the origin that a list is narrowed to. */
export function isOfOrigin(definition: Originated, origin: string | undefined): boolean {
  switch (origin) {
    case "own":
      return !isLocked(definition);
    case "core":
      return definition.core && !definition.pack;
    case "pack":
      return Boolean(definition.pack);
    default:
      return true;
  }
}

/** The page of a definition. One that is called like the page for new ones goes by its id. */
export function addressOf(kind: TaxonomyKind, definition: { id: string; name: string }): string {
  const ref = definition.name === "new" ? definition.id : definition.name;
  return `${KINDS[kind].screen}/${encodeURIComponent(ref)}`;
}

type ValueType = Definitions["taxonomy/event"]["value_type"];

/** What an event's or a property's value may be. */
export const VALUE_TYPES: Record<ValueType, { label: string; meaning: string }> = {
  any: { label: "Any", meaning: "Any text, or none" },
  string: { label: "Text", meaning: "Any text" },
  numeric: { label: "Number", meaning: "Only numbers; they can be summed and averaged" },
};

/** What a JSON Schema asks for, in a few words. */
export function schemaInShort(schema: unknown): string {
  if (typeof schema === "boolean") {
    return schema ? "Anything" : "Nothing";
  }
  if (typeof schema !== "object" || schema === null || Object.keys(schema).length === 0) {
    return "Anything";
  }
  const { type, properties, $ref, enum: values } = schema as Record<string, unknown>;
  const count = typeof properties === "object" && properties ? Object.keys(properties).length : 0;
  if (count > 0) {
    return `Object of ${count} ${count === 1 ? "property" : "properties"}`;
  }
  if (typeof type === "string") {
    return type.charAt(0).toUpperCase() + type.slice(1);
  }
  if (Array.isArray(type)) {
    return type.join(" or ");
  }
  if (typeof $ref === "string") {
    return `As ${$ref}`;
  }
  return Array.isArray(values) ? `One of ${values.length} values` : "A rule of its own";
}
