/** What is wrong with a draft of a live event, as far as can be told here, and where. Pure. */

import type { DraftFlag, LiveEventDraft, Part, ScheduleDraft } from "./draft";

/** Why a part of a draft cannot be saved, as far as can be told here; empty for nothing. */
export function problemOf(draft: LiveEventDraft, part: Part): string {
  switch (part) {
    case "what":
      return draft.name.trim() ? "" : "A live event needs a name";
    case "when":
      return scheduleProblem(draft.schedule);
    case "who":
      return "";
    case "flags":
      return flagsProblem(draft.flags);
  }
}

function scheduleProblem(schedule: ScheduleDraft): string {
  if (!schedule.startSec) {
    return "The schedule needs a start";
  }
  if (!schedule.repeats && !schedule.endSec) {
    return "The run needs an end";
  }
  if (schedule.endSec && Number(schedule.endSec) <= Number(schedule.startSec)) {
    return "The end must be later than the start";
  }
  if (schedule.repeats && !schedule.cron.trim()) {
    return "The schedule needs to say when runs start";
  }
  return schedule.repeats && schedule.durationSec <= 0 ? "Runs need a duration" : "";
}

function flagsProblem(flags: readonly DraftFlag[]): string {
  for (const { flag, value, variants } of flags) {
    if (!flag) {
      return "Choose the flag";
    }
    if (value === undefined && variants.length === 0) {
      return `Flag ${flag} is given no value`;
    }
    if (variants.some((variant) => !variant.name.trim())) {
      return `Every variant of flag ${flag} needs a name`;
    }
    if (variants.some((variant) => variant.audiences.length === 0)) {
      return `Every variant of flag ${flag} needs an audience`;
    }
  }
  return "";
}

const PART_OF: Record<string, Part> = {
  schedule: "when",
  audiences: "who",
  exclude_audiences: "who",
  explicit_join: "who",
  sticky_membership: "who",
  participants_max: "who",
  flags: "flags",
};

/** In which part a wrong field stands, by its path in the API. */
export function partOfField(field: string): Part {
  return PART_OF[/^[a-z_]+/.exec(field)?.[0] ?? ""] ?? "what";
}

/** What is said of a field or of anything in it; lists name the entry that is wrong. */
export function errorAt(errors: Record<string, string>, field: string): string | undefined {
  return (
    errors[field] ??
    Object.entries(errors).find(
      ([name]) => name.startsWith(`${field}[`) || name.startsWith(`${field}.`),
    )?.[1]
  );
}
