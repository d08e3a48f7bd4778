/** How often a live event repeats: as people say it, and as the cron text that the API takes. Pure. */

export interface TimeOfDay {
  hour: number;
  minute: number;
}

/** Days of the week as cron counts them: 0 is Sunday. `day` 0 is the last day of the month. */
export type Rule =
  | { every: "hours"; step: number; minute: number }
  | ({ every: "day" } & TimeOfDay)
  | ({ every: "week"; days: number[] } & TimeOfDay)
  | ({ every: "month"; day: number } & TimeOfDay)
  | ({ every: "weekday of month"; weekday: number; nth: number } & TimeOfDay);

export type Every = Rule["every"];

export const HOUR_STEPS = [1, 2, 3, 4, 6, 8, 12];
export const LAST_DAY = 0;
export const WEEKDAYS = [
  "Sunday",
  "Monday",
  "Tuesday",
  "Wednesday",
  "Thursday",
  "Friday",
  "Saturday",
] as const;
/** Weeks begin with Monday where people choose days. */
export const WEEK_ORDER = [1, 2, 3, 4, 5, 6, 0];

const CODES = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];
const NUMBER = /^\d{1,2}$/;
const NTH_MAX = 4;

/** The cron text of a rule. */
export function cronOf(rule: Rule): string {
  switch (rule.every) {
    case "hours":
      return `${rule.minute} ${rule.step === 1 ? "*" : `*/${rule.step}`} * * *`;
    case "day":
      return `${rule.minute} ${rule.hour} * * *`;
    case "week":
      return `${rule.minute} ${rule.hour} * * ${inWeek(rule.days)
        .map((day) => CODES[day])
        .join(",")}`;
    case "month":
      return `${rule.minute} ${rule.hour} ${rule.day === LAST_DAY ? "L" : rule.day} * *`;
    case "weekday of month":
      return `${rule.minute} ${rule.hour} * * ${CODES[rule.weekday]}#${rule.nth}`;
  }
}

/** The rule that a cron text is; `null` for what only cron can say, and for what is no cron. */
export function ruleOf(cron: string): Rule | null {
  const fields = cron.trim().split(/\s+/);
  const [minuteText = "", hourText = "", day = "", month = "", weekday = ""] = fields;
  const minute = numberIn(minuteText, 0, 59);
  if (fields.length !== 5 || minute === null || month !== "*") {
    return null;
  }
  const step = hourStep(hourText);
  if (step !== null) {
    return day === "*" && weekday === "*" ? { every: "hours", step, minute } : null;
  }
  const hour = numberIn(hourText, 0, 23);
  if (hour === null) {
    return null;
  }
  const time = { hour, minute };
  if (day !== "*") {
    const dayOfMonth = day.toUpperCase() === "L" ? LAST_DAY : numberIn(day, 1, 31);
    return weekday === "*" && dayOfMonth !== null
      ? { every: "month", day: dayOfMonth, ...time }
      : null;
  }
  if (weekday === "*") {
    return { every: "day", ...time };
  }
  return ofWeekdays(weekday, time);
}

function ofWeekdays(text: string, time: TimeOfDay): Rule | null {
  const nthOf = /^([^#,]+)#([1-9])$/.exec(text);
  if (nthOf) {
    const weekday = dayNumber(nthOf[1] ?? "");
    const nth = Number(nthOf[2]);
    return weekday === null || nth > NTH_MAX
      ? null
      : { every: "weekday of month", weekday, nth, ...time };
  }
  const days = text.split(",").map(daysOf);
  return days.some((each) => each === null)
    ? null
    : { every: "week", days: inWeek(days.flatMap((each) => each ?? [])), ...time };
}

/** One element of a list of weekdays: a day, or from one to another. */
function daysOf(text: string): number[] | null {
  const [from = "", to, more] = text.split("-");
  const first = dayNumber(from);
  if (first === null || more !== undefined) {
    return null;
  }
  if (to === undefined) {
    return [first % 7];
  }
  // In a range, 7 is the Sunday at its end.
  const last = dayNumber(to);
  return last === null || last < first
    ? null
    : Array.from({ length: last - first + 1 }, (_, index) => (first + index) % 7);
}

/** The number of a weekday, as cron has it or by its name; 7 is Sunday too. */
function dayNumber(text: string): number | null {
  const named = CODES.indexOf(text.toUpperCase());
  return named >= 0 ? named : numberIn(text, 0, 7);
}

function hourStep(text: string): number | null {
  const step = text === "*" ? 1 : Number(/^\*\/(\d{1,2})$/.exec(text)?.[1]);
  return HOUR_STEPS.includes(step) ? step : null;
}

function numberIn(text: string, least: number, most: number): number | null {
  const value = Number(text);
  return NUMBER.test(text) && value >= least && value <= most ? value : null;
}

/** Each day once, Monday first. */
function inWeek(days: readonly number[]): number[] {
  return WEEK_ORDER.filter((day) => days.includes(day));
}

/** A rule of another sort that keeps the time of the day. */
export function changedTo(every: Every, before: Rule | null): Rule {
  const minute = before?.minute ?? 0;
  const hour = before && "hour" in before ? before.hour : 18;
  switch (every) {
    case "hours":
      return { every, step: 1, minute };
    case "day":
      return { every, hour, minute };
    case "week":
      return { every, days: [5], hour, minute };
    case "month":
      return { every, day: 1, hour, minute };
    case "weekday of month":
      return { every, weekday: 5, nth: 1, hour, minute };
  }
}

/** A time of the day as a `time` field has it, such as `08:05`. */
export function timeText({ hour, minute }: TimeOfDay): string {
  return `${String(hour).padStart(2, "0")}:${String(minute).padStart(2, "0")}`;
}

/** The time of the day of such a text; `null` for none. */
export function timeOfDay(text: string): TimeOfDay | null {
  const found = /^(\d\d):(\d\d)/.exec(text);
  return found ? { hour: Number(found[1]), minute: Number(found[2]) } : null;
}

/** A schedule's days that not every month has: in the others there is no run. */
export function isNotInEveryMonth(rule: Rule | null): boolean {
  return rule?.every === "month" && rule.day > 28;
}
