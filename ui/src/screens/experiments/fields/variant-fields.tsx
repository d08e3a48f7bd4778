/** One variant: its name, its share, and the values that it gives flags. */

import {
  ActionIcon,
  Badge,
  Button,
  Fieldset,
  Group,
  Select,
  SimpleGrid,
  Stack,
  Text,
  TextInput,
} from "@mantine/core";
import { IconTrash } from "@tabler/icons-react";
import { useState } from "react";
import { type Definitions, useDefinitions } from "@/api/definitions";
import { TextLink } from "@/shared/page";
import { useValidatorSchema } from "@/shared/use-validator";
import { ValueEditor } from "@/shared/value-editor/value-editor";
import type { FlagValueDraft, VariantDraft } from "../draft";
import { VariantDot } from "../split-bar";
import type { VariantsProps } from "./variants-fields";
import { PercentInput } from "./who-fields";

interface VariantFieldsProps extends VariantsProps {
  variant: VariantDraft;
  index: number;
  onVariant: (variant: VariantDraft) => void;
  /** Absent for the control, which always is. */
  onRemove: (() => void) | undefined;
}

export function VariantFields(props: VariantFieldsProps) {
  const { variant, index, onVariant, onRemove, errors, readOnly } = props;
  const at = `${props.field}[${index}]`;
  const name = variant.name || "this variant";
  const change = (changes: Partial<VariantDraft>) => onVariant({ ...variant, ...changes });
  return (
    <Fieldset
      legend={
        <Group gap={6}>
          <VariantDot index={index} />
          <span>{variant.name || "Variant without a name"}</span>
          {index === 0 && <Badge color="gray">Control</Badge>}
        </Group>
      }
    >
      <Stack>
        <Group align="flex-start" wrap="nowrap">
          <SimpleGrid cols={{ base: 1, sm: 3 }} flex={1}>
            <TextInput
              label="Name"
              value={variant.name}
              onChange={(event) => change({ name: event.currentTarget.value })}
              error={errors[`${at}.name`]}
              readOnly={readOnly}
              required
              maxLength={64}
            />
            <PercentInput
              label="Share of the players"
              value={variant.weight}
              onChange={(weight) => change({ weight })}
              error={errors[`${at}.weight_permille`]}
              readOnly={readOnly}
            />
            <TextInput
              label="Description"
              value={variant.description}
              onChange={(event) => change({ description: event.currentTarget.value })}
              error={errors[`${at}.description`]}
              readOnly={readOnly}
            />
          </SimpleGrid>
          {!readOnly && onRemove && (
            <ActionIcon
              variant="subtle"
              color="gray"
              mt={26}
              aria-label={`Take away variant ${name}`}
              onClick={onRemove}
            >
              <IconTrash size={16} />
            </ActionIcon>
          )}
        </Group>
        <FlagValues {...props} at={at} name={name} onFlags={(flags) => change({ flags })} />
        <OwnValue {...props} at={at} name={name} onValue={(value) => change({ value })} />
      </Stack>
    </Fieldset>
  );
}

function FlagValues({
  variant,
  at,
  name,
  onFlags,
  errors,
  readOnly,
  onProblem,
}: VariantFieldsProps & {
  at: string;
  name: string;
  onFlags: (flags: FlagValueDraft[]) => void;
}) {
  const flags = useDefinitions("flag");
  const byName = new Map((flags.data ?? []).map((flag) => [flag.name, flag]));
  const taken = new Set(variant.flags.map((each) => each.flag));
  const free = (flags.data ?? []).filter((flag) => !taken.has(flag.name));
  return (
    <>
      {variant.flags.map((given, place) => (
        <FlagValue
          key={given.flag}
          given={given}
          flag={byName.get(given.flag)}
          whose={name}
          error={errors[`${at}.flags[${place}].value`] ?? errors[`${at}.flags[${place}].flag`]}
          readOnly={readOnly}
          onValue={(value) =>
            onFlags(variant.flags.map((each) => (each === given ? { ...each, value } : each)))
          }
          onRemove={() => onFlags(variant.flags.filter((each) => each !== given))}
          onProblem={(problem) => onProblem(`${variant.key} ${given.flag}`, problem)}
        />
      ))}
      {readOnly ? (
        variant.flags.length === 0 && (
          <Text size="sm" c="dimmed">
            Sets no flag.
          </Text>
        )
      ) : (
        <Select
          aria-label={`Set a flag for ${name}`}
          placeholder={
            variant.flags.length === 0 ? "Set a flag for its players" : "Set one more flag"
          }
          data={free.map((flag) => flag.name)}
          value={null}
          onChange={(chosen) =>
            chosen &&
            onFlags([...variant.flags, { flag: chosen, value: byName.get(chosen)?.value ?? "" }])
          }
          searchable
          nothingFoundMessage="No other flag has that name"
          maw={340}
        />
      )}
    </>
  );
}

function FlagValue({
  given,
  flag,
  whose,
  error,
  readOnly,
  onValue,
  onRemove,
  onProblem,
}: {
  given: FlagValueDraft;
  flag: Definitions["flag"] | undefined;
  whose: string;
  error: string | undefined;
  readOnly: boolean;
  onValue: (value: string) => void;
  onRemove: () => void;
  onProblem: (problem: string) => void;
}) {
  const schema = useValidatorSchema(flag?.validator ?? "");
  return (
    <Stack gap={4}>
      <Group align="flex-start" wrap="nowrap" gap="xs">
        <div style={{ flex: 1, minWidth: 0 }}>
          <ValueEditor
            label={`${given.flag} for ${whose}`}
            schema={schema}
            value={given.value}
            onChange={onValue}
            error={error}
            readOnly={readOnly}
            onProblem={onProblem}
          />
        </div>
        {!readOnly && (
          <ActionIcon
            variant="subtle"
            color="gray"
            aria-label={`Do not set ${given.flag} for ${whose}`}
            onClick={onRemove}
          >
            <IconTrash size={16} />
          </ActionIcon>
        )}
      </Group>
      <Text size="xs" c="dimmed">
        Flag{" "}
        <TextLink to={`/flags/${encodeURIComponent(given.flag)}`} underline="always">
          {given.flag}
        </TextLink>
        {flag && (
          <>
            {" "}
            is {flag.value.length > 60 ? `${flag.value.slice(0, 60)}…` : flag.value || '""'} by
            default
            {flag.value === given.value && ": this is the same"}
          </>
        )}
      </Text>
    </Stack>
  );
}

/** For games that read experiments themselves; flags are enough for most. */
function OwnValue({
  variant,
  at,
  name,
  onValue,
  errors,
  readOnly,
  onProblem,
}: VariantFieldsProps & { at: string; name: string; onValue: (value: string) => void }) {
  const [opened, setOpened] = useState(variant.value !== "");
  if (!opened) {
    return readOnly ? null : (
      <Group>
        <Button variant="subtle" size="compact-xs" onClick={() => setOpened(true)}>
          A value of its own, for games that read experiments
        </Button>
      </Group>
    );
  }
  return (
    <ValueEditor
      label={`Value of ${name} itself`}
      value={variant.value}
      onChange={onValue}
      error={errors[`${at}.value`]}
      readOnly={readOnly}
      onProblem={(problem) => onProblem(`${variant.key} value`, problem)}
    />
  );
}
