/**
 * Reads the text of a filter as a form. What stands between `and`, `or`, `not (…)` and parentheses
 * becomes a condition of the form where it has that shape, and stays as it is written where not.
 * It does not say what is wrong with a text: the server does. Pure.
 */

import { type Clause, emptyGroup, type GroupClause, normalized } from "./form";
import { type Comment, type Lexed, lex, type Token } from "./lex";
import { type Leaf, leafOf } from "./parse-leaf";

const OPENING: Record<string, string> = { "(": ")", "[": "]", "{": "}" };
const DEPTH_MAX = 50;

/** The form of a text; `null` where the text is cut off or has signs that mean nothing. */
export function parseForm(text: string): GroupClause | null {
  const lexed = lex(text);
  if (lexed?.tokens.length === 0) {
    const comments = lexed.comments.map((comment) => comment.text);
    return { ...emptyGroup(), comments };
  }
  const read = lexed && readAll(text, lexed);
  if (!read) {
    return null;
  }
  giveComments(text, read.leaves, lexed.comments);
  const { clause } = read;
  return normalized(clause.type === "group" ? clause : { ...emptyGroup(), clauses: [clause] });
}

/** Where each condition of a text stands, in its order; none where it is no form. */
export function parsePlaces(text: string): { start: number; end: number }[] {
  const lexed = lex(text);
  return (lexed && readAll(text, lexed)?.leaves) ?? [];
}

function readAll(text: string, { tokens }: Lexed): { clause: Clause; leaves: Placed[] } | null {
  const partners = partnersOf(tokens);
  if (partners === null) {
    return null;
  }
  const reader = new Reader(text, tokens, partners);
  return { clause: reader.expression(0, tokens.length, 0), leaves: reader.leaves };
}

/** Where the bracket that opens at each place closes; `null` where one does not. */
function partnersOf(tokens: Token[]): Map<number, number> | null {
  const partners = new Map<number, number>();
  const open: number[] = [];
  for (const [index, token] of tokens.entries()) {
    if (token.kind !== "sign") {
      continue;
    }
    if (OPENING[token.value] !== undefined) {
      open.push(index);
    } else if (")]}".includes(token.value)) {
      const from = open.pop();
      if (from === undefined || OPENING[tokens[from]?.value ?? ""] !== token.value) {
        return null;
      }
      partners.set(from, index);
    }
  }
  return open.length === 0 ? partners : null;
}

interface Placed {
  leaf: Leaf;
  start: number;
  end: number;
}

class Reader {
  /** The conditions in the order of the text. */
  readonly leaves: Placed[] = [];

  constructor(
    private readonly text: string,
    private readonly tokens: Token[],
    private readonly partners: Map<number, number>,
  ) {}

  /** The clause that the tokens from `from` to before `to` are. */
  expression(from: number, to: number, depth: number): Clause {
    const places = this.topLevel(from, to);
    const binds = (word: string) =>
      places.filter((place) => this.isWord(place, word) && !this.isMember(place));
    // What binds less than `or` takes both sides of it: then nothing can be taken apart.
    const isWhole = places.some((place) => this.isSign(place, "?") || this.isSign(place, "|"));
    if (!isWhole && depth < DEPTH_MAX) {
      for (const [word, join] of [
        ["or", "any"],
        ["and", "all"],
      ] as const) {
        const parts = between(from, to, binds(word));
        if (parts.length > 1 && parts.every(([start, end]) => start < end)) {
          return {
            type: "group",
            join,
            clauses: parts.map(([start, end]) => this.expression(start, end, depth + 1)),
            comments: [],
          };
        }
        if (parts.length > 1) {
          return this.leaf(from, to);
        }
      }
      if (this.isWrapped(from, to)) {
        return this.expression(from + 1, to - 1, depth + 1);
      }
      if (this.isWord(from, "not") && this.isWrapped(from + 1, to)) {
        const inner = this.expression(from + 2, to - 1, depth + 1);
        return turnedAround(inner);
      }
    }
    return this.leaf(from, to);
  }

  private leaf(from: number, to: number): Clause {
    const tokens = this.tokens.slice(from, to);
    const leaf = leafOf(this.text, tokens);
    this.leaves.push({ leaf, start: tokens[0]?.start ?? 0, end: tokens.at(-1)?.end ?? 0 });
    return leaf.clause;
  }

  /** The places that lie in no bracket; of brackets, the opening and the closing one. */
  private topLevel(from: number, to: number): number[] {
    const places: number[] = [];
    for (let place = from; place < to; place++) {
      places.push(place);
      place = this.partners.get(place) ?? place;
    }
    return places;
  }

  private isWrapped(from: number, to: number): boolean {
    return this.isSign(from, "(") && this.partners.get(from) === to - 1 && to - from > 2;
  }

  private isMember(place: number): boolean {
    return this.isSign(place - 1, ".") || this.isSign(place - 1, "?.");
  }

  private isWord(place: number, word: string): boolean {
    const token = this.tokens[place];
    return token?.kind === "word" && token.value === word;
  }

  private isSign(place: number, sign: string): boolean {
    const token = this.tokens[place];
    return token?.kind === "sign" && token.value === sign;
  }
}

function between(from: number, to: number, places: number[]): [number, number][] {
  const starts = [from, ...places.map((place) => place + 1)];
  const ends = [...places, to];
  return starts.map((start, index) => [start, ends[index] ?? to]);
}

function turnedAround(clause: Clause): Clause {
  if (clause.type === "group" && (clause.join === "all" || clause.join === "any")) {
    return { ...clause, join: clause.join === "all" ? "notAll" : "none" };
  }
  return { type: "group", join: "none", clauses: [clause], comments: [] };
}

/** Every comment goes to the condition that it stands in, before, or at the end of the line of. */
function giveComments(text: string, leaves: Placed[], comments: Comment[]): void {
  const waiting = [...comments];
  for (const [index, { leaf, end }] of leaves.entries()) {
    const isLast = index === leaves.length - 1;
    for (let next = waiting[0]; next !== undefined; next = waiting[0]) {
      const isBeside = next.start >= end && /^[ \t)]*$/.test(text.slice(end, next.start));
      if (next.start >= end && !isBeside && !isLast) {
        break;
      }
      waiting.shift();
      const { start } = next;
      const isKept = leaf.kept.some((span) => span.start <= start && start < span.end);
      if (!isKept && next.text) {
        leaf.clause.comments.push(next.text);
      }
    }
  }
}
