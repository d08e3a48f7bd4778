/** The runs that a schedule would have, while it is edited: nothing is stored. */

import { useDebouncedValue } from "@mantine/hooks";
import { keepPreviousData, useQueries, useQuery } from "@tanstack/react-query";
import { ApiError, answer, api, type Schemas } from "@/api/client";
import { type ScheduleDraft, scheduleFields } from "./draft";

export type Preview = Schemas["matsuri.live_events.run_api.PreviewMessage"];

const PAUSE_MS = 250;
export const PREVIEWED = 6;

/** What is asked for; `from` is seconds since the epoch, 0 for now. */
function asked(schedule: ScheduleDraft, zone: string, from: number) {
  const body = {
    schedule: scheduleFields(schedule),
    time_zone: zone,
    from_time_sec: String(from),
    count: PREVIEWED,
  };
  return {
    queryKey: ["live-event-preview", body],
    queryFn: ({ signal }: { signal: AbortSignal }) =>
      answer(api.POST("/v1/console/live-event/preview", { body, signal })),
    staleTime: 30_000,
    gcTime: 60_000,
    retry: false,
  };
}

/** The runs by the clocks of the schedule itself, and what is wrong with its fields. */
export function usePreview(schedule: ScheduleDraft, from: number) {
  const [settled] = useDebouncedValue(schedule, PAUSE_MS);
  const preview = useQuery({ ...asked(settled, "", from), placeholderData: keepPreviousData });
  const isRefused = preview.error instanceof ApiError && preview.error.status === 400;
  return {
    preview: preview.isError ? undefined : preview.data,
    isOld: settled !== schedule || preview.isPlaceholderData,
    error: preview.error,
    isRefused,
    errors: isRefused && settled === schedule ? (preview.error as ApiError).fields : NONE,
  };
}

const NONE: Record<string, string> = {};

/** The runs as they are where players are, for times that are their own; in the order of zones. */
export function useLocalPreviews(schedule: ScheduleDraft, zones: readonly string[], from: number) {
  const [settled] = useDebouncedValue(schedule, PAUSE_MS);
  return useQueries({
    queries: zones.map((zone) => ({
      ...asked(settled, zone, from),
      enabled: settled.playerLocal,
      placeholderData: keepPreviousData,
    })),
  });
}
