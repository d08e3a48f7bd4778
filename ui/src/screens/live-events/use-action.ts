/** What is done to a live event as a whole, or to one of its runs. */

import { useMutation } from "@tanstack/react-query";
import { call, pathOf } from "@/api/client";
import { useRefreshDefinitions } from "@/api/definitions";
import type { LiveEvent } from "./draft";

export type Verb = "launch" | "stop" | "resume" | "archive" | "unarchive";

interface Asked {
  verb: Verb;
  note: string;
  /** The key of a run; absent for the live event. */
  run?: string;
}

/** Asks the server; another version than `event` in the meantime is a conflict. */
export function useAction(event: LiveEvent) {
  const refresh = useRefreshDefinitions();
  return useMutation({
    mutationFn: ({ verb, note, run }: Asked) =>
      call<LiveEvent>("POST", pathOf(`/v1/console/live-event/{id}/${verb}`, event.id), {
        body: { version: event.version, note, ...(run === undefined ? {} : { run }) },
      }),
    onSuccess: refresh,
  });
}
