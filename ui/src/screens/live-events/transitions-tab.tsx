/** The starts and ends of runs, as the server noticed them. */

import { Badge, Stack, Text } from "@mantine/core";
import type { Schemas } from "@/api/client";
import { type Column, CursorTable } from "@/shared/data-table";
import { EmptyState } from "@/shared/feedback";
import { Time } from "@/shared/time";
import { useUrlState } from "@/shared/url-state";
import type { LiveEvent } from "./draft";
import { useRunZone } from "./overview-tab";
import { useTransitions } from "./run-queries";
import { spanText } from "./words";

type Transition = Schemas["TransitionMessage"];

export function TransitionsTab({ event }: { event: LiveEvent }) {
  const [url, setUrl] = useUrlState();
  const zone = useRunZone(event);
  const found = useTransitions(event.id, url.cursor ?? "");
  const columns: Column<Transition>[] = [
    {
      key: "type",
      header: "What",
      cell: (each) =>
        each.type === "LIVE_EVENT_STARTED" ? (
          <Badge color="lantern">Started</Badge>
        ) : (
          <Badge color="gray">Ended</Badge>
        ),
      width: 120,
    },
    {
      key: "time",
      header: "When",
      cell: (each) => <Time seconds={each.time_sec} full />,
      width: 200,
    },
    { key: "run", header: `Of the run (${zone})`, cell: (each) => spanText(each, zone) },
    {
      key: "told",
      header: "Noticed",
      cell: (each) => <Time seconds={each.told_time_sec} full />,
      width: 200,
    },
  ];
  return (
    <Stack>
      <Text size="sm" c="dimmed" maw={760}>
        Each start and end is told once, also where the server was down as it happened. Runs are as
        they were known then.
      </Text>
      <CursorTable
        label="Starts and ends"
        rows={found.data?.transitions}
        columns={columns}
        rowKey={(each) => each.number}
        pending={found.isPending}
        error={found.error}
        retry={() => found.refetch()}
        nextCursor={found.data?.page_options.next_cursor}
        prevCursor={found.data?.page_options.prev_cursor}
        onCursor={(cursor) => setUrl({ cursor })}
        empty={
          <EmptyState title="Nothing has started yet">
            Starts and ends of runs come here, the newest first.
          </EmptyState>
        }
      />
    </Stack>
  );
}
