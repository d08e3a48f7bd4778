/** The form of a schema, or how to come to a value that fits it. */

import { Alert, Button, Group, Stack, Text } from "@mantine/core";
import { FieldView } from "./field-view";
import { useForm } from "./form-state";
import { laidOut } from "./json-edit";
import { type JsonNode, parseJson } from "./json-tree";
import { PlainValue } from "./plain-value";
import { sampleOf } from "./sample";
import { type Field, fieldOf } from "./schema-form";

const WANTED: Partial<Record<Field["kind"], [JsonNode["kind"], string]>> = {
  object: ["object", "an object"],
  array: ["array", "a list"],
  number: ["number", "a number"],
  boolean: ["boolean", "true or false"],
};

/** The fields for the whole value; `onJson` leads to its JSON. */
export function FormPane({ label, onJson }: { label: string; onJson: () => void }) {
  const form = useForm();
  const shape = fieldOf(form.root, form.root);
  if (isOfTexts(shape)) {
    return <PlainValue kind="text" label={label} field={shape} />;
  }
  const node = parseJson(form.text);
  const [kind, wanted] = WANTED[shape.kind] ?? [node?.kind, "one of its choices"];
  if (node !== null && node.kind === kind) {
    return <FieldView name={label} path={[]} node={node} schema={form.root} />;
  }
  return (
    <Alert
      color="yellow"
      variant="light"
      title={form.text === "" ? "No value yet" : "Not what the schema asks for"}
    >
      <Stack gap="xs" align="flex-start">
        <Text size="sm">The schema asks for {wanted}.</Text>
        {!form.readOnly && (
          <Group gap="xs">
            <Button size="xs" onClick={() => form.change(laidOut(sampleOf(form.root, form.root)))}>
              Begin with what it asks for
            </Button>
            <Button size="xs" variant="default" onClick={onJson}>
              Edit as JSON
            </Button>
          </Group>
        )}
      </Stack>
    </Alert>
  );
}

/** Whether all that a field lets one choose are texts: as a whole value they have no quotes. */
function isOfTexts(field: Field): boolean {
  return (
    field.kind === "text" ||
    (field.kind === "choice" && field.choices.every((choice) => choice.text.startsWith('"')))
  );
}
