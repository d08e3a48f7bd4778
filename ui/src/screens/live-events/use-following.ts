/** Keeps what is shown of live events true as time goes on: runs begin and end by themselves. */

import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import type { LiveEvent } from "./draft";
import { nextChange } from "./words";

const TICK_MS = 20_000;
/** Browsers count waits in 32 bits; nobody looks at a screen for longer. */
const WAIT_SEC_MAX = 86_400;
/** A run that the server has just begun is told by it a moment later. */
const GRACE_MS = 700;

/** The time now in seconds, often enough for words; reads events again when a run begins or ends. */
export function useFollowing(events: readonly LiveEvent[] | undefined): number {
  const queries = useQueryClient();
  const [now, setNow] = useState(() => Date.now() / 1000);
  useEffect(() => {
    const ticking = setInterval(() => setNow(Date.now() / 1000), TICK_MS);
    return () => clearInterval(ticking);
  }, []);
  useEffect(() => {
    const seconds = Date.now() / 1000;
    const at = nextChange(events ?? [], seconds);
    if (at === null || at - seconds > WAIT_SEC_MAX) {
      return;
    }
    const waiting = setTimeout(
      () => {
        setNow(Date.now() / 1000);
        void queries.invalidateQueries({ queryKey: ["definitions", "live-event"] });
      },
      (at - seconds) * 1000 + GRACE_MS,
    );
    return () => clearTimeout(waiting);
  }, [events, queries]);
  return now;
}
