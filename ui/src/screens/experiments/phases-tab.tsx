/** The phases of an experiment: what is planned, what runs, and what was. */

import { Button, Group, Stack, Text } from "@mantine/core";
import { IconPlus } from "@tabler/icons-react";
import { useState } from "react";
import { EmptyState } from "@/shared/feedback";
import { byTime, copiedPhase, type Experiment, newPhase, type PhaseDraft } from "./draft";
import { ArchivedNote, type ExperimentEdit } from "./edit-tab";
import { PhaseCard } from "./phase-card";

export function PhasesTab({
  experiment,
  edit,
  readOnly,
  nowS,
}: {
  experiment: Experiment;
  edit: ExperimentEdit;
  readOnly: boolean;
  nowS: number;
}) {
  const { phases } = edit.draft;
  const [opened, setOpened] = useState<string | null>(null);
  const put = (changed: PhaseDraft[]) => edit.change({ phases: changed });
  const add = (phase: PhaseDraft) => {
    put([...phases, phase]);
    setOpened(phase.key);
  };
  const button = !readOnly && (
    <Button
      variant={phases.length === 0 ? "filled" : "default"}
      leftSection={<IconPlus size={16} />}
      onClick={() => add(newPhase(phases, nowS))}
    >
      Add phase
    </Button>
  );
  if (phases.length === 0) {
    return (
      <EmptyState title="No phase yet" action={button}>
        A phase says when the experiment is on, and which variants players get. Begin with a short
        one for testers, or with one for everybody.
      </EmptyState>
    );
  }
  const places = byTime(phases).map((phase) => phase.key);
  return (
    <Stack maw={980}>
      {experiment.archived && <ArchivedNote />}
      <Text size="sm" c="dimmed">
        One after the other, never two at a time. Of what has not begun everything can be changed;
        of what runs only what does not bias it; what is over stays as it was.
      </Text>
      {phases.map((phase) => (
        <PhaseCard
          key={phase.key}
          experiment={experiment}
          phase={phase}
          field={`phases[${places.indexOf(phase.key)}]`}
          edit={edit}
          opened={opened === phase.key}
          onToggle={() => setOpened(opened === phase.key ? null : phase.key)}
          readOnly={readOnly}
          nowS={nowS}
          onPhase={(changed) =>
            put(phases.map((each) => (each.key === phase.key ? changed : each)))
          }
          onCopy={() => add(copiedPhase(phase, phases, nowS))}
          onRemove={() => put(phases.filter((each) => each.key !== phase.key))}
        />
      ))}
      <Group>{button}</Group>
    </Stack>
  );
}
