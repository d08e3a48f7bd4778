/** Writes a form as the text of a filter. `parseForm` gives the form again, in its normal shape. Pure. */

import {
  type Clause,
  type GroupClause,
  type Join,
  type Moment,
  normalized,
  type PropertyRef,
} from "./form";
import { lex } from "./lex";

const NUMBER =
  /^-?(?:[0-9][0-9_]*(?:\.[0-9][0-9_]*)?|\.[0-9][0-9_]*|0[xXoObB][0-9a-fA-F_]+)(?:[eE][+-]?[0-9]+)?$/;
const LOOSE = new Set(["and", "or", "?", "|"]);
const WORDS: Record<Join, "and" | "or"> = { all: "and", notAll: "and", any: "or", none: "or" };

/** The text of a form; empty where it has no conditions. */
export function printForm(form: GroupClause): string {
  const root = normalized(form);
  const own = root.comments.map((comment) => `${lineComment(comment)}\n`).join("");
  if (root.clauses.length === 0) {
    return own.trimEnd();
  }
  const isTurned = root.join === "none" || root.join === "notAll";
  return own + spread(isTurned ? [root] : root.clauses, WORDS[root.join]);
}

/** A clause a line, with its comments above it. */
function spread(clauses: Clause[], word: string): string {
  return clauses
    .map((clause, index) => {
      const isGroup = clause.type === "group";
      const comments = isGroup ? [] : clause.comments.map(lineComment);
      const written = isGroup ? inParentheses(clause) : printLeaf(clause);
      const line = index === 0 ? written : `${word} ${written}`;
      return [...comments, line].map((each) => (index === 0 ? each : `  ${each}`)).join("\n");
    })
    .join("\n");
}

function lineComment(comment: string): string {
  return comment.includes("\n") ? `/* ${comment} */` : `// ${comment}`;
}

function inlineComment(comment: string): string {
  return comment.includes("*/") ? `// ${comment}\n` : `/* ${comment} */ `;
}

function printClause(clause: Clause): string {
  return clause.type === "group"
    ? inParentheses(clause)
    : clause.comments.map(inlineComment).join("") + printLeaf(clause);
}

/** A group among others: it keeps together what it has. */
function inParentheses(group: GroupClause): string {
  const written = printGroup(group);
  return group.join === "none" || group.join === "notAll" ? written : `(${written})`;
}

function printGroup(group: GroupClause): string {
  const inner = group.clauses.map(printClause).join(` ${WORDS[group.join]} `);
  return group.join === "none" || group.join === "notAll" ? `not (${inner})` : inner;
}

function printLeaf(clause: Exclude<Clause, GroupClause>): string {
  switch (clause.type) {
    case "number":
      return `${property(clause, number(clause.missing))} ${clause.operator} ${number(clause.value)}`;
    case "text": {
      const isList = clause.operator === "in" || clause.operator === "not in";
      const texts = clause.values.map(quoted);
      const right = isList ? `[${texts.join(", ")}]` : (texts[0] ?? quoted(""));
      return `${property(clause, quoted(clause.missing))} ${clause.operator} ${right}`;
    }
    case "boolean":
      return `${property(clause, String(clause.missing))} == ${clause.value}`;
    case "presence":
      return `${property(clause, "nil")} ${clause.present ? "!=" : "=="} nil`;
    case "version": {
      const asked = property(clause, quoted(clause.missing));
      return `${turned(clause.within)}SemverMatch(${asked}, ${quoted(clause.range)})`;
    }
    case "age":
      return `Now() - ${moment(clause.moment)} ${clause.operator} Duration(${quoted(clause.duration)})`;
    case "date":
      return `${clause.name} ${clause.operator} ${number(clause.seconds)}`;
    case "event": {
      const condition = clause.condition.trim();
      const asked = [
        quoted(clause.event),
        quoted(clause.window),
        ...(condition ? [condition] : []),
      ];
      return `${clause.measure}(${asked.join(", ")}) ${clause.operator} ${number(clause.value)}`;
    }
    case "sequence": {
      const asked = [clause.first, clause.second, clause.window].map(quoted).join(", ");
      return `${turned(clause.happened)}EventSequence(${asked})`;
    }
    case "audience":
      return `${turned(clause.member)}Audience(${quoted(clause.name)})`;
    case "sample": {
      const asked = [number(clause.percent), ...(clause.salt ? [quoted(clause.salt)] : [])];
      return `${turned(clause.inside)}Sample(${asked.join(", ")})`;
    }
    case "raw":
      return isOpen(clause.text) ? `(${clause.text})` : clause.text;
  }
}

function property(ref: PropertyRef, missing: string): string {
  return `${ref.source}(${quoted(ref.name)}, ${missing})`;
}

function moment(of: Moment): string {
  switch (of.of) {
    case "variable":
      return of.name;
    case "event":
      return `EventLast(${quoted(of.event)})`;
    case "property":
      return property(of, number(of.missing));
  }
}

function turned(yes: boolean): string {
  return yes ? "" : "not ";
}

function quoted(text: string): string {
  return JSON.stringify(text);
}

/** Only what is a number: a field that is still empty leaves a gap, which the server points at. */
function number(text: string): string {
  return NUMBER.test(text) ? text : "";
}

/** Whether a text has, in no bracket, what a neighbour could tear apart. */
function isOpen(text: string): boolean {
  let depth = 0;
  let before = "";
  for (const { kind, value } of lex(text)?.tokens ?? []) {
    if (kind === "sign") {
      depth += "([{".includes(value) ? 1 : ")]}".includes(value) ? -1 : 0;
    }
    const isMember = before === "." || before === "?.";
    if (depth === 0 && kind !== "string" && !isMember && LOOSE.has(value)) {
      return true;
    }
    before = value;
  }
  return false;
}
