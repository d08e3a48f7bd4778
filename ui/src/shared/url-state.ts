/** State that a screen keeps in its address, so that it can be shared, reloaded and gone back to. */

import { useNavigate, useSearch } from "@tanstack/react-router";
import { useCallback } from "react";

export type UrlState = Record<string, string | undefined>;

/** The query of the address, and a way to change parts of it; empty values are left out. */
export function useUrlState(): [UrlState, (changes: UrlState) => void] {
  const state = useSearch({ strict: false }) as UrlState;
  const navigate = useNavigate();
  const change = useCallback(
    (changes: UrlState) => {
      void navigate({
        to: ".",
        search: ((before: UrlState) => withChanges(before, changes)) as never,
        replace: true,
      });
    },
    [navigate],
  );
  return [state, change];
}

/** A query with some of its values changed; empty ones are no part of it. */
export function withChanges(before: UrlState, changes: UrlState): UrlState {
  const after: UrlState = { ...before, ...changes };
  return Object.fromEntries(Object.entries(after).filter(([, value]) => value));
}
