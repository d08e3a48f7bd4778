/** One flag of a live event: its value for everybody who takes part, and for some of them. */

import {
  ActionIcon,
  Card,
  Code,
  Group,
  Paper,
  Stack,
  Switch,
  Text,
  TextInput,
} from "@mantine/core";
import { IconTrash } from "@tabler/icons-react";
import type { Definitions } from "@/api/definitions";
import { AudiencesInput } from "@/shared/audiences-input";
import { TextLink } from "@/shared/page";
import { useValidatorSchema } from "@/shared/use-validator";
import { ValueEditor } from "@/shared/value-editor/value-editor";
import { AddButton } from "./add-button";
import { type DraftFlag, type DraftVariant, newKey } from "./draft";
import { errorAt } from "./draft-problems";
import type { PartProps } from "./part-props";

interface FlagCardProps extends Pick<PartProps, "errors" | "readOnly" | "onProblem"> {
  override: DraftFlag;
  /** The flag as it is stored; absent while it is not known, or for one that is gone. */
  definition: Definitions["flag"] | undefined;
  field: string;
  onOverride: (override: DraftFlag) => void;
  onRemove: () => void;
}

export function FlagCard(props: FlagCardProps) {
  const { override, definition, field, onOverride, errors, readOnly } = props;
  const schema = useValidatorSchema(definition?.validator ?? "");
  const initial = definition?.value ?? "";
  const setVariants = (variants: DraftVariant[]) => onOverride({ ...override, variants });
  return (
    <Card component="section" aria-label={`Flag ${override.flag}`} withBorder padding="md">
      <Stack>
        <Group justify="space-between" wrap="nowrap" align="flex-start">
          <div style={{ minWidth: 0 }}>
            <Text fw={600} style={{ overflowWrap: "anywhere" }}>
              Flag{" "}
              <TextLink to={`/flags/${encodeURIComponent(override.flag)}`}>
                {override.flag}
              </TextLink>
            </Text>
            {definition && (
              <Text size="xs" c="dimmed" component="div" truncate>
                {definition.enabled ? "Default" : "It is off: everybody has its default"}{" "}
                <Code>{shortened(definition.value)}</Code>
              </Text>
            )}
            {errors[field] || errors[`${field}.flag`] ? (
              <Text size="sm" c="red" role="alert">
                {errors[field] ?? errors[`${field}.flag`]}
              </Text>
            ) : null}
          </div>
          {!readOnly && (
            <ActionIcon
              variant="subtle"
              color="gray"
              onClick={props.onRemove}
              aria-label={`Take flag ${override.flag} away`}
            >
              <IconTrash size={16} />
            </ActionIcon>
          )}
        </Group>
        <Switch
          label="A value for everybody who takes part"
          description="Off: only the audiences below get another value"
          checked={override.value !== undefined}
          onChange={(event) =>
            onOverride({ ...override, value: event.currentTarget.checked ? initial : undefined })
          }
          disabled={readOnly}
        />
        {override.value !== undefined && (
          <ValueEditor
            key={definition?.validator}
            label={`Value of ${override.flag} while it is on`}
            schema={schema}
            value={override.value}
            onChange={(value) => onOverride({ ...override, value })}
            error={errors[`${field}.value`]}
            readOnly={readOnly}
            onProblem={(problem) => props.onProblem(`flag ${override.key}`, problem)}
          />
        )}
        {override.variants.map((variant, place) => (
          <VariantFields
            key={variant.key}
            variant={variant}
            schema={schema}
            at={`${field}.variants[${place}]`}
            onVariant={(next) =>
              setVariants(override.variants.map((each) => (each.key === next.key ? next : each)))
            }
            onRemove={() =>
              setVariants(override.variants.filter((each) => each.key !== variant.key))
            }
            errors={errors}
            readOnly={readOnly}
            onProblem={props.onProblem}
          />
        ))}
        {!readOnly && (
          <AddButton
            onClick={() =>
              setVariants([
                ...override.variants,
                {
                  key: newKey(),
                  name: `variant ${override.variants.length + 1}`,
                  value: override.value ?? initial,
                  audiences: [],
                },
              ])
            }
          >
            Another value for some audiences
          </AddButton>
        )}
        {override.variants.length > 1 && (
          <Text size="xs" c="dimmed">
            Who is in several of them gets the first.
          </Text>
        )}
      </Stack>
    </Card>
  );
}

function VariantFields({
  variant,
  schema,
  at,
  onVariant,
  onRemove,
  errors,
  readOnly,
  onProblem,
}: Pick<PartProps, "errors" | "readOnly" | "onProblem"> & {
  variant: DraftVariant;
  schema: object | undefined;
  at: string;
  onVariant: (variant: DraftVariant) => void;
  onRemove: () => void;
}) {
  return (
    <Paper withBorder p="sm">
      <Stack gap="sm">
        <Group align="flex-start" gap="sm" wrap="nowrap">
          <TextInput
            label="Name of the variant"
            value={variant.name}
            onChange={(event) => onVariant({ ...variant, name: event.currentTarget.value })}
            error={errors[`${at}.name`]}
            readOnly={readOnly}
            maxLength={64}
            style={{ flex: 1 }}
          />
          <div style={{ flex: 1 }}>
            <AudiencesInput
              label="For participants in any of"
              placeholder="Choose audiences"
              value={variant.audiences}
              onChange={(audiences) => onVariant({ ...variant, audiences })}
              error={errorAt(errors, `${at}.audiences`)}
              readOnly={readOnly}
            />
          </div>
          {!readOnly && (
            <ActionIcon
              variant="subtle"
              color="gray"
              mt={26}
              onClick={onRemove}
              aria-label={`Take ${variant.name || "this variant"} away`}
            >
              <IconTrash size={16} />
            </ActionIcon>
          )}
        </Group>
        <ValueEditor
          label={`Value of ${variant.name || "this variant"}`}
          schema={schema}
          value={variant.value}
          onChange={(value) => onVariant({ ...variant, value })}
          error={errors[`${at}.value`]}
          readOnly={readOnly}
          onProblem={(problem) => onProblem(`variant ${variant.key}`, problem)}
        />
      </Stack>
    </Paper>
  );
}

function shortened(value: string): string {
  return value.length > 60 ? `${value.slice(0, 60)}…` : value || '""';
}
