/** How often a live event repeats: in plain words, and as the cron text; each writes the other. */

import { Checkbox, Group, NumberInput, Select, Stack, Text, TextInput } from "@mantine/core";
import {
  changedTo,
  cronOf,
  type Every,
  HOUR_STEPS,
  isNotInEveryMonth,
  LAST_DAY,
  type Rule,
  ruleOf,
  timeOfDay,
  timeText,
  WEEK_ORDER,
  WEEKDAYS,
} from "./recurrence";

const CRON_ONLY = "cron";
const SORTS: { value: Every | typeof CRON_ONLY; label: string }[] = [
  { value: "hours", label: "Every few hours" },
  { value: "day", label: "Every day" },
  { value: "week", label: "Every week" },
  { value: "month", label: "Every month, on a date" },
  { value: "weekday of month", label: "Every month, on a weekday" },
  { value: CRON_ONLY, label: "As cron says" },
];
const NTHS = ["first", "second", "third", "fourth"];

interface RecurrenceProps {
  cron: string;
  onChange: (cron: string) => void;
  error: string | undefined;
  readOnly: boolean;
}

export function RecurrenceInput({ cron, onChange, error, readOnly }: RecurrenceProps) {
  const rule = ruleOf(cron);
  return (
    <Stack gap="sm">
      <Group align="flex-end" gap="sm">
        <Select
          label="Runs start"
          data={rule ? SORTS.filter((each) => each.value !== CRON_ONLY) : SORTS}
          value={rule?.every ?? CRON_ONLY}
          onChange={(every) => {
            if (every && every !== CRON_ONLY) {
              onChange(cronOf(changedTo(every as Every, rule)));
            }
          }}
          allowDeselect={false}
          readOnly={readOnly}
          w={240}
        />
        {rule && (
          <RuleFields rule={rule} onRule={(next) => onChange(cronOf(next))} readOnly={readOnly} />
        )}
      </Group>
      {rule?.every === "week" && (
        <DaysOfWeek
          days={rule.days}
          onDays={(days) => onChange(cronOf({ ...rule, days }))}
          readOnly={readOnly}
        />
      )}
      {isNotInEveryMonth(rule) && (
        <Text size="sm" c="dimmed">
          Months without that day have no run. For the end of each month choose “last day”.
        </Text>
      )}
      <TextInput
        label="The same as cron"
        description="Minute, hour, day of the month, month, day of the week; what the fields above cannot say can be written here"
        value={cron}
        onChange={(event) => onChange(event.currentTarget.value)}
        error={error}
        readOnly={readOnly}
        maxLength={128}
        spellCheck={false}
        autoComplete="off"
        styles={{ input: { fontFamily: "var(--mantine-font-family-monospace)" } }}
        maw={340}
      />
    </Stack>
  );
}

function RuleFields({
  rule,
  onRule,
  readOnly,
}: {
  rule: Rule;
  onRule: (rule: Rule) => void;
  readOnly: boolean;
}) {
  if (rule.every === "hours") {
    return (
      <>
        <Select
          label="Every"
          data={HOUR_STEPS.map((step) => ({
            value: String(step),
            label: step === 1 ? "hour" : `${step} hours`,
          }))}
          value={String(rule.step)}
          onChange={(step) => onRule({ ...rule, step: Number(step) || 1 })}
          allowDeselect={false}
          readOnly={readOnly}
          w={120}
        />
        <NumberInput
          label="At minute"
          value={rule.minute}
          onChange={(minute) => onRule({ ...rule, minute: within(minute, 0, 59) })}
          min={0}
          max={59}
          allowDecimal={false}
          readOnly={readOnly}
          w={100}
        />
      </>
    );
  }
  return (
    <>
      {rule.every === "month" && (
        <Select
          label="On"
          data={[
            ...Array.from({ length: 31 }, (_, index) => ({
              value: String(index + 1),
              label: `day ${index + 1}`,
            })),
            { value: String(LAST_DAY), label: "last day" },
          ]}
          value={String(rule.day)}
          onChange={(day) => onRule({ ...rule, day: Number(day) })}
          allowDeselect={false}
          readOnly={readOnly}
          w={120}
        />
      )}
      {rule.every === "weekday of month" && (
        <>
          <Select
            label="On the"
            data={NTHS.map((label, index) => ({ value: String(index + 1), label }))}
            value={String(rule.nth)}
            onChange={(nth) => onRule({ ...rule, nth: Number(nth) || 1 })}
            allowDeselect={false}
            readOnly={readOnly}
            w={110}
          />
          <Select
            label="Weekday"
            data={WEEK_ORDER.map((day) => ({ value: String(day), label: WEEKDAYS[day] ?? "" }))}
            value={String(rule.weekday)}
            onChange={(weekday) => onRule({ ...rule, weekday: Number(weekday) })}
            allowDeselect={false}
            readOnly={readOnly}
            w={140}
          />
        </>
      )}
      <TextInput
        type="time"
        label="At"
        value={timeText(rule)}
        onChange={(event) => {
          const time = timeOfDay(event.currentTarget.value);
          if (time) {
            onRule({ ...rule, ...time });
          }
        }}
        readOnly={readOnly}
        w={120}
      />
    </>
  );
}

function DaysOfWeek({
  days,
  onDays,
  readOnly,
}: {
  days: number[];
  onDays: (days: number[]) => void;
  readOnly: boolean;
}) {
  return (
    <Checkbox.Group
      label="On"
      value={days.map(String)}
      // A week without a day would have no run: the last one stays.
      onChange={(chosen) => chosen.length > 0 && onDays(chosen.map(Number))}
    >
      <Group gap="md" mt={4}>
        {WEEK_ORDER.map((day) => (
          <Checkbox key={day} value={String(day)} label={WEEKDAYS[day]} disabled={readOnly} />
        ))}
      </Group>
    </Checkbox.Group>
  );
}

function within(value: number | string, least: number, most: number): number {
  return Math.min(Math.max(Math.round(Number(value) || 0), least), most);
}
