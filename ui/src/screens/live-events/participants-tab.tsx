/** Who has a place in a run of a live event. */

import { Select, Stack, Text } from "@mantine/core";
import { useMemo, useState } from "react";
import { type Column, CursorTable } from "@/shared/data-table";
import { EmptyState } from "@/shared/feedback";
import { TextLink } from "@/shared/page";
import { Time } from "@/shared/time";
import { useUrlState } from "@/shared/url-state";
import type { LiveEvent } from "./draft";
import { useRunZone } from "./overview-tab";
import { useParticipants, useRuns } from "./run-queries";
import { keepsPlaces, spanText } from "./words";

const BACK_S = 366 * 86_400;
const RUNS_MAX = 1000;

interface Participant {
  identity_id: string;
  enrol_time_sec: string;
  time_zone: string;
}

const COLUMNS: Column<Participant>[] = [
  {
    key: "player",
    header: "Player",
    cell: (each) => (
      <TextLink to={`/players/${encodeURIComponent(each.identity_id)}`} fw={600}>
        {each.identity_id}
      </TextLink>
    ),
  },
  {
    key: "since",
    header: "Has the place since",
    cell: (each) => <Time seconds={each.enrol_time_sec} full />,
    width: 240,
  },
];

const ZONE: Column<Participant> = {
  key: "zone",
  header: "Plays by the clocks of",
  cell: (each) => each.time_zone || "UTC",
  width: 240,
};

export function ParticipantsTab({ event }: { event: LiveEvent }) {
  const [url, setUrl] = useUrlState();
  const [now] = useState(() => Math.floor(Date.now() / 60_000) * 60);
  const zone = useRunZone(event);
  const begun = useRuns(event.id, {
    from: now - BACK_S,
    to: now + 60,
    zone: "",
    cursor: "",
    limit: RUNS_MAX,
  });
  const found = useParticipants(event.id, url.run ?? "", url.cursor ?? "");
  const run = url.run || found.data?.run || "";
  const choices = useMemo(() => {
    const known = (begun.data?.runs ?? [])
      .map((each) => ({ value: each.run, label: spanText(each, zone) }))
      .reverse();
    return run && !known.some((each) => each.value === run)
      ? [{ value: run, label: run }, ...known]
      : known;
  }, [begun.data, run, zone]);
  if (event.draft) {
    return (
      <EmptyState title="Nobody takes part in a draft">
        Once it is launched and a run has begun, this lists who takes part.
      </EmptyState>
    );
  }
  return (
    <Stack>
      {!keepsPlaces(event) && (
        <Text size="sm" c="dimmed" maw={760}>
          Everybody takes part who is eligible, so no places are kept. They are where players join,
          places are limited, times are the players’ own, or audiences are to stick.
        </Text>
      )}
      <CursorTable
        label="Participants"
        rows={found.data?.participants}
        columns={event.schedule.player_local ? [...COLUMNS, ZONE] : COLUMNS}
        rowKey={(each) => each.identity_id}
        filters={
          choices.length > 0 && (
            <>
              <Select
                label="Run"
                data={choices}
                value={run || null}
                onChange={(next) => setUrl({ run: next ?? "", cursor: "" })}
                searchable
                limit={100}
                allowDeselect={false}
                w={460}
              />
              {found.data && (
                <Text size="sm" c="dimmed" ml="auto" aria-live="polite">
                  {found.data.participant_count.toLocaleString("en")}{" "}
                  {found.data.participant_count === 1 ? "player takes part" : "players take part"}
                  {event.participants_max > 0 &&
                    `, of ${event.participants_max.toLocaleString("en")} places`}
                </Text>
              )}
            </>
          )
        }
        pending={found.isPending}
        error={found.error}
        retry={() => found.refetch()}
        nextCursor={found.data?.page_options.next_cursor}
        prevCursor={found.data?.page_options.prev_cursor}
        onCursor={(cursor) => setUrl({ cursor })}
        empty={
          <EmptyState title="Nobody has a place in this run">
            Test devices are left out. A player’s own page says what keeps the player out.
          </EmptyState>
        }
      />
    </Stack>
  );
}
