/** What a JSON Schema lets one choose, as the fields of a form. Pure. */

/** An object of a JSON Schema. */
export type Schema = Readonly<Record<string, unknown>>;

interface Said {
  title: string;
  description: string;
}

export type Field = Said &
  (
    | { kind: "text"; format: string; maxLength?: number }
    | { kind: "number"; whole: boolean; limits: string }
    | { kind: "boolean" }
    | { kind: "choice"; choices: Choice[] }
    | {
        kind: "object";
        properties: Property[];
        /** The schema of further keys; `null` where there may be none. */
        more: Schema | null;
        /** Whether further keys are asked for, and not only not forbidden. */
        isOpen: boolean;
      }
    | { kind: "array"; items: Schema; least: number; most: number }
    /** Beyond what a form can show: edited as JSON. */
    | { kind: "raw" }
  );

export interface Choice {
  /** The JSON text of the value. */
  text: string;
  label: string;
}

export interface Property {
  key: string;
  schema: Schema;
  required: boolean;
}

const REFS_MAX = 50;
/** Says more than a form does; the value is edited as JSON there. */
const BEYOND = [
  "not",
  "if",
  "dependentSchemas",
  "patternProperties",
  "propertyNames",
  "$dynamicRef",
  "prefixItems",
  "contains",
] as const;

/** The field for a schema. `root` is the schema that its references lead into. */
export function fieldOf(schema: Schema, root: Schema): Field {
  const whole = resolved(schema, root);
  const said: Said = {
    title: textOf(whole?.title),
    description: textOf(whole?.description),
  };
  const raw: Field = { ...said, kind: "raw" };
  if (whole === null || BEYOND.some((word) => word in whole) || Array.isArray(whole.items)) {
    return raw;
  }
  const choices = choicesOf(whole, root);
  if (choices) {
    return { ...said, kind: "choice", choices };
  }
  if ("anyOf" in whole || "oneOf" in whole || "allOf" in whole) {
    return raw;
  }
  switch (whole.type) {
    case "string":
      return {
        ...said,
        kind: "text",
        format: textOf(whole.format),
        maxLength: numberOf(whole.maxLength),
      };
    case "number":
    case "integer":
      return { ...said, kind: "number", whole: whole.type === "integer", limits: limitsOf(whole) };
    case "boolean":
      return { ...said, kind: "boolean" };
    case "object":
      return { ...said, kind: "object", ...membersOf(whole) };
    case "array":
      return {
        ...said,
        kind: "array",
        items: schemaOf(whole.items) ?? {},
        least: numberOf(whole.minItems) ?? 0,
        most: numberOf(whole.maxItems) ?? Number.POSITIVE_INFINITY,
      };
    default:
      return raw;
  }
}

/** A schema with its references followed and `allOf` taken together; `null` if that cannot be. */
export function resolved(schema: Schema, root: Schema): Schema | null {
  let current = schema;
  for (let count = 0; count < REFS_MAX; count += 1) {
    const { $ref: ref, ...others } = current;
    if (typeof ref === "string") {
      const target = referred(ref, root);
      if (target === null) {
        return null;
      }
      current = { ...target, ...others };
      continue;
    }
    const parts = current.allOf;
    if (!Array.isArray(parts)) {
      return current;
    }
    const { allOf: _, ...rest } = current;
    const merged = together([rest, ...parts.map((part) => schemaOf(part) ?? {})], root);
    if (merged === null) {
      return null;
    }
    current = merged;
  }
  return null;
}

/** All of some schemas as one, where no two say something of the same but of properties. */
function together(schemas: Schema[], root: Schema): Schema | null {
  let all: Record<string, unknown> = {};
  for (const each of schemas) {
    const part = resolved(each, root);
    if (part === null) {
      return null;
    }
    for (const [word, value] of Object.entries(part)) {
      const known = all[word];
      if (known === undefined || JSON.stringify(known) === JSON.stringify(value)) {
        all = { ...all, [word]: value };
      } else if (word === "properties") {
        all = { ...all, properties: { ...(known as object), ...(value as object) } };
      } else if (word === "required") {
        all = { ...all, required: [...(known as unknown[]), ...(value as unknown[])] };
      } else if (word !== "title" && word !== "description") {
        return null;
      }
    }
  }
  return all;
}

/** What a reference within the same schema leads to. */
function referred(ref: string, root: Schema): Schema | null {
  if (!ref.startsWith("#")) {
    return null;
  }
  let found: unknown = root;
  for (const step of ref.slice(1).split("/").slice(1)) {
    const key = decodeURIComponent(step).replaceAll("~1", "/").replaceAll("~0", "~");
    found =
      typeof found === "object" && found !== null && Object.hasOwn(found, key)
        ? (found as Record<string, unknown>)[key]
        : undefined;
  }
  return schemaOf(found);
}

/** The values of `enum`, `const`, or of `oneOf`/`anyOf` that only name constants. */
function choicesOf(schema: Schema, root: Schema): Choice[] | null {
  if ("const" in schema) {
    return [choice(schema.const, "")];
  }
  if (Array.isArray(schema.enum)) {
    return schema.enum.map((value) => choice(value, ""));
  }
  const parts = schema.oneOf ?? schema.anyOf;
  if (!Array.isArray(parts)) {
    return null;
  }
  const found: Choice[] = [];
  for (const part of parts) {
    const each = resolved(schemaOf(part) ?? {}, root);
    if (each === null || !("const" in each)) {
      return null;
    }
    found.push(choice(each.const, textOf(each.title)));
  }
  return found;
}

function choice(value: unknown, title: string): Choice {
  const text = JSON.stringify(value);
  return { text, label: title || (typeof value === "string" && value !== "" ? value : text) };
}

function membersOf(schema: Schema) {
  const [properties, more] = [propertiesOf(schema), moreOf(schema)];
  const saysMore = "additionalProperties" in schema || properties.length === 0;
  return { properties, more, isOpen: more !== null && saysMore };
}

function propertiesOf(schema: Schema): Property[] {
  const required = new Set(Array.isArray(schema.required) ? schema.required : []);
  const known = Object.entries((schema.properties ?? {}) as Record<string, unknown>);
  const found = known.map(([key, each]) => ({
    key,
    schema: schemaOf(each) ?? {},
    required: required.has(key),
  }));
  const others = [...required].filter((key) => !known.some(([name]) => name === key));
  return [
    ...found,
    ...others.map((key) => ({ key: String(key), schema: moreOf(schema) ?? {}, required: true })),
  ];
}

function moreOf(schema: Schema): Schema | null {
  const more = schema.additionalProperties ?? schema.unevaluatedProperties;
  return more === false ? null : (schemaOf(more) ?? {});
}

function limitsOf(schema: Schema): string {
  const said: string[] = [];
  const add = (word: string, value: unknown) => {
    if (typeof value === "number") {
      said.push(`${word} ${value}`);
    }
  };
  const [least, most] = [schema.minimum, schema.maximum];
  if (typeof least === "number" && typeof most === "number") {
    said.push(`${least} to ${most}`);
  } else {
    add("at least", least);
    add("at most", most);
  }
  add("above", schema.exclusiveMinimum);
  add("below", schema.exclusiveMaximum);
  add("in steps of", schema.multipleOf);
  if (schema.type === "integer") {
    said.unshift("whole");
  }
  return said.join(", ");
}

function schemaOf(value: unknown): Schema | null {
  if (value === true) {
    return {};
  }
  if (value === false) {
    return { not: {} };
  }
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? (value as Schema)
    : null;
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : "";
}

function numberOf(value: unknown): number | undefined {
  return typeof value === "number" ? value : undefined;
}
