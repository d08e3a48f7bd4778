/** What is about to be declared for refused events, and how that is done. Pure but for `carryOut`. */

import { ApiError, call, pathOf } from "@/api/client";
import type { Definitions, Fields } from "@/api/definitions";
import { schemaOf, schemaText } from "../forms";
import { isLocked } from "../kinds";
import type { Filter, Outcome, Proposed, ProposedEvent, ProposedValidator } from "./queries";

type EventDefinition = Definitions["taxonomy/event"];
type Validator = Definitions["taxonomy/validator"];

/** How metadata is checked: by the schema below, by a validator that there is, or not at all. */
export type MetadataCheck = "schema" | "validator" | "none";

export interface Plan {
  name: string;
  description: string;
  valueType: EventDefinition["value_type"];
  valueValidator: string;
  metadata: MetadataCheck;
  /** Of the schema below, or of the validator that there is. */
  validatorName: string;
  /** JSON text. */
  schema: string;
}

/** What to begin from: the proposal, widened to what is accepted already. */
export function planOf(proposed: Proposed, existing: EventDefinition | undefined): Plan {
  const { definition, validator } = proposed;
  const proposedType = definition.value_type ?? "any";
  const isOther = existing !== undefined && existing.value_type !== proposedType;
  return {
    name: definition.name,
    description: existing?.description ?? "",
    valueType: isOther ? "any" : proposedType,
    valueValidator: existing?.value_validator ?? "",
    metadata: validator ? "schema" : "none",
    validatorName: validator?.name ?? "",
    schema: schemaText(validator?.schema ?? {}),
  };
}

/** The event and the validator of a plan, as the API takes them. */
export function declaredOf(plan: Plan): {
  definition: ProposedEvent;
  validator?: ProposedValidator;
} {
  const definition: ProposedEvent = {
    name: plan.name,
    value_type: plan.valueType,
    value_validator: plan.valueValidator,
    metadata_validator: plan.metadata === "none" ? "" : plan.validatorName,
  };
  if (plan.metadata !== "schema") {
    return { definition };
  }
  const schema = schemaOf(plan.schema) as ProposedValidator["schema"];
  return { definition, validator: { name: plan.validatorName, schema } };
}

/** Why a plan cannot be carried out, as far as can be told here; empty for nothing. */
export function problemOf(plan: Plan): string {
  if (plan.metadata === "none") {
    return "";
  }
  if (!plan.validatorName.trim()) {
    return plan.metadata === "schema" ? "The schema needs a name" : "Choose a validator";
  }
  return plan.metadata === "schema" && schemaOf(plan.schema) === undefined
    ? "The schema is no JSON object"
    : "";
}

export type StepName = "validator" | "event" | "replay";

/** The steps of a plan, in their order. */
export function stepsOf(plan: Plan): StepName[] {
  return plan.metadata === "schema" ? ["validator", "event", "replay"] : ["event", "replay"];
}

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
