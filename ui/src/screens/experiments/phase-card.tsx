/** One phase: its line, what can be done to it, and its fields once it is open. */

import {
  ActionIcon,
  Badge,
  Box,
  Button,
  Checkbox,
  Group,
  Paper,
  Stack,
  TagsInput,
  Text,
  Title,
  UnstyledButton,
} from "@mantine/core";
import { IconChevronRight, IconCopy, IconTrash } from "@tabler/icons-react";
import { useId } from "react";
import { AudiencesInput } from "@/shared/audiences-input";
import { Time } from "@/shared/time";
import type { Experiment, Phase, PhaseDraft } from "./draft";
import type { ExperimentEdit } from "./edit-tab";
import { errorIn } from "./fields/hypothesis-fields";
import { VariantsFields } from "./fields/variants-fields";
import { WhenFields } from "./fields/when-fields";
import { PhaseActions } from "./phase-actions";
import { type Freedom, freedomOf } from "./standing";
import { StateBadge } from "./state-badge";
import { splitWords } from "./weights";

const FREEDOM: Record<Freedom, string> = {
  all: "It has not begun: everything can be changed, and it can be taken away.",
  some: "It is running. Its end, limit, deadline, goal metrics, name and description can be changed. Its start is what it was; a change of the rest biases it, and you are asked first.",
  none: "It is over, and stays as it was.",
};

interface PhaseCardProps {
  experiment: Experiment;
  phase: PhaseDraft;
  /** Where it stands in the API's fields, such as `phases[0]`. */
  field: string;
  edit: ExperimentEdit;
  opened: boolean;
  onToggle: () => void;
  readOnly: boolean;
  nowS: number;
  onPhase: (phase: PhaseDraft) => void;
  onCopy: () => void;
  onRemove: () => void;
}

export function PhaseCard(props: PhaseCardProps) {
  const { experiment, phase, field, edit, opened, readOnly } = props;
  const panel = useId();
  const stored = experiment.phases.find((each) => each.id === phase.id);
  const freedom = freedomOf(stored, experiment.state);
  const isWrong = Object.keys(edit.errors).some((each) => each.startsWith(field));
  const name = phase.name || "Phase without a name";
  return (
    <Paper withBorder component="section" aria-label={`Phase ${name}`}>
      <Group p="sm" gap="xs" wrap="nowrap">
        <UnstyledButton
          onClick={props.onToggle}
          aria-expanded={opened}
          aria-controls={panel}
          style={{ flex: 1, minWidth: 0 }}
        >
          <Group gap="xs" wrap="nowrap">
            <IconChevronRight
              size={16}
              style={{ transform: opened ? "rotate(90deg)" : undefined, flexShrink: 0 }}
            />
            <Box style={{ minWidth: 0 }}>
              <Group gap="xs">
                <Text size="sm" fw={600} truncate>
                  {name}
                </Text>
                {stored ? <StateBadge state={stored.state} /> : <Badge color="yellow">New</Badge>}
                {stored?.locked && <Badge color="gray">Locked</Badge>}
                {isWrong && <Badge color="red">Not right yet</Badge>}
              </Group>
              <Text size="xs" c="dimmed" truncate component="div">
                <Time seconds={phase.start} full /> to <Time seconds={phase.end} full /> ·{" "}
                {splitWords(
                  phase.variants.map((each) => ({ name: each.name, weight_permille: each.weight })),
                )}
              </Text>
            </Box>
          </Group>
        </UnstyledButton>
        {stored && <PhaseActions experiment={experiment} phase={stored} dirty={edit.dirty} />}
        {!readOnly && (
          <>
            <Button
              size="xs"
              variant="default"
              leftSection={<IconCopy size={14} />}
              onClick={props.onCopy}
            >
              Copy
            </Button>
            {freedom === "all" && (
              <ActionIcon
                variant="subtle"
                color="gray"
                aria-label={`Take away phase ${name}`}
                onClick={props.onRemove}
              >
                <IconTrash size={16} />
              </ActionIcon>
            )}
          </>
        )}
      </Group>
      {opened && (
        <Box id={panel} p="md" pt={0}>
          <PhaseFields {...props} stored={stored} freedom={freedom} />
        </Box>
      )}
    </Paper>
  );
}

