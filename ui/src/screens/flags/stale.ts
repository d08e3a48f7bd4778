/** Flags that may have had their day, and what to do with each. */

import { useQuery } from "@tanstack/react-query";
import { answer, api, type Schemas } from "@/api/client";

export type StaleFlag = Schemas["StaleFlagMessage"];
type Reason = StaleFlag["reasons"][number]["reason"];

const PAGE = 1000;

/** What the server finds stale after so many days, by flag id. */
export function useStaleFlags(days: number, enabled: boolean) {
  return useQuery({
    queryKey: ["stale-flags", days],
    enabled,
    queryFn: async ({ signal }) => {
      const found = new Map<string, StaleFlag>();
      let cursor = "";
      do {
        const query = { days, "pagination.limit": PAGE, "pagination.cursor": cursor };
        const page = await answer(api.GET("/v1/console/flag/stale", { params: { query }, signal }));
        for (const flag of page.flags) {
          found.set(flag.id, flag);
        }
        cursor = page.page_options.next_cursor;
      } while (cursor);
      return found;
    },
  });
}

/** What can be done about a reason, in a sentence. */
export const ADVICE: Record<Reason, string> = {
  unread: "See whether a build that players have still reads it; if none does, delete it.",
  never_asked: "If no code uses what it reads with all the others, delete it.",
  off: "Turn it on, or take its variants away.",
  never_applies: "Take the variant away, or mend its audiences or its rollout.",
  rolled_out: "Make this variant's value the default, and take the variant away.",
};
