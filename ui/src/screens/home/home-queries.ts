/** What the home screen reads, and how often. */

import { useQuery } from "@tanstack/react-query";
import { answer, api } from "@/api/client";

const DAY = 86_400;
const AHEAD_DAYS = 28;
const CALM = 60_000;
const LIVELY = 5000;

/** What is on or planned for the next weeks, as of now. */
export function useCalendar() {
  return useQuery({
    queryKey: ["calendar", "home"],
    queryFn: async ({ signal }) => {
      const now = Math.floor(Date.now() / 1000);
      const told = await answer(
        api.GET("/v1/console/calendar", {
          params: {
            query: {
              start_time_sec: String(now),
              end_time_sec: String(now + AHEAD_DAYS * DAY),
              "pagination.limit": 500,
            },
          },
          signal,
        }),
      );
      return { ...told, now };
    },
    refetchInterval: CALM,
  });
}

/** How the server is. */
export function useStatus() {
  return useQuery({
    queryKey: ["status"],
    queryFn: ({ signal }) => answer(api.GET("/v1/console/status", { signal })),
    refetchInterval: LIVELY,
  });
}

/** The largest groups of refused events that nobody has dealt with. */
export function useRefusedGroups() {
  return useQuery({
    queryKey: ["debugger", "groups", "home"],
    queryFn: async ({ signal }) =>
      (
        await answer(
          api.GET("/v1/console/taxonomy/debugger/group", {
            params: { query: { "pagination.limit": 100 } },
            signal,
          }),
        )
      ).groups,
    refetchInterval: CALM,
  });
}

/** How many parts of the log wait as dead letters; counted up to a hundred. */
export function useDeadLetters() {
  return useQuery({
    queryKey: ["dead-letters", "home"],
    queryFn: async ({ signal }) => {
      const told = await answer(
        api.GET("/v1/console/dead-letter", {
          params: { query: { "pagination.limit": 100, "search.status.exact": "open" } },
          signal,
        }),
      );
      return told.dead_letters.length;
    },
    refetchInterval: CALM,
  });
}
