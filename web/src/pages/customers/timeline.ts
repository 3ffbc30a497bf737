// Orders as bars over time, returns below the line. Pure layout.
import { linear, valueAxis } from '../../lib/charts/scale';
import { at, is, text, type Row } from '../../lib/customers/wire';
import { daysBetween, month, monthShort } from '../../lib/format';

export interface Bar { x: number; y: number; high: number; back: boolean; row: Row }
export interface Timeline { bars: Bar[]; zero: number; ticks: { y: number; v: number }[]; months: { x: number; label: string }[] }

export function timeline(orders: Row[], width: number, height: number): Timeline {
  const list = [...orders].sort((a, b) => text(a, 'order_date').localeCompare(text(b, 'order_date')));
  if (!list.length) return { bars: [], zero: height, ticks: [], months: [] };
  const [first, last] = [text(list[0], 'order_date'), text(list[list.length - 1], 'order_date')];
  const span = Math.max(1, daysBetween(first, last));
  const axis = valueAxis(list.map((r) => at(r, 'revenue')));
  const x = linear([0, span], [56, Math.max(80, width - 16)]);
  const y = linear(axis.domain, [height - 24, 8]);
  const zero = y(0);
  const bars = list.map((row) => {
    const v = at(row, 'revenue') ?? 0;
    const end = y(v);
    return { x: x(daysBetween(first, text(row, 'order_date'))), y: Math.min(zero, end), high: Math.max(1.5, Math.abs(end - zero)), back: !is(row, 'is_purchase'), row };
  });
  // The first of each month, as many labels as there is room for.
  const months: { x: number; label: string; n: number }[] = [];
  let at0 = `${first.slice(0, 7)}-01`;
  for (let n = 0; at0 <= last && n < 400; n++) {
    const d = daysBetween(first, at0);
    if (d >= 0) months.push({ x: x(d), label: months.length === 0 || at0.slice(5, 7) === '01' ? month(at0) : monthShort(at0), n });
    const [yy, mm] = at0.split('-').map(Number);
    at0 = mm === 12 ? `${yy! + 1}-01-01` : `${yy}-${String(mm! + 1).padStart(2, '0')}-01`;
  }
  const every = Math.max(1, Math.ceil(months.length / Math.max(1, Math.floor(width / 76))));
  return { bars, zero, ticks: axis.ticks.map((v) => ({ y: y(v), v })), months: months.filter((_, i) => i % every === 0) };
}
