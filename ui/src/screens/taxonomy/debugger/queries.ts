/** Refused events and dead letters: what their screens read and do. */

import { useMutation, useQuery } from "@tanstack/react-query";
import { answer, api, call, type Schemas } from "@/api/client";
import { useRefreshDefinitions } from "@/api/definitions";

export type Group = Schemas["GroupMessage"];
export type Refusal = Schemas["RefusalMessage"];
export type Outcome = Schemas["ReplayedMessage"];
/** Which refused events to preview or replay; nothing asks for all that are open. */
export type Filter = NonNullable<Schemas["ReplayRequest"]["filter"]>;
export type Proposed = Schemas["ProposedMessage"];
export type ProposedEvent = Proposed["definition"];
export type ProposedValidator = NonNullable<Proposed["validator"]>;
export type DeadLetter = Schemas["DeadLetterMessage"];

const PATH = "/v1/console/taxonomy/debugger";
const LETTERS = "/v1/console/dead-letter";
const PAGE = 50;
const REFRESH_MS = 5000;

function paged(conditions: URLSearchParams, cursor: string): string {
  const query = new URLSearchParams(conditions);
  query.set("pagination.limit", String(PAGE));
  if (cursor) {
    query.set("pagination.cursor", cursor);
  }
  return query.toString();
}

/** Groups of refused events, the largest first; kept fresh. */
export function useGroups(conditions: URLSearchParams, cursor: string) {
  const query = paged(conditions, cursor);
  return useQuery({
    // The moment that a period begins at moves on; the list is the same.
    queryKey: ["refused", "groups", query.replace(/search\.received\.from=\d+/, "period")],
    queryFn: ({ signal }) =>
      call<Schemas["GroupList"]>("GET", `${PATH}/group?${query}`, { signal }),
    placeholderData: (before) => before,
    refetchInterval: REFRESH_MS,
  });
}

/** One group; `null` where nothing of it is left. */
export function useGroup(conditions: URLSearchParams) {
  const query = conditions.toString();
  return useQuery({
    queryKey: ["refused", "group", query],
    queryFn: async ({ signal }) => {
      const found = await call<Schemas["GroupList"]>("GET", `${PATH}/group?${query}`, { signal });
      return found.groups[0] ?? null;
    },
    refetchInterval: REFRESH_MS,
  });
}

/** Refused events one by one, the latest first. */
export function useRefused(conditions: URLSearchParams, cursor: string) {
  const query = paged(conditions, cursor);
  return useQuery({
    queryKey: ["refused", "list", query],
    queryFn: ({ signal }) => call<Schemas["RejectedList"]>("GET", `${PATH}?${query}`, { signal }),
    placeholderData: (before) => before,
  });
}

/** A definition that refused events of a name would meet. */
export function usePropose(name: string) {
  return useQuery({
    queryKey: ["propose", name],
    queryFn: ({ signal }) =>
      answer(api.POST("/v1/console/taxonomy/debugger/propose", { body: { name }, signal })),
    // What is edited is not to be replaced under one's hands.
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 0,
    retry: false,
  });
}

/** What would become of refused events, as the taxonomy is or as if these were declared. */
export function usePreview(
  filter: Filter,
  declared: { definition?: ProposedEvent; validator?: ProposedValidator },
  enabled = true,
) {
  const body = { filter, ...declared };
  return useQuery({
    queryKey: ["refused", "preview", JSON.stringify(body)],
    queryFn: ({ signal }) =>
      answer(api.POST("/v1/console/taxonomy/debugger/preview", { body: body as never, signal })),
    enabled,
    placeholderData: (before) => before,
    gcTime: 0,
    retry: false,
  });
}

/** Take in the refused events that pass now. */
export function useReplay() {
  const refresh = useRefreshDefinitions();
  return useMutation({
    mutationFn: (filter: Filter) =>
      answer(api.POST("/v1/console/taxonomy/debugger/replay", { body: { filter } })),
    onSuccess: refresh,
  });
}

/** How many of a name are still open, looked up again and again while they are replayed. */
export function useOpenCount(name: string, enabled: boolean) {
  return useQuery({
    queryKey: ["refused", "open", name],
    queryFn: async ({ signal }) => {
      const query = new URLSearchParams([["search.name.or", name]]);
      const found = await call<Schemas["GroupList"]>("GET", `${PATH}/group?${query}`, { signal });
      return found.groups.reduce((sum, group) => sum + group.count, 0);
    },
    enabled,
    refetchInterval: enabled ? 1000 : false,
    gcTime: 0,
  });
}

/** Drop refused events for good. */
export function useDiscard() {
  const refresh = useRefreshDefinitions();
  return useMutation({
    mutationFn: (conditions: URLSearchParams) =>
      call<Schemas["DismissedMessage"]>("DELETE", `${PATH}?${conditions}`),
    onSuccess: refresh,
  });
}

/** Dead letters, the latest first. */
export function useDeadLetters(conditions: URLSearchParams, cursor: string) {
  const query = paged(conditions, cursor);
  return useQuery({
    queryKey: ["dead-letters", query],
    queryFn: ({ signal }) =>
      call<Schemas["DeadLetterList"]>("GET", `${LETTERS}?${query}`, { signal }),
    placeholderData: (before) => before,
    refetchInterval: REFRESH_MS,
  });
}

/** Apply dead letters, each once; all that are open without ids. */
export function useReplayLetters() {
  const refresh = useRefreshDefinitions();
  return useMutation({
    mutationFn: (ids: string[] | undefined) =>
      answer(api.POST("/v1/console/dead-letter/replay", { body: ids ? { ids } : { all: true } })),
    onSuccess: refresh,
  });
}

/** Drop dead letters for good. */
export function useDismissLetters() {
  const refresh = useRefreshDefinitions();
  return useMutation({
    mutationFn: (ids: string[]) =>
      call<Schemas["LettersDismissed"]>("DELETE", LETTERS, { query: { "search.id.or": ids } }),
    onSuccess: refresh,
  });
}
