/** What biases results: told before it is done, and shown after. */

import { Alert, Checkbox, Group, List, Text } from "@mantine/core";
import { IconAlertTriangle, IconScale } from "@tabler/icons-react";
import { Time } from "@/shared/time";
import type { Experiment } from "./draft";
import classes from "./experiments.module.css";

/** Asks whether a phase that runs may be biased; without that the server refuses the change. */
export function BiasWarning({
  fields,
  accepted,
  onAccept,
}: {
  fields: readonly string[];
  accepted: boolean;
  onAccept: (accepted: boolean) => void;
}) {
  return (
    // Beside what saves: wherever one has scrolled to, this is seen.
    <Alert
      color="yellow"
      icon={<IconAlertTriangle />}
      title={`This biases the phase that is running: ${fields.join(", ")}`}
      role="alert"
      className={classes.warning}
    >
      <Group gap="md">
        <Text size="sm" flex={1} miw={320}>
          Who is in it keeps the place, but others get one, or see something else, than before.
          Better end the phase, and begin another one with the change.
        </Text>
        <Checkbox
          label="Change it anyway, and note it with the results"
          checked={accepted}
          onChange={(event) => onAccept(event.currentTarget.checked)}
        />
      </Group>
    </Alert>
  );
}

/** Every change that may have biased a phase while it ran, the newest first. */
export function BiasNotes({ experiment }: { experiment: Experiment }) {
  if (experiment.bias_notes.length === 0) {
    return null;
  }
  const names = new Map(experiment.phases.map((phase) => [phase.id, phase.name]));
  return (
    <Alert
      color="yellow"
      variant="light"
      icon={<IconScale />}
      title="Changed while it ran: read its results with care"
    >
      <List size="sm" spacing={4}>
        {[...experiment.bias_notes].reverse().map((note, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: notes have no other identity
          <List.Item key={index}>
            Phase {names.get(note.phase) ?? "that is gone"}: {note.fields.join(", ")}
            {note.kind !== "experiment" && ` of ${note.kind.replaceAll("_", " ")} ${note.name}`},{" "}
            <Time seconds={note.change_time_sec} /> by {note.changed_by}
            {note.note && <>: “{note.note}”</>}
          </List.Item>
        ))}
      </List>
    </Alert>
  );
}
