/** The state of a flag's editor: what is edited, of which version, and what is wrong with it. */

import { useCallback, useMemo, useState } from "react";
import type { Definitions } from "@/api/definitions";
import { changedFields, draftOf, EMPTY_DRAFT, type FlagDraft, problemOf, rebased } from "./draft";

type Flag = Definitions["flag"];

/** What is edited, and of which version of the flag; of none for a new one. */
interface Edit {
  draft: FlagDraft;
  base: Flag | undefined;
}

function differs(edit: Edit | null): edit is Edit {
  const original = edit?.base ? draftOf(edit.base) : EMPTY_DRAFT;
  return edit !== null && Object.keys(changedFields(edit.draft, original)).length > 0;
}

/** `flag` is what is stored now, as far as is known; absent for a new one. */
export function useFlagEdit(flag: Flag | undefined) {
  const stored = useMemo(() => (flag ? draftOf(flag) : EMPTY_DRAFT), [flag]);
  const [edited, setEdited] = useState<Edit | null>(null);
  const [round, setRound] = useState(0);
  const [errors, setErrors] = useState<Record<string, string>>({});
  const [problems, setProblems] = useState<Record<string, string>>({});
  // What others save meanwhile does not go under what is edited here: saving then conflicts.
  const { draft, base } = differs(edited) ? edited : { draft: stored, base: flag };
  const original = useMemo(() => (base ? draftOf(base) : EMPTY_DRAFT), [base]);
  const changed = useMemo(() => changedFields(draft, original), [draft, original]);
  const change = useCallback(
    (changes: Partial<FlagDraft>) =>
      setEdited((before) => {
        const from = differs(before) ? before : { draft: stored, base: flag };
        return { ...from, draft: { ...from.draft, ...changes } };
      }),
    [stored, flag],
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
  const isNewer = flag && base && flag.version !== base.version;
  const newer = isNewer && differs({ draft, base: flag }) ? flag : undefined;
  return {
    draft,
    base,
    changed,
    change,
    errors,
    setErrors,
    onProblem,
    /** Why it cannot be saved; empty for nothing. */
    problem: problemOf(draft) || Object.values(problems).find(Boolean) || "",
    /** Rises when fields are to begin anew: they may show what could not be taken over. */
    round,
    /** Somebody else's version, under what is edited here; absent where there is none. */
    newer,
    theirs: newer ? Object.keys(changedFields(draftOf(newer), original)) : [],
    /** Goes on with what is stored, as after saving. */
    settle,
    discard: () => {
      settle();
      setProblems({});
      setRound((count) => count + 1);
    },
    keepOnTop: () =>
      newer && setEdited({ draft: rebased(draft, original, draftOf(newer)), base: newer }),
  };
}
