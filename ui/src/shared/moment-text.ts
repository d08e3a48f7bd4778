/** Moments between the API's seconds and the text of a date-and-time field, in a zone. Pure. */

import type { Zone } from "./time";

const FIELD = /^(\d{4,})-(\d\d)-(\d\d)T(\d\d):(\d\d)(?::(\d\d))?$/;

/** The text of a `datetime-local` field for seconds since the epoch; empty for none. */
export function fieldText(seconds: string, zone: Zone): string {
  const date = new Date(Number(seconds) * 1000);
  if (seconds === "" || Number.isNaN(date.getTime())) {
    return "";
  }
  const utc = zone === "UTC";
  const parts = [
    utc ? date.getUTCMonth() + 1 : date.getMonth() + 1,
    utc ? date.getUTCDate() : date.getDate(),
    utc ? date.getUTCHours() : date.getHours(),
    utc ? date.getUTCMinutes() : date.getMinutes(),
    utc ? date.getUTCSeconds() : date.getSeconds(),
  ].map((part) => String(part).padStart(2, "0"));
  const [month, day, hour, minute, second] = parts;
  const year = String(utc ? date.getUTCFullYear() : date.getFullYear()).padStart(4, "0");
  return `${year}-${month}-${day}T${hour}:${minute}${second === "00" ? "" : `:${second}`}`;
}

/** Seconds since the epoch, as text, of a field's text; empty for none. */
export function secondsText(text: string, zone: Zone): string {
  const found = FIELD.exec(text);
  if (!found) {
    return "";
  }
  const [year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0] = found
    .slice(1)
    .map((part) => Number(part ?? 0));
  // While a year is typed it is 2 or 20 first, which `Date.UTC` would take for 1902 or 1920.
  const date = new Date(0);
  if (zone === "UTC") {
    date.setUTCFullYear(year, month - 1, day);
    date.setUTCHours(hour, minute, second, 0);
  } else {
    date.setFullYear(year, month - 1, day);
    date.setHours(hour, minute, second, 0);
  }
  return String(Math.floor(date.getTime() / 1000));
}

/** The zone that times are meant in, for people, such as `your time, Europe/Berlin (UTC+1)`. */
export function zoneWords(zone: Zone, at: Date): string {
  if (zone === "UTC") {
    return "UTC";
  }
  const format = new Intl.DateTimeFormat("en", { timeZoneName: "shortOffset" });
  const offset = format.formatToParts(at).find((part) => part.type === "timeZoneName")?.value ?? "";
  const name = format.resolvedOptions().timeZone;
  const isApart = /[+-]/.test(offset) && !name.startsWith("UTC");
  return `your time, ${name}${isApart ? ` (${offset.replace("GMT", "UTC")})` : ""}`;
}
