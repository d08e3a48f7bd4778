import type { LiveEventDraft } from "./draft";

/** What every part of the form of a live event gets. */
export interface PartProps {
  draft: LiveEventDraft;
  onChange: (changes: Partial<LiveEventDraft>) => void;
  /** What the server says is wrong, by the field's path in the API. */
  errors: Record<string, string>;
  readOnly: boolean;
  /** Told by name what keeps a part from being saved; empty for nothing. */
  onProblem: (part: string, problem: string) => void;
}
