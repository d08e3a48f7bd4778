/** The connection of a live tail: server-sent events, taken up again after a break. */

import { useEffect, useReducer, useState } from "react";
import { ApiError, basePath, failure, type Query, queryText } from "@/api/client";
import {
  breakWords,
  NO_ROWS,
  skippedWords,
  type Tail,
  type TailAction,
  type TailEvent,
  type TailRow,
  tailAfter,
  waitBefore,
} from "./tail-rows";

const PATH = "/v1/console/event/tail";
const SHOW_MS = 200;

export type Connection = "connecting" | "live" | "broken";

interface LiveTail {
  tail: Tail;
  act: (action: TailAction) => void;
  connection: Connection;
  /** Why the server does not let it be opened, where it says so. */
  error: unknown;
}

/** The events that match, as they come, from now on. */
export function useTail(filters: Query): LiveTail {
  const [tail, act] = useReducer(tailAfter, NO_ROWS);
  const [connection, setConnection] = useState<Connection>("connecting");
  const [error, setError] = useState<unknown>(null);
  const query = queryText(filters);
  useEffect(() => {
    act({ type: "clear" });
    setError(null);
    setConnection("connecting");
    const follower = new Follower(query, {
      onRows: (rows) => act({ type: "came", rows }),
      onConnection: (next) => {
        setConnection(next);
        if (next === "live") {
          setError(null);
        }
      },
      onError: setError,
    });
    follower.open();
    return () => follower.close();
  }, [query]);
  return { tail, act, connection, error };
}

interface Listener {
  onRows: (rows: TailRow[]) => void;
  onConnection: (connection: Connection) => void;
  onError: (error: unknown) => void;
}

class Follower {
  private source: EventSource | null = null;
  private waiting: TailRow[] = [];
  private lastId = "";
  private tries = 0;
  private made = 0;
  /** When the connection broke, in milliseconds since the epoch; 0 while it stands. */
  private brokenAt = 0;
  private timer = 0;
  private showing = 0;
  private readonly leaving = new AbortController();

  constructor(
    private readonly query: string,
    private readonly listener: Listener,
  ) {}

  /** Each connection is made here, not by the browser: only so it goes on at the right place. */
  open(): void {
    const parameters = new URLSearchParams(this.query);
    if (this.lastId) {
      parameters.set("last_event_id", this.lastId);
    }
    const address = `${basePath}${PATH}?${parameters}`;
    const source = new EventSource(address);
    this.source = source;
    source.onopen = () => this.opened();
    source.onerror = () => {
      source.close();
      void this.broke(address);
    };
    for (const kind of ["accepted", "rejected"] as const) {
      source.addEventListener(kind, (message) => {
        this.lastId = message.lastEventId;
        const event = JSON.parse(message.data) as TailEvent;
        this.show({ key: message.lastEventId, kind, event });
      });
    }
    source.addEventListener("skipped", (message) => {
      this.note(skippedWords(JSON.parse(message.data) as { events?: number; bytes?: number }));
    });
  }

  close(): void {
    this.leaving.abort();
    this.source?.close();
    window.clearTimeout(this.timer);
    window.clearTimeout(this.showing);
  }

  private opened(): void {
    if (this.brokenAt > 0 && !this.lastId) {
      // There is no place to go on from.
      this.note(breakWords((Date.now() - this.brokenAt) / 1000));
    }
    this.brokenAt = 0;
    this.tries = 0;
    this.listener.onConnection("live");
  }

  private async broke(address: string): Promise<void> {
    if (this.brokenAt === 0) {
      this.brokenAt = Date.now();
    }
    this.listener.onConnection("broken");
    const error = await this.reason(address);
    if (this.leaving.signal.aborted) {
      return;
    }
    this.listener.onError(error);
    const wait = error?.retryAfterSeconds ? error.retryAfterSeconds * 1000 : waitBefore(this.tries);
    this.tries += 1;
    this.timer = window.setTimeout(() => this.open(), wait);
  }

  /** What the server says: the browser tells of no answer why it is none. */
  private async reason(address: string): Promise<ApiError | null> {
    const asking = new AbortController();
    try {
      const signal = AbortSignal.any([asking.signal, this.leaving.signal]);
      const response = await fetch(address, { credentials: "same-origin", signal });
      if (response.ok) {
        asking.abort();
        return null;
      }
      return failure(response, await response.json().catch(() => ({})));
    } catch {
      return new ApiError(0, 14, "The server cannot be reached. Is it running?", [], null);
    }
  }

  private note(words: string): void {
    this.made += 1;
    this.show({ key: `gap-${this.made}`, kind: "gap", words });
  }

  /** Together with what comes in the same moment. */
  private show(row: TailRow): void {
    this.waiting.push(row);
    if (this.showing === 0) {
      this.showing = window.setTimeout(() => {
        this.showing = 0;
        this.listener.onRows(this.waiting);
        this.waiting = [];
      }, SHOW_MS);
    }
  }
}
