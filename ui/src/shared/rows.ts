/** Searching, sorting and paging rows that are all at hand. Pure. */

export type SortValue = string | number | boolean | null | undefined;

export interface Sort {
  key: string;
  descending: boolean;
}

const collator = new Intl.Collator("en", { numeric: true, sensitivity: "base" });

/** Rows whose text has every word of the search, in any case and order. */
export function matching<R>(rows: readonly R[], search: string, textOf: (row: R) => string): R[] {
  const words = search.toLocaleLowerCase().split(/\s+/).filter(Boolean);
  if (words.length === 0) {
    return [...rows];
  }
  return rows.filter((row) => {
    const text = textOf(row).toLocaleLowerCase();
    return words.every((word) => text.includes(word));
  });
}

/** Rows by a value, those without one last whichever the direction; equal ones keep their order. */
export function sorted<R>(
  rows: readonly R[],
  keyOf: (row: R) => SortValue,
  descending: boolean,
): R[] {
  return [...rows].sort((a, b) => {
    const [left, right] = [keyOf(a), keyOf(b)];
    const [noLeft, noRight] = [isNothing(left), isNothing(right)];
    if (noLeft || noRight) {
      return Number(noLeft) - Number(noRight);
    }
    const order =
      typeof left === "number" && typeof right === "number"
        ? left - right
        : collator.compare(String(left), String(right));
    return descending ? -order : order;
  });
}

function isNothing(value: SortValue): boolean {
  return value === null || value === undefined || value === "";
}

/** The sort that an address names as `name` or `-name`. */
export function sortFromText(text: string | undefined, fallback: Sort): Sort {
  if (!text) {
    return fallback;
  }
  return text.startsWith("-")
    ? { key: text.slice(1), descending: true }
    : { key: text, descending: false };
}

/** A sort as an address names it. */
export function textOfSort(sort: Sort): string {
  return sort.descending ? `-${sort.key}` : sort.key;
}

/** A page number that there is, from 1, of what an address says. */
export function pageNumber(text: string | undefined, count: number, size: number): number {
  const last = Math.max(1, Math.ceil(count / size));
  const given = Number.parseInt(text ?? "1", 10);
  return Number.isNaN(given) ? 1 : Math.min(Math.max(1, given), last);
}
