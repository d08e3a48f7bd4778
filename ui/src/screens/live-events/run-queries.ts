/** Runs, participants and transitions of a live event, page by page. */

import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { call, pathOf, type Schemas } from "@/api/client";
import type { Run } from "./words";

export const PAGE = 50;

interface PageOptions {
  next_cursor: string;
  prev_cursor: string;
}

export interface RunsAsked {
  /** Seconds since the epoch. */
  from: number;
  to: number;
  /** Where the player is, for times that are local; empty for anywhere. */
  zone: string;
  cursor: string;
  limit?: number;
}

/** The runs that are on at any time from one moment to another, the earliest first. */
export function useRuns(id: string, { from, to, zone, cursor, limit = PAGE }: RunsAsked) {
  return useQuery({
    queryKey: ["definitions", "live-event", "runs", id, from, to, zone, cursor, limit],
    queryFn: ({ signal }) =>
      call<{ runs: Run[]; page_options: PageOptions }>(
        "GET",
        pathOf("/v1/console/live-event/{id}/run", id),
        {
          query: {
            start_time_sec: from,
            end_time_sec: to,
            time_zone: zone,
            "pagination.limit": limit,
            "pagination.cursor": cursor,
          },
          signal,
        },
      ),
    placeholderData: keepPreviousData,
  });
}

type Participants = Schemas["matsuri.live_events.participant_api.ParticipantList"];

/** Who has a place in a run; without its key, in the last that has begun. */
export function useParticipants(id: string, run: string, cursor: string) {
  return useQuery({
    queryKey: ["definitions", "live-event", "participants", id, run, cursor],
    queryFn: ({ signal }) =>
      call<Participants>("GET", pathOf("/v1/console/live-event/{id}/participant", id), {
        query: { run, "pagination.limit": PAGE, "pagination.cursor": cursor },
        signal,
      }),
    retry: false,
  });
}

/** The starts and ends of runs that the server noticed, the newest first. */
export function useTransitions(id: string, cursor: string) {
  return useQuery({
    queryKey: ["definitions", "live-event", "transitions", id, cursor],
    queryFn: ({ signal }) =>
      call<Schemas["TransitionList"]>("GET", pathOf("/v1/console/live-event/{id}/transition", id), {
        query: { "pagination.limit": PAGE, "pagination.cursor": cursor },
        signal,
      }),
  });
}
