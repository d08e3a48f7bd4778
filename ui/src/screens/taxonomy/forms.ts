/** Definitions of the taxonomy while they are edited: their fields, and what is wrong. Pure. */

import type { Definitions, Fields } from "@/api/definitions";
import { isLocked, type TaxonomyKind } from "./kinds";

export interface EventDraft {
  name: string;
  description: string;
  labels: string[];
  value_type: Definitions["taxonomy/event"]["value_type"];
  value_validator: string;
  metadata_validator: string;
}

export interface PropertyDraft {
  name: string;
  description: string;
  labels: string[];
  value_type: Definitions["taxonomy/property"]["value_type"];
}

export interface ValidatorDraft {
  name: string;
  description: string;
  labels: string[];
  /** JSON text, while it is typed also no JSON. */
  schema: string;
}

export interface LabelDraft {
  name: string;
  description: string;
  colour: string;
}

/** How definitions of a kind are edited: as drafts of texts and lists. */
export interface Form<K extends TaxonomyKind, D extends object> {
  kind: K;
  empty: D;
  draftOf: (definition: Definitions[K]) => D;
  /** The fields of a draft as the API takes them. */
  fieldsOf: (draft: D) => Fields;
  /** Why a draft cannot be saved, as far as can be told here; empty for nothing. */
  problemOf: (draft: D) => string;
}

export const EVENT_FORM: Form<"taxonomy/event", EventDraft> = {
  kind: "taxonomy/event",
  empty: {
    name: "",
    description: "",
    labels: [],
    value_type: "any",
    value_validator: "",
    metadata_validator: "",
  },
  draftOf: (event) => ({
    name: event.name,
    description: event.description,
    labels: event.labels,
    value_type: event.value_type,
    value_validator: event.value_validator,
    metadata_validator: event.metadata_validator,
  }),
  fieldsOf: (draft) => ({ ...draft }),
  problemOf: (draft) => nameProblem(draft.name, "An event"),
};

export const PROPERTY_FORM: Form<"taxonomy/property", PropertyDraft> = {
  kind: "taxonomy/property",
  empty: { name: "", description: "", labels: [], value_type: "string" },
  draftOf: (property) => ({
    name: property.name,
    description: property.description,
    labels: property.labels,
    value_type: property.value_type,
  }),
  fieldsOf: (draft) => ({ ...draft }),
  problemOf: (draft) => nameProblem(draft.name, "A property"),
};

const FIRST_SCHEMA = { type: "object", properties: {}, required: [] };

export const VALIDATOR_FORM: Form<"taxonomy/validator", ValidatorDraft> = {
  kind: "taxonomy/validator",
  empty: { name: "", description: "", labels: [], schema: schemaText(FIRST_SCHEMA) },
  draftOf: (validator) => ({
    name: validator.name,
    description: validator.description,
    labels: validator.labels,
    schema: schemaText(validator.schema),
  }),
  fieldsOf: (draft) => ({ ...draft, schema: schemaOf(draft.schema) }),
  problemOf: (draft) =>
    nameProblem(draft.name, "A validator") ||
    (schemaOf(draft.schema) === undefined ? "The schema is no JSON object" : ""),
};

export const LABEL_FORM: Form<"taxonomy/label", LabelDraft> = {
  kind: "taxonomy/label",
  empty: { name: "", description: "", colour: "#3f7fd0" },
  draftOf: (label) => ({
    name: label.name,
    description: label.description,
    colour: label.colour,
  }),
  fieldsOf: (draft) => ({ ...draft }),
  problemOf: (draft) =>
    nameProblem(draft.name, "A label") ||
    (/^(#[0-9a-f]{6})?$/i.test(draft.colour) ? "" : "The colour is not like #aa3300"),
};

function nameProblem(name: string, one: string): string {
  return name.trim() ? "" : `${one} needs a name`;
}

/** A schema as it is shown. */
export function schemaText(schema: unknown): string {
  return JSON.stringify(schema, null, 2);
}

/** The schema that a text spells; `undefined` for what cannot be one. */
export function schemaOf(text: string): object | boolean | undefined {
  try {
    const value: unknown = JSON.parse(text);
    const isSchema =
      typeof value === "boolean" ||
      (typeof value === "object" && value !== null && !Array.isArray(value));
    return isSchema ? (value as object | boolean) : undefined;
  } catch {
    return undefined;
  }
}

/** The fields in which a draft differs from what it was made of. */
export function changedFields<K extends TaxonomyKind, D extends object>(
  form: Form<K, D>,
  draft: D,
  original: D,
): Fields {
  const before = form.fieldsOf(original);
  const changed = Object.entries(form.fieldsOf(draft)).filter(
    ([field, value]) => JSON.stringify(value) !== JSON.stringify(before[field]),
  );
  return Object.fromEntries(changed);
}

/** What was edited of one version of a definition, as an edit of a newer one. */
export function rebased<K extends TaxonomyKind, D extends object>(
  form: Form<K, D>,
  draft: D,
  original: D,
  newer: D,
): D {
  const mine = new Set(Object.keys(changedFields(form, draft, original)));
  const entries = Object.entries(newer).map(([field, value]) => [
    field,
    mine.has(field) ? draft[field as keyof D] : value,
  ]);
  return Object.fromEntries(entries) as D;
}

/** What of a definition can be edited. */
export interface Editable {
  fields: boolean;
  labels: boolean;
}

/** What somebody may edit of a definition; of a new one everything. */
export function editable(
  definition: { core: boolean; pack?: string } | undefined,
  mayEdit: boolean,
): Editable {
  return { fields: mayEdit && !(definition && isLocked(definition)), labels: mayEdit };
}
