/** Who takes part in an experiment, and the place of any one player. */

import {
  Badge,
  Button,
  Card,
  Grid,
  Group,
  List,
  Select,
  Stack,
  Text,
  TextInput,
  Title,
} from "@mantine/core";
import { useState } from "react";
import type { Schemas } from "@/api/client";
import { Allowed } from "@/session/session";
import { type Column, CursorTable } from "@/shared/data-table";
import { EmptyState, ErrorPanel } from "@/shared/feedback";
import { TextLink } from "@/shared/page";
import { Time } from "@/shared/time";
import { useUrlState } from "@/shared/url-state";
import type { Experiment } from "./draft";
import { useParticipants, usePlaces } from "./queries";
import { lastBegun } from "./standing";
import { useNow } from "./use-now";

type Participant =
  Schemas["matsuri.experiments.participant_api.ParticipantList"]["participants"][number];
type Places = Schemas["matsuri.experiments.participant_api.PlayerPlacesMessage"];

const COLUMNS: Column<Participant>[] = [
  {
    key: "player",
    header: "Player",
    cell: ({ identity_id }) => (
      <TextLink to={`/players/${encodeURIComponent(identity_id)}`} fw={600}>
        {identity_id}
      </TextLink>
    ),
  },
  { key: "variant", header: "Variant", cell: ({ variant }) => <Badge>{variant}</Badge> },
  {
    key: "since",
    header: "Since",
    cell: ({ enrol_time_sec }) => <Time seconds={enrol_time_sec} full />,
    width: 200,
  },
];

export function ParticipantsTab({ experiment }: { experiment: Experiment }) {
  const nowS = useNow();
  const usual = lastBegun(experiment, nowS);
  return (
    <Grid gap="lg">
      <Grid.Col span={{ base: 12, lg: 7 }}>
        {usual ? (
          <ParticipantList experiment={experiment} usual={usual.id} nowS={nowS} />
        ) : (
          <EmptyState title="Nobody takes part yet">
            {experiment.launched
              ? "Its first phase has not begun. A player takes part from the first answer with one of its flags."
              : "It is a draft. Once it is launched, a player takes part from the first answer with one of its flags."}
          </EmptyState>
        )}
      </Grid.Col>
      <Grid.Col span={{ base: 12, lg: 5 }}>
        <Allowed entity="identity" action="read">
          <OnePlayer experiment={experiment} />
        </Allowed>
      </Grid.Col>
    </Grid>
  );
}

function ParticipantList({
  experiment,
  usual,
  nowS,
}: {
  experiment: Experiment;
  /** The id of the phase that is shown unless another one is chosen. */
  usual: string;
  nowS: number;
}) {
  const [url, setUrl] = useUrlState();
  const begun = experiment.phases.filter((phase) => Number(phase.start_time_sec) <= nowS);
  const phase = begun.find((each) => each.id === url.phase)?.id ?? usual;
  const variant = url.variant ?? "";
  const list = useParticipants(experiment.id, phase, variant, url.cursor ?? "");
  const counts = list.data?.variants ?? [];
  const all = list.data?.participant_count ?? 0;
  return (
    <Stack gap="xs">
      <CursorTable
        label="Participants"
        rows={list.data?.participants}
        columns={COLUMNS}
        rowKey={({ identity_id }) => identity_id}
        filters={
          <>
            <Select
              aria-label="Phase"
              data={begun.map((each) => ({ value: each.id, label: each.name }))}
              value={phase}
              onChange={(chosen) => setUrl({ phase: chosen ?? "", variant: "", cursor: "" })}
              allowDeselect={false}
              w={180}
            />
            <Select
              aria-label="Variant"
              placeholder="Any variant"
              data={counts.map((each) => ({
                value: each.variant,
                label: `${each.variant} (${each.participants.toLocaleString("en")})`,
              }))}
              value={variant || null}
              onChange={(chosen) => setUrl({ variant: chosen ?? "", cursor: "" })}
              clearable
              w={200}
            />
            <Text size="sm" c="dimmed" ml="auto" aria-live="polite">
              {all.toLocaleString("en")} {all === 1 ? "player takes" : "players take"} part
            </Text>
          </>
        }
        filtered={variant !== ""}
        error={list.error}
        retry={() => list.refetch()}
        nextCursor={list.data?.page_options.next_cursor}
        prevCursor={list.data?.page_options.prev_cursor}
        onCursor={(cursor) => setUrl({ cursor })}
        empty={
          <EmptyState title="Nobody takes part yet">
            A player takes part from the first answer with one of its flags.
          </EmptyState>
        }
      />
      <Text size="xs" c="dimmed">
        Test devices are left out.
      </Text>
    </Stack>
  );
}

function OnePlayer({ experiment }: { experiment: Experiment }) {
  const [url, setUrl] = useUrlState();
  const asked = url.player ?? "";
  const [id, setId] = useState(asked);
  const places = usePlaces(experiment.id, asked);
  return (
    <Card component="section">
      <Title order={2} mb={4}>
        One player’s place
      </Title>
      <Text size="sm" c="dimmed" mb="sm">
        Where a player stands, and what keeps them out. To look gives nobody a place.
      </Text>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          setUrl({ player: id.trim() });
          if (id.trim() === asked) {
            void places.refetch();
          }
        }}
      >
        <Group align="flex-end" gap="xs">
          <TextInput
            label="Player id"
            value={id}
            onChange={(event) => setId(event.currentTarget.value)}
            spellCheck={false}
            autoComplete="off"
            flex={1}
          />
          <Button type="submit" loading={places.isFetching} disabled={!id.trim()}>
            Look
          </Button>
        </Group>
      </form>
      <Stack mt="md" aria-live="polite">
        {places.isError && (
          <ErrorPanel error={places.error} title="This player cannot be looked at" />
        )}
        {asked && places.data && <PlayerPlaces places={places.data} />}
      </Stack>
    </Card>
  );
}

function PlayerPlaces({ places }: { places: Places }) {
  return (
    <>
      <Text size="sm">
        <TextLink to={`/players/${encodeURIComponent(places.identity_id)}`}>
          {places.identity_id}
        </TextLink>
        : {nowWords(places.now)}
      </Text>
      {places.places.length === 0 ? (
        <Text size="sm" c="dimmed">
          The player has had no place in any phase.
        </Text>
      ) : (
        <List size="sm" spacing={4}>
          {places.places.map((place) => (
            <List.Item key={place.phase_id}>
              {place.phase || "A phase that is gone"}: {place.variant}, since{" "}
              <Time seconds={place.enrol_time_sec} full />
            </List.Item>
          ))}
        </List>
      )}
    </>
  );
}

function nowWords(now: Places["now"]): string {
  if (now === undefined) {
    return "no phase is on now.";
  }
  if (now.problem) {
    return `not in phase ${now.phase}: ${now.problem}.`;
  }
  return now.enrolled
    ? `has variant ${now.variant} in phase ${now.phase}.`
    : `gets variant ${now.variant} in phase ${now.phase} as soon as the game asks.`;
}
