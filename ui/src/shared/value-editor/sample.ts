/** A first value for a schema, to begin with. Pure. */

import { fieldOf, resolved, type Schema } from "./schema-form";

const DEPTH_MAX = 8;

/** The JSON text of a value with what a schema requires: its default, or the least there can be. */
export function sampleOf(schema: Schema, root: Schema, depth = 0): string {
  const whole = resolved(schema, root) ?? {};
  if ("default" in whole) {
    return JSON.stringify(whole.default);
  }
  if (depth > DEPTH_MAX) {
    return "null";
  }
  const field = fieldOf(whole, root);
  switch (field.kind) {
    case "text":
      return '""';
    case "number":
      return numberFor(whole);
    case "boolean":
      return "false";
    case "choice":
      return field.choices[0]?.text ?? "null";
    case "object": {
      const members = field.properties
        .filter((property) => property.required || "default" in property.schema)
        .map(
          ({ key, schema: each }) => `${JSON.stringify(key)}:${sampleOf(each, root, depth + 1)}`,
        );
      return `{${members.join(",")}}`;
    }
    case "array": {
      const item = field.least > 0 ? sampleOf(field.items, root, depth + 1) : "";
      return `[${Array(field.least).fill(item).join(",")}]`;
    }
    case "raw":
      return rawSample(whole);
  }
}

function numberFor(schema: Schema): string {
  const [least, most] = [schema.minimum, schema.maximum];
  if (typeof least === "number" && least > 0) {
    return JSON.stringify(least);
  }
  if (typeof most === "number" && most < 0) {
    return JSON.stringify(most);
  }
  return "0";
}

function rawSample(schema: Schema): string {
  const type = Array.isArray(schema.type) ? schema.type[0] : schema.type;
  switch (type) {
    case "object":
      return "{}";
    case "array":
      return "[]";
    case "number":
    case "integer":
      return "0";
    case "boolean":
      return "false";
    case "string":
      return '""';
    default:
      return "null";
  }
}
