/** Moments and what clocks show in any time zone, by the browser's own tables. Pure. */

const DAY_S = 86_400;
const OFFSET = /^([+-])(\d{2}):?(\d{2})?$/;
const FIELD = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d)(?::(\d\d))?$/;
/** Nowhere are clocks further from UTC. */
const FURTHEST_S = 26 * 3600;
/** Zones change their clocks within a year and some weeks, or not at all. */
const CHANGE_DAYS_MAX = 400;

const formats = new Map<string, Intl.DateTimeFormat>();

/** How far clocks of a zone, an IANA name or an offset such as `+03:00`, are ahead of UTC then. */
export function aheadOf(zone: string, seconds: number): number {
  const fixed = fixedOffset(zone);
  if (fixed !== null) {
    return fixed;
  }
  const parts = new Map(
    formatOf(zone)
      .formatToParts(seconds * 1000)
      .map(({ type, value }) => [type, Number(value)]),
  );
  const part = (name: Intl.DateTimeFormatPartTypes) => parts.get(name) ?? 0;
  const shown = secondsOf(
    part("year"),
    part("month"),
    part("day"),
    part("hour"),
    part("minute"),
    part("second"),
  );
  return shown - Math.floor(seconds);
}

/**
 * The seconds at which clocks of UTC show that. While a year is typed it is 2 or 20 first, which
 * `Date.UTC` would take for 1902 or 1920.
 */
function secondsOf(
  year: number,
  month: number,
  day: number,
  hour: number,
  minute: number,
  second: number,
): number {
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  date.setUTCHours(hour, minute, second);
  return date.getTime() / 1000;
}

/** Whether the browser knows a zone; the server decides. */
export function isZone(zone: string): boolean {
  if (fixedOffset(zone) !== null) {
    return true;
  }
  try {
    formatOf(zone);
    return true;
  } catch {
    return false;
  }
}

/** The zone, if the browser knows it; empty, which is UTC, otherwise: texts say which it is. */
export function knownZone(zone: string): string {
  return isZone(zone) ? zone : "";
}

function fixedOffset(zone: string): number | null {
  if (zone === "" || zone === "UTC") {
    return 0;
  }
  const found = OFFSET.exec(zone);
  if (!found) {
    return null;
  }
  const ahead = Number(found[2]) * 3600 + Number(found[3] ?? 0) * 60;
  return found[1] === "-" ? -ahead : ahead;
}

function formatOf(zone: string): Intl.DateTimeFormat {
  const known = formats.get(zone);
  if (known) {
    return known;
  }
  const made = new Intl.DateTimeFormat("en-US", {
    timeZone: zone,
    hourCycle: "h23",
    year: "numeric",
    month: "numeric",
    day: "numeric",
    hour: "numeric",
    minute: "numeric",
    second: "numeric",
  });
  formats.set(zone, made);
  return made;
}

/** What a `datetime-local` field shows for a moment in a zone; empty for none. */
export function shownText(seconds: string, zone: string): string {
  const moment = Number(seconds);
  if (seconds === "" || seconds === "0" || !Number.isFinite(moment)) {
    return "";
  }
  const text = new Date((moment + aheadOf(zone, moment)) * 1000).toISOString();
  return text.slice(17, 19) === "00" ? text.slice(0, 16) : text.slice(0, 19);
}

/**
 * The moment, as the API has it, at which clocks of a zone show a text; empty for none.
 * What clocks show twice is the first time; what they leave out is the moment of the change.
 */
export function momentOf(text: string, zone: string): string {
  const found = FIELD.exec(text);
  if (!found) {
    return "";
  }
  const [year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0] = found
    .slice(1)
    .map((each) => Number(each ?? 0));
  const shown = secondsOf(year, month, day, hour, minute, second);
  // Clocks show no less as time goes on but where they are put back: find when they first show it.
  let before = shown - FURTHEST_S;
  let after = shown + FURTHEST_S;
  for (const ahead of offsetsAround(zone, before, after)) {
    const moment = shown - ahead;
    if (aheadOf(zone, moment) === ahead) {
      return String(moment);
    }
  }
  while (after - before > 1) {
    const middle = Math.floor((before + after) / 2);
    if (middle + aheadOf(zone, middle) >= shown) {
      after = middle;
    } else {
      before = middle;
    }
  }
  return String(after);
}

