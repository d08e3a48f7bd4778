/** One scheduled change: when, and what it changes. */

import {
  ActionIcon,
  Box,
  Checkbox,
  Group,
  Paper,
  SegmentedControl,
  Stack,
  Text,
} from "@mantine/core";
import { IconTrash } from "@tabler/icons-react";
import type { ReactNode } from "react";
import { MomentInput } from "@/shared/moment-input";
import { dateOf, formatTime, useZone } from "@/shared/time";
import { ValueEditor } from "@/shared/value-editor/value-editor";
import type { DraftChange } from "./draft";
import { ValueDifference } from "./value-difference";
import type { TabProps } from "./values-tab";
import { VariantList } from "./variant-list";

interface ScheduledChangeProps extends TabProps {
  change: DraftChange;
  /** Where it stands in the API's fields, such as `schedule[0]`. */
  field: string;
  onScheduled: (change: DraftChange) => void;
  onRemove: () => void;
}

export function ScheduledChangeCard(props: ScheduledChangeProps) {
  const { change, field, onScheduled, onRemove, draft, schema, errors, readOnly } = props;
  const [zone] = useZone();
  const date = dateOf(change.atTimeSec);
  const name = date ? `the change of ${formatTime(date, zone)}` : "the new change";
  const set = (changes: Partial<DraftChange>) => onScheduled({ ...change, ...changes });
  return (
    <Paper withBorder p="md" component="section" aria-label={name}>
      <Stack>
        <Group justify="space-between" align="flex-start">
          <MomentInput
            label="At"
            value={change.atTimeSec}
            onChange={(atTimeSec) => set({ atTimeSec })}
            error={errors[`${field}.at_time_sec`] ?? errors[field]}
            readOnly={readOnly}
            required
          />
          {!readOnly && (
            <ActionIcon
              variant="subtle"
              color="gray"
              aria-label={`Take away ${name}`}
              onClick={onRemove}
            >
              <IconTrash size={16} />
            </ActionIcon>
          )}
        </Group>
        <Part
          label="Turn it on or off"
          on={change.enabled !== undefined}
          readOnly={readOnly}
          onToggle={(on) => set({ enabled: on ? !draft.enabled : undefined })}
        >
          <SegmentedControl
            aria-label={`On or off after ${name}`}
            data={[
              { value: "on", label: "On" },
              { value: "off", label: "Off" },
            ]}
            value={change.enabled ? "on" : "off"}
            onChange={(chosen) => set({ enabled: chosen === "on" })}
            readOnly={readOnly}
          />
        </Part>
        <Part
          label="Another default value"
          on={change.value !== undefined}
          readOnly={readOnly}
          onToggle={(on) => set({ value: on ? draft.value : undefined })}
        >
          <Stack>
            <ValueEditor
              label="Default value from then on"
              schema={schema}
              value={change.value ?? ""}
              onChange={(value) => set({ value })}
              error={errors[`${field}.value`]}
              readOnly={readOnly}
              onProblem={(problem) => props.onProblem(`${change.key} value`, problem)}
            />
            <ValueDifference before={draft.value} after={change.value ?? ""} />
          </Stack>
        </Part>
        <Part
          label="Other variants"
          on={change.variants !== undefined}
          readOnly={readOnly}
          onToggle={(on) => set({ variants: on ? draft.variants : undefined })}
        >
          <Stack gap="xs">
            <Text size="sm" c="dimmed">
              In the place of all variants there are then.
            </Text>
            <VariantList
              variants={change.variants ?? []}
              onChange={(variants) => set({ variants })}
              value={change.value ?? draft.value}
              schema={schema}
              field={`${field}.variants`}
              errors={errors}
              readOnly={readOnly}
              onProblem={props.onProblem}
            />
          </Stack>
        </Part>
      </Stack>
    </Paper>
  );
}

/** One thing that a change may change, shown once it is ticked. */
function Part({
  label,
  on,
  onToggle,
  readOnly,
  children,
}: {
  label: string;
  on: boolean;
  onToggle: (on: boolean) => void;
  readOnly: boolean;
  children: ReactNode;
}) {
  return (
    <Box>
      <Checkbox
        label={label}
        checked={on}
        onChange={(event) => onToggle(event.currentTarget.checked)}
        disabled={readOnly}
      />
      {on && (
        <Box pl={30} pt="sm">
          {children}
        </Box>
      )}
    </Box>
  );
}
