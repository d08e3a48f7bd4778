/** Shares of players, which the server keeps as thousandths that add up to 1,000. Pure. */

export const ALL_PERMILLE = 1000;

/** Shares that are as equal as thousandths can be; what is left over goes to the first ones. */
export function equalWeights(count: number): number[] {
  const share = Math.floor(ALL_PERMILLE / count);
  const over = ALL_PERMILLE - share * count;
  return Array.from({ length: count }, (_, index) => share + (index < over ? 1 : 0));
}

/** Thousandths as people read them, such as `33.4 %`. */
export function percentText(permille: number): string {
  return `${(permille / 10).toLocaleString("en", { maximumFractionDigits: 1 })} %`;
}

/** Thousandths of a percentage that somebody typed. */
export function permilleOf(percent: number | string): number {
  const value = Math.round(Number(percent) * 10);
  return Number.isFinite(value) ? Math.min(ALL_PERMILLE, Math.max(0, value)) : 0;
}

/** What is wrong with shares, and by how much; empty for nothing. */
export function weightProblem(weights: readonly number[]): string {
  const sum = weights.reduce((total, weight) => total + weight, 0);
  if (sum === ALL_PERMILLE) {
    return "";
  }
  const difference = Math.abs(ALL_PERMILLE - sum);
  return `The shares add up to ${percentText(sum)}: ${percentText(difference)} too ${
    sum < ALL_PERMILLE ? "little" : "much"
  }`;
}

/** What part of all a count is, such as `48.3 %`; a dash of nothing. */
export function shareText(count: number, all: number): string {
  return all === 0 ? "–" : percentText((count / all) * ALL_PERMILLE);
}

/** A split in a line, such as `50 % control, 50 % blue`. */
export function splitWords(
  variants: readonly { name: string; weight_permille: number }[],
  most = 3,
): string {
  const words = variants
    .slice(0, most)
    .map((variant) => `${percentText(variant.weight_permille)} ${variant.name}`);
  const more = variants.length - words.length;
  return [...words, ...(more > 0 ? [`${more} more`] : [])].join(", ");
}
