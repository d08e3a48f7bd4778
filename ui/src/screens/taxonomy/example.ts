/** How games send an event, made of its definition. Pure. */

import { sampleOf } from "@/shared/value-editor/sample";
import type { Schema } from "@/shared/value-editor/schema-form";
import type { EventDraft } from "./forms";

/** An event as games send it: its value and what its metadata must have, as texts. */
export function exampleEvent(
  draft: Pick<EventDraft, "name" | "value_type">,
  valueSchema: unknown,
  metadataSchema: unknown,
): Record<string, unknown> {
  return {
    name: draft.name || "name",
    value: valueText(draft.value_type, valueSchema),
    metadata: metadataTexts(metadataSchema),
  };
}

/** For what a schema of another validator decides. */
const UNKNOWN = "…";

function valueText(type: EventDraft["value_type"], schema: unknown): string {
  const sample = isSchema(schema) ? textOf(JSON.parse(sampleOf(schema, schema))) : "";
  return sample || (type === "numeric" ? "1" : "a text");
}

function metadataTexts(schema: unknown): Record<string, string> {
  if (!isSchema(schema)) {
    return {};
  }
  // Metadata is an object, whether its schema says so or not.
  const whole = "$ref" in schema ? schema : { type: "object", ...schema };
  const sample: unknown = JSON.parse(sampleOf(whole, whole));
  if (typeof sample !== "object" || sample === null || Array.isArray(sample)) {
    return {};
  }
  return Object.fromEntries(Object.entries(sample).map(([key, value]) => [key, textOf(value)]));
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : value === null ? UNKNOWN : JSON.stringify(value);
}

function isSchema(schema: unknown): schema is Schema {
  return typeof schema === "object" && schema !== null;
}
