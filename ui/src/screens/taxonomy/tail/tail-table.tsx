/** The rows of a live tail, each of which opens to everything that came with it. */

import { Badge, Code, Group, Stack, Table, Text } from "@mantine/core";
import type { ReactNode } from "react";
import { type Column, Rows } from "@/shared/data-table";
import { TextLink } from "@/shared/page";
import { useZone } from "@/shared/time";
import { type Refused, SOURCES, shownName } from "../debugger/reasons";
import { RefusedFacts } from "../debugger/refused-facts";
import type { TailEvent, TailRow } from "./tail-rows";

const VALUE_CHARS = 40;
const METADATA_SHOWN = 3;

const COLUMNS: Column<TailRow>[] = [
  {
    key: "time",
    header: "Received",
    width: 100,
    cell: (row) => (row.kind === "gap" ? "" : <Clock time={row.event.receive_time} />),
  },
  {
    key: "status",
    header: "Status",
    width: 110,
    cell: (row) =>
      row.kind === "gap" ? (
        <Badge color="yellow">Left out</Badge>
      ) : row.kind === "accepted" ? (
        <Badge color="teal">Accepted</Badge>
      ) : (
        <Badge color="red">Refused</Badge>
      ),
  },
  {
    key: "name",
    header: "Event",
    cell: (row) =>
      row.kind === "gap" ? (
        <Text size="sm">{row.words}.</Text>
      ) : (
        <Group gap="xs" style={{ overflowWrap: "anywhere" }}>
          <Text size="sm" fw={600}>
            {shownName(row.event.name)}
          </Text>
          {row.event.replayed && <Badge color="grape">Replayed</Badge>}
        </Group>
      ),
  },
  {
    key: "player",
    header: "Player",
    width: 170,
    cell: (row) => (row.kind === "gap" ? "" : <PlayerLink id={row.event.identity_id} />),
  },
  {
    key: "what",
    header: "What it says",
    wide: true,
    cell: (row) => (row.kind === "gap" ? "" : <InShort event={row.event} />),
  },
];

/** Rows open and close by their keys, which stay as others come before them. */
export function TailTable({ rows }: { rows: readonly TailRow[] }) {
  return (
    <Rows
      label="Events as they come in"
      rows={rows}
      columns={COLUMNS}
      rowKey={(row) => row.key}
      rowName={(row) => (row.kind === "gap" ? "what was left out" : row.event.name)}
      detail={(row) => <RowFacts row={row} />}
    />
  );
}

/** To the second, where the viewer is or in UTC. */
function Clock({ time }: { time: string }) {
  const [zone] = useZone();
  return (
    <time dateTime={time}>
      {new Date(time).toLocaleTimeString("en-GB", zone === "UTC" ? { timeZone: "UTC" } : {})}
    </time>
  );
}

function PlayerLink({ id }: { id: string | undefined }) {
  return id ? (
    <Text size="sm" component="span" style={{ overflowWrap: "anywhere" }}>
      <TextLink to={`/players/${encodeURIComponent(id)}`}>{id}</TextLink>
    </Text>
  ) : (
    "–"
  );
}

function InShort({ event }: { event: TailEvent }) {
  if (event.problem) {
    return (
      <Text size="xs" lineClamp={2} style={{ overflowWrap: "anywhere" }}>
        {event.problem}
      </Text>
    );
  }
  const entries = Object.entries(event.metadata ?? {});
  return (
    <Group gap="xs">
      {event.value && <Code>{short(event.value)}</Code>}
      <Text size="xs" c="dimmed" lineClamp={2} style={{ overflowWrap: "anywhere" }}>
        {entries
          .slice(0, METADATA_SHOWN)
          .map(([key, value]) => `${key}: ${short(value)}`)
          .join(", ")}
        {entries.length > METADATA_SHOWN && ` and ${entries.length - METADATA_SHOWN} more`}
      </Text>
    </Group>
  );
}

function short(text: string): string {
  return text.length > VALUE_CHARS ? `${text.slice(0, VALUE_CHARS)}…` : text;
}

function RowFacts({ row }: { row: TailRow }) {
  if (row.kind === "gap") {
    return (
      <Text size="sm" maw={760}>
        {row.words}. Nothing of it is lost to the server: the player's page and the debugger have
        all of it. Narrower filters leave less out.
      </Text>
    );
  }
  return row.kind === "rejected" ? (
    <RefusedFacts refused={refusedOf(row.event)} />
  ) : (
    <AcceptedFacts event={row.event} />
  );
}

function refusedOf(event: TailEvent): Refused {
  return {
    id: event.id ?? "",
    event_id: event.id ?? "",
    reason: event.reason as Refused["reason"],
    problem: event.problem ?? "",
    status: "open",
    receive_time_sec: "",
    source: event.source,
    api_key: event.api_key ?? "",
    name: event.name,
    payload: (event.payload ?? {}) as Refused["payload"],
    identity_id: event.identity_id ?? "",
    session_id: event.session_id ?? "",
  };
}

function AcceptedFacts({ event }: { event: TailEvent }) {
  const facts: [string, ReactNode][] = [
    ["Happened", event.timestamp],
    ["Received", event.receive_time],
    ["Id", event.id],
    ["Sent by", SOURCES[event.source] ?? event.source],
    ["API key", event.api_key],
    ["Session", event.session_id],
    ["Value", event.value],
    ...Object.entries(event.metadata ?? {}).map(([key, value]): [string, ReactNode] => [
      `metadata.${key}`,
      value,
    ]),
  ];
  return (
    <Stack gap="xs">
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
    </Stack>
  );
}
