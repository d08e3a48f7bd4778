/** What is about to be declared for refused events. Pure. */

import type { Definitions } from "@/api/definitions";
import { schemaOf, schemaText } from "../forms";
import type { Proposed, ProposedEvent, ProposedValidator } from "./queries";

type EventDefinition = Definitions["taxonomy/event"];

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
