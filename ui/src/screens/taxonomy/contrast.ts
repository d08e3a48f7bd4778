/** How well a colour is seen on a ground, as WCAG counts it. Pure. */

/** What marks need that are no text (WCAG 1.4.11). */
export const CONTRAST_MIN = 3;

/** The grounds that labels stand on. */
export const GROUNDS = { light: "#ffffff", dark: "#2e2e2e" } as const;

/** The contrast of two colours such as `#aa3300`, from 1 to 21. */
export function contrast(one: string, other: string): number {
  const [a, b] = [luminance(one), luminance(other)];
  return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
}

function luminance(colour: string): number {
  const [red, green, blue] = [1, 3, 5].map((at) => {
    const part = Number.parseInt(colour.slice(at, at + 2), 16) / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  }) as [number, number, number];
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

/** Whether a text is a whole colour. */
export function isColour(text: string): boolean {
  return /^#[0-9a-f]{6}$/i.test(text);
}

/** Where a colour is hard to see, as a sentence; empty where it is fine. */
export function hardToSee(colour: string): string {
  if (!isColour(colour)) {
    return "";
  }
  const grounds = Object.entries(GROUNDS)
    .filter(([, ground]) => contrast(colour, ground) < CONTRAST_MIN)
    .map(([name]) => name);
  return grounds.length
    ? `Its dot is hard to see on the ${grounds.join(" and the ")} theme. The name always stands beside it.`
    : "";
}
