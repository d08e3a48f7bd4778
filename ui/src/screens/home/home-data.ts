/** What the home screen makes of what the server tells. Pure. */

import type { Schemas } from "@/api/client";

export type CalendarEntry = Schemas["matsuri.planning.calendar_messages.EntryMessage"];
export type RefusedGroup = Pick<
  Schemas["GroupMessage"],
  "name" | "reason" | "count" | "accepted_now"
>;

/** The runs and phases that are on at a time, those that end first before the others. */
export function liveNow(entries: readonly CalendarEntry[], now: number): CalendarEntry[] {
  const endOf = (entry: CalendarEntry) => Number(entry.end_time_sec) || Number.POSITIVE_INFINITY;
  return entries
    .filter((entry) => entry.kind !== "flag_change")
    .filter((entry) => Number(entry.start_time_sec) <= now && endOf(entry) > now)
    .sort((a, b) => endOf(a) - endOf(b));
}

/** What starts after a time, the next first; of what comes again and again, its next time only. */
export function startingNext(entries: readonly CalendarEntry[], now: number): CalendarEntry[] {
  const seen = new Set<string>();
  return entries
    .filter((entry) => Number(entry.start_time_sec) > now)
    .sort((a, b) => Number(a.start_time_sec) - Number(b.start_time_sec))
    .filter((entry) => {
      const key = `${entry.kind} ${entry.id}`;
      const isNew = !seen.has(key);
      seen.add(key);
      return isNew;
    });
}

/** What an entry is beside its name: the phase, or the fields of a flag that change. */
export function partText(entry: CalendarEntry): string {
  if (entry.part_name) {
    return entry.part_name;
  }
  return entry.changes?.length ? `changes ${entry.changes.join(", ")}` : "";
}

export interface AttentionItem {
  text: string;
  severe: boolean;
  to?: string;
  action?: string;
}

// A lag that is shorter comes and goes with every burst of events.
const LAG_SECONDS_MAX = 10;

/** What needs somebody, the worst first. */
export function attentionOf(told: {
  problems: readonly string[];
  workerRunning: boolean | undefined;
  lagSeconds: number;
  refused: readonly RefusedGroup[];
  deadLetters: number;
  conflicts: number;
}): AttentionItem[] {
  const items: AttentionItem[] = told.problems.map((text) => ({
    text,
    severe: true,
    to: "/settings/health",
    action: "See the server's health",
  }));
  if (told.workerRunning === false) {
    items.push({
      text: "The worker process does not run: events are kept, and profiles stand still.",
      severe: true,
      to: "/settings/health",
      action: "See the server's health",
    });
  }
  if (told.lagSeconds > LAG_SECONDS_MAX) {
    items.push({
      text: `Profiles are ${Math.round(told.lagSeconds)} seconds behind the events.`,
      severe: true,
      to: "/settings/health",
      action: "See the server's health",
    });
  }
  if (told.deadLetters > 0) {
    items.push({
      text: `${counted(told.deadLetters, "part of the log", "parts of the log")} could not be applied.`,
      severe: true,
      to: "/taxonomy/debugger?tab=dead-letters",
      action: "Look at dead letters",
    });
  }
  const ready = told.refused.filter((group) => group.accepted_now);
  const waiting = told.refused.filter((group) => !group.accepted_now);
  if (waiting.length > 0) {
    const count = sum(waiting);
    const names = [...new Set(waiting.map((group) => group.name || "(no name)"))];
    items.push({
      text: `${counted(count, "event was", "events were")} refused: ${listed(names)}.`,
      severe: false,
      to: "/taxonomy/debugger",
      action: "Declare and replay",
    });
  }
  if (ready.length > 0) {
    items.push({
      text: `${counted(sum(ready), "refused event", "refused events")} would be accepted by now.`,
      severe: false,
      to: "/taxonomy/debugger",
      action: "Replay",
    });
  }
  if (told.conflicts > 0) {
    items.push({
      text: `${counted(told.conflicts, "conflict", "conflicts")} in the timeline of the next weeks.`,
      severe: false,
      to: "/timeline",
      action: "Look at the timeline",
    });
  }
  return items;
}

function sum(groups: readonly RefusedGroup[]): number {
  return groups.reduce((total, group) => total + group.count, 0);
}

function counted(count: number, one: string, many: string): string {
  return `${count.toLocaleString("en")} ${count === 1 ? one : many}`;
}

const NAMES_MAX = 3;

function listed(names: readonly string[]): string {
  const more = names.length - NAMES_MAX;
  return more > 0 ? `${names.slice(0, NAMES_MAX).join(", ")} and ${more} more` : names.join(", ");
}
