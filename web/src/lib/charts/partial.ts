// Weeks and months at the ends of a period are often cut off by it. A cut step looks like a
// crash that never happened, so charts draw it hollow and dashed, sparklines leave the first out.
import { addDays, daysBetween, toDate } from '../format';
import type { Period } from '../types';

interface At { at: string }

/** Length of one step in days: 1, 7 or about 30. */
function grainOf(points: At[]): 'day' | 'week' | 'month' | null {
  if (points.length < 3) return null;
  const gap = daysBetween(points[1]!.at, points[2]!.at);
  return gap <= 1 ? 'day' : gap === 7 ? 'week' : gap >= 28 && gap <= 31 ? 'month' : null;
}

const begins = (at: string, grain: 'week' | 'month') =>
  grain === 'week' ? toDate(at).getUTCDay() === 1 : at.endsWith('-01');

export function partialEnds(points: At[], period: Period): { first: boolean; last: boolean } {
  const grain = grainOf(points);
  if (grain === null || grain === 'day') return { first: false, last: false };
  const first = points[0]!.at;
  const last = points[points.length - 1]!.at;
  const next = grain === 'week' ? addDays(last, 7) : addDays(`${last.slice(0, 7)}-01`, 32).slice(0, 7) + '-01';
  return { first: first < period.from || !begins(first, grain), last: next > period.to };
}
