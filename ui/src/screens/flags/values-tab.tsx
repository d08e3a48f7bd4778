/** What a flag is called, what it is for, and its value for everybody. */

import {
  Button,
  Group,
  Select,
  SimpleGrid,
  Stack,
  Switch,
  Textarea,
  TextInput,
} from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { useDefinitions } from "@/api/definitions";
import { LabelsInput } from "@/shared/labels";
import { ValueEditor } from "@/shared/value-editor/value-editor";
import type { FlagDraft } from "./draft";

export interface TabProps {
  draft: FlagDraft;
  onChange: (changes: Partial<FlagDraft>) => void;
  schema: object | undefined;
  errors: Record<string, string>;
  readOnly: boolean;
  /** Told by name what keeps a part from being saved; empty for nothing. */
  onProblem: (part: string, problem: string) => void;
}

export function ValuesTab({ draft, onChange, schema, errors, readOnly, onProblem }: TabProps) {
  return (
    <Stack>
      <SimpleGrid cols={{ base: 1, sm: 2 }}>
        <TextInput
          label="Name"
          description="What the game asks for. Letters, digits, . _ and -"
          value={draft.name}
          onChange={(event) => onChange({ name: event.currentTarget.value })}
          error={errors.name}
          readOnly={readOnly}
          required
          autoComplete="off"
          spellCheck={false}
        />
        <LabelsInput
          value={draft.labels}
          onChange={(labels) => onChange({ labels })}
          disabled={readOnly}
          error={errors.labels}
        />
      </SimpleGrid>
      <Textarea
        label="Description"
        description="For your team; games do not see it"
        value={draft.description}
        onChange={(event) => onChange({ description: event.currentTarget.value })}
        error={errors.description}
        readOnly={readOnly}
        maxLength={128}
        autosize
        minRows={1}
      />
      <Switch
        label={draft.enabled ? "On" : "Off"}
        description="While it is off, everybody has the default value: no variant, experiment or live event changes it"
        checked={draft.enabled}
        onChange={(event) => onChange({ enabled: event.currentTarget.checked })}
        disabled={readOnly}
      />
      <ValidatorSelect
        value={draft.validator}
        onChange={(validator) => onChange({ validator })}
        error={errors.validator}
        readOnly={readOnly}
      />
      <ValueEditor
        key={draft.validator}
        label="Default value"
        schema={schema}
        value={draft.value}
        onChange={(value) => onChange({ value })}
        error={errors.value}
        readOnly={readOnly}
        onProblem={(problem) => onProblem("value", problem)}
      />
    </Stack>
  );
}

function ValidatorSelect({
  value,
  onChange,
  error,
  readOnly,
}: {
  value: string;
  onChange: (validator: string) => void;
  error: string | undefined;
  readOnly: boolean;
}) {
  const validators = useDefinitions("taxonomy/validator");
  return (
    <Group align="flex-end" gap="sm">
      <Select
        label="Validator"
        description="A JSON Schema that every value must fit; it makes the form below"
        data={(validators.data ?? []).map((validator) => validator.name)}
        value={value || null}
        onChange={(chosen) => onChange(chosen ?? "")}
        error={error}
        readOnly={readOnly}
        placeholder="None: any value"
        searchable
        clearable
        style={{ flex: "1 1 260px", maxWidth: 420 }}
      />
      <Button
        variant="subtle"
        renderRoot={(props) => (
          <Link
            to={
              value ? `/taxonomy/validators/${encodeURIComponent(value)}` : "/taxonomy/validators"
            }
            {...props}
          />
        )}
      >
        {value ? "See its schema" : "All validators"}
      </Button>
    </Group>
  );
}
