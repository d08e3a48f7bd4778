/** Where change sets stand, in words, and what may be done to them there. Pure. */

import type { Schemas } from "@/api/client";

export type ChangeSet = Schemas["ChangeSetMessage"];
export type ChangeSetSummary = Schemas["ChangeSetSummary"];
export type Diff = Schemas["DiffMessage"];
export type State = ChangeSet["state"];

export const STATES: Record<State, { label: string; colour: string; text: string }> = {
  draft: { label: "Draft", colour: "gray", text: "Not published: players see none of it." },
  waiting: {
    label: "Waits for approval",
    colour: "yellow",
    text: "Somebody who has not changed it has to approve it.",
  },
  approved: { label: "Approved", colour: "teal", text: "Approved, and ready to be published." },
  scheduled: { label: "Scheduled", colour: "blue", text: "It is published at its time by itself." },
  published: { label: "Published", colour: "ai", text: "In effect since it was published." },
  failed: {
    label: "Failed",
    colour: "red",
    text: "It could not be published at its time. Mend it and publish it again.",
  },
  discarded: { label: "Discarded", colour: "gray", text: "Given up; nothing of it took effect." },
};

/** The states of a set that somebody still works on. */
export const OPEN_STATES: State[] = ["draft", "waiting", "approved", "scheduled", "failed"];

export type ActionName =
  | "submit"
  | "withdraw"
  | "approve"
  | "reject"
  | "publish"
  | "schedule"
  | "cancel"
  | "discard"
  | "rollback";

/** What can be done to a set, the most likely next step first. The server decides in the end. */
export function actionsFor(
  set: Pick<
    ChangeSet,
    "state" | "editors" | "approvals" | "change_count" | "rolls_back" | "rolled_back_by"
  >,
  diff: Pick<Diff, "approvals_needed" | "ready"> | undefined,
  email: string,
): ActionName[] {
  const lacksApproval = (diff?.approvals_needed ?? 0) > set.approvals.length;
  const isEditor = set.editors.includes(email);
  const hasApproved = set.approvals.some((word) => word.by === email && !word.by_key);
  switch (set.state) {
    case "draft":
    case "failed":
      if (set.change_count === 0) {
        return ["discard"];
      }
      return lacksApproval ? ["submit", "discard"] : ["publish", "schedule", "submit", "discard"];
    case "waiting":
    case "approved": {
      const words: ActionName[] = isEditor || hasApproved ? [] : ["approve"];
      const next: ActionName[] = lacksApproval ? [] : ["publish", "schedule"];
      const rest: ActionName[] = [...(isEditor ? [] : ["reject" as const]), "withdraw", "discard"];
      return set.state === "approved" ? [...next, ...words, ...rest] : [...words, ...next, ...rest];
    }
    case "scheduled":
      return ["cancel"];
    case "published":
      // What has taken something back is no step that one takes back, too: the first set can be made
      // again.
      return set.rolled_back_by || set.rolls_back ? [] : ["rollback"];
    case "discarded":
      return [];
  }
}

/** What a set is, in a sentence. */
export function standingText(
  set: Pick<ChangeSet, "state" | "rolls_back" | "rolled_back_by">,
): string {
  if (set.rolled_back_by) {
    return "It was in effect, and was taken back.";
  }
  return set.rolls_back && set.state === "published"
    ? "It has taken another change set back."
    : STATES[set.state].text;
}

type PathChange = Diff["definitions"][number]["changes"][number];

/** What a new definition says that is not empty, as changes from nothing. */
export function saidBy(document: unknown): PathChange[] {
  const body = (document as { body?: unknown } | undefined)?.body;
  if (typeof body !== "object" || body === null) {
    return [];
  }
  return Object.entries(body)
    .filter(([, value]) => !isEmpty(value))
    .map(([path, after]) => ({ path: `body.${path}`, after }) as PathChange);
}

function isEmpty(value: unknown): boolean {
  return (
    value === null ||
    value === "" ||
    value === false ||
    value === 0 ||
    (Array.isArray(value) && value.length === 0) ||
    (typeof value === "object" && Object.values(value).every(isEmpty))
  );
}

/** A value of a diff as text: objects and lists over several lines. */
export function valueText(value: unknown): string {
  if (value === undefined) {
    return "";
  }
  return typeof value === "string" ? value : JSON.stringify(value, null, 1);
}

/** A path of a diff without what all of them begin with. */
export function shortPath(path: string): string {
  return path.replace(/^body\.?/, "") || "everything";
}
