/** Reads one condition of a filter; what has none of the known shapes stays as it is written. Pure. */

import type {
  AgeClause,
  Clause,
  GroupClause,
  Measure,
  Moment,
  NumberOperator,
  PropertyRef,
  Source,
  TextOperator,
} from "./form";
import type { Token } from "./lex";

export interface Leaf {
  clause: Exclude<Clause, GroupClause>;
  /** Parts of the text that the clause has as they are written, comments and all. */
  kept: { start: number; end: number }[];
}

const NUMBER_OPERATORS = new Set(["==", "!=", ">", ">=", "<", "<="]);
const ORDERINGS = new Set([">", ">=", "<", "<="]);
const TEXT_WORDS = new Set(["contains", "startsWith", "endsWith", "matches"]);
const SOURCES = new Set(["Properties", "PropertiesCustom", "PropertiesComputed"]);
const MEASURES = new Set(["EventCount", "EventSum", "EventDays"]);
const VARIABLES = new Set(["createTime", "updateTime"]);
const WHOLE_NUMBER = /^[0-9]+$/;

/** The condition that the tokens are. */
export function leafOf(text: string, tokens: Token[]): Leaf {
  for (const shape of [property, version, age, date, event, sequence, audience, sample]) {
    const found = shape(new Walk(text, tokens));
    if (found) {
      return found;
    }
  }
  const start = tokens[0]?.start ?? 0;
  const end = tokens.at(-1)?.end ?? start;
  const clause = { type: "raw" as const, text: text.slice(start, end), comments: [] };
  return { clause, kept: [{ start, end }] };
}

/** Goes through tokens one by one; what does not fit gives `null` and takes nothing. */
class Walk {
  private place = 0;

  constructor(
    readonly text: string,
    private readonly tokens: Token[],
  ) {}

  peek(): Token | undefined {
    return this.tokens[this.place];
  }

  skip(): void {
    this.place += 1;
  }

  get isDone(): boolean {
    return this.place === this.tokens.length;
  }

  /** Whether all of these came next; then they are taken. */
  take(...values: string[]): boolean {
    const fits = values.every((value, index) => {
      const token = this.tokens[this.place + index];
      return token?.value === value && (token.kind === "word" || token.kind === "sign");
    });
    this.place += fits ? values.length : 0;
    return fits;
  }

  oneOf(values: ReadonlySet<string>): string | null {
    const token = this.peek();
    if (!token || (token.kind !== "word" && token.kind !== "sign") || !values.has(token.value)) {
      return null;
    }
    this.place += 1;
    return token.value;
  }

  string(): string | null {
    const token = this.peek();
    if (token?.kind !== "string") {
      return null;
    }
    this.place += 1;
    return token.value;
  }

  /** A number as it is written, with its sign. */
  number(): string | null {
    const sign = this.take("-") ? "-" : "";
    const token = this.peek();
    if (token?.kind !== "number") {
      this.place -= sign.length;
      return null;
    }
    this.place += 1;
    return sign + token.value;
  }

  /** `"first", "second")`, as many as are asked for. */
  strings(count: number): string[] | null {
    const found: string[] = [];
    for (let index = 0; index < count; index++) {
      const each = index === 0 || this.take(",") ? this.string() : null;
      if (each === null) {
        return null;
      }
      found.push(each);
    }
    return found;
  }

  /** Everything to before the last token, and that token, which must be `last`. */
  restBefore(last: string): { text: string; start: number; end: number } | null {
    const first = this.peek();
    const closing = this.tokens.at(-1);
    const behind = this.tokens.at(-2);
    if (!first || !behind || closing?.value !== last || this.place >= this.tokens.length - 1) {
      return null;
    }
    this.place = this.tokens.length;
    return {
      text: this.text.slice(first.start, behind.end),
      start: first.start,
      end: behind.end,
    };
  }

