/** A flag while it is edited: its fields, what changed of them, and what is wrong. Pure. */

import type { Definitions, Fields } from "@/api/definitions";

type Flag = Definitions["flag"];
type VariantMessage = Flag["variants"][number];
type ChangeMessage = Flag["schedule"][number];

export interface DraftVariant {
  /** Tells it from the others while names change; no part of the flag. */
  key: string;
  name: string;
  description: string;
  value: string;
  audiences: string[];
  rolloutPercent: number;
}

export interface DraftChange {
  key: string;
  /** Seconds since the epoch, as text; empty while none is chosen. */
  atTimeSec: string;
  value?: string;
  enabled?: boolean;
  variants?: DraftVariant[];
}

export interface FlagDraft {
  name: string;
  description: string;
  labels: string[];
  value: string;
  validator: string;
  enabled: boolean;
  variants: DraftVariant[];
  schedule: DraftChange[];
}

let made = 0;

/** Something that nothing else in this window is called. */
export function newKey(): string {
  made += 1;
  return `new-${made}`;
}

export const EMPTY_DRAFT: FlagDraft = {
  name: "",
  description: "",
  labels: [],
  value: "",
  validator: "",
  enabled: true,
  variants: [],
  schedule: [],
};

/** A flag as it is stored, to be edited. */
export function draftOf(flag: Flag): FlagDraft {
  return {
    name: flag.name,
    description: flag.description,
    labels: flag.labels,
    value: flag.value,
    validator: flag.validator,
    enabled: flag.enabled,
    variants: flag.variants.map(variantOf),
    schedule: flag.schedule.map(changeOf),
  };
}

function variantOf(variant: VariantMessage): DraftVariant {
  return {
    key: variant.name,
    name: variant.name,
    description: variant.description,
    value: variant.value,
    audiences: [...variant.audiences],
    rolloutPercent: variant.rollout_percent,
  };
}

function changeOf(change: ChangeMessage): DraftChange {
  return {
    key: change.at_time_sec,
    atTimeSec: change.at_time_sec,
    value: change.value,
    enabled: change.enabled,
    variants: change.variants?.map(variantOf),
  };
}

/** A new variant with the value to begin from. */
export function newVariant(variants: readonly DraftVariant[], value: string): DraftVariant {
  return {
    key: newKey(),
    name: freeName("variant", variants),
    description: "",
    value,
    audiences: [],
    rolloutPercent: 100,
  };
}

/** The variants with a copy of one right behind it. */
export function duplicated(variants: readonly DraftVariant[], key: string): DraftVariant[] {
  return variants.flatMap((variant) =>
    variant.key === key
      ? [variant, { ...variant, key: newKey(), name: freeName(variant.name, variants) }]
      : [variant],
  );
}

/** The same with the entry at one place moved to another. */
export function moved<T>(entries: readonly T[], from: number, to: number): T[] {
  const rest = [...entries];
  const [entry] = rest.splice(from, 1);
  return entry === undefined ? rest : [...rest.slice(0, to), entry, ...rest.slice(to)];
}

function freeName(name: string, variants: readonly DraftVariant[]): string {
  const taken = new Set(variants.map((variant) => variant.name));
  const base = name.replace(/ \d+$/, "");
  for (let number = taken.size + 1; ; number += 1) {
    const found = `${base} ${number}`;
    if (!taken.has(found)) {
      return found;
    }
  }
}

/** The fields of a draft as the API takes them. */
export function fieldsOf(draft: FlagDraft): Fields {
  return {
    name: draft.name,
    description: draft.description,
    labels: draft.labels,
    value: draft.value,
    validator: draft.validator,
    enabled: draft.enabled,
    variants: draft.variants.map(variantFields),
    schedule: bySchedule(draft.schedule).map((change) => ({
      at_time_sec: change.atTimeSec,
      ...(change.value === undefined ? {} : { value: change.value }),
      ...(change.enabled === undefined ? {} : { enabled: change.enabled }),
      ...(change.variants === undefined ? {} : { variants: change.variants.map(variantFields) }),
    })),
  };
}

function variantFields(variant: DraftVariant): Fields {
  return {
    name: variant.name,
    description: variant.description,
    value: variant.value,
    audiences: variant.audiences,
    rollout_percent: variant.rolloutPercent,
  };
}

/** Scheduled changes in the order of their times, which the server demands. */
export function bySchedule(schedule: readonly DraftChange[]): DraftChange[] {
  return [...schedule].sort((a, b) => Number(a.atTimeSec) - Number(b.atTimeSec));
}

/** What the flag is right before a scheduled change: by itself, or by the changes before that. */
export function stateBefore(
  draft: FlagDraft,
  key: string,
): Pick<FlagDraft, "value" | "enabled" | "variants"> {
  let state = { value: draft.value, enabled: draft.enabled, variants: draft.variants };
  for (const change of bySchedule(draft.schedule)) {
    if (change.key === key) {
      break;
    }
    state = {
      value: change.value ?? state.value,
      enabled: change.enabled ?? state.enabled,
      variants: change.variants ?? state.variants,
    };
  }
  return state;
}

/** What a scheduled change changes, in a few words. */
export function changeWords(change: DraftChange): string {
  const words = [
    change.enabled === undefined ? "" : change.enabled ? "turned on" : "turned off",
    change.value === undefined ? "" : "another default value",
    change.variants === undefined ? "" : `${change.variants.length || "no"} variants`,
  ].filter(Boolean);
  return words.join(", ") || "nothing yet";
}

/** The fields in which a draft differs from what it was made of. */
export function changedFields(draft: FlagDraft, original: FlagDraft): Fields {
  const before = fieldsOf(original);
  return Object.fromEntries(
    Object.entries(fieldsOf(draft)).filter(
      ([field, value]) => JSON.stringify(value) !== JSON.stringify(before[field]),
    ),
  );
}

/** What was edited of one version of a flag, as an edit of a newer one. */
export function rebased(draft: FlagDraft, original: FlagDraft, newer: FlagDraft): FlagDraft {
  const mine = new Set(Object.keys(changedFields(draft, original)));
  return Object.fromEntries(
    Object.entries(newer).map(([field, value]) => [
      field,
      mine.has(field) ? draft[field as keyof FlagDraft] : value,
    ]),
  ) as unknown as FlagDraft;
}

/** Why a draft cannot be saved, as far as can be told here; empty for nothing. */
export function problemOf(draft: FlagDraft): string {
  if (!draft.name.trim()) {
    return "A flag needs a name";
  }
  for (const variants of [draft.variants, ...draft.schedule.map((each) => each.variants ?? [])]) {
    if (variants.some((variant) => !variant.name.trim())) {
      return "Every variant needs a name";
    }
    if (new Set(variants.map((variant) => variant.name)).size < variants.length) {
      return "Two variants have the same name";
    }
  }
  if (draft.schedule.some((change) => !change.atTimeSec)) {
    return "Every scheduled change needs a time";
  }
  return draft.schedule.some(changesNothing) ? "A scheduled change changes nothing" : "";
}

/** Whether a scheduled change leaves everything as it is. */
export function changesNothing(change: DraftChange): boolean {
  return (
    change.value === undefined && change.enabled === undefined && change.variants === undefined
  );
}

const TAB_OF: Record<string, string> = { variants: "variants", schedule: "schedule" };

/** On which tab a wrong field stands, by its path in the API. */
export function tabOfField(field: string): string {
  return TAB_OF[/^[a-z_]+/.exec(field)?.[0] ?? ""] ?? "values";
}
