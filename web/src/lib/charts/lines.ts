// Geometry of lines over a number: retention by age, shares by shares, curves with a band.
import { area, curveLinear, curveStepAfter, line } from 'd3-shape';
import { linear, valueAxis } from './scale';

export interface XY { x: number; y: number; low?: number | null; high?: number | null }
export interface Series {
  name: string;
  points: XY[];
  /** 0 to 6: the colours of the palette; `ghost` for what is compared with. */
  tone: number | 'ghost';
  step?: boolean;
  dots?: boolean;
}
export interface Box { left: number; right: number; top: number; bottom: number }

export function shape(series: Series[], width: number, height: number, xMax: number, yMax?: number) {
  const box: Box = { left: 46, right: Math.max(60, width - 12), top: 10, bottom: height - 24 };
  const values = series.flatMap((s) => s.points.flatMap((p) => [p.y, p.high ?? null]));
  const axis = valueAxis(yMax === undefined ? values : [0, yMax]);
  const x = linear([0, Math.max(xMax, 1e-9)], [box.left, box.right]);
  const y = linear(axis.domain, [box.bottom, box.top]);
  const drawn = series.map((s) => {
    const curve = s.step ? curveStepAfter : curveLinear;
    const path = line<XY>((p) => x(p.x), (p) => y(p.y)).curve(curve)(s.points) ?? '';
    const banded = s.points.filter((p) => p.low != null && p.high != null);
    const band = banded.length > 1 ? (area<XY>((p) => x(p.x), (p) => y(p.low!), (p) => y(p.high!)).curve(curve)(banded) ?? '') : '';
    return { ...s, path, band };
  });
  return { box, x, y, ticks: axis.ticks, drawn };
}

/** Every place where some series has a point, ascending. */
export const places = (series: Series[]): number[] => [...new Set(series.flatMap((s) => s.points.map((p) => p.x)))].sort((a, b) => a - b);

/** The point of a series at a place; a step keeps its value until the next one. */
export function pointAt(s: Series, x: number): XY | null {
  if (!s.step) return s.points.find((p) => p.x === x) ?? null;
  let found: XY | null = null;
  for (const p of s.points) if (p.x <= x) found = p;
  return found;
}

export function nearest(list: number[], wanted: number): number {
  let best = 0;
  for (let i = 1; i < list.length; i++) if (Math.abs(list[i]! - wanted) < Math.abs(list[best]! - wanted)) best = i;
  return best;
}

/** Round steps of whole numbers along an axis that starts at 0; at most `room` of them. */
export function wholeTicks(max: number, room: number): number[] {
  const step = [1, 2, 3, 5, 6, 10, 12, 15, 20, 30, 50, 60, 90, 100, 120, 180, 200, 365, 500, 730].find((s) => max / s <= Math.max(1, room)) ?? Math.ceil(max / room);
  return Array.from({ length: Math.floor(max / step) + 1 }, (_, i) => i * step);
}