  /** `Source("name", `, to before what stands in for the property. */
  reference(): PropertyRef | null {
    const source = this.oneOf(SOURCES);
    if (!source || !this.take("(")) {
      return null;
    }
    const name = this.string();
    return name !== null && this.take(",") ? { source: source as Source, name } : null;
  }
}

function plain(clause: Leaf["clause"], walk: Walk): Leaf | null {
  return walk.isDone ? { clause, kept: [] } : null;
}

function property(walk: Walk): Leaf | null {
  const isTurned = walk.take("not");
  const ref = walk.reference();
  if (!ref) {
    return null;
  }
  const number = walk.number();
  if (number !== null) {
    return isTurned || !walk.take(")") ? null : numberProperty(walk, ref, number);
  }
  const string = walk.string();
  if (string !== null) {
    return isTurned || !walk.take(")") ? null : textProperty(walk, ref, string);
  }
  const missing = walk.oneOf(new Set(["true", "false", "nil"]));
  if (missing === null || !walk.take(")")) {
    return null;
  }
  if (missing === "nil") {
    const operator = isTurned ? null : walk.oneOf(new Set(["==", "!="]));
    const isThere = operator === "!=";
    return operator && walk.take("nil")
      ? plain({ type: "presence", ...ref, present: isThere, comments: [] }, walk)
      : null;
  }
  const clause = { type: "boolean" as const, ...ref, missing: missing === "true", comments: [] };
  if (isTurned || walk.isDone) {
    return plain({ ...clause, value: !isTurned }, walk);
  }
  const wanted = walk.take("==") ? walk.oneOf(new Set(["true", "false"])) : null;
  return wanted ? plain({ ...clause, value: wanted === "true" }, walk) : null;
}

function numberProperty(walk: Walk, ref: PropertyRef, missing: string): Leaf | null {
  const operator = walk.oneOf(NUMBER_OPERATORS) as NumberOperator | null;
  const value = operator && walk.number();
  return operator && value
    ? plain({ type: "number", ...ref, missing, operator, value, comments: [] }, walk)
    : null;
}

function textProperty(walk: Walk, ref: PropertyRef, missing: string): Leaf | null {
  const clause = { type: "text" as const, ...ref, missing, comments: [] };
  const same = walk.oneOf(new Set(["==", "!="])) as TextOperator | null;
  const turned = !same && walk.take("not") ? "not " : "";
  const word = same ? null : walk.oneOf(TEXT_WORDS);
  if (same || word) {
    const value = walk.string();
    const operator = same ?? (`${turned}${word}` as TextOperator);
    return value === null ? null : plain({ ...clause, operator, values: [value] }, walk);
  }
  if (!walk.take("in", "[")) {
    return null;
  }
  const values: string[] = [];
  while (!walk.take("]")) {
    const value = walk.string();
    if (value === null) {
      return null;
    }
    values.push(value);
    if (!walk.take(",")) {
      if (!walk.take("]")) {
        return null;
      }
      break;
    }
  }
  return plain({ ...clause, operator: turned ? "not in" : "in", values }, walk);
}

function version(walk: Walk): Leaf | null {
  const within = !walk.take("not");
  const ref = walk.take("SemverMatch", "(") ? walk.reference() : null;
  const missing = ref && walk.string();
  if (!ref || missing === null || !walk.take(")", ",")) {
    return null;
  }
  const range = walk.string();
  return range !== null && walk.take(")")
    ? plain({ type: "version", ...ref, missing, within, range, comments: [] }, walk)
    : null;
}

function age(walk: Walk): Leaf | null {
  const moment = walk.take("Now", "(", ")", "-") ? momentOf(walk) : null;
  const operator = moment && (walk.oneOf(ORDERINGS) as AgeClause["operator"] | null);
  if (!moment || !operator || !walk.take("Duration", "(")) {
    return null;
  }
  const duration = walk.string();
  return duration !== null && walk.take(")")
    ? plain({ type: "age", moment, operator, duration, comments: [] }, walk)
    : null;
}

