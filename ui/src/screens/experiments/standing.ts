/** What an experiment is about at a time: its phase, in words, and what may be done. Pure. */

import type { Experiment, Phase } from "./draft";
import { endOf } from "./times";

/** The phase that is on; else the one to come next, else the last there was. */
export function mainPhase(experiment: Experiment): Phase | undefined {
  const { phases } = experiment;
  return (
    phases.find((phase) => phase.state === "running") ??
    phases.find((phase) => phase.state === "scheduled") ??
    (experiment.state === "draft" ? phases[0] : phases.at(-1))
  );
}

/** The last phase that has begun, which is what there is to promote of. */
export function lastBegun(experiment: Experiment, nowS: number): Phase | undefined {
  return experiment.launched
    ? experiment.phases.filter((phase) => Number(phase.start_time_sec) <= nowS).at(-1)
    : undefined;
}

/** Whether new players get a place, and if not, why. */
export function admissionWords(phase: Phase, nowS: number): string {
  if (phase.state !== "running") {
    return "";
  }
  if (phase.locked) {
    return "Locked: nobody new gets a place";
  }
  if (phase.full) {
    return "Full: nobody new gets a place";
  }
  const deadline = Number(phase.admission_deadline_time_sec);
  return deadline > 0 && deadline <= nowS
    ? "Past its deadline: nobody new gets a place"
    : "Admits players";
}

/** Of what a phase is, everything or a part may be changed. */
export type Freedom = "all" | "some" | "none";

export function freedomOf(phase: Phase | undefined, state: Experiment["state"]): Freedom {
  if (state === "archived") {
    return "none";
  }
  if (phase === undefined || phase.state === "draft" || phase.state === "scheduled") {
    return "all";
  }
  return phase.state === "running" ? "some" : "none";
}

type Body = Record<string, unknown>;

const BIASING = [
  "exclusion_group",
  "exclusion_from_permille",
  "exclusion_to_permille",
  "holdout_group",
];
const AUDIENCES = ["audiences", "exclude_audiences"];

/**
 * The fields, by the API, in which a change biases a phase that runs, as the server decides it.
 * `before` and `after` are all fields of the experiment.
 */
export function biasingFields(experiment: Experiment, before: Body, after: Body): string[] {
  const running = experiment.phases.filter((phase) => phase.state === "running");
  if (running.length === 0) {
    return [];
  }
  const own = BIASING.filter((field) => isOther(before[field], after[field]));
  const ofPhases = running.flatMap(({ id, name }) => {
    const [was, now] = [before, after].map((body) =>
      (body.phases as Body[]).find((each) => each.id === id),
    );
    if (!was || !now) {
      return [];
    }
    const audiences = AUDIENCES.filter((field) =>
      isOther(sortedNames(was[field] ?? before[field]), sortedNames(now[field] ?? after[field])),
    );
    return [
      ...(was.split_key === now.split_key ? [] : ["split_key"]),
      ...(isOther(whatCounts(was.variants), whatCounts(now.variants)) ? ["variants"] : []),
      ...audiences,
    ].map((field) => `${field.replaceAll("_", " ")} of phase ${name}`);
  });
  return [...own.map((field) => field.replaceAll("_", " ")), ...ofPhases];
}

function isOther(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) !== JSON.stringify(other);
}

function sortedNames(names: unknown): string[] {
  return [...(names as string[])].sort();
}

/** Variants without what is only for people. */
function whatCounts(variants: unknown): Body[] {
  return (variants as Body[]).map(({ description: _, ...rest }) => rest);
}

/** Phases of others that give the same flags values while phases of this one are on. */
export interface Meeting {
  phase: string;
  other: Experiment;
  otherPhase: Phase;
  flags: string[];
  start: number;
  end: number;
}

interface Plan {
  id: string;
  audiences: string[];
  exclude_audiences: string[];
  exclusion_group: string;
  phases: {
    name: string;
    start_time_sec: string;
    end_time_sec: string;
    variants: { flags: { flag: string }[] }[];
    audiences?: string[];
    exclude_audiences?: string[];
  }[];
}

/** Where an experiment that is not saved yet would meet launched ones; as the server decides it. */
export function meetings(plan: Plan, others: readonly Experiment[], nowS: number): Meeting[] {
  return others
    .filter(
      (other) =>
        other.id !== plan.id &&
        other.launched &&
        !other.archived &&
        !(plan.exclusion_group && plan.exclusion_group === other.exclusion_group),
    )
    .flatMap((other) =>
      plan.phases.flatMap((phase) =>
        other.phases.flatMap((otherPhase): Meeting[] => {
          const start = Math.max(
            nowS,
            Number(phase.start_time_sec),
            Number(otherPhase.start_time_sec),
          );
          const end = Math.min(Number(phase.end_time_sec), endOf(otherPhase));
          const theirs = new Set(flagNames(otherPhase));
          const flags = flagNames(phase).filter((flag) => theirs.has(flag));
          const areApart = keptApart(targets(plan, phase), targets(other, otherPhase));
          return start >= end || flags.length === 0 || areApart
            ? []
            : [{ phase: phase.name, other, otherPhase, flags, start, end }];
        }),
      ),
    )
    .sort((a, b) => a.start - b.start);
}

function flagNames(phase: Plan["phases"][number]): string[] {
  return [...new Set(phase.variants.flatMap((each) => each.flags.map(({ flag }) => flag)))].sort();
}

interface Targets {
  audiences: string[];
  excluded: string[];
}

function targets(plan: Plan, phase: Plan["phases"][number]): Targets {
  return {
    audiences: phase.audiences ?? plan.audiences,
    excluded: phase.exclude_audiences ?? plan.exclude_audiences,
  };
}

/** Whether no player can be in both; what audiences have to do with each other is not known. */
function keptApart(...every: Targets[]): boolean {
  const excluded = new Set(every.flatMap((each) => each.excluded));
  return every.some(
    ({ audiences }) => audiences.length > 0 && audiences.every((name) => excluded.has(name)),
  );
}
