/** Where an experiment meets others that set the same flags at the same time. */

import { Stack, Text } from "@mantine/core";
import { IconArrowsCross } from "@tabler/icons-react";
import { type Column, CursorTable } from "@/shared/data-table";
import { EmptyState } from "@/shared/feedback";
import { TextLink } from "@/shared/page";
import { Time } from "@/shared/time";
import { useUrlState } from "@/shared/url-state";
import type { Experiment } from "./draft";
import { type Overlap, useOverlaps } from "./queries";

const COLUMNS: Column<Overlap>[] = [
  {
    key: "other",
    header: "Other experiment",
    cell: (overlap) => (
      <>
        <TextLink to={`/experiments/${encodeURIComponent(overlap.other)}`} fw={600}>
          {overlap.other}
        </TextLink>
        <Text size="xs" c="dimmed">
          Its phase {overlap.other_phase}, with {overlap.phase}
        </Text>
      </>
    ),
  },
  {
    key: "flags",
    header: "Flags",
    cell: (overlap) =>
      overlap.flags.map((flag, index) => (
        <span key={flag}>
          {index > 0 && ", "}
          <TextLink to={`/flags/${encodeURIComponent(flag)}`}>{flag}</TextLink>
        </span>
      )),
  },
  {
    key: "when",
    header: "When",
    cell: (overlap) => (
      <>
        <Time seconds={overlap.start_time_sec} full /> to{" "}
        <Time seconds={overlap.end_time_sec} full />
      </>
    ),
  },
  {
    key: "who",
    header: "For whom",
    wide: true,
    cell: (overlap) => (
      <Text size="sm">
        {who(overlap.audiences, overlap.exclude_audiences)}; the other:{" "}
        {who(overlap.other_audiences, overlap.other_exclude_audiences)}
      </Text>
    ),
  },
  {
    key: "players",
    header: "Players in both",
    align: "right",
    cell: (overlap) => overlap.players_in_both?.toLocaleString("en") ?? "Not known",
    width: 130,
  },
  { key: "wins", header: "Who is in both has", cell: (overlap) => `values of ${overlap.wins}` },
];

function who(audiences: readonly string[] = [], excluded: readonly string[] = []): string {
  const all = audiences.join(" or ") || "everybody";
  return excluded.length > 0 ? `${all}, but not ${excluded.join(" or ")}` : all;
}

export function OverlapsTab({ experiment }: { experiment: Experiment }) {
  const [url, setUrl] = useUrlState();
  const overlaps = useOverlaps(experiment.id, url.cursor ?? "");
  return (
    <Stack>
      <Text size="sm" c="dimmed" maw={760}>
        Who is in two experiments with the same flag has the value of the one that was created last;
        the other one measures something else. Another time, an exclusion group, or audiences that
        exclude each other keep them apart.
        {!experiment.launched && " These are what there would be if it were launched."}
      </Text>
      <CursorTable
        label="Overlaps"
        rows={overlaps.data?.overlaps}
        columns={COLUMNS}
        rowKey={(overlap) =>
          [overlap.phase, overlap.other_id, overlap.other_phase, overlap.start_time_sec].join("/")
        }
        error={overlaps.error}
        retry={() => overlaps.refetch()}
        nextCursor={overlaps.data?.page_options.next_cursor}
        prevCursor={overlaps.data?.page_options.prev_cursor}
        onCursor={(cursor) => setUrl({ cursor })}
        empty={
          <EmptyState
            title="It meets no other experiment"
            icon={<IconArrowsCross size={28} stroke={1.5} />}
          >
            No launched experiment sets the same flags at the same time for the same players.
          </EmptyState>
        }
      />
    </Stack>
  );
}
