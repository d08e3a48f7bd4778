/** An audience while it is edited: its fields, what changed of them, and what is wrong. Pure. */

import type { Definitions, Fields } from "@/api/definitions";

type Audience = Definitions["audience"];

export interface AudienceDraft {
  name: string;
  description: string;
  labels: string[];
  filter: string;
  managed: boolean;
}

export const EMPTY_DRAFT: AudienceDraft = {
  name: "",
  description: "",
  labels: [],
  filter: "",
  managed: false,
};

/** An audience as it is stored, to be edited. */
export function draftOf(audience: Audience | undefined): AudienceDraft {
  if (!audience) {
    return EMPTY_DRAFT;
  }
  const { name, description, labels, filter, managed } = audience;
  return { name, description, labels, filter, managed };
}

/** The fields that differ between two drafts, as the later has them. */
export function changedFields(draft: AudienceDraft, original: AudienceDraft): Fields {
  const names = Object.keys(draft) as (keyof AudienceDraft)[];
  return Object.fromEntries(
    names
      .filter((name) => JSON.stringify(draft[name]) !== JSON.stringify(original[name]))
      .map((name) => [name, draft[name]]),
  );
}

/** What was changed of one version, on top of another. */
export function rebased(
  draft: AudienceDraft,
  original: AudienceDraft,
  newer: AudienceDraft,
): AudienceDraft {
  return { ...newer, ...changedFields(draft, original) };
}

/** Why a draft cannot be saved, as far as can be told here; empty for nothing. */
export function problemOf(draft: AudienceDraft): string {
  return draft.name.trim() ? "" : "An audience needs a name";
}