/** The offsets in force between two moments, the furthest ahead first. */
function offsetsAround(zone: string, from: number, to: number): number[] {
  const found = new Set<number>();
  for (let moment = from; moment <= to; moment += 3600) {
    found.add(aheadOf(zone, moment));
  }
  return [...found].sort((a, b) => b - a);
}

/** When clocks of a zone are changed next, after a moment; `null` where they are not. */
export function nextClockChange(zone: string, seconds: number): number | null {
  const ahead = aheadOf(zone, seconds);
  for (let day = 1; day <= CHANGE_DAYS_MAX; day += 1) {
    let after = seconds + day * DAY_S;
    if (aheadOf(zone, after) !== ahead) {
      let before = after - DAY_S;
      while (after - before > 1) {
        const middle = Math.floor((before + after) / 2);
        if (aheadOf(zone, middle) === ahead) {
          before = middle;
        } else {
          after = middle;
        }
      }
      return after;
    }
  }
  return null;
}

/** An offset such as `UTC+2` or `UTC−3:30`. */
export function offsetText(ahead: number): string {
  const minutes = Math.abs(ahead) / 60;
  const rest = Math.round(minutes % 60);
  const sign = ahead < 0 ? "−" : "+";
  return `UTC${ahead === 0 ? "" : `${sign}${Math.floor(minutes / 60)}${rest ? `:${String(rest).padStart(2, "0")}` : ""}`}`;
}

/** A moment as people of a zone say it, such as `Fri 4 Dec 2026, 18:00 UTC+1`. */
export function zonedText(seconds: string | number, zone: string): string {
  const ahead = aheadOf(zone, Number(seconds));
  return `${wallText(Number(seconds) + ahead)} ${offsetText(ahead)}`;
}

/** Shorter, for tables: `Fri 4 Dec, 18:00`; the year and the offset are left out. */
export function shortText(seconds: string | number, zone: string): string {
  return shortWallText(Number(seconds) + aheadOf(zone, Number(seconds)));
}

/** The same of what a preview tells. */
export function shortLocalText(iso: string): string {
  return shortWallText(Date.parse(`${iso.slice(0, 19)}Z`) / 1000);
}

function shortWallText(shown: number): string {
  return wallText(shown).replace(/ \d{4},/, ",");
}

/** What clocks show, told in seconds as if that were UTC, such as `Fri 4 Dec 2026, 18:00`. */
export function wallText(shown: number): string {
  const date = new Date(shown * 1000);
  const day = new Intl.DateTimeFormat("en-GB", {
    weekday: "short",
    day: "numeric",
    month: "short",
    year: "numeric",
    timeZone: "UTC",
  })
    .format(date)
    .replace(",", "");
  const time = date.toISOString();
  return `${day}, ${time.slice(11, time.slice(17, 19) === "00" ? 16 : 19)}`;
}

/** What a preview tells as `2026-10-23T18:00:00+02:00`, in the same words. */
export function localText(iso: string): string {
  const found = /^(.{19})([+-]\d\d:\d\d)$/.exec(iso);
  if (!found) {
    return iso;
  }
  const shown = Date.parse(`${found[1]}Z`) / 1000;
  return `${wallText(shown)} ${offsetText(fixedOffset(found[2] ?? "") ?? 0)}`;
}

/** All zones that the browser knows by name, UTC first. */
export function zoneNames(): string[] {
  return ["UTC", ...Intl.supportedValuesOf("timeZone").filter((zone) => zone !== "UTC")];
}
