// Eight steps of one colour. The ends are the 2nd and the 98th percentile, so that one odd cell does not pale the rest.
export const STEPS = 8;

export function heat(values: (number | null)[]): (v: number | null) => number {
  const seen = values.filter((v): v is number => v !== null && Number.isFinite(v)).sort((a, b) => a - b);
  if (!seen.length) return () => 0;
  const quantile = (q: number) => seen[Math.min(seen.length - 1, Math.max(0, Math.round(q * (seen.length - 1))))]!;
  const [lo, hi] = [quantile(0.02), quantile(0.98)];
  if (hi <= lo) return () => Math.floor(STEPS / 2);
  return (v) => (v === null ? 0 : Math.min(STEPS - 1, Math.max(0, Math.floor(((v - lo) / (hi - lo)) * STEPS))));
}
/** Where the colour is so strong that ink on it would not be read. */
export const isStrong = (step: number): boolean => step >= 5;

/** Radius of a mark whose area is the value. */
export const radius = (value: number, max: number, most: number): number =>
  max > 0 && value > 0 ? Math.max(2.5, most * Math.sqrt(value / max)) : 0;
