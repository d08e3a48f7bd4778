/** What a flag will be from times to come. */

import { Box, Button, Group, Stack, Text } from "@mantine/core";
import { IconPlus } from "@tabler/icons-react";
import { useState } from "react";
import { EmptyState } from "@/shared/feedback";
import { bySchedule, type DraftChange, newKey } from "./draft";
import { ScheduledChangeCard } from "./scheduled-change";
import type { TabProps } from "./values-tab";

const HOUR_SECONDS = 3600;

export function ScheduleTab(props: TabProps) {
  const { draft, onChange, readOnly } = props;
  const changes = draft.schedule;
  const put = (schedule: DraftChange[]) => onChange({ schedule });
  const [opened, setOpened] = useState<string | null>(
    changes.length === 1 ? (changes[0]?.key ?? null) : null,
  );
  const add = () => {
    const change = { key: newKey(), atTimeSec: nextTime(changes, Date.now() / 1000) };
    put([...changes, change]);
    setOpened(change.key);
  };
  const button = !readOnly && (
    <Button
      variant={changes.length === 0 ? "filled" : "default"}
      leftSection={<IconPlus size={16} />}
      onClick={add}
    >
      Schedule a change
    </Button>
  );
  if (changes.length === 0) {
    return (
      <EmptyState title="Nothing is scheduled" action={button}>
        A scheduled change gives the flag another value, other variants, or turns it on or off at a
        time to come, for all players at once. To change it for a while, a live event is simpler.
      </EmptyState>
    );
  }
  // Errors come by the place in what was sent, which is in the order of the times.
  const places = bySchedule(changes).map((change) => change.key);
  return (
    <Box maw={980}>
      <Stack>
        <Text size="sm" c="dimmed">
          At each time, what is ticked becomes as said here and stays so; everything else stays as
          it is by then. Once a change has happened it leaves this list and is part of the flag.
        </Text>
        {changes.map((change) => (
          <ScheduledChangeCard
            key={change.key}
            {...props}
            change={change}
            field={`schedule[${places.indexOf(change.key)}]`}
            opened={opened === change.key}
            onToggle={() => setOpened(opened === change.key ? null : change.key)}
            onScheduled={(changed) =>
              put(changes.map((each) => (each.key === change.key ? changed : each)))
            }
            onRemove={() => put(changes.filter((each) => each.key !== change.key))}
          />
        ))}
        <Group>{button}</Group>
      </Stack>
    </Box>
  );
}

/** A full hour to begin from: tomorrow, or a day after the last change. */
function nextTime(changes: readonly DraftChange[], nowSeconds: number): string {
  const last = Math.max(nowSeconds, ...changes.map((change) => Number(change.atTimeSec) || 0));
  return String(Math.ceil(last / HOUR_SECONDS + 24) * HOUR_SECONDS);
}
