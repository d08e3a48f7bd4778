/** The state of a live event's editor: what is edited, of which version, and what is wrong with it. */

import { useCallback, useMemo, useState } from "react";
import {
  changedFields,
  draftOf,
  type LiveEvent,
  type LiveEventDraft,
  PARTS,
  rebased,
} from "./draft";
import { problemOf } from "./draft-problems";

interface Edit {
  draft: LiveEventDraft;
  base: LiveEvent;
}

function differs(edit: Edit | null): edit is Edit {
  return edit !== null && Object.keys(changedFields(edit.draft, draftOf(edit.base))).length > 0;
}

/** `event` is what is stored now, as far as is known. */
export function useLiveEventEdit(event: LiveEvent) {
  const stored = useMemo(() => draftOf(event), [event]);
  const [edited, setEdited] = useState<Edit | null>(null);
  const [round, setRound] = useState(0);
  const [errors, setErrors] = useState<Record<string, string>>({});
  const [problems, setProblems] = useState<Record<string, string>>({});
  // What others save meanwhile does not go under what is edited here: saving then conflicts.
  const { draft, base } = differs(edited) ? edited : { draft: stored, base: event };
  const original = useMemo(() => draftOf(base), [base]);
  const changed = useMemo(() => changedFields(draft, original), [draft, original]);
  const change = useCallback(
    (changes: Partial<LiveEventDraft>) =>
      setEdited((before) => {
        const from = differs(before) ? before : { draft: stored, base: event };
        return { ...from, draft: { ...from.draft, ...changes } };
      }),
    [stored, event],
  );
  const onProblem = useCallback((part: string, problem: string) => {
    setProblems((before) =>
      (before[part] ?? "") === problem ? before : { ...before, [part]: problem },
    );
  }, []);
  const settle = () => {
    setEdited(null);
    setErrors({});
  };
  const isNewer = event.version !== base.version && differs({ draft, base: event });
  return {
    draft,
    base,
    changed,
    change,
    errors,
    setErrors,
    onProblem,
    /** Why it cannot be saved; empty for nothing. */
    problem:
      PARTS.map((part) => problemOf(draft, part)).find(Boolean) ??
      Object.values(problems).find(Boolean) ??
      "",
    /** Rises when fields are to begin anew: they may show what could not be taken over. */
    round,
    /** Whether somebody else has saved another version under what is edited here. */
    isNewer,
    theirs: isNewer ? Object.keys(changedFields(stored, original)) : [],
    /** Goes on with what is stored, as after saving. */
    settle,
    discard: () => {
      settle();
      setProblems({});
      setRound((count) => count + 1);
    },
    keepOnTop: () => setEdited({ draft: rebased(draft, original, stored), base: event }),
  };
}
