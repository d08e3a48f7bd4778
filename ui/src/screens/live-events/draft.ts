/** A live event while it is made or edited: its fields, and what is wrong with them. Pure. */

import type { Definitions, Fields } from "@/api/definitions";
import { knownZone, momentOf, shownText } from "./zone-time";

export type LiveEvent = Definitions["live-event"];
type OverrideMessage = LiveEvent["flags"][number];

export interface ScheduleDraft {
  /** Seconds since the epoch, as text; empty for none. */
  startSec: string;
  endSec: string;
  repeats: boolean;
  cron: string;
  durationSec: number;
  /** An IANA name or an offset; empty is UTC. */
  zone: string;
  playerLocal: boolean;
}

export interface DraftVariant {
  /** Tells it from the others while names change; no part of the live event. */
  key: string;
  name: string;
  value: string;
  audiences: string[];
}

export interface DraftFlag {
  key: string;
  flag: string;
  /** For who is in no variant; absent where only variants give one. */
  value: string | undefined;
  variants: DraftVariant[];
}

export interface LiveEventDraft {
  name: string;
  description: string;
  labels: string[];
  color: string;
  value: string;
  validator: string;
  template: string;
  metrics: string[];
  schedule: ScheduleDraft;
  audiences: string[];
  excludeAudiences: string[];
  explicitJoin: boolean;
  stickyMembership: boolean;
  participantsMax: number;
  flags: DraftFlag[];
}

const DAY_S = 86_400;
const HOUR_S = 3600;

let made = 0;

/** Something that nothing else in this window is called. */
export function newKey(): string {
  made += 1;
  return `new-${made}`;
}

/** What a new live event is at first: once, for a day, from the next full hour but one on. */
export function newDraft(nowSec: number): LiveEventDraft {
  const start = (Math.floor(nowSec / HOUR_S) + 2) * HOUR_S;
  return {
    name: "",
    description: "",
    labels: [],
    color: "",
    value: "",
    validator: "",
    template: "",
    metrics: [],
    schedule: {
      startSec: String(start),
      endSec: String(start + DAY_S),
      repeats: false,
      cron: "0 18 * * FRI",
      durationSec: 2 * DAY_S,
      zone: "",
      playerLocal: false,
    },
    audiences: [],
    excludeAudiences: [],
    explicitJoin: false,
    stickyMembership: true,
    participantsMax: 0,
    flags: [],
  };
}

/** A live event as it is stored, to be edited. */
export function draftOf(event: LiveEvent): LiveEventDraft {
  const { schedule } = event;
  const start = Number(schedule.start_time_sec);
  const end = schedule.end_time_sec === "0" ? "" : schedule.end_time_sec;
  return {
    name: event.name,
    description: event.description,
    labels: event.labels,
    color: event.color,
    value: event.value,
    validator: event.validator,
    template: event.template,
    metrics: event.metrics,
    schedule: {
      startSec: schedule.start_time_sec,
      endSec: end,
      repeats: schedule.reset_cron !== "",
      cron: schedule.reset_cron || "0 18 * * FRI",
      durationSec: Number(schedule.duration_sec) || (end ? Number(end) - start : DAY_S),
      zone: schedule.time_zone,
      playerLocal: schedule.player_local,
    },
    audiences: event.audiences,
    excludeAudiences: event.exclude_audiences,
    explicitJoin: event.explicit_join,
    stickyMembership: event.sticky_membership,
    participantsMax: event.participants_max,
    flags: event.flags.map(flagOf),
  };
}

function flagOf(override: OverrideMessage): DraftFlag {
  return {
    key: override.flag,
    flag: override.flag,
    value: override.value,
    variants: override.variants.map((variant) => ({
      key: variant.name,
      name: variant.name,
      value: variant.value,
      audiences: [...variant.audiences],
    })),
  };
}

