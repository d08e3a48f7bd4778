/** Keys: where they lie, and reading and changing them. */

import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { call, pathOf, type Schemas } from "@/api/client";

export type KeyKind = "apikey" | "serverkey";

/** A key of either kind; only server keys have permissions. */
export type AnyKey = Schemas["ApiKeyMessage"] & Pick<Schemas["ServerKeyMessage"], "permissions">;
export type NewKey = AnyKey & { value: string };

interface KindWords {
  tab: string;
  entity: string;
  plural: string;
  one: string;
  many: string;
  lead: string;
  empty: string;
}

export const KINDS: Record<KeyKind, KindWords> = {
  apikey: {
    tab: "api-keys",
    entity: "api_key",
    plural: "api_keys",
    one: "API key",
    many: "API keys",
    lead: "Games authenticate players with these. A key is in every copy of the game, so it opens nothing but the game’s own calls.",
    empty: "Make a key for each game or platform, so that each can be rotated by itself.",
  },
  serverkey: {
    tab: "server-keys",
    entity: "server_key",
    plural: "server_keys",
    one: "server key",
    many: "Server keys",
    lead: "Programs of yours use the console’s API with these: a Nakama server, a build, a nightly job. Give each no more than it needs.",
    empty: "Make a key for each program that calls this server.",
  },
};

const PAGE = 1000;

/** Every key of a kind. */
export function useKeys(kind: KeyKind) {
  return useQuery({
    queryKey: ["keys", kind],
    queryFn: async ({ signal }) => {
      const page = await call<Record<string, AnyKey[]>>("GET", `/v1/console/${kind}`, {
        query: { "pagination.limit": PAGE },
        signal,
      });
      return page[KINDS[kind].plural] ?? [];
    },
  });
}

interface Call {
  method: "POST" | "PUT" | "DELETE";
  /** Of the key; absent to make one. */
  id?: string;
  /** After the key's path, such as `/rotate`. */
  part?: string;
  query?: Record<string, string>;
  body?: unknown;
}

/** Make, change or delete a key. */
export function useChangeKey(kind: KeyKind) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: ({ method, id, part = "", query, body }: Call) =>
      call<NewKey>(
        method,
        id === undefined
          ? `/v1/console/${kind}`
          : `${pathOf(`/v1/console/${kind}/{id}`, id)}${part}`,
        { body, query },
      ),
    onSettled: () => queries.invalidateQueries({ queryKey: ["keys"] }),
  });
}
