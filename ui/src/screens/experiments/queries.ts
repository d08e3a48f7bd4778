/** What is done to an experiment beside changing its fields. */

import { useMutation, useQuery } from "@tanstack/react-query";
import { call, pathOf, type Schemas } from "@/api/client";
import { useRefreshDefinitions } from "@/api/definitions";
import type { Experiment } from "./draft";

export type Act = "launch" | "end" | "archive" | "unarchive";
export type PhaseAct = "end" | "lock" | "unlock";
export type Promotion = Schemas["PromotionMessage"];
export type Overlap = Schemas["OverlapMessage"];

const ONE = "/v1/console/experiment/{id}";

interface Why {
  version: string;
  note?: string;
}

/** Launch, end, archive or unarchive an experiment. */
export function useAct(id: string) {
  const refresh = useRefreshDefinitions();
  return useMutation({
    mutationFn: ({ act, ...why }: Why & { act: Act }) =>
      call<Experiment>("POST", `${pathOf(ONE, id)}/${act}`, { body: why }),
    onSuccess: refresh,
  });
}

/** End, lock or unlock a phase. */
export function usePhaseAct(id: string) {
  const refresh = useRefreshDefinitions();
  return useMutation({
    mutationFn: ({ phase, act, ...why }: Why & { phase: string; act: PhaseAct }) =>
      call<Experiment>("POST", `${pathOf(`${ONE}/phase/{phase}`, id, phase)}/${act}`, {
        body: why,
      }),
    onSuccess: refresh,
  });
}

/** Make a draft like an experiment. */
export function useCopy(id: string) {
  const refresh = useRefreshDefinitions();
  return useMutation({
    mutationFn: (body: { name: string; start_time_sec?: string }) =>
      call<Experiment>("POST", `${pathOf(ONE, id)}/copy`, { body }),
    onSuccess: refresh,
  });
}

/** Make the values of a variant those of its flags. */
export function usePromote(id: string) {
  const refresh = useRefreshDefinitions();
  return useMutation({
    mutationFn: (body: Schemas["PromoteRequest"]) =>
      call<Promotion>("POST", `${pathOf(ONE, id)}/promote`, { body }),
    onSuccess: refresh,
  });
}

interface OverlapPage {
  overlaps: Overlap[];
  page_options: { next_cursor: string; prev_cursor: string };
}

/** A page of where an experiment meets others. */
export function useOverlaps(id: string, cursor: string) {
  return useQuery({
    queryKey: ["definitions", "experiment", "overlaps", id, cursor],
    queryFn: ({ signal }) =>
      call<OverlapPage>("GET", `${pathOf(ONE, id)}/overlap`, {
        query: { "pagination.cursor": cursor },
        signal,
      }),
  });
}

/** A page of who takes part in a phase. */
export function useParticipants(id: string, phase: string, variant: string, cursor: string) {
  return useQuery({
    queryKey: ["definitions", "experiment", "participants", id, phase, variant, cursor],
    queryFn: ({ signal }) =>
      call<Schemas["matsuri.experiments.participant_api.ParticipantList"]>(
        "GET",
        `${pathOf(ONE, id)}/participant`,
        {
          query: {
            phase,
            variant,
            "pagination.limit": 50,
            "pagination.cursor": cursor,
          },
          signal,
        },
      ),
  });
}

/** The places of one player. */
export function usePlaces(id: string, player: string) {
  return useQuery({
    queryKey: ["definitions", "experiment", "places", id, player],
    enabled: player !== "",
    retry: false,
    queryFn: ({ signal }) =>
      call<Schemas["matsuri.experiments.participant_api.PlayerPlacesMessage"]>(
        "GET",
        pathOf(`${ONE}/participant/{identity}`, id, player),
        { signal },
      ),
  });
}
