/** Where a player stands in every experiment. */

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

type Standing = Schemas["ExperimentStandingMessage"];
type Places = Schemas["matsuri.experiments.participant_api.PlayerPlacesMessage"];
type Place = Places["places"][number];

const COLUMNS: Column<Standing>[] = [
  {
    key: "name",
    header: "Experiment",
    sort: (standing) => standing.name,
    cell: (standing) => (
      <TextLink to={`/experiments/${encodeURIComponent(standing.name)}`} fw={600}>
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
    key: "variant",
    header: "Variant",
    sort: (standing) => standing.variant,
    cell: (standing) => (standing.variant ? <Badge>{standing.variant}</Badge> : "–"),
    width: 140,
  },
  {
    key: "phase",
    header: "Phase",
    wide: true,
    sort: (standing) => Number(standing.phase?.start_time_sec) || null,
    cell: (standing) => <PhaseTimes standing={standing} />,
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

function PhaseTimes({ standing }: { standing: Standing }) {
  const phase = standing.phase;
  return phase ? (
    <>
      {phase.name}
      <Text size="xs" c="dimmed">
        <Time seconds={phase.start_time_sec} full /> to{" "}
        <Time seconds={phase.end_time_sec} full missing="no end" />
      </Text>
    </>
  ) : (
    "–"
  );
}

/** The experiments of a player at the instant of the address. */
export function ExperimentsTab({ id }: { id: string }) {
  const [asOf] = useAsOf();
  const resolved = useResolved(id, asOf);
  return (
    <>
      <AsOfBar notes={resolved.data?.notes ?? []} />
      <DataTable
        label="Experiments of the player"
        rows={resolved.data?.experiments}
        columns={COLUMNS}
        rowKey={(standing) => standing.id}
        rowName={(standing) => standing.name}
        initialSort="participation"
        searchText={(standing) => `${standing.name} ${standing.variant} ${standing.reason}`}
        searchPlaceholder="Search experiments"
        error={resolved.error}
        retry={() => resolved.refetch()}
        detail={(standing) => <AllPlaces experiment={standing.id} playerId={id} />}
        empty={
          <EmptyState title="No experiments yet">
            An experiment gives players one of several values, to find out which is best.
          </EmptyState>
        }
      />
    </>
  );
}

const PLACE_COLUMNS: Column<Place>[] = [
  { key: "phase", header: "Phase", cell: (place) => place.phase || "A phase that is gone" },
  { key: "variant", header: "Variant", cell: (place) => <Badge>{place.variant}</Badge> },
  { key: "since", header: "Since", cell: (place) => <Time seconds={place.enrol_time_sec} full /> },
];

function AllPlaces({ experiment, playerId }: { experiment: string; playerId: string }) {
  const places = useQuery({
    queryKey: ["players", "experiment-places", playerId, experiment],
    queryFn: ({ signal }) =>
      call<Places>(
        "GET",
        pathOf("/v1/console/experiment/{id}/participant/{identity}", experiment, playerId),
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
          ? "No phase is on now."
          : now.problem
            ? `Now, in phase ${now.phase}: ${now.problem}.`
            : `Now, in phase ${now.phase}: variant ${now.variant}${now.enrolled ? "" : ", as soon as the game asks"}.`}
      </Text>
      {places.data.places.length === 0 ? (
        <Text size="sm" c="dimmed">
          The player has had no place in any phase.
        </Text>
      ) : (
        <Rows
          label="Places in phases"
          rows={places.data.places}
          columns={PLACE_COLUMNS}
          rowKey={(place) => place.phase_id}
        />
      )}
    </Stack>
  );
}
