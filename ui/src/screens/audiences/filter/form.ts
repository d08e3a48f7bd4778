/** A filter as a form: groups of conditions. What the form has no row for stays as it is written. Pure. */

export type Join = "all" | "any" | "none" | "notAll";
export type Source = "Properties" | "PropertiesCustom" | "PropertiesComputed";
export type Measure = "EventCount" | "EventSum" | "EventDays";
export type NumberOperator = "==" | "!=" | ">" | ">=" | "<" | "<=";
export type TextOperator =
  | "=="
  | "!="
  | "in"
  | "not in"
  | "contains"
  | "not contains"
  | "startsWith"
  | "not startsWith"
  | "endsWith"
  | "not endsWith"
  | "matches"
  | "not matches";

interface Shared {
  /** What was written beside it in comments. */
  comments: string[];
}

/** A property of the player, read by the type of what stands in for it where it is missing. */
export interface PropertyRef {
  source: Source;
  name: string;
}

export interface NumberClause extends Shared, PropertyRef {
  type: "number";
  /** Stands in for a missing property; a number as it is written. */
  missing: string;
  operator: NumberOperator;
  value: string;
}

export interface TextClause extends Shared, PropertyRef {
  type: "text";
  missing: string;
  operator: TextOperator;
  /** One text, or those of a list. */
  values: string[];
}

export interface BooleanClause extends Shared, PropertyRef {
  type: "boolean";
  missing: boolean;
  value: boolean;
}

export interface PresenceClause extends Shared, PropertyRef {
  type: "presence";
  present: boolean;
}

export interface VersionClause extends Shared, PropertyRef {
  type: "version";
  missing: string;
  within: boolean;
  range: string;
}

/** Something with a second at which it happened. */
export type Moment =
  | { of: "variable"; name: "createTime" | "updateTime" }
  | ({ of: "property"; missing: string } & PropertyRef)
  | { of: "event"; event: string };

/** How long ago a moment is. */
export interface AgeClause extends Shared {
  type: "age";
  moment: Moment;
  operator: ">" | ">=" | "<" | "<=";
  duration: string;
}

/** Whether a moment that the server knows of itself is before or after another. */
export interface DateClause extends Shared {
  type: "date";
  name: "createTime" | "updateTime";
  operator: ">" | ">=" | "<" | "<=";
  /** Seconds since the epoch, as text. */
  seconds: string;
}

export interface EventClause extends Shared {
  type: "event";
  measure: Measure;
  event: string;
  window: string;
  /** A condition on each event, as it is written; empty for all of them. */
  condition: string;
  operator: NumberOperator;
  value: string;
}

export interface SequenceClause extends Shared {
  type: "sequence";
  first: string;
  second: string;
  window: string;
  happened: boolean;
}

export interface AudienceClause extends Shared {
  type: "audience";
  name: string;
  member: boolean;
}

export interface SampleClause extends Shared {
  type: "sample";
  percent: string;
  /** Empty for the share that all filters without one draw. */
  salt: string;
  inside: boolean;
}

/** Written by hand, and beyond the form. */
export interface RawClause extends Shared {
  type: "raw";
  text: string;
}

export interface GroupClause extends Shared {
  type: "group";
  join: Join;
  clauses: Clause[];
}

export type Clause =
  | NumberClause
  | TextClause
  | BooleanClause
  | PresenceClause
  | VersionClause
  | AgeClause
  | DateClause
  | EventClause
  | SequenceClause
  | AudienceClause
  | SampleClause
  | RawClause
  | GroupClause;

export type ClauseType = Clause["type"];

/** A group that has no clauses yet. */
export function emptyGroup(join: Join = "all"): GroupClause {
  return { type: "group", join, clauses: [], comments: [] };
}

/**
 * The same meaning in the one shape that reading a text gives: no empty groups, and no group around
 * a single clause but one that turns it around.
 */
export function normalized(group: GroupClause): GroupClause {
  const shape = shapeOf(group);
  const { comments } = group;
  if (shape === null) {
    return { ...emptyGroup(), comments };
  }
  return shape.type === "group"
    ? { ...shape, comments }
    : { type: "group", join: "all", clauses: [shape], comments };
}

function shapeOf(clause: Clause): Clause | null {
  if (clause.type !== "group") {
    return clause;
  }
  const clauses = clause.clauses.map(shapeOf).filter((each): each is Clause => each !== null);
  const [only] = clauses;
  if (only === undefined) {
    return null;
  }
  if (clauses.length > 1) {
    return { ...clause, clauses };
  }
  const isTurned = clause.join === "none" || clause.join === "notAll";
  return isTurned ? turned(only) : only;
}

/** `not` of one clause. */
function turned(clause: Clause): Clause {
  if (clause.type === "group" && clause.join === "all") {
    return { ...clause, join: "notAll" };
  }
  if (clause.type === "group" && clause.join === "any") {
    return { ...clause, join: "none" };
  }
  return { type: "group", join: "none", clauses: [clause], comments: [] };
}

/** Every clause that is no group, in order. */
export function leavesOf(clause: Clause): Exclude<Clause, GroupClause>[] {
  return clause.type === "group" ? clause.clauses.flatMap(leavesOf) : [clause];
}
