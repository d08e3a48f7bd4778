/** What the fields of a value's form share: the whole text, its schema, and what is wrong where. */

import { createContext, useContext, useEffect, useId, useState } from "react";
import type { JsonPath } from "./json-tree";
import type { Schema } from "./schema-form";

/** What the server found wrong with a value, and where. */
export interface ValueProblem {
  place: readonly (string | number)[];
  problem: string;
}

interface FormState {
  text: string;
  root: Schema;
  readOnly: boolean;
  problems: readonly ValueProblem[];
  change: (text: string) => void;
  /** Says that a field shows something that cannot be taken over, or no longer does. */
  report: (field: string, isWrong: boolean) => void;
}

export const FormContext = createContext<FormState | null>(null);

/** The form that a field is part of. */
export function useForm(): FormState {
  const state = useContext(FormContext);
  if (state === null) {
    throw new Error("useForm is for the fields of a ValueEditor");
  }
  return state;
}

/** What is wrong with exactly the value at a path; `undefined` for nothing. */
export function useProblem(path: JsonPath): string | undefined {
  const { problems } = useForm();
  return problemAt(problems, path);
}

/** What is wrong with the value at a path or within it, with where; `undefined` for nothing. */
export function useProblemWithin(path: JsonPath): string | undefined {
  const { problems } = useForm();
  return problemWithin(problems, path);
}

/** The first problem of exactly a place. */
export function problemAt(problems: readonly ValueProblem[], path: JsonPath): string | undefined {
  return problems.find(({ place }) => place.length === path.length && isWithin(place, path))
    ?.problem;
}

/** The first problem of a place and all within it, beginning with where it is in there. */
export function problemWithin(
  problems: readonly ValueProblem[],
  path: JsonPath,
): string | undefined {
  const found = problems.find(({ place }) => isWithin(place, path));
  const where = found?.place.slice(path.length).join(".");
  return where ? `${where}: ${found?.problem}` : found?.problem;
}

function isWithin(place: JsonPath, path: JsonPath): boolean {
  return path.every((step, index) => String(step) === String(place[index]));
}

/**
 * A field whose text counts once it is one of the right kind; until then it is a draft that keeps
 * the form from being saved.
 */
export function useDraft(
  committed: string,
  isRight: (text: string) => boolean,
  commit: (text: string) => void,
): { text: string; isWrong: boolean; change: (text: string) => void } {
  const { report } = useForm();
  const [draft, setDraft] = useState<string | null>(null);
  const id = useId();
  const isWrong = draft !== null;
  useEffect(() => {
    report(id, isWrong);
    return () => report(id, false);
  }, [report, id, isWrong]);
  return {
    text: draft ?? committed,
    isWrong,
    change: (text) => {
      if (isRight(text)) {
        setDraft(null);
        commit(text);
      } else {
        setDraft(text);
      }
    },
  };
}
