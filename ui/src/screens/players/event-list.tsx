/** Events of a player, the latest first. */

import { Badge, Button, Center, Code, Group, Table, Text, Tooltip } from "@mantine/core";
import type { ReactNode } from "react";
import type { Query } from "@/api/client";
import { type Column, Rows } from "@/shared/data-table";
import { EmptyState, ErrorPanel, Waiting } from "@/shared/feedback";
import { formatRelative, formatTime, useZone } from "@/shared/time";
import { type PlayerEvent, usePlayerEvents } from "./player-api";

const VALUE_CHARS = 40;
const METADATA_SHOWN = 3;

const COLUMNS: Column<PlayerEvent>[] = [
  {
    key: "time",
    header: "Time",
    width: 190,
    cell: (event) => <EventTime timestamp={event.timestamp} />,
  },
  {
    key: "name",
    header: "Event",
    width: 200,
    cell: (event) => (
      <Group gap="xs">
        <Text size="sm" fw={600}>
          {event.name}
        </Text>
        {event.is_test && <Badge color="grape">Test device</Badge>}
      </Group>
    ),
  },
  {
    key: "value",
    header: "Value",
    cell: (event) => (event.value ? <Code>{short(event.value)}</Code> : "–"),
  },
  {
    key: "metadata",
    header: "Metadata",
    cell: (event) => <MetadataInShort metadata={event.metadata ?? {}} />,
  },
  {
    key: "source",
    header: "Sent by",
    wide: true,
    width: 130,
    cell: (event) => SOURCES[event.source ?? ""] ?? event.source,
  },
];

/** To the second: what came first matters here. */
function EventTime({ timestamp }: { timestamp: string }) {
  const [zone] = useZone();
  const date = new Date(timestamp);
  return (
    <Tooltip label={formatRelative(date)}>
      <time dateTime={timestamp} style={{ whiteSpace: "nowrap" }}>
        {formatTime(date, zone, { seconds: true })}
      </time>
    </Tooltip>
  );
}

const SOURCES: Record<string, string> = {
  session: "The game",
  game_server: "A game server",
  server: "A server",
  system: "Matsuri",
};

function short(text: string): string {
  return text.length > VALUE_CHARS ? `${text.slice(0, VALUE_CHARS)}…` : text;
}

function MetadataInShort({ metadata }: { metadata: Record<string, string> }) {
  const entries = Object.entries(metadata);
  if (entries.length === 0) {
    return <>–</>;
  }
  return (
    <Text size="xs" c="dimmed" lineClamp={2} style={{ overflowWrap: "anywhere" }}>
      {entries
        .slice(0, METADATA_SHOWN)
        .map(([key, value]) => `${key}: ${short(value)}`)
        .join(", ")}
      {entries.length > METADATA_SHOWN && ` and ${entries.length - METADATA_SHOWN} more`}
    </Text>
  );
}

/** Pages of events, one below the other; each opens to everything that was kept of it. */
export function EventList({
  playerId,
  query,
  live,
  empty,
}: {
  playerId: string;
  query: Query;
  live: boolean;
  empty: ReactNode;
}) {
  const events = usePlayerEvents(playerId, query, live);
  const failed = events.error && <ErrorPanel error={events.error} retry={() => events.refetch()} />;
  if (events.data === undefined) {
    return failed ?? <Waiting />;
  }
  const rows = events.data.pages.flatMap((page) => page.events);
  if (rows.length === 0) {
    return Object.values(query).some((value) => value !== undefined && value !== "") ? (
      <EmptyState title="Nothing matches">
        Search for something else, or take filters away.
      </EmptyState>
    ) : (
      empty
    );
  }
  return (
    <>
      {failed}
      <Rows
        label="Events"
        rows={rows}
        columns={COLUMNS}
        rowKey={(event) => event.id}
        rowName={(event) => `${event.name} at ${event.timestamp}`}
        detail={(event) => <EventFacts event={event} />}
      />
      {events.hasNextPage && (
        <Center>
          <Button
            variant="default"
            onClick={() => events.fetchNextPage()}
            loading={events.isFetchingNextPage}
          >
            Earlier events
          </Button>
        </Center>
      )}
    </>
  );
}

function EventFacts({ event }: { event: PlayerEvent }) {
  const facts: [string, ReactNode][] = [
    ["Happened", event.timestamp],
    ["Received", event.receive_time],
    ["Id", event.id],
    ["Sent as", event.identity_id],
    ["Session", event.session_id],
    ["API key", event.api_key],
    ["Value", event.value],
    ...Object.entries(event.metadata ?? {}).map(([key, value]): [string, ReactNode] => [
      `metadata.${key}`,
      value,
    ]),
  ];
  return (
    <Table aria-label={`Facts of ${event.name}`} verticalSpacing={3} layout="fixed" maw={760}>
      <Table.Tbody>
        {facts
          .filter(([, value]) => value)
          .map(([name, value]) => (
            <Table.Tr key={name}>
              <Table.Th scope="row" w={200} fw={500} style={{ overflowWrap: "anywhere" }}>
                {name}
              </Table.Th>
              <Table.Td ff="monospace" fz="xs" style={{ overflowWrap: "anywhere" }}>
                {value}
              </Table.Td>
            </Table.Tr>
          ))}
      </Table.Tbody>
    </Table>
  );
}
