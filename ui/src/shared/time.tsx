/** Times as people read them: where the viewer is, or in UTC, as they choose. */

import { Text } from "@mantine/core";
import { useLocalStorage } from "@mantine/hooks";

export type Zone = "local" | "UTC";

/** The zone that times are shown in; kept in this browser. */
export function useZone(): [Zone, (zone: Zone) => void] {
  const [zone, setZone] = useLocalStorage<Zone>({
    key: "matsuri-zone",
    defaultValue: "local",
    getInitialValueInEffect: false,
  });
  return [zone, setZone];
}

type Seconds = string | number | null | undefined;

/** Seconds since the epoch, as the API tells them, as a date; `null` where there is none. */
export function dateOf(seconds: Seconds): Date | null {
  const value = Number(seconds);
  return seconds === null ||
    seconds === undefined ||
    seconds === "" ||
    !Number.isFinite(value) ||
    value === 0
    ? null
    : new Date(value * 1000);
}

/** A moment in full, such as `24 Nov 2026, 14:05:09`. */
export function formatTime(date: Date, zone: Zone, options: { seconds?: boolean } = {}): string {
  return formatter(zone, options.seconds ?? false).format(date);
}

const formatters = new Map<string, Intl.DateTimeFormat>();

/** Making one takes longer than using it a hundred times. */
function formatter(zone: Zone, seconds: boolean): Intl.DateTimeFormat {
  const key = `${zone} ${seconds}`;
  const known = formatters.get(key);
  if (known) {
    return known;
  }
  const made = new Intl.DateTimeFormat("en-GB", {
    day: "numeric",
    month: "short",
    year: "numeric",
    hour: "2-digit",
    minute: "2-digit",
    ...(seconds ? { second: "2-digit" } : {}),
    hourCycle: "h23",
    ...(zone === "UTC" ? { timeZone: "UTC", timeZoneName: "short" } : {}),
  });
  formatters.set(key, made);
  return made;
}

const relative = new Intl.RelativeTimeFormat("en", { numeric: "auto" });

const UNITS: [Intl.RelativeTimeFormatUnit, number][] = [
  ["year", 31_536_000],
  ["month", 2_592_000],
  ["week", 604_800],
  ["day", 86_400],
  ["hour", 3600],
  ["minute", 60],
];

/** How long ago, or in how long, such as `3 hours ago`. */
export function formatRelative(date: Date, now: Date = new Date()): string {
  const seconds = (date.getTime() - now.getTime()) / 1000;
  for (const [unit, length] of UNITS) {
    if (Math.abs(seconds) >= length) {
      return relative.format(Math.round(seconds / length), unit);
    }
  }
  return Math.abs(seconds) < 45 ? "just now" : relative.format(Math.round(seconds / 60), "minute");
}

/** A length of time in its two largest units, such as `2 d 4 h`. */
export function formatDuration(seconds: number): string {
  const parts: string[] = [];
  let rest = Math.round(seconds);
  for (const [name, length] of [
    ["d", 86_400],
    ["h", 3600],
    ["min", 60],
    ["s", 1],
  ] as const) {
    const count = Math.floor(rest / length);
    if (count > 0 && parts.length < 2) {
      parts.push(`${count} ${name}`);
      rest -= count * length;
    }
  }
  return parts.length ? parts.join(" ") : "0 s";
}

/** A time from the API: relative, with the moment itself beside the pointer; or in full. */
export function Time({
  seconds,
  full = false,
  missing = "–",
}: {
  seconds: Seconds;
  full?: boolean;
  missing?: string;
}) {
  const [zone] = useZone();
  const date = dateOf(seconds);
  if (date === null) {
    return (
      <Text span inherit c="dimmed">
        {missing}
      </Text>
    );
  }
  const moment = formatTime(date, zone, { seconds: true });
  return (
    // A plain title: lists have hundreds of these, and each floating one would cost a millisecond.
    <time
      dateTime={date.toISOString()}
      title={full ? formatRelative(date) : moment}
      style={{ whiteSpace: "nowrap" }}
    >
      {full ? formatTime(date, zone) : formatRelative(date)}
    </time>
  );
}
