/** Change sets and the history: what their screens read and do. */

import { useMutation, useQuery } from "@tanstack/react-query";
import { answer, api, call, pathOf, type Schemas } from "@/api/client";
import { useRefreshDefinitions } from "@/api/definitions";
import type { ActionName, ChangeSet, State } from "./change-set-states";

/** A page of change sets, the newest first. */
export function useChangeSets(search: { states: State[]; like: string; cursor: string }) {
  return useQuery({
    queryKey: ["change-sets", search],
    queryFn: ({ signal }) =>
      answer(
        api.GET("/v1/console/change-set", {
          params: {
            query: {
              "pagination.limit": 50,
              "pagination.cursor": search.cursor,
              "search.state.or": search.states,
              "search.name.like": search.like,
            },
          },
          signal,
        }),
      ),
    placeholderData: (before) => before,
  });
}

/** One change set. */
export function useChangeSet(id: string) {
  return useQuery({
    queryKey: ["change-sets", "one", id],
    queryFn: ({ signal }) =>
      answer(api.GET("/v1/console/change-set/{id}", { params: { path: { id } }, signal })),
    // What is scheduled is published by the server: the screen follows.
    refetchInterval: (query) => (query.state.data?.state === "scheduled" ? 5000 : false),
  });
}

/** What a set would change of the definitions as they are now. */
export function useDiff(id: string, version: string | undefined) {
  return useQuery({
    queryKey: ["change-sets", "diff", id, version],
    queryFn: ({ signal }) =>
      answer(api.GET("/v1/console/change-set/{id}/diff", { params: { path: { id } }, signal })),
    enabled: version !== undefined,
  });
}

/** How many players a set would touch, looked up when it is asked for. */
export function useSetImpact(id: string, version: string | undefined, enabled: boolean) {
  return useQuery({
    queryKey: ["change-sets", "impact", id, version],
    queryFn: ({ signal }) =>
      call<Schemas["ImpactMessage"]>("POST", pathOf("/v1/console/change-set/{id}/impact", id), {
        body: {},
        signal,
      }),
    enabled: enabled && version !== undefined,
    staleTime: 60_000,
  });
}

interface Act {
  action: ActionName | "rebase";
  body: Record<string, unknown>;
}

/** Do something to a set; everything that definitions decide is read again. */
export function useAct(id: string) {
  const refresh = useRefreshDefinitions();
  return useMutation({
    mutationFn: ({ action, body }: Act) =>
      call<ChangeSet>("POST", pathOf(`/v1/console/change-set/{id}/${action}`, id), { body }),
    onSettled: refresh,
  });
}

/** Take one change out of a set. */
export function useTakeChange(id: string) {
  const refresh = useRefreshDefinitions();
  return useMutation({
    mutationFn: (change: number) =>
      call<ChangeSet>(
        "DELETE",
        pathOf("/v1/console/change-set/{id}/change/{number}", id, String(change)),
      ),
    onSettled: refresh,
  });
}

/** Another name or description of a set. */
export function useDescribe(id: string) {
  const refresh = useRefreshDefinitions();
  return useMutation({
    mutationFn: (fields: { name?: string; description?: string; version: string }) =>
      call<ChangeSet>("PUT", pathOf("/v1/console/change-set/{id}", id), { body: fields }),
    onSettled: refresh,
  });
}

export interface HistorySearch {
  kinds: string[];
  like: string;
  author: string;
  label: string;
  cursor: string;
}

/** A page of all changes of definitions, the newest first. */
export function useHistory(search: HistorySearch) {
  return useQuery({
    queryKey: ["history", search],
    queryFn: ({ signal }) =>
      answer(
        api.GET("/v1/console/history", {
          params: {
            query: {
              "pagination.limit": 50,
              "pagination.cursor": search.cursor,
              "search.kind.or": search.kinds,
              "search.name.like": search.like,
              "search.author.exact": search.author,
              "search.label_name.exact": search.label,
            },
          },
          signal,
        }),
      ),
    placeholderData: (before) => before,
  });
}
