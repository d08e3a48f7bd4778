/** Everything that is on or planned, over a day, a week, a month or a quarter. */

import {
  ActionIcon,
  Alert,
  Button,
  Card,
  Group,
  SegmentedControl,
  Stack,
  Text,
  Title,
} from "@mantine/core";
import { useHotkeys } from "@mantine/hooks";
import { IconAlertTriangle, IconChevronLeft, IconChevronRight } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { answer, api } from "@/api/client";
import { EmptyState, ErrorPanel, Waiting } from "@/shared/feedback";
import { LabelFilter } from "@/shared/labels";
import { Page, TextLink } from "@/shared/page";
import { useZone, type Zone } from "@/shared/time";
import { useUrlState } from "@/shared/url-state";
import { ConflictList } from "./conflict-list";
import { TimelineChart } from "./timeline-chart";
import {
  type Conflict,
  type Entry,
  moved,
  rowsOf,
  spanOf,
  ZOOMS,
  type Zoom,
  zoomFrom,
} from "./timeline-layout";

const PAGES_MAX = 20;

/** The timeline. Arrow keys go back and forth, T goes to today. */
export function TimelineScreen() {
  const [url, setUrl] = useUrlState();
  const [zone] = useZone();
  const zoom = zoomFrom(url.zoom);
  const now = Math.floor(Date.now() / 1000);
  const at = Number(url.at) || now;
  const span = spanOf(at, zoom, zone);
  const entries = useEntries(span.start, span.end, url.label);
  const go = (steps: number) => setUrl({ at: String(moved(at, zoom, zone, steps)) });
  const today = () => setUrl({ at: "" });
  useHotkeys([
    ["ArrowLeft", () => go(-1)],
    ["ArrowRight", () => go(1)],
    ["t", today],
  ]);
  const rows = entries.data ? rowsOf(entries.data.entries, entries.data.conflicts, span) : [];
  return (
    <Page
      title="Timeline"
      lead="Live events, phases of experiments, and changes of flags that are planned. What decides about the same flags at the same time is marked."
    >
      <Stack gap="sm">
        <Group justify="space-between">
          <Group gap="xs">
            <ActionIcon
              variant="default"
              size="lg"
              aria-label={`Previous ${zoom}`}
              onClick={() => go(-1)}
            >
              <IconChevronLeft size={18} />
            </ActionIcon>
            <ActionIcon
              variant="default"
              size="lg"
              aria-label={`Next ${zoom}`}
              onClick={() => go(1)}
            >
              <IconChevronRight size={18} />
            </ActionIcon>
            <Button variant="default" onClick={today}>
              Today
            </Button>
            <Title order={2} ml="sm" aria-live="polite">
              {span.title}
            </Title>
          </Group>
          <Group gap="sm">
            <LabelFilter />
            <SegmentedControl
              aria-label="Zoom"
              value={zoom}
              onChange={(next) => setUrl({ zoom: next === "month" ? "" : next })}
              data={ZOOMS.map((each) => ({ value: each, label: zoomName(each) }))}
            />
          </Group>
        </Group>
        <ZoneNote zone={zone} />
        {entries.isPending ? (
          <Waiting />
        ) : entries.isError ? (
          <ErrorPanel error={entries.error} retry={() => entries.refetch()} />
        ) : rows.length === 0 ? (
          <Card padding={0}>
            <EmptyState
              title={`Nothing is planned for this ${zoom}`}
              action={<TextLink to="/live-events/new">Plan a live event</TextLink>}
            >
              Live events, experiments and timed changes of flags show up here by themselves.
            </EmptyState>
          </Card>
        ) : (
          <TimelineChart rows={rows} span={span} now={now} />
        )}
        {entries.data && !entries.data.complete && (
          <Alert color="yellow" icon={<IconAlertTriangle />}>
            There is more in this {zoom} than can be shown. Choose a label, or a shorter span.
          </Alert>
        )}
        {entries.data && entries.data.conflicts.length > 0 && (
          <ConflictList conflicts={entries.data.conflicts} more={entries.data.moreConflicts} />
        )}
      </Stack>
    </Page>
  );
}

function zoomName(zoom: Zoom): string {
  return zoom.charAt(0).toUpperCase() + zoom.slice(1);
}

function ZoneNote({ zone }: { zone: Zone }) {
  return (
    <Text size="xs" c="dimmed">
      Times are{" "}
      {zone === "UTC"
        ? "in UTC"
        : `of this device (${Intl.DateTimeFormat().resolvedOptions().timeZone})`}
      . Live events in players’ own time are shown from where they first begin to where they last
      end.
    </Text>
  );
}

interface Told {
  entries: Entry[];
  conflicts: Conflict[];
  moreConflicts: boolean;
  complete: boolean;
}

/** Everything of the span, page after page. */
function useEntries(start: number, end: number, labels: string | undefined) {
  return useQuery({
    queryKey: ["calendar", start, end, labels ?? ""],
    queryFn: async ({ signal }): Promise<Told> => {
      const told: Told = { entries: [], conflicts: [], moreConflicts: false, complete: true };
      let cursor = "";
      for (let page = 0; page < PAGES_MAX; page++) {
        const next = await answer(
          api.GET("/v1/console/calendar", {
            params: {
              query: {
                start_time_sec: String(start),
                end_time_sec: String(end),
                "pagination.limit": 500,
                "pagination.cursor": cursor,
                ...(labels ? { "search.label_name.or": labels.split(",") } : {}),
              },
            },
            signal,
          }),
        );
        told.entries.push(...next.entries);
        told.conflicts.push(...next.conflicts);
        told.moreConflicts ||= next.more_conflicts;
        told.complete &&= next.complete_until_time_sec === "0";
        cursor = next.page_options.next_cursor;
        if (!cursor) {
          return told;
        }
      }
      return { ...told, complete: false };
    },
    staleTime: 30_000,
    placeholderData: (before) => before,
  });
}
