/** Where problems of a filter lie: in the text of the editor, and in the form. Pure. */

import { type Clause, type GroupClause, leavesOf } from "./form";
import { parsePlaces } from "./parse";

interface Placed {
  start: number;
  end: number;
}

/** Places that are counted in characters, as places in a text of JavaScript, and inside it. */
export function unitsOf(text: string, place: Placed): Placed {
  const characters = [...text];
  const units = (count: number) => characters.slice(0, count).join("").length;
  const start = Math.min(units(place.start), text.length);
  return { start, end: Math.max(start, Math.min(units(place.end), text.length)) };
}

/** The problems of each condition of a form whose text this is, and those of none of them. */
export function problemsByClause<P extends Placed>(
  form: GroupClause,
  text: string,
  problems: readonly P[],
): { of: Map<Clause, P[]>; others: P[] } {
  const places = parsePlaces(text);
  const leaves = leavesOf(form);
  const of = new Map<Clause, P[]>();
  const others: P[] = [];
  for (const problem of problems) {
    const { start } = unitsOf(text, problem);
    // A problem behind a condition, such as a number that is missing, is that condition's.
    const index = places.findLastIndex((place) => place.start <= start);
    const leaf = leaves[Math.max(index, 0)];
    if (leaf && places.length === leaves.length) {
      of.set(leaf, [...(of.get(leaf) ?? []), problem]);
    } else {
      others.push(problem);
    }
  }
  return { of, others };
}
