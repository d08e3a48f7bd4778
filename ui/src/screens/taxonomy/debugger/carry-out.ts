/** Carrying a plan out: the definitions are made or changed, then the refused events taken in. */

import { ApiError, call, pathOf } from "@/api/client";
import type { Definitions, Fields } from "@/api/definitions";
import { isLocked } from "../kinds";
import { declaredOf, type Plan, type StepName } from "./plan";
import type { Filter, Outcome } from "./queries";

type EventDefinition = Definitions["taxonomy/event"];
type Validator = Definitions["taxonomy/validator"];

/**
 * Declare and replay, telling each step as it begins. What a failed try did already is found done
 * by the next one.
 */
export async function carryOut(plan: Plan, onStep: (step: StepName) => void): Promise<Outcome> {
  const { definition, validator } = declaredOf(plan);
  if (validator) {
    onStep("validator");
    await store<Validator>(
      "validator",
      validator,
      (found) => JSON.stringify(found.schema) === JSON.stringify(validator.schema),
    );
  }
  onStep("event");
  await store<EventDefinition>(
    "event",
    { ...definition, description: plan.description },
    () => false,
  );
  onStep("replay");
  const filter: Filter = { name: plan.name };
  return call<Outcome>("POST", "/v1/console/taxonomy/debugger/replay", { body: { filter } });
}

/** Make a definition, or change the one of this name unless it is so already. */
async function store<D extends { id: string; version: string; core: boolean; pack?: string }>(
  kind: "validator" | "event",
  fields: Fields & { name: string },
  isSo: (found: D) => boolean,
): Promise<void> {
  const path = `/v1/console/taxonomy/${kind}`;
  const note = "From refused events, in the debugger";
  const found = await find<D>(pathOf(`${path}/{id}`, fields.name));
  if (!found) {
    await call("POST", path, { body: { ...fields, note } });
  } else if (!isSo(found)) {
    if (isLocked(found)) {
      throw new Error(`${fields.name} comes with the server and cannot be changed.`);
    }
    await call("PUT", pathOf(`${path}/{id}`, found.id), {
      body: { ...fields, version: found.version, note },
    });
  }
}

async function find<D>(path: string): Promise<D | undefined> {
  try {
    return await call<D>("GET", path);
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) {
      return undefined;
    }
    throw error;
  }
}
