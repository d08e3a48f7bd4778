/** What the candidates of a flag's value are called, and why one of them wins. Pure. */

import type { Schemas } from "@/api/client";

type Candidate = Schemas["CandidateMessage"];

const DEFAULT = 0;
const VARIANT = 1;
const LIVE_EVENT = 2;
const LIVE_EVENT_VARIANT = 3;
const EXPERIMENT = 4;

interface Source {
  what: string;
  name: string;
  /** Where what it comes from is edited; empty for the flag itself. */
  to: string;
}

/** Where a value comes from. */
export function sourceOf(candidate: Candidate, flag: string): Source {
  const name = candidate.name;
  switch (candidate.type) {
    case DEFAULT:
      return { what: "The default", name: "", to: "" };
    case VARIANT:
      return { what: "Variant", name: candidate.variant_name, to: "" };
    case LIVE_EVENT:
    case LIVE_EVENT_VARIANT:
      return { what: "Live event", name, to: `/live-events/${encodeURIComponent(name)}` };
    case EXPERIMENT:
      return {
        what: candidate.variant_name
          ? `Variant “${candidate.variant_name}” of experiment`
          : "Experiment",
        name,
        to: `/experiments/${encodeURIComponent(name)}`,
      };
    default:
      return { what: "From", name: name || flag, to: "" };
  }
}

/** What became of a candidate, in a word. */
export function candidateWord(candidate: Candidate): string {
  if (candidate.wins) {
    return "Wins";
  }
  return candidate.applies ? "Would apply" : "Does not apply";
}

/** Why the winner wins, for the end of a sentence. */
export function reasonOf(winner: Candidate): string {
  switch (winner.type) {
    case DEFAULT:
      return "by default: nothing else applies";
    case VARIANT:
      return `because of variant “${winner.variant_name}”`;
    case LIVE_EVENT:
    case LIVE_EVENT_VARIANT:
      return `because of live event “${winner.name}”`;
    case EXPERIMENT:
      return `because of experiment “${winner.name}”`;
    default:
      return "";
  }
}
