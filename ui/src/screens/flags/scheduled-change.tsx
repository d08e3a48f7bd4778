/** One scheduled change: when, and what it changes. */

import {
  ActionIcon,
  Badge,
  Box,
  Checkbox,
  Group,
  Paper,
  SegmentedControl,
  Stack,
  Text,
  UnstyledButton,
} from "@mantine/core";
import { IconChevronRight, IconTrash } from "@tabler/icons-react";
import { type ReactNode, useId } from "react";
import { MomentInput } from "@/shared/moment-input";
import { dateOf, formatTime, useZone } from "@/shared/time";
import { ValueEditor } from "@/shared/value-editor/value-editor";
import { changeWords, type DraftChange, stateBefore } from "./draft";
import { ValueDifference } from "./value-difference";
import type { TabProps } from "./values-tab";
import { VariantList } from "./variant-list";

interface ScheduledChangeProps extends TabProps {
  change: DraftChange;
  /** Where it stands in the API's fields, such as `schedule[0]`. */
  field: string;
  opened: boolean;
  onToggle: () => void;
  onScheduled: (change: DraftChange) => void;
  onRemove: () => void;
}

export function ScheduledChangeCard(props: ScheduledChangeProps) {
  const { change, field, opened, onToggle, onRemove, errors, readOnly } = props;
  const [zone] = useZone();
  const panel = useId();
  const date = dateOf(change.atTimeSec);
  const name = date ? formatTime(date, zone) : "A time to be chosen";
  const isWrong = Object.keys(errors).some((each) => each.startsWith(field));
  return (
    <Paper withBorder component="section" aria-label={`Change: ${name}`}>
      <Group p="sm" gap="xs" wrap="nowrap">
        <UnstyledButton
          onClick={onToggle}
          aria-expanded={opened}
          aria-controls={panel}
          style={{ flex: 1, minWidth: 0 }}
        >
          <Group gap="xs" wrap="nowrap">
            <IconChevronRight
              size={16}
              style={{ transform: opened ? "rotate(90deg)" : undefined, flexShrink: 0 }}
            />
            <Text size="sm" fw={600}>
              {name}
            </Text>
            <Text size="sm" c="dimmed" truncate>
              {changeWords(change)}
            </Text>
            {isWrong && <Badge color="red">Not right yet</Badge>}
          </Group>
        </UnstyledButton>
        {!readOnly && (
          <ActionIcon
            variant="subtle"
            color="gray"
            aria-label={`Take away the change: ${name}`}
            onClick={onRemove}
          >
            <IconTrash size={16} />
          </ActionIcon>
        )}
      </Group>
      {opened && (
        <Box id={panel} p="md" pt={0}>
          <ChangeFields {...props} />
        </Box>
      )}
    </Paper>
  );
}

function ChangeFields(props: ScheduledChangeProps) {
  const { change, field, onScheduled, draft, schema, errors, readOnly } = props;
  const set = (changes: Partial<DraftChange>) => onScheduled({ ...change, ...changes });
  const before = stateBefore(draft, change.key);
  return (
    <Stack>
      <MomentInput
        label="At"
        value={change.atTimeSec}
        onChange={(atTimeSec) => set({ atTimeSec })}
        error={errors[`${field}.at_time_sec`] ?? errors[field]}
        readOnly={readOnly}
        required
      />
      <Part
        label="Turn it on or off"
        on={change.enabled !== undefined}
        readOnly={readOnly}
        onToggle={(on) => set({ enabled: on ? !before.enabled : undefined })}
      >
        <SegmentedControl
          aria-label="On or off from then on"
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
        onToggle={(on) => set({ value: on ? before.value : undefined })}
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
          <ValueDifference
            before={before.value}
            after={change.value ?? ""}
            than="the value before"
          />
        </Stack>
      </Part>
      <Part
        label="Other variants"
        on={change.variants !== undefined}
        readOnly={readOnly}
        onToggle={(on) => set({ variants: on ? before.variants : undefined })}
      >
        <Stack gap="xs">
          <Text size="sm" c="dimmed">
            In the place of all variants there are then.
          </Text>
          <VariantList
            variants={change.variants ?? []}
            onChange={(variants) => set({ variants })}
            value={change.value ?? before.value}
            schema={schema}
            field={`${field}.variants`}
            errors={errors}
            readOnly={readOnly}
            onProblem={props.onProblem}
          />
        </Stack>
      </Part>
    </Stack>
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
