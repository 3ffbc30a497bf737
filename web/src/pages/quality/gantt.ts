// The timeline of a run: bars in percent of the whole, a round axis, and what ran side by side.
import { ticks } from 'd3-array';
import type { Run, Step } from './types';

export interface Bar { name: string; start: number; seconds: number; left: number; width: number }
export interface Gantt { bars: Bar[]; ticks: { at: number; left: number }[]; length: number; atOnce: number }

export function gantt(timeline: Step[], seconds: number | null): Gantt {
  const length = Math.max(0.001, seconds ?? 0, ...timeline.map((s) => s.start + s.seconds));
  const share = (v: number) => (100 * v) / length;
  const bars = [...timeline]
    .sort((a, b) => a.start - b.start || b.seconds - a.seconds || a.name.localeCompare(b.name))
    .map((s) => ({ ...s, left: share(s.start), width: share(s.seconds) }));
  return { bars, ticks: ticks(0, length, 5).map((at) => ({ at, left: share(at) })), length, atOnce: atOnce(timeline) };
}

/** How many steps ran at the same moment, at most. One that ends as another starts does not count. */
export function atOnce(timeline: Step[]): number {
  const moves = timeline
    .filter((s) => s.seconds > 0)
    .flatMap((s) => [{ at: s.start, by: 1 }, { at: s.start + s.seconds, by: -1 }])
    .sort((a, b) => (Math.abs(a.at - b.at) < 1e-6 ? a.by - b.by : a.at - b.at));
  let [now, most] = [0, timeline.length ? 1 : 0];
  for (const m of moves) most = Math.max(most, (now += m.by));
  return most;
}

/** What a run usually takes: the median of those that built something. */
export function median(runs: Run[]): number | null {
  const list = runs.flatMap((r) => (r.outcome === 'done' && r.seconds !== null ? [r.seconds] : [])).sort((a, b) => a - b);
  if (!list.length) return null;
  const half = Math.floor(list.length / 2);
  return list.length % 2 ? list[half]! : (list[half - 1]! + list[half]!) / 2;
}