function momentOf(walk: Walk): Moment | null {
  const name = walk.oneOf(VARIABLES);
  if (name) {
    return { of: "variable", name: name as "createTime" | "updateTime" };
  }
  if (walk.take("EventLast", "(")) {
    const event = walk.string();
    return event !== null && walk.take(")") ? { of: "event", event } : null;
  }
  const ref = walk.reference();
  const missing = ref && walk.number();
  return ref && missing && walk.take(")") ? { of: "property", ...ref, missing } : null;
}

function date(walk: Walk): Leaf | null {
  const name = walk.oneOf(VARIABLES) as "createTime" | "updateTime" | null;
  const operator = name && (walk.oneOf(ORDERINGS) as AgeClause["operator"] | null);
  const seconds = operator && walk.number();
  return name && operator && seconds && WHOLE_NUMBER.test(seconds)
    ? plain({ type: "date", name, operator, seconds, comments: [] }, walk)
    : null;
}

function event(walk: Walk): Leaf | null {
  const measure = walk.oneOf(MEASURES) as Measure | null;
  const named = measure && walk.take("(") ? walk.strings(2) : null;
  if (!measure || !named) {
    return null;
  }
  const [name = "", window = ""] = named;
  if (walk.take(")")) {
    return compared(walk, { measure, event: name, window, condition: "" }, []);
  }
  return measure !== "EventDays" && walk.take(",")
    ? withCondition(walk, { measure, event: name, window })
    : null;
}

/** `condition) > 3`: the condition ends with the bracket before the comparison. */
function withCondition(
  walk: Walk,
  asked: { measure: Measure; event: string; window: string },
): Leaf | null {
  const end = conditionEnd(walk);
  const condition = end?.inner.restBefore(")");
  if (!end || !condition) {
    return null;
  }
  return compared(end.rest, { ...asked, condition: condition.text }, [condition]);
}

function conditionEnd(walk: Walk): { inner: Walk; rest: Walk } | null {
  const left: Token[] = [];
  for (let token = walk.peek(); token; token = walk.peek()) {
    left.push(token);
    walk.skip();
  }
  let depth = 1;
  for (const [index, token] of left.entries()) {
    if (token.kind !== "sign") {
      continue;
    }
    depth += "([{".includes(token.value) ? 1 : ")]}".includes(token.value) ? -1 : 0;
    if (depth === 1 && token.value === ",") {
      return null;
    }
    if (depth === 0) {
      return {
        inner: new Walk(walk.text, left.slice(0, index + 1)),
        rest: new Walk(walk.text, left.slice(index + 1)),
      };
    }
  }
  return null;
}

function compared(
  walk: Walk,
  asked: { measure: Measure; event: string; window: string; condition: string },
  kept: Leaf["kept"],
): Leaf | null {
  const operator = walk.oneOf(NUMBER_OPERATORS) as NumberOperator | null;
  const value = operator && walk.number();
  return operator && value && walk.isDone
    ? { clause: { type: "event", ...asked, operator, value, comments: [] }, kept }
    : null;
}

function sequence(walk: Walk): Leaf | null {
  const happened = !walk.take("not");
  const named = walk.take("EventSequence", "(") ? walk.strings(3) : null;
  const [first, second, window] = named ?? [];
  return first !== undefined && second !== undefined && window !== undefined && walk.take(")")
    ? plain({ type: "sequence", first, second, window, happened, comments: [] }, walk)
    : null;
}

function audience(walk: Walk): Leaf | null {
  const member = !walk.take("not");
  const name = walk.take("Audience", "(") ? walk.string() : null;
  return name !== null && walk.take(")")
    ? plain({ type: "audience", name, member, comments: [] }, walk)
    : null;
}

function sample(walk: Walk): Leaf | null {
  const inside = !walk.take("not");
  const percent = walk.take("Sample", "(") ? walk.number() : null;
  const salt = percent && walk.take(",") ? walk.string() : "";
  return percent && salt !== null && walk.take(")")
    ? plain({ type: "sample", percent, salt, inside, comments: [] }, walk)
    : null;
}
