/** What a count of players means, in words. Pure. */

import type { Schemas } from "@/api/client";

type Preview = Schemas["matsuri.audiences.preview_api.PreviewMessage"];

/** A part of a whole in percent; 0 of nothing. */
export function shareOf(part: number, whole: number): number {
  return whole > 0 ? (part / whole) * 100 : 0;
}

/** What the number is of, and how sure it is. */
export function countWords(preview: Preview): string {
  const share = shareOf(preview.count, preview.players);
  const digits = share > 0 && share < 10 ? 1 : 0;
  const players = preview.players.toLocaleString("en");
  if (preview.players === 0) {
    return "There are no players yet.";
  }
  const of = `${share.toFixed(digits)} % of ${players} players.`;
  if (preview.exact) {
    return `${of} Exact: every player was looked at.`;
  }
  const low = preview.count_low.toLocaleString("en");
  const high = preview.count_high.toLocaleString("en");
  const looked = preview.looked_at.toLocaleString("en");
  return `${of} Estimated from ${looked} of them: ${low} to ${high} with ${preview.confidence_percent} % confidence.`;
}
