/** A player's sessions, each with its events. */

import { Button, Center, Text } from "@mantine/core";
import { type Column, Rows } from "@/shared/data-table";
import { EmptyState, ErrorPanel, Waiting } from "@/shared/feedback";
import { formatDuration, Time } from "@/shared/time";
import { EventList } from "./event-list";
import { type PlayerSession, usePlayerSessions } from "./player-api";

const COLUMNS: Column<PlayerSession>[] = [
  {
    key: "start",
    header: "Began",
    cell: (session) => <Time seconds={session.start_time_sec} full />,
  },
  {
    key: "duration",
    header: "Lasted",
    cell: (session) => formatDuration(Number(session.duration_sec)),
    align: "right",
    width: 110,
  },
  {
    key: "events",
    header: "Events",
    cell: (session) => session.event_count.toLocaleString("en"),
    align: "right",
    width: 100,
  },
  { key: "country", header: "Country", cell: (session) => session.country_code || "–", width: 100 },
  { key: "key", header: "API key", wide: true, cell: (session) => session.api_key || "–" },
  {
    key: "id",
    header: "Session",
    wide: true,
    cell: (session) => (
      <Text size="xs" c="dimmed" ff="monospace" span>
        {session.session_id}
      </Text>
    ),
  },
];

/** Pages of sessions, the latest first, one below the other. */
export function SessionList({ playerId, live }: { playerId: string; live: boolean }) {
  const sessions = usePlayerSessions(playerId, live);
  const failed = sessions.error && (
    <ErrorPanel error={sessions.error} retry={() => sessions.refetch()} />
  );
  if (sessions.data === undefined) {
    return failed ?? <Waiting />;
  }
  const rows = sessions.data.pages.flatMap((page) => page.sessions);
  if (rows.length === 0) {
    return (
      <EmptyState title="No sessions yet">
        A session begins when the game authenticates the player.
      </EmptyState>
    );
  }
  return (
    <>
      {failed}
      <Rows
        label="Sessions"
        rows={rows}
        columns={COLUMNS}
        rowKey={(session) => session.session_id}
        rowName={(session) => `session ${session.session_id}`}
        detail={(session) => (
          <EventList
            playerId={playerId}
            live={live}
            query={{ "search.session_id.exact": session.session_id }}
            empty={null}
          />
        )}
      />
      {sessions.hasNextPage && (
        <Center>
          <Button
            variant="default"
            onClick={() => sessions.fetchNextPage()}
            loading={sessions.isFetchingNextPage}
          >
            Earlier sessions
          </Button>
        </Center>
      )}
    </>
  );
}
