/** When a phase is, and how many players it takes. */

import {
  Button,
  Group,
  NumberInput,
  Radio,
  SimpleGrid,
  Stack,
  Text,
  TextInput,
} from "@mantine/core";
import { MomentInput } from "@/shared/moment-input";
import { formatDuration } from "@/shared/time";
import type { PhaseDraft } from "../draft";
import type { Freedom } from "../standing";
import { DAY, timeProblems } from "../times";

const WEEKS = [1, 2, 4];

export function WhenFields({
  phase,
  onChange,
  field,
  errors,
  readOnly,
  freedom = "all",
  nowS,
}: {
  phase: PhaseDraft;
  onChange: (changes: Partial<PhaseDraft>) => void;
  /** Where the phase stands in the API's fields, such as `phases[0]`. */
  field: string;
  errors: Record<string, string>;
  readOnly: boolean;
  freedom?: Freedom;
  nowS: number;
}) {
  // What is over, or only looked at, need not be to come.
  const problems = readOnly ? {} : timeProblems(phase, nowS);
  const hasBegun = freedom !== "all";
  const length = phase.start && phase.end ? Number(phase.end) - Number(phase.start) : 0;
  return (
    <Stack>
      <SimpleGrid cols={{ base: 1, sm: 2 }}>
        <TextInput
          label="Name of the phase"
          description="Such as QA or main; games are told it"
          value={phase.name}
          onChange={(event) => onChange({ name: event.currentTarget.value })}
          error={errors[`${field}.name`]}
          readOnly={readOnly}
          required
          maxLength={64}
        />
        <TextInput
          label="Description of the phase"
          description="For your team"
          value={phase.description}
          onChange={(event) => onChange({ description: event.currentTarget.value })}
          error={errors[`${field}.description`]}
          readOnly={readOnly}
        />
        <MomentInput
          label="Begins"
          value={phase.start}
          onChange={(start) => onChange({ start })}
          error={errors[`${field}.start_time_sec`] ?? problems.start}
          readOnly={readOnly || hasBegun}
          required
        />
        <MomentInput
          label="Ends"
          value={phase.end}
          onChange={(end) => onChange({ end })}
          error={errors[`${field}.end_time_sec`] ?? problems.end}
          readOnly={readOnly}
          required
        />
      </SimpleGrid>
      <Group gap="xs">
        {!readOnly && (
          <>
            {!hasBegun && (
              <Button
                size="xs"
                variant="default"
                onClick={() =>
                  onChange({ start: String(nowS), end: String(nowS + Math.max(length, DAY)) })
                }
              >
                Begin at once
              </Button>
            )}
            {WEEKS.map((weeks) => (
              <Button
                key={weeks}
                size="xs"
                variant="default"
                disabled={!phase.start}
                onClick={() => onChange({ end: String(Number(phase.start) + weeks * 7 * DAY) })}
              >
                {weeks === 1 ? "1 week" : `${weeks} weeks`}
              </Button>
            ))}
          </>
        )}
        {length > 0 && (
          <Text size="sm" c="dimmed">
            It lasts {formatDuration(length)}. Whole weeks have each weekday alike.
          </Text>
        )}
      </Group>
      <SimpleGrid cols={{ base: 1, sm: 2 }}>
        <NumberInput
          label="Players at most"
          description="Later ones get no place; 0 for no limit"
          value={phase.participantsMax}
          onChange={(count) => onChange({ participantsMax: Math.max(0, Number(count) || 0) })}
          error={errors[`${field}.participants_max`]}
          readOnly={readOnly}
          min={0}
          allowDecimal={false}
          thousandSeparator=","
        />
        <MomentInput
          label="Admission deadline"
          value={phase.deadline}
          onChange={(deadline) => onChange({ deadline })}
          error={errors[`${field}.admission_deadline_time_sec`] ?? problems.deadline}
          readOnly={readOnly}
        />
      </SimpleGrid>
      <Text size="xs" c="dimmed" mt={-8}>
        From the deadline on nobody new gets a place; who has one keeps it until the phase ends, so
        that each is in it long enough to tell something. Empty for none.
      </Text>
      <Radio.Group
        label="What the variant of a player hangs on"
        value={phase.splitKey}
        onChange={(splitKey) => onChange({ splitKey: splitKey as PhaseDraft["splitKey"] })}
        readOnly={readOnly}
        error={errors[`${field}.split_key`]}
      >
        <Stack gap="xs" mt={6}>
          <Radio
            value="ID"
            label="The experiment"
            description="Players keep their variants from phase to phase. Right for nearly all"
            disabled={readOnly}
          />
          <Radio
            value="PHASE"
            label="The phase"
            description="Players are drawn anew in each phase, so what an earlier one did to them is spread evenly"
            disabled={readOnly}
          />
        </Stack>
      </Radio.Group>
    </Stack>
  );
}
