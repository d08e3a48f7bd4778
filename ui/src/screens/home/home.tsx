/** What is live, what comes next, and what needs somebody. */

import { Badge, Card, Group, SimpleGrid, Stack, Text, Title } from "@mantine/core";
import { IconCalendarPlus, IconCircleCheck } from "@tabler/icons-react";
import type { ReactNode } from "react";
import { KINDS, kindOf } from "@/api/definitions";
import { useSession } from "@/session/session";
import { EmptyState, ErrorPanel, Waiting } from "@/shared/feedback";
import { Page, TextLink } from "@/shared/page";
import { Time } from "@/shared/time";
import { attentionOf, type CalendarEntry, liveNow, partText, startingNext } from "./home-data";
import { useCalendar, useDeadLetters, useRefusedGroups, useStatus } from "./home-queries";
import { IngestionCard } from "./ingestion";

const SHOWN_MAX = 8;

/** The first screen. */
export function HomeScreen() {
  const { may } = useSession();
  return (
    <Page title="Home" lead="What players have now, what starts next, and what needs somebody.">
      <SimpleGrid cols={{ base: 1, lg: 2 }} spacing="lg">
        {may("identity", "read") && <OnNow />}
        {may("event", "read") && may("setting", "read") && <Attention />}
        {may("identity", "read") && <Next />}
        {may("setting", "read") && <IngestionCard />}
      </SimpleGrid>
    </Page>
  );
}

function Section({
  title,
  more,
  children,
}: {
  title: string;
  more?: ReactNode;
  children: ReactNode;
}) {
  return (
    <Card component="section" aria-label={title}>
      <Group justify="space-between" mb="sm">
        <Title order={2}>{title}</Title>
        {more}
      </Group>
      {children}
    </Card>
  );
}

function OnNow() {
  const calendar = useCalendar();
  return (
    <Section title="Live now" more={<TextLink to="/timeline">Timeline</TextLink>}>
      {calendar.isPending ? (
        <Waiting />
      ) : calendar.isError ? (
        <ErrorPanel error={calendar.error} retry={() => calendar.refetch()} />
      ) : (
        <Entries
          entries={liveNow(calendar.data.entries, calendar.data.now)}
          end
          empty={
            <EmptyState
              title="Nothing runs at the moment"
              icon={<IconCalendarPlus size={28} stroke={1.5} />}
              action={<TextLink to="/live-events/new">Plan a live event</TextLink>}
            >
              Live events and experiments that are on show up here.
            </EmptyState>
          }
        />
      )}
    </Section>
  );
}

function Next() {
  const calendar = useCalendar();
  return (
    <Section title="Starts next">
      {calendar.isPending ? (
        <Waiting />
      ) : calendar.isError ? (
        <ErrorPanel error={calendar.error} retry={() => calendar.refetch()} />
      ) : (
        <Entries
          entries={startingNext(calendar.data.entries, calendar.data.now)}
          empty={
            <Text size="sm" c="dimmed" py="md">
              Nothing starts within four weeks.
            </Text>
          }
        />
      )}
    </Section>
  );
}

function Entries({
  entries,
  end = false,
  empty,
}: {
  entries: CalendarEntry[];
  end?: boolean;
  empty: ReactNode;
}) {
  if (entries.length === 0) {
    return empty;
  }
  return (
    <Stack gap="xs">
      {entries.slice(0, SHOWN_MAX).map((entry) => {
        const kind = kindOf(entry.kind === "flag_change" ? "flag" : entry.kind);
        return (
          <Group
            key={`${entry.kind} ${entry.id} ${entry.part}`}
            justify="space-between"
            wrap="nowrap"
          >
            <Group gap="xs" style={{ minWidth: 0 }} wrap="nowrap">
              <Badge variant="default" style={{ flexShrink: 0 }}>
                {kind ? KINDS[kind].one : entry.kind}
              </Badge>
              <Text truncate component="div">
                <TextLink
                  to={`${kind ? KINDS[kind].screen : ""}/${encodeURIComponent(entry.name)}`}
                  fw={600}
                >
                  {entry.name}
                </TextLink>
                {partText(entry) && (
                  <Text size="xs" c="dimmed" truncate>
                    {partText(entry)}
                  </Text>
                )}
              </Text>
            </Group>
            <Text size="sm" c="dimmed" style={{ flexShrink: 0 }} component="div">
              {end ? "ends " : ""}
              <Time
                seconds={end ? entry.end_time_sec : entry.start_time_sec}
                missing="when stopped"
              />
            </Text>
          </Group>
        );
      })}
      {entries.length > SHOWN_MAX && (
        <TextLink to="/timeline" size="sm">
          {entries.length - SHOWN_MAX} more in the timeline
        </TextLink>
      )}
    </Stack>
  );
}

function Attention() {
  const status = useStatus();
  const refused = useRefusedGroups();
  const letters = useDeadLetters();
  const calendar = useCalendar();
  const error = status.error ?? refused.error ?? letters.error;
  const items = attentionOf({
    problems: status.data?.problems ?? [],
    workerRunning: status.data?.worker_running,
    lagSeconds: status.data?.ingestion.lag_seconds ?? 0,
    refused: refused.data ?? [],
    deadLetters: letters.data ?? 0,
    conflicts: calendar.data?.conflicts.length ?? 0,
  });
  return (
    <Section title="Needs somebody">
      {error ? (
        <ErrorPanel error={error} />
      ) : status.isPending || refused.isPending || letters.isPending ? (
        <Waiting />
      ) : items.length === 0 ? (
        <EmptyState title="All is well" icon={<IconCircleCheck size={28} stroke={1.5} />}>
          Refused events, parts of the log that could not be applied, conflicts of the timeline and
          troubles of the server would be here.
        </EmptyState>
      ) : (
        <Stack gap="sm">
          {items.map((item) => (
            <Group key={item.text} wrap="nowrap" align="flex-start" gap="sm">
              <Badge color={item.severe ? "red" : "yellow"} style={{ flexShrink: 0 }}>
                {item.severe ? "Trouble" : "Look"}
              </Badge>
              <div>
                <Text size="sm">{item.text}</Text>
                {item.to && (
                  <TextLink to={item.to} size="sm">
                    {item.action}
                  </TextLink>
                )}
              </div>
            </Group>
          ))}
        </Stack>
      )}
    </Section>
  );
}
