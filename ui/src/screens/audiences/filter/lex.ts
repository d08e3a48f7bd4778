/** Cuts the text of a filter into tokens, as the server does. Pure. */

export type TokenKind = "number" | "string" | "word" | "sign";

export interface Token {
  kind: TokenKind;
  /** What a string means; for others the text, with `&&`, `||`, `!` and `^` as the words they mean. */
  value: string;
  start: number;
  end: number;
}

export interface Comment {
  text: string;
  start: number;
}

export interface Lexed {
  tokens: Token[];
  comments: Comment[];
}

const TOKEN = new RegExp(
  [
    /(?<space>\s+)/,
    /(?<comment>\/\/[^\n]*|\/\*(?:[^*]|\*(?!\/))*\*\/)/,
    /(?<number>0[xX][0-9a-fA-F_]+|0[oO][0-7_]+|0[bB][01_]+|(?:[0-9][0-9_]*(?:\.[0-9][0-9_]*)?|\.[0-9][0-9_]*)(?:[eE][+-]?[0-9]+)?)/,
    /(?<word>[\p{L}_][\p{L}\p{N}_]*)/u,
    /(?<quoted>"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*')/,
    /(?<raw>`[^`]*`)/,
    /(?<sign>\?\.(?![0-9])|\?\?|\*\*|\.\.|==|!=|<=|>=|&&|\|\||\/(?!\*)|[-+*%^<>!?:.,|#(){}[\]])/,
  ]
    .map((part) => part.source)
    .join("|"),
  "uy",
);

const SAME_SIGN: Record<string, string> = { "&&": "and", "||": "or", "!": "not", "^": "**" };
const SIMPLE_ESCAPES: Record<string, string> = {
  a: "\x07",
  b: "\b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
  v: "\v",
};
const ESCAPE =
  /\\(?:([abfnrtv\\'"`])|x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([0-3][0-7]{2}))/y;

/** The tokens and comments of a filter; `null` for what is no text of the language. */
export function lex(text: string): Lexed | null {
  const tokens: Token[] = [];
  const comments: Comment[] = [];
  let place = 0;
  while (place < text.length) {
    TOKEN.lastIndex = place;
    const found = TOKEN.exec(text);
    if (!found?.groups) {
      return null;
    }
    const part = found[0];
    const end = place + part.length;
    const { comment, number, word, quoted, raw, sign } = found.groups;
    if (comment !== undefined) {
      comments.push({ text: commentText(comment), start: place });
    } else if (number !== undefined) {
      tokens.push({ kind: "number", value: part, start: place, end });
    } else if (word !== undefined) {
      tokens.push({ kind: "word", value: part, start: place, end });
    } else if (raw !== undefined) {
      tokens.push({ kind: "string", value: part.slice(1, -1), start: place, end });
    } else if (quoted !== undefined) {
      const value = unescaped(part.slice(1, -1));
      if (value === null) {
        return null;
      }
      tokens.push({ kind: "string", value, start: place, end });
    } else if (sign !== undefined) {
      const same = SAME_SIGN[part];
      const kind = same === undefined || same === "**" ? "sign" : "word";
      tokens.push({ kind, value: same ?? part, start: place, end });
    }
    place = end;
  }
  return { tokens, comments };
}

function commentText(comment: string): string {
  return (comment.startsWith("//") ? comment.slice(2) : comment.slice(2, -2)).trim();
}

function unescaped(text: string): string | null {
  let made = "";
  let place = 0;
  while (place < text.length) {
    if (text[place] !== "\\") {
      made += text[place];
      place += 1;
      continue;
    }
    ESCAPE.lastIndex = place;
    const found = ESCAPE.exec(text);
    const character = found && characterOf(found);
    if (!found || character === null) {
      return null;
    }
    made += character;
    place += found[0].length;
  }
  return made;
}

function characterOf(found: RegExpExecArray): string | null {
  const [, simple, two, four, eight, octal] = found;
  if (simple !== undefined) {
    return SIMPLE_ESCAPES[simple] ?? simple;
  }
  const code = octal ? Number.parseInt(octal, 8) : Number.parseInt(two ?? four ?? eight ?? "", 16);
  const isCharacter = code <= 0x10ffff && !(code >= 0xd800 && code <= 0xdfff);
  return isCharacter ? String.fromCodePoint(code) : null;
}