function PhaseFields({
  experiment,
  phase,
  field,
  edit,
  readOnly,
  nowS,
  onPhase,
  freedom,
}: PhaseCardProps & { stored: Phase | undefined; freedom: Freedom }) {
  const change = (changes: Partial<PhaseDraft>) => onPhase({ ...phase, ...changes });
  const isFixed = readOnly || freedom === "none";
  const { errors } = edit;
  return (
    <Stack>
      {!readOnly && (
        <Text size="sm" c="dimmed">
          {FREEDOM[freedom]}
        </Text>
      )}
      <Title order={2} size="h5">
        When
      </Title>
      <WhenFields
        phase={phase}
        onChange={change}
        field={field}
        errors={errors}
        readOnly={isFixed}
        freedom={freedom}
        nowS={nowS}
      />
      <Title order={2} size="h5">
        Variants
      </Title>
      <VariantsFields
        variants={phase.variants}
        onChange={(variants) => change({ variants })}
        field={`${field}.variants`}
        errors={errors}
        readOnly={isFixed}
        onProblem={edit.onProblem}
      />
      <Title order={2} size="h5">
        Other than the experiment
      </Title>
      <OwnList
        label="Audiences of its own"
        value={phase.audiences}
        usual={experiment.audiences}
        onChange={(audiences) => change({ audiences })}
        readOnly={isFixed}
      >
        {(value, onChange) => (
          <AudiencesInput
            label="Audiences of this phase"
            value={value}
            onChange={onChange}
            error={errorIn(errors, `${field}.audiences`)}
            readOnly={isFixed}
          />
        )}
      </OwnList>
      <OwnList
        label="Excluded audiences of its own"
        value={phase.excludeAudiences}
        usual={experiment.exclude_audiences}
        onChange={(excludeAudiences) => change({ excludeAudiences })}
        readOnly={isFixed}
      >
        {(value, onChange) => (
          <AudiencesInput
            label="Excluded audiences of this phase"
            placeholder="Nobody"
            value={value}
            onChange={onChange}
            error={errorIn(errors, `${field}.exclude_audiences`)}
            readOnly={isFixed}
          />
        )}
      </OwnList>
      <OwnList
        label="Goal metrics of its own"
        value={phase.goalMetrics}
        usual={experiment.goal_metrics}
        onChange={(goalMetrics) => change({ goalMetrics })}
        readOnly={isFixed}
      >
        {(value, onChange) => (
          <TagsInput
            label="Goal metrics of this phase"
            value={value}
            onChange={onChange}
            error={errorIn(errors, `${field}.goal_metrics`)}
            readOnly={isFixed}
            acceptValueOnBlur
          />
        )}
      </OwnList>
    </Stack>
  );
}

/** A list that is the experiment's unless the phase has one of its own. */
function OwnList({
  label,
  value,
  usual,
  onChange,
  readOnly,
  children,
}: {
  label: string;
  value: string[] | null;
  /** The experiment's. */
  usual: string[];
  onChange: (value: string[] | null) => void;
  readOnly: boolean;
  children: (value: string[], onChange: (value: string[]) => void) => React.ReactNode;
}) {
  return (
    <Stack gap="xs" maw={560}>
      <Checkbox
        label={label}
        description={
          value === null ? `As the experiment: ${usual.join(", ") || "none"}` : undefined
        }
        checked={value !== null}
        onChange={(event) => onChange(event.currentTarget.checked ? usual : null)}
        disabled={readOnly}
      />
      {value !== null && children(value, onChange)}
    </Stack>
  );
}
