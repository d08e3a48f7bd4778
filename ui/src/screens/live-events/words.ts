/** Live events and their runs in a few words. Pure. */

import type { Schemas } from "@/api/client";
import { formatDuration } from "@/shared/time";
import type { LiveEvent } from "./draft";
import { zonedText } from "./zone-time";

export type Run = Schemas["RunMessage"];
export type State = LiveEvent["state"];

/** What a state means for players, and its look. */
export const STATES: Record<State, { label: string; color: string; meaning: string }> = {
  draft: {
    label: "Draft",
    color: "gray",
    meaning: "It has no runs until it is launched, and all of it can be changed.",
  },
  upcoming: {
    label: "Scheduled",
    color: "blue",
    meaning: "Nothing is on now; its next run comes by itself.",
  },
  active: { label: "Running", color: "lantern", meaning: "A run is on: players take part now." },
  ended: { label: "Ended", color: "gray", meaning: "All of its runs are over." },
  stopped: {
    label: "Stopped",
    color: "yellow",
    meaning: "It has no runs until somebody resumes it.",
  },
  archived: {
    label: "Archived",
    color: "gray",
    meaning: "It is put away: it has no runs and uses no flags and audiences any more.",
  },
};

/** States in the order in which they matter. */
export const STATE_ORDER: State[] = ["active", "upcoming", "stopped", "draft", "ended", "archived"];

/** The run that matters now in words, such as `On now, ends in 3 h 20 min`. */
export function runWords(event: LiveEvent, nowSec: number): string {
  const [on] = event.active_runs;
  if (on) {
    const left = Number(on.end_time_sec) - nowSec;
    const more = event.active_runs.length - 1;
    const others = more > 0 ? `, and ${more} more ${more === 1 ? "run" : "runs"}` : "";
    const ends = event.schedule.player_local ? "ends everywhere in" : "ends in";
    return `On now, ${ends} ${roughly(left)}${others}`;
  }
  if (event.next_run) {
    const wait = Number(event.next_run.start_time_sec) - nowSec;
    const starts = event.schedule.player_local ? "Starts first in" : "Starts in";
    return `${starts} ${roughly(wait)}`;
  }
  switch (event.state) {
    case "draft":
      return "None before it is launched";
    case "stopped":
      return "None until it is resumed";
    case "ended":
      return "No more runs";
    default:
      return "None";
  }
}

function roughly(seconds: number): string {
  return seconds < 60 ? "less than a minute" : formatDuration(Math.floor(seconds / 60) * 60);
}

/** From when to when a run is, by the clocks of a zone. */
export function spanText(run: { start_time_sec: string; end_time_sec: string }, zone: string) {
  return `${zonedText(run.start_time_sec, zone)} to ${zonedText(run.end_time_sec, zone)}`;
}

/** What lists are sorted by: the start of the run that matters now; those without come last. */
export function runOrder(event: LiveEvent): number | null {
  const run = event.active_runs[0] ?? event.next_run;
  return run ? Number(run.start_time_sec) : null;
}

/** When the next run begins or ends, in seconds; `null` where nothing is to come. */
export function nextChange(events: readonly LiveEvent[], nowSec: number): number | null {
  let first: number | null = null;
  for (const event of events) {
    const moments = [
      ...event.active_runs.map((run) => Number(run.end_time_sec)),
      Number(event.next_run?.start_time_sec ?? 0),
    ];
    for (const moment of moments) {
      if (moment > nowSec && (first === null || moment < first)) {
        first = moment;
      }
    }
  }
  return first;
}

/** How often it repeats, of the API's sentence: the part before the zone and the length. */
export function oftenWords(words: string): string {
  return words.replace(/^(.*?)( where the player is| \([^()]*\)) for .*$/, "$1$2");
}

/** How players come to take part. */
export function joiningWords(event: Pick<LiveEvent, "explicit_join">): string {
  return event.explicit_join
    ? "Players join: the game asks for it"
    : "By itself, as soon as the game reads flags or live events";
}

/** Whether the server keeps who takes part in a run; elsewhere everybody eligible does. */
export function keepsPlaces(
  event: Pick<
    LiveEvent,
    | "explicit_join"
    | "participants_max"
    | "sticky_membership"
    | "audiences"
    | "exclude_audiences"
    | "schedule"
  >,
): boolean {
  const isTargeted = event.audiences.length > 0 || event.exclude_audiences.length > 0;
  return (
    event.explicit_join ||
    event.participants_max > 0 ||
    event.schedule.player_local ||
    (event.sticky_membership && isTargeted)
  );
}
