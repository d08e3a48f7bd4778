/** Steps in editing a form: new conditions, and moving them about. Pure. */

import type { Clause, ClauseType, GroupClause, NumberClause, TextClause } from "./form";

/** What one can add, in the order that the menu has it. */
export const KINDS: { type: ClauseType; label: string; hint: string }[] = [
  { type: "number", label: "Property", hint: "A value of the player: level, country, version" },
  { type: "event", label: "Past events", hint: "How often, how much, on how many days" },
  { type: "age", label: "How long ago", hint: "First seen, last active, or something they did" },
  { type: "sequence", label: "One event after another", hint: "Within some time" },
  { type: "audience", label: "Another audience", hint: "Whether the player is in it" },
  { type: "sample", label: "Share of players", hint: "The same ones every time" },
];

/** A condition as it begins; names are yet to be chosen. */
export function newClause(type: ClauseType): Clause {
  const comments: string[] = [];
  const ref = { source: "PropertiesCustom" as const, name: "" };
  switch (type) {
    case "number":
      return { type, ...ref, missing: "0", operator: ">=", value: "1", comments };
    case "text":
      return { type, ...ref, missing: "", operator: "==", values: [""], comments };
    case "boolean":
      return { type, ...ref, missing: false, value: true, comments };
    case "presence":
      return { type, ...ref, present: true, comments };
    case "version":
      return { type, ...ref, missing: "0", within: true, range: ">=1.0.0", comments };
    case "age":
      return {
        type,
        moment: { of: "variable", name: "createTime" },
        operator: "<",
        duration: "7d",
        comments,
      };
    case "date":
      return { type, name: "createTime", operator: ">=", seconds: "", comments };
    case "event":
      return {
        type,
        measure: "EventCount",
        event: "",
        window: "7d",
        condition: "",
        operator: ">=",
        value: "1",
        comments,
      };
    case "sequence":
      return { type, first: "", second: "", window: "2d", happened: true, comments };
    case "audience":
      return { type, name: "", member: true, comments };
    case "sample":
      return { type, percent: "10", salt: "", inside: true, comments };
    case "raw":
      return { type, text: "true", comments };
    case "group":
      return { type, join: "any", clauses: [], comments };
  }
}

/** What is still to be chosen or written in a condition; empty where it is complete. */
export function missingIn(clause: Clause): string {
  switch (clause.type) {
    case "number":
      return clause.name ? numberMissing(clause.value) : "Choose a property.";
    case "text":
    case "boolean":
    case "presence":
    case "version":
      return clause.name ? "" : "Choose a property.";
    case "age":
      if (clause.moment.of === "event" && !clause.moment.event) {
        return "Choose an event.";
      }
      if (clause.moment.of === "property" && !clause.moment.name) {
        return "Choose a property.";
      }
      return /[0-9]/.test(clause.duration) ? "" : "Write how long.";
    case "date":
      return clause.seconds ? "" : "Choose a date.";
    case "event":
      if (!clause.event) {
        return "Choose an event.";
      }
      return /[0-9]/.test(clause.window) ? numberMissing(clause.value) : "Write how long.";
    case "sequence":
      return clause.first && clause.second ? "" : "Choose both events.";
    case "audience":
      return clause.name ? "" : "Choose an audience.";
    case "sample":
      return numberMissing(clause.percent);
    case "raw":
    case "group":
      return "";
  }
}

function numberMissing(text: string): string {
  return /[0-9]/.test(text) ? "" : "Write a number.";
}

/** A property read as another type; what both types have stays. */
export function readAs(
  clause: Extract<Clause, { source: string; name: string }>,
  type: "number" | "text" | "boolean" | "presence" | "version",
): Clause {
  const { source, name, comments } = clause as NumberClause | TextClause;
  return { ...newClause(type), source, name, comments } as Clause;
}

/** A group with a condition in the place of another; with none, without it. */
export function withClause(group: GroupClause, index: number, clause: Clause | null): GroupClause {
  const clauses = clause
    ? group.clauses.map((each, place) => (place === index ? clause : each))
    : group.clauses.filter((_, place) => place !== index);
  return { ...group, clauses };
}

/** A group with one of its conditions further up (-1) or down (1). */
export function moved(group: GroupClause, index: number, by: number): GroupClause {
  const clauses = [...group.clauses];
  const [clause] = clauses.splice(index, 1);
  if (clause) {
    clauses.splice(Math.min(Math.max(index + by, 0), clauses.length), 0, clause);
  }
  return { ...group, clauses };
}
