/** What the screens of players say, and where they lead. Pure. */

import type { Schemas } from "@/api/client";
import { formatDuration } from "@/shared/time";

/** Where a player's page is. */
export function playerAddress(id: string): string {
  return `/players/${encodeURIComponent(id)}`;
}

/** A call that opens a player's first session, for a terminal. */
export function firstSessionCommand(server: string): string {
  return `curl -u "API_KEY:" ${server}/v1/authenticate -d '{"id": "player-0001"}'`;
}

/** How far the clock of a test device is off, such as `1 d 2 h ahead`. */
export function offsetText(seconds: number): string {
  if (seconds === 0) {
    return "no offset";
  }
  return `${formatDuration(Math.abs(seconds))} ${seconds > 0 ? "ahead" : "behind"}`;
}

/** A number of bytes, such as `1.3 MB`. */
export function bytesText(bytes: number): string {
  const units = ["B", "kB", "MB", "GB", "TB"];
  let amount = bytes;
  let unit = 0;
  while (amount >= 1000 && unit < units.length - 1) {
    amount /= 1000;
    unit += 1;
  }
  const digits = unit === 0 || amount >= 100 ? 0 : 1;
  return `${amount.toFixed(digits)} ${units[unit]}`;
}

const SOURCES: Record<number, { kind: string; screen: string }> = {
  1: { kind: "Variant", screen: "/flags" },
  2: { kind: "Live event", screen: "/live-events" },
  3: { kind: "Experiment", screen: "/experiments" },
};

export interface Source {
  kind: string;
  /** What it is called; empty for the default. */
  name: string;
  /** Where its screen is. */
  to: string;
}

/** Where the value of a flag comes from. */
export function sourceOf(flag: Schemas["FlagTraceMessage"]): Source {
  const reason = flag.change_reason;
  const source = reason && SOURCES[reason.type];
  if (!reason || !source) {
    return { kind: flag.enabled ? "Default" : "Default, as the flag is off", name: "", to: "" };
  }
  // A variant of a flag is found with the flag; an experiment's or a live event's stands in it.
  const name =
    reason.type === 1
      ? reason.variant_name
      : [reason.name, reason.variant_name].filter(Boolean).join(" · ");
  return { kind: source.kind, name, to: `${source.screen}/${encodeURIComponent(reason.name)}` };
}
