/** Offsets of clocks in units that people think in. Pure. */

export type Unit = "seconds" | "minutes" | "hours" | "days";

export const UNITS: Record<Unit, { label: string; seconds: number }> = {
  seconds: { label: "seconds", seconds: 1 },
  minutes: { label: "minutes", seconds: 60 },
  hours: { label: "hours", seconds: 3600 },
  days: { label: "days", seconds: 86_400 },
};

/** The largest unit of which an offset is a whole number; hours for none. */
export function largestUnit(seconds: number): Unit {
  if (seconds === 0) {
    return "hours";
  }
  const fits = (["days", "hours", "minutes"] as const).find(
    (unit) => seconds % UNITS[unit].seconds === 0,
  );
  return fits ?? "seconds";
}
