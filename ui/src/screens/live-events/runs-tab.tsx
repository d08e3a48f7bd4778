/** The runs of a live event: past, on and to come, by the clocks of any zone. */

import { Select, Stack, Text } from "@mantine/core";
import { useState } from "react";
import { useMay } from "@/session/session";
import { CursorTable } from "@/shared/data-table";
import { EmptyState } from "@/shared/feedback";
import { useUrlState } from "@/shared/url-state";
import { ActionDialog, type AskedAction } from "./action-dialog";
import type { LiveEvent } from "./draft";
import { useRunZone } from "./overview-tab";
import { runColumns } from "./run-columns";
import { useRuns } from "./run-queries";
import { spanText } from "./words";
import { ZoneInput } from "./zone-select";
import { knownZone } from "./zone-time";

const DAY_S = 86_400;
const USUAL = { label: "A week ago to five weeks ahead", from: -7, to: 35 };
/** From when to when, in days from now. */
const SPANS: Record<string, typeof USUAL> = {
  "": USUAL,
  coming: { label: "Now and the year to come", from: 0, to: 366 },
  past: { label: "The past 90 days", from: -90, to: 0 },
  year: { label: "The past year", from: -366, to: 0 },
};

export function RunsTab({ event }: { event: LiveEvent }) {
  const [url, setUrl] = useUrlState();
  const [now] = useState(() => Math.floor(Date.now() / 60_000) * 60);
  const [asked, setAsked] = useState<AskedAction | null>(null);
  const mayWrite = useMay("live_event", "write");
  const own = useRunZone(event);
  const chosen = knownZone(url.zone ?? "");
  const zone = chosen || own;
  const isLocal = event.schedule.player_local;
  const chosenSpan = Object.hasOwn(SPANS, url.span ?? "") ? (url.span ?? "") : "";
  const { from, to } = SPANS[chosenSpan] ?? USUAL;
  const runs = useRuns(event.id, {
    from: now + from * DAY_S,
    to: now + to * DAY_S,
    zone: isLocal ? chosen : "",
    cursor: url.cursor ?? "",
  });
  const mayStop = mayWrite && !event.archived && event.stopped_time_sec === "0";
  return (
    <Stack>
      <Text size="sm" c="dimmed" maw={760}>
        {isLocal && !chosen
          ? `Times are the player’s own: each run is shown from its first start to its last end anywhere, by the clocks of ${own}. Choose a zone to see the runs as they are there.`
          : isLocal
            ? `The runs as they are for players in ${zone}, by their clocks.`
            : `The same moments for everybody, by the clocks of ${zone}.`}
      </Text>
      <CursorTable
        label="Runs"
        rows={runs.data?.runs}
        columns={runColumns(
          event,
          zone,
          mayStop
            ? (run) => setAsked({ verb: "stop", run: run.run, runWords: spanText(run, zone) })
            : undefined,
        )}
        rowKey={(run) => run.run}
        filters={
          <>
            <Select
              label="When"
              data={Object.entries(SPANS).map(([value, { label }]) => ({ value, label }))}
              value={chosenSpan}
              onChange={(next) => setUrl({ span: next ?? "", cursor: "" })}
              allowDeselect={false}
              w={280}
            />
            <ZoneInput
              label={isLocal ? "For players in" : "By the clocks of"}
              value={chosen}
              onChange={(next) => setUrl({ zone: next, cursor: "" })}
              error={undefined}
              readOnly={false}
              emptyText=""
              placeholder={isLocal ? "Anywhere" : own}
            />
          </>
        }
        pending={runs.isPending}
        error={runs.error}
        retry={() => runs.refetch()}
        nextCursor={runs.data?.page_options.next_cursor}
        prevCursor={runs.data?.page_options.prev_cursor}
        onCursor={(cursor) => setUrl({ cursor })}
        empty={
          <EmptyState title="No runs in that time">
            {event.draft
              ? "A draft has no runs until it is launched; the tab Edit shows when they would be."
              : "Look at another time, or at the schedule in the tab Edit."}
          </EmptyState>
        }
      />
      {asked && <ActionDialog event={event} action={asked} onClose={() => setAsked(null)} />}
    </Stack>
  );
}
