/** All flags of a player, however many there are. */

import { ApiError, type Schemas } from "@/api/client";

type Resolved = Schemas["ResolvedMessage"];

/** As many as the server tells of in one answer. */
const FLAGS_MAX = 1000;

/**
 * What `ask` answers without names; where the server has more flags than it tells of at once, what
 * it answers for those of `flagNames`, part by part.
 */
export async function allFlags(
  ask: (names?: string[]) => Promise<Resolved>,
  flagNames: () => Promise<string[]>,
): Promise<Resolved> {
  try {
    return await ask();
  } catch (error) {
    if (!(error instanceof ApiError) || error.fields.names === undefined) {
      throw error;
    }
  }
  const names = await flagNames();
  const first = await ask(names.slice(0, FLAGS_MAX));
  const flags = [...first.flags];
  for (let next = FLAGS_MAX; next < names.length; next += FLAGS_MAX) {
    flags.push(...(await ask(names.slice(next, next + FLAGS_MAX))).flags);
  }
  return { ...first, flags };
}
