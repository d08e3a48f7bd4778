/** The steps of the wizard: their fields, and what is wrong in each. */

import {
  type ExperimentDraft,
  type PhaseDraft,
  PROBLEMS,
  phaseProblem,
  variantsProblem,
} from "./draft";
import { HypothesisFields } from "./fields/hypothesis-fields";
import { VariantsFields } from "./fields/variants-fields";
import { WhenFields } from "./fields/when-fields";
import { WhoFields } from "./fields/who-fields";

export const STEPS = [
  { title: "Hypothesis", lead: "What do you want to know, and by which numbers will you know it?" },
  { title: "Who", lead: "Which players can be in it. Leave everything empty for all of them." },
  { title: "Variants", lead: "What each part of the players gets, by values of flags." },
  {
    title: "When",
    lead: "Its first phase. More can follow later, such as one for testers before one for everybody.",
  },
];

/** What keeps each step from being gone on from; empty for nothing. */
export function problemsByStep(draft: ExperimentDraft, nowS: number): string[] {
  const [phase] = draft.phases;
  return [
    PROBLEMS.name(draft),
    PROBLEMS.who(draft),
    phase ? variantsProblem(phase.variants) : "",
    phase ? phaseProblem(phase, nowS) : "",
  ];
}

const WHO = /^(audiences|exclude_audiences|exclusion_|holdout_group)/;

/** On which step a wrong field stands, by its path in the API; the last one has the rest. */
export function stepOfField(field: string): number {
  if (field === "launched") {
    return STEPS.length;
  }
  if (field.startsWith("phases")) {
    return field.includes(".variants") ? 2 : 3;
  }
  return WHO.test(field) ? 1 : 0;
}

export function StepFields({
  step,
  draft,
  onChange,
  errors,
  onProblem,
  nowS,
}: {
  step: number;
  draft: ExperimentDraft;
  onChange: (changes: Partial<ExperimentDraft>) => void;
  errors: Record<string, string>;
  onProblem: (part: string, problem: string) => void;
  nowS: number;
}) {
  const [phase] = draft.phases;
  const common = { draft, onChange, errors, readOnly: false };
  if (step === 0 || !phase) {
    return <HypothesisFields {...common} />;
  }
  if (step === 1) {
    return <WhoFields {...common} />;
  }
  const changePhase = (changes: Partial<PhaseDraft>) =>
    onChange({ phases: [{ ...phase, ...changes }] });
  return step === 2 ? (
    <VariantsFields
      variants={phase.variants}
      onChange={(variants) => changePhase({ variants })}
      field="phases[0].variants"
      errors={errors}
      readOnly={false}
      onProblem={onProblem}
    />
  ) : (
    <WhenFields
      phase={phase}
      onChange={changePhase}
      field="phases[0]"
      errors={errors}
      readOnly={false}
      nowS={nowS}
    />
  );
}
