/** JSON texts as trees that know where each part stands, so that edits touch nothing else. Pure. */

export type JsonKind = "object" | "array" | "string" | "number" | "boolean" | "null";

/** A value inside a JSON text: `text.slice(start, end)` is it. */
export interface JsonNode {
  kind: JsonKind;
  start: number;
  end: number;
  /** Of an object, in the order of the text. */
  members: JsonMember[];
  /** Of an array. */
  items: JsonNode[];
}

export interface JsonMember {
  key: string;
  /** Where the key begins, with its quote. */
  start: number;
  value: JsonNode;
}

export type JsonPath = readonly (string | number)[];

/** What is deeper is not read: the server takes no such values either. */
const DEPTH_MAX = 200;

/** The tree of a JSON text; `null` for what is no JSON. */
export function parseJson(text: string): JsonNode | null {
  try {
    const reader = new Reader(text);
    return reader.whole();
  } catch (error) {
    if (error instanceof NoJson) {
      return null;
    }
    throw error;
  }
}

/** The node at a path; `undefined` where there is none. */
export function nodeAt(root: JsonNode, path: JsonPath): JsonNode | undefined {
  let node: JsonNode | undefined = root;
  for (const step of path) {
    node =
      typeof step === "number"
        ? node?.items[step]
        : node?.members.find((member) => member.key === step)?.value;
  }
  return node;
}

/** The text that a string node stands for. */
export function stringOf(text: string, node: JsonNode): string {
  return JSON.parse(text.slice(node.start, node.end)) as string;
}

/** Whether an object has a key twice: then its keys do not tell its values apart. */
export function hasRepeatedKeys(node: JsonNode): boolean {
  return new Set(node.members.map((member) => member.key)).size < node.members.length;
}

class NoJson extends Error {}

const WHITE = /[ \t\n\r]*/y;
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
// biome-ignore lint/suspicious/noControlCharactersInRegex: JSON forbids them in strings
const STRING = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y;
const WORDS: Record<string, JsonKind> = { true: "boolean", false: "boolean", null: "null" };

class Reader {
  private at = 0;

  constructor(private readonly text: string) {}

  whole(): JsonNode {
    this.skip();
    const node = this.value(0);
    this.skip();
    if (this.at < this.text.length) {
      throw new NoJson();
    }
    return node;
  }

  private value(depth: number): JsonNode {
    if (depth > DEPTH_MAX) {
      throw new NoJson();
    }
    const first = this.text[this.at];
    if (first === "{") {
      return this.object(depth);
    }
    if (first === "[") {
      return this.array(depth);
    }
    if (first === '"') {
      return this.leaf("string", STRING);
    }
    const word = Object.keys(WORDS).find((each) => this.text.startsWith(each, this.at));
    if (word) {
      this.at += word.length;
      return node(WORDS[word] as JsonKind, this.at - word.length, this.at);
    }
    return this.leaf("number", NUMBER);
  }

  private object(depth: number): JsonNode {
    const start = this.at;
    const members: JsonMember[] = [];
    this.list("}", () => {
      const key = this.leaf("string", STRING);
      this.skip();
      this.expect(":");
      this.skip();
      const value = this.value(depth + 1);
      members.push({ key: stringOf(this.text, key), start: key.start, value });
    });
    return { ...node("object", start, this.at), members };
  }

  private array(depth: number): JsonNode {
    const start = this.at;
    const items: JsonNode[] = [];
    this.list("]", () => items.push(this.value(depth + 1)));
    return { ...node("array", start, this.at), items };
  }

  /** What stands between brackets, with commas between. */
  private list(end: string, entry: () => void): void {
    this.at += 1;
    this.skip();
    if (this.text[this.at] === end) {
      this.at += 1;
      return;
    }
    for (;;) {
      entry();
      this.skip();
      if (this.text[this.at] === end) {
        this.at += 1;
        return;
      }
      this.expect(",");
      this.skip();
    }
  }

  private leaf(kind: JsonKind, pattern: RegExp): JsonNode {
    pattern.lastIndex = this.at;
    const found = pattern.exec(this.text);
    if (!found) {
      throw new NoJson();
    }
    this.at += found[0].length;
    return node(kind, this.at - found[0].length, this.at);
  }

  private expect(mark: string): void {
    if (this.text[this.at] !== mark) {
      throw new NoJson();
    }
    this.at += 1;
  }

  private skip(): void {
    WHITE.lastIndex = this.at;
    this.at += WHITE.exec(this.text)?.[0].length ?? 0;
  }
}

function node(kind: JsonKind, start: number, end: number): JsonNode {
  return { kind, start, end, members: [], items: [] };
}
