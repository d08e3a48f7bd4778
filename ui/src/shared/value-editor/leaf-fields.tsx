/** Fields for single values: texts, numbers, yes or no, choices, and JSON beyond what forms show. */

import { Group, Select, Switch, Textarea, TextInput } from "@mantine/core";
import { useDraft, useForm, useProblem, useProblemWithin } from "./form-state";
import { replaceAt } from "./json-edit";
import { type JsonNode, type JsonPath, parseJson, stringOf } from "./json-tree";
import type { Choice, Field } from "./schema-form";
import { isNumberText } from "./value-kind";

export interface FieldProps {
  label: string;
  path: JsonPath;
  node: JsonNode;
}

/** The name of a field; that of the whole value stands above it already. */
function named(path: JsonPath, label: string) {
  return path.length === 0 ? { "aria-label": label } : { label };
}

/** Takes a new JSON text for the value at a path. */
function usePut(path: JsonPath): (value: string) => void {
  const form = useForm();
  return (value) => form.change(replaceAt(form.text, path, value));
}

export function TextField({
  label,
  path,
  node,
  field,
}: FieldProps & { field: Extract<Field, { kind: "text" }> }) {
  const { text, readOnly } = useForm();
  const put = usePut(path);
  return (
    <Textarea
      {...named(path, label)}
      description={field.description || undefined}
      value={stringOf(text, node)}
      onChange={(event) => put(JSON.stringify(event.currentTarget.value))}
      error={useProblem(path)}
      readOnly={readOnly}
      autosize
      minRows={1}
      maxRows={8}
    />
  );
}

export function NumberField({
  label,
  path,
  node,
  field,
}: FieldProps & { field: Extract<Field, { kind: "number" }> }) {
  const { text, readOnly } = useForm();
  const draft = useDraft(text.slice(node.start, node.end), isNumberText, usePut(path));
  const problem = useProblem(path);
  return (
    <TextInput
      {...named(path, label)}
      description={[field.description, field.limits].filter(Boolean).join(" · ") || undefined}
      value={draft.text}
      onChange={(event) => draft.change(event.currentTarget.value)}
      error={draft.isWrong ? "Write a number, such as 12 or 0.5" : problem}
      readOnly={readOnly}
      inputMode={field.whole ? "numeric" : "decimal"}
      maw={280}
    />
  );
}

export function BooleanField({
  label,
  path,
  node,
  field,
}: FieldProps & { field: Extract<Field, { kind: "boolean" }> }) {
  const { text, readOnly } = useForm();
  const put = usePut(path);
  const isOn = text.slice(node.start, node.end) === "true";
  return (
    <Switch
      label={
        <Group gap={6}>
          {path.length > 0 && label}
          <code>{isOn ? "true" : "false"}</code>
        </Group>
      }
      aria-label={label}
      description={field.description || undefined}
      checked={isOn}
      onChange={(event) => put(event.currentTarget.checked ? "true" : "false")}
      error={useProblem(path)}
      disabled={readOnly}
    />
  );
}

export function ChoiceField({
  label,
  path,
  node,
  field,
}: FieldProps & { field: Extract<Field, { kind: "choice" }> }) {
  const { text, readOnly } = useForm();
  const put = usePut(path);
  const problem = useProblem(path);
  const written = text.slice(node.start, node.end);
  const chosen = field.choices.find((choice) => isSame(choice.text, written));
  return (
    <Select
      {...named(path, label)}
      description={field.description || undefined}
      data={options(field.choices)}
      value={chosen?.text ?? null}
      placeholder={chosen ? undefined : written}
      onChange={(value) => value !== null && put(value)}
      error={problem ?? (chosen ? undefined : `${written} is none of the choices`)}
      readOnly={readOnly}
      searchable={field.choices.length > 8}
      maw={420}
      allowDeselect={false}
    />
  );
}

/** Choices for a select; equal ones once. */
export function options(choices: readonly Choice[]): { value: string; label: string }[] {
  return [...new Map(choices.map((each) => [each.text, each.label]))].map(([value, label]) => ({
    value,
    label,
  }));
}

function isSame(one: string, other: string): boolean {
  return one === other || JSON.stringify(JSON.parse(one)) === JSON.stringify(JSON.parse(other));
}

export function RawField({ label, path, node, description }: FieldProps & { description: string }) {
  const { text, readOnly } = useForm();
  const draft = useDraft(
    text.slice(node.start, node.end),
    (typed) => parseJson(typed) !== null,
    (typed) => put(typed.trim()),
  );
  const put = usePut(path);
  const problem = useProblemWithin(path);
  return (
    <Textarea
      {...named(path, label)}
      description={description || "JSON"}
      value={draft.text}
      onChange={(event) => draft.change(event.currentTarget.value)}
      error={draft.isWrong ? 'Not JSON yet. A text stands in quotes: "like this"' : problem}
      readOnly={readOnly}
      autosize
      minRows={1}
      maxRows={10}
      spellCheck={false}
      styles={{ input: { fontFamily: "var(--mantine-font-family-monospace)", fontSize: 13 } }}
    />
  );
}
