/** Who is signed in, and what they may do. */

import { useQuery, useQueryClient } from "@tanstack/react-query";
import { createContext, type ReactNode, useCallback, useContext, useEffect, useMemo } from "react";
import { ApiError, call, type Schemas, setCsrfToken, whenSignedOut } from "@/api/client";

/** What `GET /v1/console/me` tells. */
export type Me = Schemas["MeMessage"];

export type Action = "read" | "write" | "delete";

interface Session {
  me: Me;
  /** Whether the signed-in user has a permission; the server decides again on every call. */
  may: (entity: string, action: Action) => boolean;
  signOut: () => Promise<void>;
}

const SessionContext = createContext<Session | null>(null);

/** The session of the signed-in user; only inside `SessionGate`. */
export function useSession(): Session {
  const session = useContext(SessionContext);
  if (session === null) {
    throw new Error("useSession is for what SessionGate shows");
  }
  return session;
}

/** Whether the signed-in user has a permission. */
export function useMay(entity: string, action: Action): boolean {
  return useSession().may(entity, action);
}

/** Shows its children to who has the permission, and nothing to others. */
export function Allowed({
  entity,
  action,
  children,
}: {
  entity: string;
  action: Action;
  children: ReactNode;
}) {
  return useMay(entity, action) ? children : null;
}

export const ME = ["me"] as const;

/** Shows the sign-in screen until somebody is signed in, and the console to who is. */
export function SessionGate({
  signIn,
  waiting,
  failed,
  children,
}: {
  signIn: ReactNode;
  waiting: ReactNode;
  failed: (error: Error, retry: () => void) => ReactNode;
  children: ReactNode;
}) {
  const queries = useQueryClient();
  const me = useQuery({
    queryKey: ME,
    queryFn: async ({ signal }): Promise<Me | null> => {
      try {
        const told = await call<Me>("GET", "/v1/console/me", { signal });
        setCsrfToken(told.csrf_token);
        return told;
      } catch (error) {
        if (error instanceof ApiError && error.status === 401) {
          return null;
        }
        throw error;
      }
    },
    staleTime: 60_000,
    refetchOnWindowFocus: true,
  });
  const forget = useCallback(() => {
    // What one user was told is not for the next. The query of `me` stays: this gate watches it.
    queries.removeQueries({ predicate: (query) => query.queryKey[0] !== ME[0] });
    queries.setQueryData(ME, null);
    setCsrfToken("");
  }, [queries]);
  useEffect(() => {
    // Any call that is answered 401 ends the session here, too.
    whenSignedOut(() => {
      if (queries.getQueryData(ME)) {
        forget();
      }
    });
  }, [queries, forget]);
  const signOut = useCallback(async () => {
    await call("POST", "/v1/console/sign-out");
    forget();
  }, [forget]);
  const session = useMemo<Session | null>(() => {
    if (!me.data) {
      return null;
    }
    const permissions = new Set(me.data.permissions);
    return {
      me: me.data,
      may: (entity, action) => permissions.has(`${entity}:${action}`),
      signOut,
    };
  }, [me.data, signOut]);
  if (me.isPending) {
    return waiting;
  }
  if (me.isError) {
    return failed(me.error, () => me.refetch());
  }
  if (session === null) {
    return signIn;
  }
  return <SessionContext value={session}>{children}</SessionContext>;
}
