/** An experiment while it is edited: its fields, what changed of them, and what is wrong. Pure. */

import type { Definitions, Fields } from "@/api/definitions";
import { followingSpan, timeProblems } from "./times";
import { ALL_PERMILLE, equalWeights, weightProblem } from "./weights";

export type Experiment = Definitions["experiment"];
export type Phase = Experiment["phases"][number];
export type PhaseVariant = Phase["variants"][number];

export interface FlagValueDraft {
  flag: string;
  value: string;
}

export interface VariantDraft {
  /** Tells it from the others while names change; no part of the experiment. */
  key: string;
  name: string;
  description: string;
  weight: number;
  value: string;
  flags: FlagValueDraft[];
}

export interface PhaseDraft {
  key: string;
  /** Empty for a new one. */
  id: string;
  name: string;
  description: string;
  start: string;
  end: string;
  ended: string;
  splitKey: Phase["split_key"];
  variants: VariantDraft[];
  /** `null` where they are those of the experiment. */
  audiences: string[] | null;
  excludeAudiences: string[] | null;
  goalMetrics: string[] | null;
  /** 0 for no limit. */
  participantsMax: number;
  deadline: string;
  locked: boolean;
}

export interface ExperimentDraft {
  name: string;
  description: string;
  hypothesis: string;
  labels: string[];
  goalMetrics: string[];
  monitorMetrics: string[];
  audiences: string[];
  excludeAudiences: string[];
  exclusionGroup: string;
  exclusionFrom: number;
  exclusionTo: number;
  holdoutGroup: string;
  phases: PhaseDraft[];
}

let made = 0;

/** Something that nothing else in this window is called. */
export function newKey(): string {
  made += 1;
  return `new-${made}`;
}

/** An experiment that is yet to be thought of. */
export const EMPTY_DRAFT: ExperimentDraft = {
  name: "",
  description: "",
  hypothesis: "",
  labels: [],
  goalMetrics: [],
  monitorMetrics: [],
  audiences: [],
  excludeAudiences: [],
  exclusionGroup: "",
  exclusionFrom: 0,
  exclusionTo: ALL_PERMILLE,
  holdoutGroup: "",
  phases: [],
};

/** What the first phase of a new experiment is proposed to be. */
export function firstPhase(nowS: number): PhaseDraft {
  return newPhase([], nowS);
}

/** A phase behind all others, with the variants of the last one. */
export function newPhase(phases: readonly PhaseDraft[], nowS: number): PhaseDraft {
  const last = phases.at(-1);
  return {
    key: newKey(),
    id: "",
    name: freeName(phases.length === 0 ? "main" : "phase", phases),
    description: "",
    ...followingSpan(phases, nowS),
    ended: "0",
    splitKey: last?.splitKey ?? "ID",
    variants: last ? copies(last.variants) : [variant("control", 500), variant("test", 500)],
    audiences: null,
    excludeAudiences: null,
    goalMetrics: null,
    participantsMax: 0,
    deadline: "",
    locked: false,
  };
}

/** The same phase again, behind all others. */
export function copiedPhase(
  phase: PhaseDraft,
  phases: readonly PhaseDraft[],
  nowS: number,
): PhaseDraft {
  const { start } = followingSpan(phases, nowS);
  const by = Number(start) - Number(phase.start);
  return {
    ...phase,
    key: newKey(),
    id: "",
    name: freeName(phase.name, phases),
    start,
    end: String(Number(phase.end) + by),
    ended: "0",
    deadline: phase.deadline && String(Number(phase.deadline) + by),
    variants: copies(phase.variants),
    locked: false,
  };
}

function variant(name: string, weight: number): VariantDraft {
  return { key: newKey(), name, description: "", weight, value: "", flags: [] };
}

function copies(variants: readonly VariantDraft[]): VariantDraft[] {
  return variants.map((each) => ({ ...each, key: newKey() }));
}

/** The variants and one more, for the same flags, with equal shares where they were equal. */
export function withVariant(variants: readonly VariantDraft[]): VariantDraft[] {
  const last = variants.at(-1);
  const more = {
    ...variant(freeName("test", variants), 0),
    flags: last ? last.flags.map((each) => ({ ...each })) : [],
  };
  return isEqualSplit(variants) ? equallySplit([...variants, more]) : [...variants, more];
}

/** The variants without one; what it had is shared where shares were equal. */
export function withoutVariant(variants: readonly VariantDraft[], key: string): VariantDraft[] {
  const rest = variants.filter((each) => each.key !== key);
  return isEqualSplit(variants) ? equallySplit(rest) : rest;
}

/** The variants with equal shares. */
export function equallySplit(variants: readonly VariantDraft[]): VariantDraft[] {
  const weights = equalWeights(variants.length);
  return variants.map((each, index) => ({ ...each, weight: weights[index] ?? 0 }));
}

export function isEqualSplit(variants: readonly VariantDraft[]): boolean {
  const weights = equalWeights(variants.length);
  return variants.every((each, index) => each.weight === weights[index]);
}

function freeName(name: string, taken: readonly { name: string }[]): string {
  const names = new Set(taken.map((each) => each.name));
  const base = name.replace(/ \d+$/, "");
  for (let number = 1; ; number += 1) {
    const found = number === 1 ? base : `${base} ${number}`;
    if (!names.has(found)) {
      return found;
    }
  }
}

/** The flags that any variant gives a value, in order of their first mention. */
export function flagsOf(variants: readonly { flags: readonly { flag: string }[] }[]): string[] {
  return [...new Set(variants.flatMap((each) => each.flags.map((given) => given.flag)))];
}

