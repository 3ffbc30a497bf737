// The rows of a cohort table from its cells, which come one per cohort and age. Pure.
import { at, is, text, type Row } from '../../lib/customers/wire';

export interface Cell { value: number | null; observed: number | null; whole: boolean; from: string }
export interface Cohort { id: string; start: string; customers: number; warmUp: boolean; cells: (Cell | null)[] }
export interface Triangle { cohorts: Cohort[]; ages: number[] }

/** `most` keeps the youngest cohorts, or the largest labels; `skipFirst` leaves age 0 out, which is always 100 %. */
export function triangle(cells: Row[], skipFirst: boolean, most: number): Triangle {
  const by = new Map<string, Cohort>();
  let last = -1;
  for (const r of cells) {
    const age = at(r, 'age');
    if (age === null) continue;
    const id = text(r, 'cohort');
    const cohort = by.get(id) ?? { id, start: text(r, 'cohort_start'), customers: at(r, 'customers') ?? 0, warmUp: at(r, 'is_warm_up') === 1 || is(r, 'is_warm_up'), cells: [] };
    by.set(id, cohort);
    const observed = at(r, 'observed');
    // Not observed is not zero: the cell stays empty.
    if (observed === null) continue;
    cohort.cells[age] = { value: at(r, 'value'), observed, whole: at(r, 'is_complete') === 1 || is(r, 'is_complete'), from: text(r, 'period_start') };
    last = Math.max(last, age);
  }
  const all = [...by.values()];
  const dated = all.some((c) => c.start !== '');
  const cohorts = dated ? all.slice(-most) : all.slice(0, most);
  const start = skipFirst ? 1 : 0;
  const end = Math.max(-1, ...cohorts.map((c) => c.cells.length - 1));
  const ages = Array.from({ length: Math.max(0, Math.min(last, end) - start + 1) }, (_, i) => start + i);
  return { cohorts, ages };
}

/** Points of one cohort's curve: whole cells only, so that no curve drops at its end for a period under way. */
export const curve = (c: Cohort): { x: number; y: number }[] =>
  c.cells.flatMap((cell, x) => (cell && cell.whole && cell.value !== null ? [{ x, y: cell.value }] : []));

/** Which cohorts stand out at an age, among those large enough to tell. */
export function extremes(t: Triangle, age: number, least = 30): { best: Cohort; worst: Cohort } | null {
  const seen = t.cohorts.filter((c) => !c.warmUp && (c.cells[age]?.observed ?? 0) >= least && c.cells[age]?.whole && c.cells[age]?.value != null);
  if (seen.length < 3) return null;
  const value = (c: Cohort) => c.cells[age]!.value!;
  const sorted = [...seen].sort((a, b) => value(b) - value(a));
  return { best: sorted[0]!, worst: sorted[sorted.length - 1]! };
}
