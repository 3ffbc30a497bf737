// The geometry of the trend chart, apart from drawing it.
import { area, curveMonotoneX, line } from 'd3-shape';
import { tick } from '../format';
import type { Period, TrendTile } from '../types';
import { partialEnds } from './partial';
import { dateTicks, linear, valueAxis } from './scale';

export function trendShape(tile: TrendTile, period: Period, width: number, height: number, currency: string) {
  const { points, metric, grain } = tile;
  const axis = valueAxis(points.flatMap((p) => [p.value, p.baseline]));
  const yTicks = axis.ticks.map((v) => ({ v, label: tick(v, metric.unit, currency) }));
  const left = 10 + 6.4 * Math.max(...yTicks.map((t) => t.label.length));
  const box = { left, right: Math.max(left + 40, width - 12), top: 10, bottom: Math.max(60, height - 24) };
  const x = linear([0, Math.max(1, points.length - 1)], [box.left, box.right]);
  const y = linear(axis.domain, [box.bottom, box.top]);
  const idx = points.map((_, i) => i);
  const lastValue = points.findLastIndex((p) => p.value !== null);
  // A week or month that the period cuts off is drawn hollow, its segment thin and dashed.
  const head = partialEnds(points, period).first && points.length > 3 ? 1 : 0;
  const partial = tile.last_is_partial && lastValue === points.length - 1 && lastValue > 0;
  const solid = partial ? lastValue - 1 : lastValue;
  const has = (k: 'value' | 'baseline') => (i: number) => points[i]![k] !== null;
  const path = (k: 'value' | 'baseline', list: number[]) =>
    line<number>().defined(has(k)).x((i) => x(i)).y((i) => y(points[i]![k]!)).curve(curveMonotoneX)(list) ?? '';
  return {
    box, x, y, yTicks, partial, lastValue,
    zero: y(0),
    xTicks: dateTicks(points.map((p) => p.at), grain, Math.max(2, Math.floor((box.right - box.left) / 76))),
    value: path('value', idx.slice(head, solid + 1)),
    head,
    tail: (partial ? path('value', [solid, lastValue]) : '') + (head ? path('value', [0, 1]) : ''),
    ghost: path('baseline', idx),
    area: area<number>().defined(has('value')).x((i) => x(i)).y0(y(0)).y1((i) => y(points[i]!.value!)).curve(curveMonotoneX)(idx.slice(head, solid + 1)) ?? '',
    hasGhost: points.some((p) => p.baseline !== null),
    nearest: (px: number) =>
      Math.max(0, Math.min(points.length - 1, Math.round(((px - box.left) / (box.right - box.left || 1)) * (points.length - 1)))),
  };
}

/** End (exclusive) of the step that starts at points[i]. */
export const stepEnd = (tile: TrendTile, i: number, periodEnd: string): string => tile.points[i + 1]?.at ?? periodEnd;
