/** What to know before an experiment is launched. */

import { Alert, List, Stack } from "@mantine/core";
import { IconAlertTriangle } from "@tabler/icons-react";
import { Time } from "@/shared/time";
import type { Experiment } from "./draft";
import { useNow } from "./use-now";

export function LaunchNotes({ experiment }: { experiment: Experiment }) {
  const nowS = useNow();
  return (
    <Stack gap="xs" mt="sm">
      <List size="sm" spacing={2}>
        {experiment.phases.map((phase) => (
          <List.Item key={phase.id}>
            {phase.name}:{" "}
            {Number(phase.end_time_sec) <= nowS ? (
              "would be over already; give it later times first"
            ) : Number(phase.start_time_sec) <= nowS ? (
              <>
                begins at once, ends <Time seconds={phase.end_time_sec} full />
              </>
            ) : (
              <>
                <Time seconds={phase.start_time_sec} full /> to{" "}
                <Time seconds={phase.end_time_sec} full />
              </>
            )}
          </List.Item>
        ))}
      </List>
      {experiment.phases.length === 0 && (
        <Alert color="yellow" variant="light" icon={<IconAlertTriangle />}>
          It has no phase yet: add one first.
        </Alert>
      )}
      {experiment.overlap_count > 0 && (
        <Alert
          color="yellow"
          variant="light"
          icon={<IconAlertTriangle />}
          title="It would meet other experiments"
        >
          <List size="sm" spacing={2}>
            {experiment.overlaps.slice(0, 5).map((overlap) => (
              <List.Item key={`${overlap.phase} ${overlap.other_id} ${overlap.other_phase}`}>
                {overlap.other} sets {overlap.flags.join(", ")}, too. Who is in both has the values
                of {overlap.wins}.
              </List.Item>
            ))}
          </List>
        </Alert>
      )}
    </Stack>
  );
}
