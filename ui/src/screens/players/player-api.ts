/** What the screens of players read and change, by the API. */

import {
  keepPreviousData,
  useInfiniteQuery,
  useMutation,
  useQuery,
  useQueryClient,
} from "@tanstack/react-query";
import { basePath, call, pathOf, type Query, type Schemas } from "@/api/client";
import { fetchDefinitions } from "@/api/definitions";
import { allFlags } from "./all-flags";
import { type AsOf, instantFields } from "./as-of";

export type Player = Schemas["IdentityMessage"];
export type PlayerSummary = Schemas["IdentitySummary"];
export type PlayerEvent = Schemas["EventRecord"];
export type PlayerSession = Schemas["PlayerSessionMessage"];
export type PlayerAudience = Schemas["PlayerAudienceMessage"];
export type Resolved = Schemas["ResolvedMessage"];
export type Erasure = Schemas["ErasureMessage"];
export type Device = Schemas["DeviceMessage"];

const PLAYERS = "/v1/console/identity";

function playerPath(id: string, more = ""): string {
  return `${pathOf(`${PLAYERS}/{id}`, id)}${more}`;
}

/** A page of players. */
export function usePlayers(query: Query) {
  return useQuery({
    queryKey: ["players", "list", query],
    queryFn: ({ signal }) =>
      call<Schemas["IdentityListMessage"]>("GET", PLAYERS, { query, signal }),
    placeholderData: keepPreviousData,
  });
}

/** One player. */
export function usePlayer(id: string) {
  return useQuery({
    queryKey: ["players", "one", id],
    queryFn: ({ signal }) => call<Player>("GET", playerPath(id), { signal }),
  });
}

export interface PropertyChange {
  kind: "default" | "custom";
  name: string;
  value: string;
}

/** Set one property of a player. */
export function useSetProperty(id: string) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: ({ kind, name, value }: PropertyChange) =>
      call<Player>("PUT", playerPath(id, "/properties"), {
        body: { [kind]: { [name]: value }, recompute: true },
      }),
    onSuccess: async (player) => {
      queries.setQueryData(["players", "one", id], player);
      await queries.invalidateQueries({ queryKey: ["players"] });
    },
  });
}

const EVENTS_PAGE = 50;
const LIVE_MS = 2000;

/** How often pages are read again: the more of them there are, the less often. */
function liveInterval(live: boolean, pages = 1): number | false {
  return live && LIVE_MS * Math.max(1, pages);
}

/** A player's events, the latest first, page after page; `live` asks for new ones all the time. */
export function usePlayerEvents(id: string, query: Query, live: boolean) {
  return useInfiniteQuery({
    queryKey: ["players", "events", id, query],
    queryFn: ({ pageParam, signal }) =>
      call<Schemas["PlayerEventListMessage"]>("GET", playerPath(id, "/event"), {
        query: { ...query, "pagination.limit": EVENTS_PAGE, "pagination.cursor": pageParam },
        signal,
      }),
    initialPageParam: "",
    getNextPageParam: (page) => page.page_options.next_cursor || undefined,
    placeholderData: keepPreviousData,
    refetchInterval: (asked) => liveInterval(live, asked.state.data?.pages.length),
  });
}

/** A player's sessions, the latest first, page after page. */
export function usePlayerSessions(id: string, live: boolean) {
  return useInfiniteQuery({
    queryKey: ["players", "sessions", id],
    queryFn: ({ pageParam, signal }) =>
      call<Schemas["PlayerSessionListMessage"]>("GET", playerPath(id, "/session"), {
        query: { "pagination.limit": EVENTS_PAGE, "pagination.cursor": pageParam },
        signal,
      }),
    initialPageParam: "",
    getNextPageParam: (page) => page.page_options.next_cursor || undefined,
    refetchInterval: (asked) => liveInterval(live, asked.state.data?.pages.length),
  });
}

/** Every audience with whether the player is in it now, and why. */
export function usePlayerAudiences(id: string, enabled: boolean) {
  return useQuery({
    queryKey: ["players", "audiences", id],
    enabled,
    queryFn: async ({ signal }) => {
      const found: PlayerAudience[] = [];
      let cursor = "";
      do {
        const page = await call<Schemas["PlayerAudienceList"]>("GET", playerPath(id, "/audience"), {
          query: { all: true, "pagination.limit": 1000, "pagination.cursor": cursor },
          signal,
        });
        found.push(...page.audiences);
        cursor = page.page_options.next_cursor;
      } while (cursor);
      return found;
    },
  });
}

/** What the player gets at an instant, and why. */
export function useResolved(id: string, asOf: AsOf) {
  return useQuery({
    queryKey: ["players", "resolved", id, asOf],
    queryFn: ({ signal }) => fetchResolved(id, asOf, signal),
  });
}

function fetchResolved(id: string, asOf: AsOf, signal: AbortSignal): Promise<Resolved> {
  const body = {
    identity_id: id,
    audience_reasons: true,
    ...instantFields(asOf, Date.now() / 1000),
  };
  return allFlags(
    (names) => call<Resolved>("POST", "/v1/console/resolve", { body: { ...body, names }, signal }),
    async () => (await fetchDefinitions("flag", signal)).map((flag) => flag.name),
  );
}

/** Make a player a test device with a clock, or with `null` one like all others. */
export function useSetDevice(id: string) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: ({ offset, note }: { offset: number | null; note: string }) =>
      offset === null
        ? call<Device>("DELETE", playerPath(id, "/test-device"), { query: { note } })
        : call<Device>("PUT", playerPath(id, "/test-device"), {
            body: { clock_offset_sec: String(offset), note },
          }),
    onSuccess: () => queries.invalidateQueries({ queryKey: ["players"] }),
  });
}

/** Erase a player; answers the id of the erasure. */
export async function erasePlayer(id: string): Promise<string> {
  return (await call<Schemas["EraseMessage"]>("DELETE", playerPath(id))).erasure_id;
}

/** A page of erasures. */
export function useErasures(query: Query) {
  return useQuery({
    queryKey: ["erasures", "list", query],
    queryFn: ({ signal }) =>
      call<Schemas["ErasureListMessage"]>("GET", "/v1/console/erasure", { query, signal }),
    placeholderData: keepPreviousData,
    refetchInterval: (asked) =>
      asked.state.data?.erasures.some((each) => each.state !== "scrubbed") ? 2000 : false,
  });
}

/** One erasure, read again until it is done. */
export function useErasure(id: string) {
  return useQuery({
    queryKey: ["erasures", "one", id],
    queryFn: ({ signal }) =>
      call<Erasure>("GET", pathOf("/v1/console/erasure/{id}", id), { signal }),
    refetchInterval: (asked) => (asked.state.data?.state === "scrubbed" ? false : 1000),
  });
}

/** Where everything that is kept of a player is downloaded from. */
export function exportAddress(id: string): string {
  return `${basePath}${playerPath(id, "/export")}`;
}

/** The public key that receipts of erasures are checked with. */
export function fetchErasureKey(): Promise<Schemas["ErasureKeyMessage"]> {
  return call("GET", "/v1/console/erasure/key");
}
