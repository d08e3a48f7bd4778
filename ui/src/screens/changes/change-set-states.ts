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
  set: Pick<ChangeSet, "state" | "editors" | "approvals" | "change_count" | "rolled_back_by">,
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
      return set.rolled_back_by ? [] : ["rollback"];
    case "discarded":
      return [];
  }
}

/** A value of a diff as one line of text. */
export function valueText(value: unknown): string {
  if (value === undefined) {
    return "";
  }
  return typeof value === "string" ? value : JSON.stringify(value);
}

/** A path of a diff without what all of them begin with. */
export function shortPath(path: string): string {
  return path.replace(/^body\.?/, "") || "everything";
}
