/** Where things stand in the timeline: spans of time, their ticks, and bars in rows. Pure. */

import dayjs, { type Dayjs } from "dayjs";
import utc from "dayjs/plugin/utc";
import type { Schemas } from "@/api/client";
import type { Zone } from "@/shared/time";

dayjs.extend(utc);

export type Entry = Schemas["matsuri.planning.calendar_messages.EntryMessage"];
export type Conflict = Schemas["ConflictMessage"];

export const ZOOMS = ["day", "week", "month", "quarter"] as const;
export type Zoom = (typeof ZOOMS)[number];

/** A zoom that there is, of what an address says. */
export function zoomFrom(text: string | undefined): Zoom {
  return ZOOMS.find((zoom) => zoom === text) ?? "month";
}

export interface Tick {
  /** Seconds since the epoch. */
  at: number;
  label: string;
  /** Whether a larger unit begins, such as a week in a month. */
  strong: boolean;
}

export interface Span {
  start: number;
  end: number;
  title: string;
  ticks: Tick[];
}

function inZone(seconds: number, zone: Zone): Dayjs {
  const moment = dayjs.unix(seconds);
  return zone === "UTC" ? moment.utc() : moment;
}

/** The first moment of a zoom's unit; weeks begin on Monday, quarters every three months. */
function startOf(moment: Dayjs, zoom: Zoom): Dayjs {
  switch (zoom) {
    case "week":
      return moment.startOf("day").subtract((moment.day() + 6) % 7, "day");
    case "quarter":
      return moment.startOf("month").subtract(moment.month() % 3, "month");
    default:
      return moment.startOf(zoom);
  }
}

function later(moment: Dayjs, zoom: Zoom, steps: number): Dayjs {
  return zoom === "quarter" ? moment.add(3 * steps, "month") : moment.add(steps, zoom);
}

/** The day, week, month or quarter that a moment is in, as somebody in that zone has it. */
export function spanOf(seconds: number, zoom: Zoom, zone: Zone): Span {
  const start = startOf(inZone(seconds, zone), zoom);
  const end = later(start, zoom, 1);
  return {
    start: start.unix(),
    end: end.unix(),
    title: titleOf(start, end, zoom),
    ticks: ticksOf(start, end, zoom),
  };
}

/** A moment in the span before (-1) or after (1) the one that a moment is in. */
export function moved(seconds: number, zoom: Zoom, zone: Zone, steps: number): number {
  return later(startOf(inZone(seconds, zone), zoom), zoom, steps).unix();
}

function titleOf(start: Dayjs, end: Dayjs, zoom: Zoom): string {
  switch (zoom) {
    case "day":
      return start.format("dddd, D MMMM YYYY");
    case "week":
      return `${start.format("D MMM")} – ${end.subtract(1, "day").format("D MMM YYYY")}`;
    case "month":
      return start.format("MMMM YYYY");
    case "quarter":
      return `Q${Math.floor(start.month() / 3) + 1} ${start.year()} (${start.format("MMM")} – ${end.subtract(1, "day").format("MMM")})`;
  }
}

function ticksOf(start: Dayjs, end: Dayjs, zoom: Zoom): Tick[] {
  const ticks: Tick[] = [];
  const step = zoom === "day" ? 2 : zoom === "quarter" ? 7 : 1;
  const unit = zoom === "day" ? "hour" : "day";
  let at = zoom === "quarter" ? startOf(start, "week") : start;
  for (; at.isBefore(end); at = at.add(step, unit)) {
    if (at.isBefore(start)) {
      continue;
    }
    ticks.push({
      at: at.unix(),
      label:
        zoom === "day"
          ? at.format("HH:mm")
          : zoom === "week"
            ? at.format("ddd D")
            : zoom === "quarter"
              ? at.format("D MMM")
              : at.format("D"),
      strong: zoom === "day" ? at.hour() % 6 === 0 : zoom === "quarter" || at.day() === 1,
    });
  }
  return ticks;
}

export interface BarPlace {
  entry: Entry;
  /** Of the span's width, from 0 to 100. */
  left: number;
  width: number;
  startsBefore: boolean;
  endsAfter: boolean;
  conflicts: Conflict[];
}

export interface TimelineRow {
  key: string;
  kind: Entry["kind"];
  id: string;
  name: string;
  labels: readonly string[];
  /** Bars that overlap stand in lanes below each other. */
  lanes: BarPlace[][];
  conflicted: boolean;
}

const ORDER: Record<Entry["kind"], number> = { live_event: 0, experiment: 1, flag_change: 2 };

/** Entries as rows, one for each definition, those that begin first before the others. */
export function rowsOf(
  entries: readonly Entry[],
  conflicts: readonly Conflict[],
  span: Pick<Span, "start" | "end">,
): TimelineRow[] {
  const rows = new Map<string, TimelineRow>();
  for (const entry of entries) {
    const bar = placeOf(entry, conflicts, span);
    if (bar === null) {
      continue;
    }
    const key = `${entry.kind} ${entry.id}`;
    const row = rows.get(key) ?? {
      key,
      kind: entry.kind,
      id: entry.id,
      name: entry.name,
      labels: entry.labels,
      lanes: [],
      conflicted: false,
    };
    rows.set(key, row);
    row.conflicted ||= bar.conflicts.length > 0;
    const lane = row.lanes.find((each) => {
      const last = each.at(-1);
      return last !== undefined && last.left + last.width <= bar.left + 0.001;
    });
    if (lane) {
      lane.push(bar);
    } else {
      row.lanes.push([bar]);
    }
  }
  return [...rows.values()].sort((a, b) => ORDER[a.kind] - ORDER[b.kind]);
}

/** Where an entry's bar is; `null` where it is outside of the span. */
function placeOf(
  entry: Entry,
  conflicts: readonly Conflict[],
  span: Pick<Span, "start" | "end">,
): BarPlace | null {
  const start = Number(entry.start_time_sec);
  const isMoment = entry.kind === "flag_change";
  const end = isMoment ? start : Number(entry.end_time_sec) || Number.POSITIVE_INFINITY;
  if (start >= span.end || end < span.start || (end === span.start && !isMoment)) {
    return null;
  }
  const length = span.end - span.start;
  const left = ((Math.max(start, span.start) - span.start) / length) * 100;
  const right = ((Math.min(end, span.end) - span.start) / length) * 100;
  return {
    entry,
    left,
    width: right - left,
    startsBefore: start < span.start,
    endsAfter: end > span.end,
    conflicts: conflicts.filter(
      (conflict) => isPart(conflict.first, entry) || isPart(conflict.second, entry),
    ),
  };
}

function isPart(reference: Conflict["first"], entry: Entry): boolean {
  return (
    reference.kind === entry.kind &&
    reference.id === entry.id &&
    (reference.part ?? "") === (entry.part ?? "")
  );
}

/** Where a moment is in a span, from 0 to 100; `null` where it is outside. */
export function positionOf(seconds: number, span: Pick<Span, "start" | "end">): number | null {
  return seconds < span.start || seconds >= span.end
    ? null
    : ((seconds - span.start) / (span.end - span.start)) * 100;
}
