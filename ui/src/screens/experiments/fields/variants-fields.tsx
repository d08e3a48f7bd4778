/** The variants of a phase: their shares, and what each gives its players. */

import { Alert, Button, Group, Stack, Text } from "@mantine/core";
import { IconEqual, IconPlus } from "@tabler/icons-react";
import {
  equallySplit,
  isEqualSplit,
  type VariantDraft,
  withoutVariant,
  withVariant,
} from "../draft";
import { SplitBar } from "../split-bar";
import { weightProblem } from "../weights";
import { VariantFields } from "./variant-fields";

export interface VariantsProps {
  variants: VariantDraft[];
  onChange: (variants: VariantDraft[]) => void;
  /** Where the variants stand in the API's fields, such as `phases[0].variants`. */
  field: string;
  errors: Record<string, string>;
  readOnly: boolean;
  /** Told by name what keeps a part from being saved; empty for nothing. */
  onProblem: (part: string, problem: string) => void;
}

export function VariantsFields(props: VariantsProps) {
  const { variants, onChange, errors, field, readOnly } = props;
  const wrong = weightProblem(variants.map((each) => each.weight));
  return (
    <Stack>
      <div>
        <Group justify="space-between" mb={6}>
          <Text size="sm" c="dimmed" flex={1} miw={260}>
            The first one is the control: leave its flags alone, so that its players have what they
            would have anyway.
          </Text>
          {!readOnly && (
            <Button
              variant="default"
              size="xs"
              leftSection={<IconEqual size={14} />}
              disabled={isEqualSplit(variants)}
              onClick={() => onChange(equallySplit(variants))}
            >
              Equal shares
            </Button>
          )}
        </Group>
        <SplitBar parts={variants} label="Split of the players" legend />
        <div aria-live="polite">
          {wrong && (
            <Text size="sm" c="red" mt={4}>
              {wrong}
            </Text>
          )}
        </div>
      </div>
      {errors[field] && (
        <Alert color="red" variant="light">
          {errors[field]}
        </Alert>
      )}
      {variants.map((variant, index) => (
        <VariantFields
          key={variant.key}
          {...props}
          variant={variant}
          index={index}
          onVariant={(changed) =>
            onChange(variants.map((each) => (each.key === variant.key ? changed : each)))
          }
          onRemove={index > 0 ? () => onChange(withoutVariant(variants, variant.key)) : undefined}
        />
      ))}
      {!readOnly && (
        <Group>
          <Button
            variant="default"
            leftSection={<IconPlus size={16} />}
            onClick={() => onChange(withVariant(variants))}
          >
            Add variant
          </Button>
        </Group>
      )}
    </Stack>
  );
}
