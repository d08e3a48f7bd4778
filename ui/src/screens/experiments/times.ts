/** When phases are: their places on a bar, and times to begin with. Pure; times are seconds. */

const HOUR = 3600;
export const DAY = 86_400;

interface Timed {
  start_time_sec: string;
  end_time_sec: string;
  ended_time_sec: string;
}

/** When a phase is over: as planned, or when somebody ended it before. */
export function endOf(phase: Timed): number {
  const planned = Number(phase.end_time_sec);
  return Math.min(Number(phase.ended_time_sec) || planned, planned);
}

export interface Segment {
  /** Percentages of the bar. */
  left: number;
  width: number;
}

export interface PhaseBar {
  segments: Segment[];
  /** Where the present is; `null` where it is beyond the bar. */
  now: number | null;
}

/** Below this width nobody sees a phase. */
const WIDTH_MIN = 1.5;

/** The phases side by side, as long as each is compared with all of them. */
export function phaseBar(phases: readonly Timed[], nowS: number): PhaseBar {
  if (phases.length === 0) {
    return { segments: [], now: null };
  }
  const start = Math.min(...phases.map((phase) => Number(phase.start_time_sec)));
  const end = Math.max(...phases.map((phase) => Math.max(endOf(phase), start + 1)));
  const placeOf = (at: number) => ((at - start) / (end - start)) * 100;
  return {
    segments: phases.map((phase) => {
      const width = Math.max(
        WIDTH_MIN,
        placeOf(endOf(phase)) - placeOf(Number(phase.start_time_sec)),
      );
      return { left: Math.min(placeOf(Number(phase.start_time_sec)), 100 - width), width };
    }),
    now: nowS >= start && nowS <= end ? placeOf(nowS) : null,
  };
}

/** When a first phase is proposed to be: from the next full hour on, for two weeks. */
export function proposedSpan(nowS: number): { start: string; end: string } {
  const start = (Math.floor(nowS / HOUR) + 1) * HOUR;
  return { start: String(start), end: String(start + 14 * DAY) };
}

/** When a phase after others is proposed to be: right behind the last one, and as long as it. */
export function followingSpan(
  phases: readonly { start: string; end: string }[],
  nowS: number,
): { start: string; end: string } {
  const last = phases.reduce<{ start: string; end: string } | null>(
    (latest, phase) => (latest && Number(latest.end) >= Number(phase.end) ? latest : phase),
    null,
  );
  if (last === null) {
    return proposedSpan(nowS);
  }
  const length = Math.max(HOUR, Number(last.end) - Number(last.start));
  const start = Math.max(Number(last.end), Number(proposedSpan(nowS).start));
  return { start: String(start), end: String(start + length) };
}

/** What is wrong with the times of a phase, by field; times are texts, empty for none. */
export function timeProblems(
  phase: { start: string; end: string; deadline: string },
  nowS: number,
): { start?: string; end?: string; deadline?: string } {
  const [start, end, deadline] = [phase.start, phase.end, phase.deadline].map(Number) as [
    number,
    number,
    number,
  ];
  return {
    ...(start ? {} : { start: "Choose when it begins" }),
    ...(!end
      ? { end: "Choose when it ends" }
      : end <= start
        ? { end: "It must end after it begins" }
        : end <= nowS
          ? { end: "It would be over already" }
          : {}),
    ...(deadline && (deadline <= start || deadline > end)
      ? { deadline: "It must be after the start, and not after the end" }
      : {}),
  };
}
