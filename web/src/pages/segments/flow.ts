// From segments of one month to those of a later one: bars at both sides, bands between. Pure layout.
import { at, text, type Row } from '../../lib/customers/wire';

export interface Stream { from: string; to: string; customers: number; way: 'up' | 'down' | 'same' | 'new'; y0: number; y1: number; high: number }
export interface End { name: string; position: number; customers: number; y: number; high: number }
export interface Flow { left: End[]; right: End[]; streams: Stream[]; total: number }

/** Who had not bought yet at the earlier month. */
export const NEW = 'Not yet a customer';

export const wayOf = (from: number, to: number): Stream['way'] => (from === 0 ? 'new' : to < from ? 'up' : to > from ? 'down' : 'same');

export function flow(rows: Row[], height: number, gap = 4): Flow {
  const list = rows.map((r) => ({
    from: text(r, 'from_segment') || NEW, fromAt: at(r, 'from_position') ?? 0,
    to: text(r, 'to_segment'), toAt: at(r, 'to_position') ?? 0, customers: at(r, 'customers') ?? 0,
  }));
  const total = list.reduce((s, r) => s + r.customers, 0);
  const side = (name: 'from' | 'to', place: 'fromAt' | 'toAt'): End[] => {
    const by = new Map<string, End>();
    for (const r of list) {
      const end = by.get(r[name]) ?? { name: r[name], position: r[place], customers: 0, y: 0, high: 0 };
      end.customers += r.customers;
      by.set(r[name], end);
    }
    // Who was not there yet stands below the others.
    const ends = [...by.values()].sort((a, b) => (a.position || 99) - (b.position || 99));
    const room = Math.max(1, height - gap * Math.max(0, ends.length - 1));
    let y = 0;
    for (const end of ends) {
      end.y = y;
      end.high = total ? (room * end.customers) / total : 0;
      y += end.high + gap;
    }
    return ends;
  };
  const [left, right] = [side('from', 'fromAt'), side('to', 'toAt')];
  const order = new Map(left.map((e, i) => [e.name, i]));
  const used = { left: new Map<string, number>(), right: new Map<string, number>() };
  const put = (ends: End[], key: 'left' | 'right', name: string, customers: number) => {
    const end = ends.find((e) => e.name === name)!;
    const offset = used[key].get(name) ?? 0;
    const high = end.customers ? (end.high * customers) / end.customers : 0;
    used[key].set(name, offset + high);
    return { y: end.y + offset, high };
  };
  const streams = [...list]
    .sort((a, b) => order.get(a.from)! - order.get(b.from)! || a.toAt - b.toAt)
    .map((r): Stream => {
      const [a, b] = [put(left, 'left', r.from, r.customers), put(right, 'right', r.to, r.customers)];
      return { from: r.from, to: r.to, customers: r.customers, way: wayOf(r.fromAt, r.toAt), y0: a.y, y1: b.y, high: Math.min(a.high, b.high) };
    });
  return { left, right, streams, total };
}

export function band(s: Stream, x0: number, x1: number): string {
  const mid = (x0 + x1) / 2;
  const [a, b, h] = [s.y0, s.y1, s.high];
  return `M${x0} ${a}C${mid} ${a} ${mid} ${b} ${x1} ${b}V${b + h}C${mid} ${b + h} ${mid} ${a + h} ${x0} ${a + h}Z`;
}

/** Names beside bars that are thinner than a line of text: pushed apart, in order, within the height. */
export function apart(ends: { y: number; high: number }[], height: number, line = 15): number[] {
  const ys = ends.map((e) => e.y + e.high / 2);
  for (let i = 1; i < ys.length; i++) ys[i] = Math.max(ys[i]!, ys[i - 1]! + line);
  const over = (ys[ys.length - 1] ?? 0) - (height - line / 2);
  if (over > 0) {
    ys[ys.length - 1]! -= over;
    for (let i = ys.length - 2; i >= 0; i--) ys[i] = Math.min(ys[i]!, ys[i + 1]! - line);
  }
  return ys;
}
