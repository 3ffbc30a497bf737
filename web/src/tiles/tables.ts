// The same numbers as a table, for "View as table".
import type { TileContext } from '../lib/context';
import { delta } from '../lib/delta';
import { cell, step } from '../lib/format';
import { t } from '../lib/text';
import type { BarsTile, Metric, Point } from '../lib/types';

interface Rows { columns: string[]; rows: string[][] }

function change(metric: Metric, value: number | null, baseline: number | null): string {
  const d = delta(metric, value, baseline);
  return d.dir ? (d.dir === 'up' ? '+' : '\u2212') + d.text : d.text;
}

export function pointsTable(points: Point[], grain: 'day' | 'week' | 'month', metric: Metric, ctx: TileContext): Rows {
  const show = (v: number | null) => cell(v, metric.unit, ctx.currency);
  return {
    columns: ['Date', t.thisPeriod, ctx.baselineLabel, 'Change'],
    rows: points.map((p) => [step(p.at, grain), show(p.value), show(p.baseline), change(metric, p.value, p.baseline)]),
  };
}

export function barsTable(tile: BarsTile, ctx: TileContext): Rows {
  const show = (v: number | null) => cell(v, tile.metric.unit, ctx.currency);
  const row = (name: string, v: number | null, b: number | null) => [name, show(v), show(b), change(tile.metric, v, b)];
  return {
    columns: [tile.title, t.thisPeriod, ctx.baselineLabel, 'Change'],
    rows: [
      ...tile.rows.map((r) => row(r.key, r.value, r.baseline)),
      ...(tile.other ? [row(`Other (${tile.other.members})`, tile.other.value, tile.other.baseline)] : []),
    ],
  };
}
