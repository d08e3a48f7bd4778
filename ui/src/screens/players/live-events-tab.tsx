/** Where a player stands in every live event. */

import { Badge, Stack, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { call, pathOf, type Schemas } from "@/api/client";
import { type Column, DataTable, Rows } from "@/shared/data-table";
import { EmptyState, ErrorPanel, Waiting } from "@/shared/feedback";
import { TextLink } from "@/shared/page";
import { Time } from "@/shared/time";
import { AsOfBar, useAsOf } from "./as-of-bar";
import { asSentence, ParticipationBadge, participationOrder } from "./participation";
import { useResolved } from "./player-api";

type Standing = Schemas["LiveEventStandingMessage"];
type Places = Schemas["matsuri.live_events.participant_api.PlayerPlacesMessage"];
type Place = Places["places"][number];

const COLUMNS: Column<Standing>[] = [
  {
    key: "name",
    header: "Live event",
    sort: (standing) => standing.name,
    cell: (standing) => (
      <TextLink to={`/live-events/${encodeURIComponent(standing.name)}`} fw={600}>
        {standing.name}
      </TextLink>
    ),
  },
  {
    key: "participation",
    header: "Participation",
    sort: (standing) => participationOrder(standing.participation),
    cell: (standing) => (
      <>
        <ParticipationBadge value={standing.participation} />
        <Text size="xs" c="dimmed">
          {asSentence(standing.reason)}
        </Text>
      </>
    ),
  },
  {
    key: "run",
    header: "Run",
    sort: (standing) => Number(standing.run?.start_time_sec) || null,
    cell: (standing) => <Run standing={standing} />,
  },
  {
    key: "eligible",
    header: "For the player",
    wide: true,
    sort: (standing) => Number(standing.eligible),
    cell: (standing) => (standing.eligible ? "Yes" : "No"),
    width: 130,
  },
  {
    key: "since",
    header: "Has the place since",
    wide: true,
    sort: (standing) => Number(standing.enrolled_time_sec) || null,
    cell: (standing) => <Time seconds={standing.enrolled_time_sec} />,
    width: 170,
  },
];

function Run({ standing }: { standing: Standing }) {
  const run = standing.run;
  if (!run) {
    return <>–</>;
  }
  return (
    <>
      {standing.on ? <Badge color="lantern">On</Badge> : "Next"}
      <Text size="xs" c="dimmed">
        <Time seconds={run.start_time_sec} full /> to{" "}
        <Time seconds={run.end_time_sec} full missing="no end" />
        {standing.time_zone && ` (${standing.time_zone})`}
      </Text>
    </>
  );
}

/** The live events of a player at the instant of the address. */
export function LiveEventsTab({ id }: { id: string }) {
  const [asOf] = useAsOf();
  const resolved = useResolved(id, asOf);
  return (
    <>
      <AsOfBar notes={resolved.data?.notes ?? []} />
      <DataTable
        label="Live events of the player"
        rows={resolved.data?.live_events}
        columns={COLUMNS}
        rowKey={(standing) => standing.id}
        rowName={(standing) => standing.name}
        initialSort="participation"
        searchText={(standing) => `${standing.name} ${standing.reason}`}
        searchPlaceholder="Search live events"
        error={resolved.error}
        retry={() => resolved.refetch()}
        detail={(standing) => <AllPlaces liveEvent={standing.id} playerId={id} />}
        empty={
          <EmptyState title="No live events yet">
            A live event gives players something for a time: a festival, a sale, a challenge.
          </EmptyState>
        }
      />
    </>
  );
}

const PLACE_COLUMNS: Column<Place>[] = [
  {
    key: "run",
    header: "Run",
    cell: (place) => (
      <Text size="sm" ff="monospace" span>
        {place.run}
      </Text>
    ),
  },
  { key: "since", header: "Joined", cell: (place) => <Time seconds={place.enrol_time_sec} full /> },
  { key: "zone", header: "Time zone", cell: (place) => place.time_zone || "–" },
];

function AllPlaces({ liveEvent, playerId }: { liveEvent: string; playerId: string }) {
  const places = useQuery({
    queryKey: ["players", "live-event-places", playerId, liveEvent],
    queryFn: ({ signal }) =>
      call<Places>(
        "GET",
        pathOf("/v1/console/live-event/{id}/participant/{identity}", liveEvent, playerId),
        { signal },
      ),
  });
  if (places.error) {
    return <ErrorPanel error={places.error} retry={() => places.refetch()} />;
  }
  if (places.data === undefined) {
    return <Waiting />;
  }
  const now = places.data.now;
  return (
    <Stack gap="xs">
      <Text size="sm">
        {now === undefined
          ? "The live event is archived."
          : now.problem
            ? `Now: ${now.problem}.`
            : now.takes_part
              ? "Now: the player takes part."
              : "Now: the player may take part."}
      </Text>
      {places.data.places.length === 0 ? (
        <Text size="sm" c="dimmed">
          The player has had no place in any run. Only runs with places count players: those with
          joining, a limit, local times or sticky membership.
        </Text>
      ) : (
        <Rows
          label="Places in runs"
          rows={places.data.places}
          columns={PLACE_COLUMNS}
          rowKey={(place) => `${place.run} ${place.time_zone}`}
        />
      )}
    </Stack>
  );
}
