/** The instant that the targeting of a player is looked at, as the address keeps it. Pure. */

import { fieldText, secondsText } from "@/shared/moment-text";
import type { Zone } from "@/shared/time";
import type { UrlState } from "@/shared/url-state";

/** `at` is in seconds since the epoch, `null` for now; `former` decides by the definitions of then. */
export interface AsOf {
  at: number | null;
  former: boolean;
}

export const NOW: AsOf = { at: null, former: false };

/** The last second that the API takes as a time: the end of the year 9999. */
const TIME_SEC_MAX = 253_402_300_799;

/** What an address says: `at` in seconds, and `definitions=now` for those of now in the past. */
export function asOfFrom(url: UrlState): AsOf {
  const at = Number(url.at);
  if (!url.at || !Number.isInteger(at) || at < 1 || at > TIME_SEC_MAX) {
    return NOW;
  }
  return { at, former: url.definitions !== "now" };
}

/** What the address is to say of an instant; empty for now. */
export function asOfState(asOf: AsOf): UrlState {
  return asOf.at === null
    ? { at: "", definitions: "" }
    : { at: String(asOf.at), definitions: asOf.former ? "" : "now" };
}

/** Whether there can be other definitions at an instant than those of now. */
export function isPast(asOf: AsOf, nowSeconds: number): boolean {
  return asOf.at !== null && asOf.at < nowSeconds;
}

/** The part of a resolve request that says when, and by which definitions. */
export function instantFields(
  asOf: AsOf,
  nowSeconds: number,
): { now_time_sec?: string; definitions_time_sec?: string } {
  if (asOf.at === null) {
    return {};
  }
  const at = String(asOf.at);
  return asOf.former && isPast(asOf, nowSeconds)
    ? { now_time_sec: at, definitions_time_sec: at }
    : { now_time_sec: at };
}

/** Seconds of a picker's date and time, `YYYY-MM-DD HH:mm:ss`, in a zone; `null` for none. */
export function secondsOfField(text: string | null, zone: Zone): number | null {
  const seconds = secondsText((text ?? "").replace(" ", "T"), zone);
  return seconds === "" ? null : Number(seconds);
}

/** The date and time that a picker shows for seconds, in a zone; `null` for none. */
export function fieldOfSeconds(seconds: number | null, zone: Zone): string | null {
  return seconds === null ? null : fieldText(String(seconds), zone).replace("T", " ");
}
