/** Which refused events a screen asks for, between its address and the API. Pure. */

import type { UrlState } from "@/shared/url-state";

export const STATUSES = ["open", "closed", "all"] as const;

/** Lengths of time that lists can be narrowed to, in seconds. */
export const PERIODS: Record<string, { label: string; seconds: number }> = {
  "1h": { label: "Last hour", seconds: 3600 },
  "24h": { label: "Last 24 hours", seconds: 86_400 },
  "7d": { label: "Last 7 days", seconds: 604_800 },
};

/** The conditions of an address, as a query of the API. */
export function conditionsOf(url: UrlState, nowSeconds: number): URLSearchParams {
  const period = PERIODS[url.period ?? ""];
  const given: [string, string | undefined][] = [
    ["search.name.like", url.q],
    ["search.identity_id.exact", url.identity],
    ["search.api_key.exact", url.key],
    ["search.status.exact", url.status],
    ["search.received.from", period && String(nowSeconds - period.seconds)],
    ...(url.reason ?? "")
      .split(",")
      .map((reason): [string, string] => ["search.reason.or", reason]),
  ];
  return new URLSearchParams(given.filter((each): each is [string, string] => Boolean(each[1])));
}

/** The conditions that one group meets, and no other. */
export function conditionsOfGroup(name: string, reason: string, status = "open"): URLSearchParams {
  // An empty name is a name here; `search.name.exact` would ask for all.
  return new URLSearchParams([
    ["search.name.or", name],
    ["search.reason.or", reason],
    ["search.status.exact", status],
  ]);
}

/** Whether an address narrows the list. */
export function isNarrowed(url: UrlState): boolean {
  return [url.q, url.identity, url.key, url.status, url.period, url.reason].some(Boolean);
}
