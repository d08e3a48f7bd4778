/** The state of an experiment's editor: what is edited, of which version, and what is wrong. */

import { useCallback, useMemo, useState } from "react";
import {
  changedFields,
  draftOf,
  type Experiment,
  type ExperimentDraft,
  fieldsOf,
  PROBLEMS,
  phaseProblem,
  rebased,
} from "./draft";
import { biasingFields } from "./standing";

/** What is edited, and of which version of the experiment. */
interface Edit {
  draft: ExperimentDraft;
  base: Experiment;
}

function differs(edit: Edit | null): edit is Edit {
  return edit !== null && Object.keys(changedFields(edit.draft, draftOf(edit.base))).length > 0;
}

/** `experiment` is what is stored now, as far as is known. */
export function useExperimentEdit(experiment: Experiment, nowS: number) {
  const stored = useMemo(() => draftOf(experiment), [experiment]);
  const [edited, setEdited] = useState<Edit | null>(null);
  const [round, setRound] = useState(0);
  const [errors, setErrors] = useState<Record<string, string>>({});
  const [typed, setTyped] = useState<Record<string, string>>({});
  const [mayBias, setMayBias] = useState(false);
  // What others save meanwhile does not go under what is edited here: saving then conflicts.
  const { draft, base } = differs(edited) ? edited : { draft: stored, base: experiment };
  const original = useMemo(() => draftOf(base), [base]);
  const changed = useMemo(() => changedFields(draft, original), [draft, original]);
  const biasing = useMemo(
    () => biasingFields(experiment, fieldsOf(original), fieldsOf(draft)),
    [experiment, original, draft],
  );
  const change = useCallback(
    (changes: Partial<ExperimentDraft>) =>
      setEdited((before) => {
        const from = differs(before) ? before : { draft: stored, base: experiment };
        return { ...from, draft: { ...from.draft, ...changes } };
      }),
    [stored, experiment],
  );
  const onProblem = useCallback((part: string, problem: string) => {
    setTyped((before) =>
      (before[part] ?? "") === problem ? before : { ...before, [part]: problem },
    );
  }, []);
  const settle = () => {
    setEdited(null);
    setErrors({});
    setMayBias(false);
  };
  const newer =
    experiment.version !== base.version && differs({ draft, base: experiment })
      ? experiment
      : undefined;
  const dirty = Object.keys(changed).length > 0;
  return {
    draft,
    original,
    base,
    changed,
    dirty,
    change,
    errors,
    setErrors,
    onProblem,
    /** As the API takes what changed; with force where somebody has said that it may bias. */
    fields: biasing.length > 0 && mayBias ? { ...changed, force: true } : changed,
    /** What of the change biases a phase that runs. */
    biasing,
    mayBias,
    setMayBias,
    /** Why it cannot be saved; empty for nothing. */
    problem: dirty
      ? problemOf(draft, original, nowS) ||
        Object.values(typed).find(Boolean) ||
        (biasing.length > 0 && !mayBias ? "Say above that it may bias the results" : "")
      : "",
    /** Rises when fields are to begin anew: they may show what could not be taken over. */
    round,
    /** Somebody else's version, under what is edited here; absent where there is none. */
    newer,
    theirs: newer ? Object.keys(changedFields(draftOf(newer), original)) : [],
    settle,
    discard: () => {
      settle();
      setTyped({});
      setRound((count) => count + 1);
    },
    keepOnTop: () =>
      newer && setEdited({ draft: rebased(draft, original, draftOf(newer)), base: newer }),
  };
}

function problemOf(draft: ExperimentDraft, original: ExperimentDraft, nowS: number): string {
  const before = new Map(original.phases.map((phase) => [phase.key, JSON.stringify(phase)]));
  // Those that are over, and all that nobody touched, are as the server has them.
  const touched = draft.phases.filter((phase) => before.get(phase.key) !== JSON.stringify(phase));
  const wrong = touched.map((phase) => phaseProblem(phase, nowS)).find(Boolean);
  return PROBLEMS.name(draft) || PROBLEMS.who(draft) || wrong || "";
}
