/** The columns of runs, wherever they are listed. */

import { Badge, Button, Text, VisuallyHidden } from "@mantine/core";
import type { Column } from "@/shared/data-table";
import { TextLink } from "@/shared/page";
import type { LiveEvent } from "./draft";
import type { Run } from "./words";
import { zonedText } from "./zone-time";

const STATUS: Record<string, { label: string; color: string }> = {
  active: { label: "On now", color: "lantern" },
  upcoming: { label: "To come", color: "blue" },
  terminated: { label: "Over", color: "gray" },
};

/** What is broken into lines as one. */
const TOGETHER = { whiteSpace: "nowrap" } as const;

/** `zone` is that of the times. `onStop` is for runs that are not over, who may stop them. */
export function runColumns(
  event: LiveEvent,
  zone: string,
  onStop: ((run: Run) => void) | undefined,
): Column<Run>[] {
  const columns: Column<Run>[] = [
    {
      key: "status",
      header: "Run",
      cell: (run) => (
        <>
          <Badge color={STATUS[run.status]?.color ?? "gray"}>
            {STATUS[run.status]?.label ?? run.status}
          </Badge>
          {run.stopped && (
            <Badge color="yellow" mt={4}>
              Stopped early
            </Badge>
          )}
        </>
      ),
      width: 130,
    },
    {
      key: "when",
      header: `When (${zone})`,
      cell: (run) => (
        <>
          <span style={TOGETHER}>{zonedText(run.start_time_sec, zone)}</span>{" "}
          <span style={TOGETHER}>to {zonedText(run.end_time_sec, zone)}</span>
        </>
      ),
    },
    {
      key: "participants",
      header: "Participants",
      align: "right",
      cell: (run) => <Participants event={event} run={run} />,
      width: 130,
    },
  ];
  if (onStop) {
    columns.push({
      key: "stop",
      header: <VisuallyHidden>What can be done</VisuallyHidden>,
      align: "right",
      cell: (run) =>
        run.status !== "terminated" && (
          <Button size="compact-xs" variant="default" onClick={() => onStop(run)}>
            {run.status === "active" ? "Stop this run" : "Leave this run out"}
          </Button>
        ),
      width: 160,
    });
  }
  return columns;
}

function Participants({ event, run }: { event: LiveEvent; run: Run }) {
  if (run.participants === undefined) {
    return (
      <Text size="xs" c="dimmed">
        Not counted
      </Text>
    );
  }
  const most = event.participants_max;
  const text = `${run.participants.toLocaleString("en")}${most > 0 ? ` of ${most.toLocaleString("en")}` : ""}`;
  return (
    <>
      {run.status === "upcoming" ? (
        text
      ) : (
        <TextLink
          to={`/live-events/${encodeURIComponent(event.name)}`}
          search={{ tab: "participants", run: run.run }}
        >
          {text}
        </TextLink>
      )}
      {run.full && (
        <Badge color="yellow" ml={6}>
          Full
        </Badge>
      )}
    </>
  );
}
