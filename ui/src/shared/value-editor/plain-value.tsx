/** Simple fields for a whole value: a text, a number, or true or false. */

import { SegmentedControl, Select, Textarea, TextInput } from "@mantine/core";
import { useDraft, useForm, useProblem } from "./form-state";
import { options } from "./leaf-fields";
import type { Field } from "./schema-form";
import { isNumberText, type ValueKind } from "./value-kind";

/** `field` is what the schema says, where it speaks of texts. */
export function PlainValue({
  kind,
  label,
  field,
}: {
  kind: ValueKind;
  label: string;
  field?: Field;
}) {
  switch (kind) {
    case "number":
      return <PlainNumber label={label} />;
    case "boolean":
      return <PlainBoolean label={label} />;
    default:
      return field?.kind === "choice" ? (
        <PlainChoice label={label} choices={field} />
      ) : (
        <PlainText label={label} description={field?.description} />
      );
  }
}

function PlainText({ label, description }: { label: string; description?: string }) {
  const form = useForm();
  return (
    <Textarea
      aria-label={label}
      description={description || undefined}
      value={form.text}
      onChange={(event) => form.change(event.currentTarget.value)}
      error={useProblem([])}
      readOnly={form.readOnly}
      autosize
      minRows={1}
      maxRows={12}
      placeholder="Empty"
    />
  );
}

function PlainNumber({ label }: { label: string }) {
  const form = useForm();
  const draft = useDraft(form.text, isNumberText, form.change);
  const isNumber = draft.text === "" || isNumberText(draft.text);
  return (
    <TextInput
      aria-label={label}
      value={draft.text}
      onChange={(event) => draft.change(event.currentTarget.value)}
      error={isNumber ? undefined : "Write a number, such as 12 or 0.5"}
      readOnly={form.readOnly}
      inputMode="decimal"
      placeholder="0"
      maw={280}
    />
  );
}

function PlainBoolean({ label }: { label: string }) {
  const form = useForm();
  return (
    <SegmentedControl
      aria-label={label}
      data={["true", "false"]}
      value={form.text}
      onChange={form.change}
      readOnly={form.readOnly}
    />
  );
}

function PlainChoice({
  label,
  choices,
}: {
  label: string;
  choices: Extract<Field, { kind: "choice" }>;
}) {
  const form = useForm();
  const data = options(choices.choices).map((each) => ({
    ...each,
    value: JSON.parse(each.value) as string,
  }));
  const isKnown = data.some((each) => each.value === form.text);
  const problem = useProblem([]);
  return (
    <Select
      aria-label={label}
      description={choices.description || undefined}
      data={data}
      value={isKnown ? form.text : null}
      placeholder={form.text || "Choose"}
      onChange={(value) => value !== null && form.change(value)}
      error={isKnown || form.text === "" ? problem : `“${form.text}” is none of the choices`}
      readOnly={form.readOnly}
      searchable={data.length > 8}
      allowDeselect={false}
      maw={420}
    />
  );
}
