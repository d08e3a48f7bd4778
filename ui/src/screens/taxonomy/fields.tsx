/** Fields that several editors of the taxonomy share. */

import {
  Button,
  Card,
  Group,
  Radio,
  Select,
  Stack,
  Text,
  Textarea,
  TextInput,
} from "@mantine/core";
import { Link } from "@tanstack/react-router";
import type { Schemas } from "@/api/client";
import { useDefinitions } from "@/api/definitions";
import { LabelsInput } from "@/shared/labels";
import { UsedByList } from "@/shared/used-by";
import type { FieldsProps } from "./definition-editor";
import { VALUE_TYPES } from "./kinds";

const DESCRIPTION_MAX = 2000;

interface Described {
  name: string;
  description: string;
}

/** Name and description. */
export function NameFields<D extends Described>({
  draft,
  onChange,
  errors,
  can,
  allowed,
}: FieldsProps<D> & { allowed: string }) {
  return (
    <>
      <TextInput
        label="Name"
        description={allowed}
        value={draft.name}
        onChange={(event) => onChange({ name: event.currentTarget.value } as Partial<D>)}
        error={errors.name}
        readOnly={!can.fields}
        required
        autoComplete="off"
        spellCheck={false}
      />
      <Textarea
        label="Description"
        description="For your team; games do not see it"
        value={draft.description}
        onChange={(event) => onChange({ description: event.currentTarget.value } as Partial<D>)}
        error={errors.description}
        readOnly={!can.fields}
        maxLength={DESCRIPTION_MAX}
        autosize
        minRows={1}
      />
    </>
  );
}

export function LabelsField<D extends { labels: string[] }>({
  draft,
  onChange,
  errors,
  can,
}: FieldsProps<D>) {
  return (
    <LabelsInput
      value={draft.labels}
      onChange={(labels) => onChange({ labels } as Partial<D>)}
      error={errors.labels}
      disabled={!can.labels}
    />
  );
}

type ValueType = keyof typeof VALUE_TYPES;

/** What a value may be, with what each choice means. */
export function ValueTypeField({
  label,
  types,
  value,
  onChange,
  error,
  disabled,
}: {
  label: string;
  types: readonly ValueType[];
  value: ValueType;
  onChange: (type: ValueType) => void;
  error: string | undefined;
  disabled: boolean;
}) {
  return (
    <Radio.Group
      label={label}
      value={value}
      onChange={(type) => onChange(type as ValueType)}
      error={error}
    >
      <Stack gap="xs" mt="xs">
        {types.map((type) => (
          <Radio
            key={type}
            value={type}
            label={VALUE_TYPES[type].label}
            description={VALUE_TYPES[type].meaning}
            disabled={disabled && type !== value}
          />
        ))}
      </Stack>
    </Radio.Group>
  );
}

/** One of the validators, with the way to its schema. */
export function ValidatorField({
  label,
  description,
  value,
  onChange,
  error,
  readOnly,
}: {
  label: string;
  description: string;
  value: string;
  onChange: (name: string) => void;
  error: string | undefined;
  readOnly: boolean;
}) {
  const validators = useDefinitions("taxonomy/validator");
  return (
    <Group align="flex-end" gap="sm">
      <Select
        label={label}
        description={description}
        data={(validators.data ?? []).map((validator) => validator.name)}
        value={value || null}
        onChange={(chosen) => onChange(chosen ?? "")}
        error={error}
        readOnly={readOnly}
        placeholder="None: anything fits"
        searchable
        clearable={!readOnly}
        nothingFoundMessage="No validator is called so"
        style={{ flex: "1 1 260px", maxWidth: 480 }}
      />
      {value && (
        <Button
          variant="subtle"
          renderRoot={(props) => (
            <Link to={`/taxonomy/validators/${encodeURIComponent(value)}` as string} {...props} />
          )}
        >
          See {value}
        </Button>
      )}
    </Group>
  );
}

/** What refers to a definition, as a card beside its fields. */
export function UsedByCard({
  definition,
}: {
  definition: { used_by: Schemas["ReferenceMessage"][]; used_by_count: number } | undefined;
}) {
  if (!definition) {
    return null;
  }
  return (
    <Card>
      <Text component="h2" fw={650} mb="xs">
        Used by
      </Text>
      {definition.used_by_count === 0 ? (
        <Text size="sm" c="dimmed">
          Nothing refers to it.
        </Text>
      ) : (
        <UsedByList usedBy={definition.used_by} count={definition.used_by_count} />
      )}
    </Card>
  );
}
