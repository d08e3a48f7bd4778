/** The rows of a live tail: what came, what was held while it stood still, and what was left out. Pure. */

/** Enough to look at; a browser stays quick with them. */
export const ROWS_MAX = 300;

/** An event as the tail tells it. */
export interface TailEvent {
  name: string;
  source: string;
  receive_time: string;
  id?: string;
  api_key?: string;
  identity_id?: string;
  session_id?: string;
  /** Of accepted ones. */
  timestamp?: string;
  value?: string;
  metadata?: Record<string, string>;
  replayed?: boolean;
  /** Of refused ones. */
  reason?: string;
  problem?: string;
  payload?: Record<string, unknown>;
}

export type TailRow =
  | { key: string; kind: "accepted" | "rejected"; event: TailEvent }
  /** Something is not shown here: what, and why, in words. */
  | { key: string; kind: "gap"; words: string };

export interface Tail {
  /** The newest first. */
  rows: readonly TailRow[];
  paused: boolean;
  /** What came while it stood still, the newest first. */
  held: readonly TailRow[];
  /** How many were too many to be held. */
  lost: number;
  /** How many have come in all. */
  count: number;
}

export const NO_ROWS: Tail = { rows: [], paused: false, held: [], lost: 0, count: 0 };

export type TailAction =
  /** In the order in which they came. */
  | { type: "came"; rows: readonly TailRow[] }
  | { type: "pause" }
  | { type: "resume" }
  | { type: "clear" };

export function tailAfter(tail: Tail, action: TailAction): Tail {
  switch (action.type) {
    case "came":
      return afterRows(tail, action.rows);
    case "pause":
      return { ...tail, paused: true };
    case "resume": {
      const gap: TailRow[] =
        tail.lost > 0
          ? [{ key: `lost-${tail.count}`, kind: "gap", words: lostWords(tail.lost) }]
          : [];
      const rows = [...tail.held, ...gap, ...tail.rows].slice(0, ROWS_MAX);
      return { ...tail, rows, paused: false, held: [], lost: 0 };
    }
    case "clear":
      return { ...NO_ROWS, paused: tail.paused };
  }
}

function afterRows(tail: Tail, came: readonly TailRow[]): Tail {
  const known = new Set([...tail.held, ...tail.rows].map((row) => row.key));
  const fresh = came.filter((row) => !known.has(row.key)).reverse();
  const count = tail.count + fresh.filter((row) => row.kind !== "gap").length;
  if (!tail.paused) {
    return { ...tail, rows: [...fresh, ...tail.rows].slice(0, ROWS_MAX), count };
  }
  const held = [...fresh, ...tail.held];
  const lost = tail.lost + Math.max(0, held.length - ROWS_MAX);
  return { ...tail, held: held.slice(0, ROWS_MAX), lost, count };
}

function lostWords(lost: number): string {
  return `${lost.toLocaleString("en")} more came while this stood still, and are not kept here`;
}

/** What the server left out, in words; it says so when too much comes at once. */
export function skippedWords(skipped: { events?: number; bytes?: number }): string {
  const { events = 0, bytes = 0 } = skipped;
  const parts = [
    events > 0
      ? `${events.toLocaleString("en")} matching ${events === 1 ? "event was" : "events were"} left out: too many came at once`
      : "",
    bytes > 0
      ? `${Math.ceil(bytes / 1024).toLocaleString("en")} KiB of the log were not looked at, as this was too far behind`
      : "",
  ].filter(Boolean);
  return parts.join("; ") || "Something was left out";
}

/** What is missing after a break that cannot be caught up with. */
export function breakWords(seconds: number): string {
  const length = Math.max(1, Math.round(seconds));
  return `The connection was broken for ${length.toLocaleString("en")} s; what came meanwhile is not shown`;
}

/** How long to wait before the next try, in milliseconds: longer from try to try. */
export function waitBefore(tries: number): number {
  return Math.min(15_000, 1000 * 2 ** Math.min(tries, 4));
}