/** The fields of a draft as the API takes them. */
export function fieldsOf(draft: LiveEventDraft): Fields {
  return {
    name: draft.name,
    description: draft.description,
    labels: draft.labels,
    color: draft.color,
    value: draft.value,
    validator: draft.validator,
    template: draft.template,
    metrics: draft.metrics,
    schedule: scheduleFields(draft.schedule),
    audiences: draft.audiences,
    exclude_audiences: draft.excludeAudiences,
    explicit_join: draft.explicitJoin,
    sticky_membership: draft.stickyMembership,
    participants_max: String(draft.participantsMax),
    flags: draft.flags.map((override) => ({
      flag: override.flag,
      ...(override.value === undefined ? {} : { value: override.value }),
      variants: override.variants.map(({ name, value, audiences }) => ({ name, value, audiences })),
    })),
  };
}

export interface ScheduleFields {
  start_time_sec: string;
  end_time_sec: string;
  reset_cron: string;
  duration_sec: string;
  time_zone: string;
  player_local: boolean;
}

/** A schedule as the API takes it. */
export function scheduleFields(schedule: ScheduleDraft): ScheduleFields {
  return {
    start_time_sec: schedule.startSec || "0",
    end_time_sec: schedule.endSec || "0",
    reset_cron: schedule.repeats ? schedule.cron.trim().split(/\s+/).join(" ") : "",
    duration_sec: schedule.repeats ? String(schedule.durationSec) : "0",
    time_zone: schedule.zone,
    player_local: schedule.playerLocal,
  };
}

/** The zone whose clocks show a schedule's times: told as if UTC where they are the player's own. */
export function clockZone(schedule: Pick<ScheduleDraft, "zone" | "playerLocal">): string {
  return schedule.playerLocal ? "" : knownZone(schedule.zone);
}

/** The schedule by the clocks of another zone; they show the same times as before. */
export function inZone(schedule: ScheduleDraft, zone: string, playerLocal: boolean): ScheduleDraft {
  const before = clockZone(schedule);
  const after = clockZone({ zone, playerLocal });
  const moved = (seconds: string) =>
    before === after ? seconds : momentOf(shownText(seconds, before), after);
  return {
    ...schedule,
    zone,
    playerLocal,
    startSec: moved(schedule.startSec),
    endSec: moved(schedule.endSec),
  };
}

/** The schedule once, or again and again; the end goes with the one run, the series has none. */
export function repeating(schedule: ScheduleDraft, repeats: boolean): ScheduleDraft {
  if (repeats === schedule.repeats) {
    return schedule;
  }
  const { startSec, endSec, durationSec } = schedule;
  const length = Number(endSec) - Number(startSec);
  return repeats
    ? { ...schedule, repeats, endSec: "", durationSec: length > 0 ? length : durationSec }
    : { ...schedule, repeats, endSec: startSec && String(Number(startSec) + durationSec) };
}

/** The fields in which a draft differs from what it was made of. */
export function changedFields(draft: LiveEventDraft, original: LiveEventDraft): Fields {
  const before = fieldsOf(original);
  return Object.fromEntries(
    Object.entries(fieldsOf(draft)).filter(
      ([field, value]) => JSON.stringify(value) !== JSON.stringify(before[field]),
    ),
  );
}

/** What was edited of one version, as an edit of a newer one. */
export function rebased(
  draft: LiveEventDraft,
  original: LiveEventDraft,
  newer: LiveEventDraft,
): LiveEventDraft {
  return Object.fromEntries(
    Object.entries(newer).map(([field, value]) => {
      const key = field as keyof LiveEventDraft;
      const isMine = JSON.stringify(draft[key]) !== JSON.stringify(original[key]);
      return [key, isMine ? draft[key] : value];
    }),
  ) as unknown as LiveEventDraft;
}

export type Part = "what" | "when" | "who" | "flags";
export const PARTS: Part[] = ["what", "when", "who", "flags"];