/** An experiment as it is stored, to be edited. */
export function draftOf(experiment: Experiment): ExperimentDraft {
  return {
    name: experiment.name,
    description: experiment.description,
    hypothesis: experiment.hypothesis,
    labels: experiment.labels,
    goalMetrics: experiment.goal_metrics,
    monitorMetrics: experiment.monitor_metrics,
    audiences: experiment.audiences,
    excludeAudiences: experiment.exclude_audiences,
    exclusionGroup: experiment.exclusion_group,
    exclusionFrom: experiment.exclusion_from_permille,
    exclusionTo: experiment.exclusion_to_permille,
    holdoutGroup: experiment.holdout_group,
    phases: experiment.phases.map(phaseDraftOf),
  };
}

function phaseDraftOf(phase: Phase): PhaseDraft {
  return {
    key: phase.id,
    id: phase.id,
    name: phase.name,
    description: phase.description,
    start: phase.start_time_sec,
    end: phase.end_time_sec,
    ended: phase.ended_time_sec,
    splitKey: phase.split_key,
    variants: phase.variants.map((each) => ({
      key: `${phase.id} ${each.name}`,
      name: each.name,
      description: each.description,
      weight: each.weight_permille,
      value: each.value,
      flags: each.flags.map(({ flag, value }) => ({ flag, value })),
    })),
    audiences: phase.audiences ?? null,
    excludeAudiences: phase.exclude_audiences ?? null,
    goalMetrics: phase.goal_metrics ?? null,
    participantsMax: phase.participants_max,
    deadline: phase.admission_deadline_time_sec === "0" ? "" : phase.admission_deadline_time_sec,
    locked: phase.locked,
  };
}

/** Phases in the order of their times, in which the server keeps them and tells of errors. */
export function byTime(phases: readonly PhaseDraft[]): PhaseDraft[] {
  return [...phases].sort((a, b) => Number(a.start) - Number(b.start));
}

/** The fields of a draft as the API takes them. */
export function fieldsOf(draft: ExperimentDraft): Fields {
  return {
    name: draft.name.trim(),
    description: draft.description,
    hypothesis: draft.hypothesis,
    labels: draft.labels,
    goal_metrics: draft.goalMetrics,
    monitor_metrics: draft.monitorMetrics,
    audiences: draft.audiences,
    exclude_audiences: draft.excludeAudiences,
    exclusion_group: draft.exclusionGroup,
    exclusion_from_permille: draft.exclusionGroup ? draft.exclusionFrom : 0,
    exclusion_to_permille: draft.exclusionGroup ? draft.exclusionTo : ALL_PERMILLE,
    holdout_group: draft.holdoutGroup,
    phases: byTime(draft.phases).map(phaseFields),
  };
}

function phaseFields(phase: PhaseDraft): Fields {
  return {
    ...(phase.id ? { id: phase.id } : {}),
    name: phase.name,
    description: phase.description,
    start_time_sec: phase.start,
    end_time_sec: phase.end,
    ended_time_sec: phase.ended,
    split_key: phase.splitKey,
    variants: phase.variants.map((each) => ({
      name: each.name,
      description: each.description,
      weight_permille: each.weight,
      value: each.value,
      flags: each.flags,
    })),
    ...(phase.audiences === null ? {} : { audiences: phase.audiences }),
    ...(phase.excludeAudiences === null ? {} : { exclude_audiences: phase.excludeAudiences }),
    ...(phase.goalMetrics === null ? {} : { goal_metrics: phase.goalMetrics }),
    participants_max: phase.participantsMax,
    admission_deadline_time_sec: phase.deadline || "0",
    locked: phase.locked,
  };
}

/** The fields in which a draft differs from what it was made of. */
export function changedFields(draft: ExperimentDraft, original: ExperimentDraft): Fields {
  const before = fieldsOf(original);
  return Object.fromEntries(
    Object.entries(fieldsOf(draft)).filter(
      ([field, value]) => JSON.stringify(value) !== JSON.stringify(before[field]),
    ),
  );
}

/** What was edited of one version, as an edit of a newer one. */
export function rebased(
  draft: ExperimentDraft,
  original: ExperimentDraft,
  newer: ExperimentDraft,
): ExperimentDraft {
  const entries = Object.entries(newer).map(([field, value]) => {
    const key = field as keyof ExperimentDraft;
    const isMine = JSON.stringify(draft[key]) !== JSON.stringify(original[key]);
    return [field, isMine ? draft[key] : value];
  });
  return Object.fromEntries(entries) as ExperimentDraft;
}

/** What is wrong with each part of a draft, as far as can be told here. */
export const PROBLEMS = {
  name: (draft: ExperimentDraft) => (draft.name.trim() ? "" : "An experiment needs a name"),
  who: (draft: ExperimentDraft) =>
    draft.exclusionGroup && draft.exclusionFrom >= draft.exclusionTo
      ? "The share of the exclusion group has no players"
      : "",
} satisfies Record<string, (draft: ExperimentDraft) => string>;

/** What is wrong with the variants of a phase; empty for nothing. */
export function variantsProblem(variants: readonly VariantDraft[]): string {
  if (variants.length === 0) {
    return "A phase needs at least one variant";
  }
  if (variants.some((each) => !each.name.trim())) {
    return "Every variant needs a name";
  }
  if (new Set(variants.map((each) => each.name)).size < variants.length) {
    return "Two variants have the same name";
  }
  return weightProblem(variants.map((each) => each.weight));
}

/** What is wrong with a phase that has not ended; empty for nothing. */
export function phaseProblem(phase: PhaseDraft, nowS: number): string {
  if (!phase.name.trim()) {
    return "Every phase needs a name";
  }
  const [first] = Object.values(timeProblems(phase, nowS));
  const problem = first ?? variantsProblem(phase.variants);
  return problem
    ? `Phase ${phase.name}: ${problem.charAt(0).toLowerCase()}${problem.slice(1)}`
    : "";
}
