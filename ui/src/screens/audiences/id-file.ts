/** Files of ids of players: what is in one, and what is written into one. Pure. */

/**
 * The ids of a file: one in each line, or the first column of a CSV file; each once, in order.
 * A first line that names the column is no id.
 */
export function idsOf(text: string): string[] {
  const lines = text
    .replace(/^\uFEFF/, "")
    .split(/\r\n|\r|\n/)
    .map(firstCell)
    .filter((id) => id !== "");
  const isHeader = /^(identity[ _-]?id|player[ _-]?id|user[ _-]?id|id)$/i.test(lines[0] ?? "");
  return [...new Set(isHeader ? lines.slice(1) : lines)];
}

/** As `csvOf` writes it: the apostrophe before what looks like a formula is no part of an id. */
function firstCell(line: string): string {
  return plainCell(line).replace(/^'(?=[=+\-@])/, "");
}

function plainCell(line: string): string {
  const quoted = /^\s*"((?:[^"]|"")*)"/.exec(line);
  if (quoted) {
    return (quoted[1] ?? "").replaceAll('""', '"').trim();
  }
  return (line.split(/[,;\t]/, 1)[0] ?? "").trim();
}

/** A CSV file. Cells that a spreadsheet would take for a formula begin with an apostrophe. */
export function csvOf(header: string[], rows: string[][]): string {
  return [header, ...rows].map((row) => `${row.map(cellOf).join(",")}\r\n`).join("");
}

function cellOf(text: string): string {
  const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/** Parts of a list, each at most so long. */
export function partsOf<T>(all: readonly T[], size: number): T[][] {
  const parts: T[][] = [];
  for (let from = 0; from < all.length; from += size) {
    parts.push(all.slice(from, from + size));
  }
  return parts;
}
