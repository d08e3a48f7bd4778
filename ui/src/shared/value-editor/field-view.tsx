/** The field for a value, by its schema and by what it is. */

import { useForm } from "./form-state";
import { hasRepeatedKeys, type JsonNode, type JsonPath } from "./json-tree";
import { BooleanField, ChoiceField, NumberField, RawField, TextField } from "./leaf-fields";
import { ArrayField, ObjectField } from "./nested-fields";
import { type Field, fieldOf, type Schema } from "./schema-form";

const KINDS: Record<Exclude<Field["kind"], "choice" | "raw">, JsonNode["kind"]> = {
  text: "string",
  number: "number",
  boolean: "boolean",
  object: "object",
  array: "array",
};

/** The field that a schema asks for where the value fits it, else the value's JSON. */
export function FieldView({
  name,
  path,
  node,
  schema,
}: {
  /** The key or place; the title of the schema goes before it. */
  name: string;
  path: JsonPath;
  node: JsonNode;
  schema: Schema;
}) {
  const { root } = useForm();
  const field = shownField(fieldOf(schema, root), node);
  const label = field.title ? `${field.title} (${name})` : name;
  const common = { label, path, node };
  switch (field.kind) {
    case "text":
      return <TextField {...common} field={field} />;
    case "number":
      return <NumberField {...common} field={field} />;
    case "boolean":
      return <BooleanField {...common} field={field} />;
    case "choice":
      return <ChoiceField {...common} field={field} />;
    case "object":
      return <ObjectField {...common} field={field} />;
    case "array":
      return <ArrayField {...common} field={field} />;
    case "raw":
      return <RawField {...common} description={field.description} />;
  }
}

/** What a value is shown as: a schema that says nothing of it lets the value itself decide. */
function shownField(field: Field, node: JsonNode): Field {
  if (field.kind === "choice") {
    return field;
  }
  if (field.kind !== "raw") {
    const fits = KINDS[field.kind] === node.kind && !hasRepeatedKeys(node);
    return fits ? field : { title: field.title, description: field.description, kind: "raw" };
  }
  return field;
}
