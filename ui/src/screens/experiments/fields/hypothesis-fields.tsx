/** What is asked, and by which numbers it is answered. */

import { SimpleGrid, Stack, TagsInput, Textarea, TextInput } from "@mantine/core";
import { LabelsInput } from "@/shared/labels";
import type { ExperimentDraft } from "../draft";

export interface FieldsProps {
  draft: ExperimentDraft;
  onChange: (changes: Partial<ExperimentDraft>) => void;
  /** What is wrong, by the field's path in the API. */
  errors: Record<string, string>;
  readOnly: boolean;
}

export function HypothesisFields({ draft, onChange, errors, readOnly }: FieldsProps) {
  return (
    <Stack>
      <SimpleGrid cols={{ base: 1, sm: 2 }}>
        <TextInput
          label="Name"
          description="Games read it. Letters, digits, spaces, . _ and -"
          value={draft.name}
          onChange={(event) => onChange({ name: event.currentTarget.value })}
          error={errors.name}
          readOnly={readOnly}
          required
          maxLength={64}
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
        label="Hypothesis"
        description="What you expect, and why. Who reads the results later judges by it"
        placeholder="A blue shop sells more, because it stands out from the lobby."
        value={draft.hypothesis}
        onChange={(event) => onChange({ hypothesis: event.currentTarget.value })}
        error={errors.hypothesis}
        readOnly={readOnly}
        autosize
        minRows={2}
      />
      <Textarea
        label="Description"
        description="For your team; games do not see it"
        value={draft.description}
        onChange={(event) => onChange({ description: event.currentTarget.value })}
        error={errors.description}
        readOnly={readOnly}
        autosize
        minRows={1}
      />
      <SimpleGrid cols={{ base: 1, sm: 2 }}>
        <TagsInput
          label="Goal metrics"
          description="What is to move. Type a name, then Enter"
          value={draft.goalMetrics}
          onChange={(goalMetrics) => onChange({ goalMetrics })}
          error={errorIn(errors, "goal_metrics")}
          readOnly={readOnly}
          placeholder={draft.goalMetrics.length ? "" : "revenue"}
          acceptValueOnBlur
        />
        <TagsInput
          label="Metrics to watch"
          description="What must not suffer. Type a name, then Enter"
          value={draft.monitorMetrics}
          onChange={(monitorMetrics) => onChange({ monitorMetrics })}
          error={errorIn(errors, "monitor_metrics")}
          readOnly={readOnly}
          placeholder={draft.monitorMetrics.length ? "" : "retention"}
          acceptValueOnBlur
        />
      </SimpleGrid>
    </Stack>
  );
}

/** What is wrong with a field or any entry of it. */
export function errorIn(errors: Record<string, string>, field: string): string | undefined {
  return Object.entries(errors).find(
    ([each]) => each === field || each.startsWith(`${field}[`),
  )?.[1];
}
