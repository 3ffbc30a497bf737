// Two linear functions and round ticks; d3-scale would cost 15 kB for the same.
import { ticks as d3ticks } from 'd3-array';
import { daysBetween, dayShort, month, monthShort, toDate } from '../format';

export interface Linear { (v: number): number; domain: [number, number] }

export function linear(domain: [number, number], range: [number, number]): Linear {
  const k = (range[1] - range[0]) / (domain[1] - domain[0] || 1);
  return Object.assign((v: number) => range[0] + (v - domain[0]) * k, { domain });
}

/** Lines and bars start at zero; 3 to 5 round ticks, the last one above the data. */
export function valueAxis(values: (number | null)[]): { domain: [number, number]; ticks: number[] } {
  const seen = values.filter((v): v is number => v !== null);
  const lo = Math.min(0, ...seen);
  const hi = Math.max(0, ...seen);
  if (lo === 0 && hi === 0) return { domain: [0, 1], ticks: [0] };
  let marks = d3ticks(lo, hi, 4);
  const step = marks.length > 1 ? marks[1]! - marks[0]! : hi;
  const start = lo < (marks[0] ?? 0) ? marks[0]! - step : (marks[0] ?? 0);
  const end = hi > marks[marks.length - 1]! ? marks[marks.length - 1]! + step : marks[marks.length - 1]!;
  const n = Math.round((end - start) / step);
  marks = Array.from({ length: n + 1 }, (_, i) => Number((start + i * step).toPrecision(12)));
  if (marks.length > 6) marks = marks.filter((_, i) => i % 2 === (marks.length - 1) % 2 || marks[i] === 0);
  return { domain: [start, end], ticks: marks };
}

export interface DateTick { index: number; label: string }

/** Labels under a time axis that fit into `room` labels. */
export function dateTicks(at: string[], grain: 'day' | 'week' | 'month', room: number): DateTick[] {
  if (!at.length) return [];
  const spanDays = daysBetween(at[0]!, at[at.length - 1]!);
  if (grain !== 'month' && spanDays <= 70) {
    const every = Math.max(1, Math.ceil(at.length / room));
    return at.flatMap((d, index) => (index % every === 0 ? [{ index, label: dayShort(d) }] : []));
  }
  const firsts = at.flatMap((d, index) =>
    index === 0 || d.slice(0, 7) !== at[index - 1]!.slice(0, 7) ? [{ index, d }] : [],
  );
  // A first month that is only a stub would collide with the next label.
  if (firsts.length > 2 && grain !== 'month' && toDate(firsts[0]!.d).getUTCDate() > 12) firsts.shift();
  const every = [1, 2, 3, 6, 12, 24].find((n) => firsts.length / n <= room) ?? 36;
  let year = '';
  return firsts
    .filter((_, i) => i % every === 0)
    .map(({ index, d }) => {
      const label = d.slice(0, 4) === year ? monthShort(d) : month(d);
      year = d.slice(0, 4);
      return { index, label };
    });
}
