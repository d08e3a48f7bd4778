/** All live events. */

import { Button, Group, MultiSelect, SegmentedControl, Text } from "@mantine/core";
import { IconPlus } from "@tabler/icons-react";
import { Link, useNavigate } from "@tanstack/react-router";
import { createContext, type ReactNode, useContext, useMemo } from "react";
import { useDefinitions } from "@/api/definitions";
import { Allowed } from "@/session/session";
import { type Column, DataTable } from "@/shared/data-table";
import { EmptyState } from "@/shared/feedback";
import { hasLabels, LabelBadges, LabelFilter, LabelMark } from "@/shared/labels";
import { Page, TextLink } from "@/shared/page";
import { type UrlState, useUrlState } from "@/shared/url-state";
import type { LiveEvent } from "./draft";
import { StateBadge } from "./state-badge";
import { useFollowing } from "./use-following";
import { oftenWords, runOrder, runWords, STATE_ORDER, STATES, type State } from "./words";

const COLUMNS: Column<LiveEvent>[] = [
  {
    key: "name",
    header: "Name",
    sort: (event) => event.name,
    cell: (event) => (
      <div>
        <Group gap={6} wrap="nowrap">
          {event.color && <LabelMark colour={event.color} />}
          <TextLink to={`/live-events/${encodeURIComponent(event.name)}`} fw={600}>
            {event.name}
          </TextLink>
        </Group>
        {event.description && (
          <Text size="xs" c="dimmed" lineClamp={1}>
            {event.description}
          </Text>
        )}
      </div>
    ),
  },
  {
    key: "state",
    header: "State",
    sort: (event) => STATE_ORDER.indexOf(event.state),
    cell: (event) => <StateBadge state={event.state} />,
    width: 132,
  },
  {
    key: "run",
    header: "Run",
    sort: runOrder,
    cell: (event) => <RunNow event={event} />,
    width: 176,
  },
  {
    key: "schedule",
    header: "Schedule",
    cell: (event) => (
      <Text size="sm" lineClamp={2} title={event.schedule.words}>
        {oftenWords(event.schedule.words)}
      </Text>
    ),
  },
  {
    key: "audiences",
    header: "For",
    cell: (event) => (
      <Text size="sm" lineClamp={2}>
        {event.audiences.join(" or ") || "Everybody"}
        {event.exclude_audiences.length > 0 && `, but not ${event.exclude_audiences.join(", ")}`}
      </Text>
    ),
  },
  {
    key: "labels",
    header: "Labels",
    wide: true,
    cell: (event) => <LabelBadges labels={event.labels} />,
    width: 124,
  },
];

/** The words of all rows change with the time, and the columns stay. */
const Now = createContext(0);

function RunNow({ event }: { event: LiveEvent }) {
  return <Text size="sm">{runWords(event, useContext(Now))}</Text>;
}

/** The list of live events; what is archived is shown to who asks for it. */
export function LiveEventListScreen() {
  const events = useDefinitions("live-event");
  const now = useFollowing(events.data);
  const navigate = useNavigate();
  const [url] = useUrlState();
  const rows = useMemo(
    () => events.data?.filter((event) => isAskedFor(event, url)),
    [events.data, url],
  );
  const create = (
    <Allowed entity="live_event" action="write">
      <Button
        leftSection={<IconPlus size={16} />}
        renderRoot={(props) => <Link to="/live-events/new" {...props} />}
      >
        New live event
      </Button>
    </Allowed>
  );
  const hasSome = (events.data ?? []).length > 0;
  return (
    <Page
      title="Live events"
      lead="What is on for a while, once or again and again: players who take part get other values of flags, and the game learns of it."
      actions={create}
    >
      <Now value={now}>
        <DataTable
          label="Live events"
          rows={rows}
          columns={COLUMNS}
          rowKey={(event) => event.id}
          searchText={(event) =>
            `${event.name} ${event.description} ${event.labels.join(" ")} ${event.audiences.join(" ")} ${event.flags.map((each) => each.flag).join(" ")}`
          }
          searchPlaceholder="Search live events"
          filters={hasSome && <Filters events={events.data ?? []} />}
          pending={events.isPending}
          error={events.error}
          retry={() => events.refetch()}
          initialSort="state"
          onRow={(event) =>
            navigate({ to: `/live-events/${encodeURIComponent(event.name)}` as string })
          }
          empty={
            hasSome ? (
              <EmptyState title="No live event is like this">
                Take filters away to see the others; archived ones have a filter of their own.
              </EmptyState>
            ) : (
              <NoLiveEvents create={create} />
            )
          }
        />
      </Now>
    </Page>
  );
}

function Filters({ events }: { events: readonly LiveEvent[] }) {
  const [url, setUrl] = useUrlState();
  const audiences = useMemo(
    () => [...new Set(events.flatMap(audiencesOf))].sort((a, b) => a.localeCompare(b)),
    [events],
  );
  const present = STATE_ORDER.filter(
    (state) => state === url.state || events.some((event) => event.state === state),
  );
  return (
    <>
      <SegmentedControl
        aria-label="In which state"
        data={[
          {
            value: "",
            label: present.includes("archived") ? "All but archived" : "All",
          },
          ...present.map((state) => ({ value: state as string, label: STATES[state].label })),
        ]}
        value={url.state ?? ""}
        onChange={(state) => setUrl({ state, page: "" })}
      />
      <LabelFilter />
      {(audiences.length > 0 || url.audience) && (
        <MultiSelect
          aria-label="For one of these audiences"
          placeholder={url.audience ? "" : "Any audience"}
          data={audiences}
          value={url.audience ? url.audience.split(",") : []}
          onChange={(chosen) => setUrl({ audience: chosen.join(","), page: "" })}
          searchable
          clearable
          w={200}
          styles={{ inputField: { minWidth: 40 } }}
        />
      )}
    </>
  );
}

function isAskedFor(event: LiveEvent, url: UrlState): boolean {
  const audiences = url.audience ? url.audience.split(",") : [];
  return (
    (url.state ? event.state === (url.state as State) : event.state !== "archived") &&
    hasLabels(event.labels, url.label) &&
    (audiences.length === 0 || audiencesOf(event).some((name) => audiences.includes(name)))
  );
}

function audiencesOf(event: LiveEvent): string[] {
  return [...event.audiences, ...event.exclude_audiences];
}

function NoLiveEvents({ create }: { create: ReactNode }) {
  return (
    <EmptyState title="No live events yet" action={create}>
      A live event is a weekend of double rewards, a season, a market that opens every Friday. Say
      when it is on, for whom, and which flags are different meanwhile.
    </EmptyState>
  );
}
