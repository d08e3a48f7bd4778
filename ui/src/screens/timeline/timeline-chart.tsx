/** The rows and bars of the timeline. Bars are links; what they tell is in their names, too. */

import { Card, Text } from "@mantine/core";
import { IconAlertTriangle, IconFlag, IconFlask, IconPlayerPlay } from "@tabler/icons-react";
import { Link } from "@tanstack/react-router";
import { KINDS, kindOf } from "@/api/definitions";
import { TextLink } from "@/shared/page";
import { formatTime, useZone, type Zone } from "@/shared/time";
import classes from "./timeline.module.css";
import { type BarPlace, positionOf, type Span, type TimelineRow } from "./timeline-layout";

const ICONS = { live_event: IconPlayerPlay, experiment: IconFlask, flag_change: IconFlag };

/** The chart of a span. */
export function TimelineChart({
  rows,
  span,
  now,
}: {
  rows: TimelineRow[];
  span: Span;
  now: number;
}) {
  const nowAt = positionOf(now, span);
  return (
    <Card padding={0} className={classes.frame}>
      <div className={classes.chart}>
        <div className={classes.names} aria-hidden />
        <div className={classes.head} aria-hidden>
          {span.ticks.map((tick) => (
            <span
              key={tick.at}
              className={classes.tick}
              data-strong={tick.strong || undefined}
              style={{ left: `${positionOf(tick.at, span)}%` }}
            >
              {tick.label}
            </span>
          ))}
        </div>
        {rows.map((row) => (
          <Row key={row.key} row={row} span={span} nowAt={nowAt} />
        ))}
      </div>
    </Card>
  );
}

function Row({ row, span, nowAt }: { row: TimelineRow; span: Span; nowAt: number | null }) {
  const Icon = ICONS[row.kind];
  const path = pathOf(row);
  return (
    <>
      <div className={classes.name}>
        <Icon size={16} stroke={1.7} aria-label={kindName(row)} role="img" />
        <Text size="sm" truncate component="div">
          <TextLink to={path} fw={600}>
            {row.name}
          </TextLink>
        </Text>
        {row.conflicted && (
          <IconAlertTriangle
            size={16}
            color="var(--mantine-color-yellow-7)"
            role="img"
            aria-label="has conflicts"
          />
        )}
      </div>
      <div className={classes.track}>
        {span.ticks.map((tick) => (
          <span
            key={tick.at}
            aria-hidden
            className={classes.line}
            data-strong={tick.strong || undefined}
            style={{ left: `${positionOf(tick.at, span)}%` }}
          />
        ))}
        {nowAt !== null && (
          <span aria-hidden className={classes.now} style={{ left: `${nowAt}%` }} />
        )}
        {row.lanes.map((lane, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: lanes are nothing but their order
          <div className={classes.lane} key={index}>
            {lane.map((bar) => (
              <BarLink key={`${bar.entry.part} ${bar.left}`} bar={bar} row={row} path={path} />
            ))}
          </div>
        ))}
      </div>
    </>
  );
}

function BarLink({ bar, row, path }: { bar: BarPlace; row: TimelineRow; path: string }) {
  const [zone] = useZone();
  const text = textOf(bar, row, zone);
  const colour =
    bar.entry.color && /^#[0-9a-f]{6}$/i.test(bar.entry.color) ? bar.entry.color : undefined;
  return (
    <Link
      to={path}
      aria-label={text}
      title={text}
      className={classes.bar}
      data-kind={row.kind}
      data-state={bar.entry.state}
      data-before={bar.startsBefore || undefined}
      data-after={bar.endsAfter || undefined}
      data-conflict={bar.conflicts.length > 0 || undefined}
      style={{
        left: `${bar.left}%`,
        width: row.kind === "flag_change" ? undefined : `${bar.width}%`,
        ...(colour ? { "--bar": colour } : {}),
      }}
    >
      {row.kind !== "flag_change" && (
        <span className={classes.label}>{bar.entry.part_name || row.name}</span>
      )}
    </Link>
  );
}

function kindName(row: TimelineRow): string {
  return row.kind === "flag_change" ? "planned change of a flag" : row.kind.replace("_", " ");
}

function pathOf(row: TimelineRow): string {
  const kind = kindOf(row.kind === "flag_change" ? "flag" : row.kind);
  return `${kind ? KINDS[kind].screen : ""}/${encodeURIComponent(row.name)}`;
}

/** What a bar is, in words: for the pointer, and for who cannot see it. */
function textOf({ entry, conflicts }: BarPlace, row: TimelineRow, zone: Zone): string {
  const time = (seconds: string) => formatTime(new Date(Number(seconds) * 1000), zone);
  const when =
    row.kind === "flag_change"
      ? time(entry.start_time_sec)
      : entry.end_time_sec === "0"
        ? `from ${time(entry.start_time_sec)}, without end`
        : `${time(entry.start_time_sec)} – ${time(entry.end_time_sec)}`;
  const whom = entry.audiences.length ? ` For ${entry.audiences.join(", ")}.` : "";
  const flags = entry.flags.length ? ` Flags: ${entry.flags.join(", ")}.` : "";
  const wrong = conflicts.length
    ? ` In ${conflicts.length === 1 ? "a conflict" : `${conflicts.length} conflicts`}.`
    : "";
  const part = entry.part_name ? `, ${entry.part_name}` : "";
  return `${row.name}${part} (${entry.state}): ${when}.${whom}${flags}${wrong}`;
}
