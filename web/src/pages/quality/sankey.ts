// Layout of the flow source -> bucket -> table. Pure and deterministic: the same account gives the same picture.
//
// A hair of a million is not visible, so every link is at least MIN thick; thickness is summed from
// links, hence what enters a node and what leaves it still meet without a gap.
import { familyOf, rank, tenThousandths, toNumber } from './account';
import type { Entry } from './types';

export interface FlowNode { id: string; column: 0 | 1 | 2; name: string; family: string; rows: number; amount: number; weight: number; y: number; height: number }
export interface FlowLink { id: string; from: FlowNode; to: FlowNode; family: string; rows: number; amount: number; unpriced: number; weight: number; thick: number; y0: number; y1: number }
export interface Flow { nodes: FlowNode[]; links: FlowLink[]; height: number }

export const NO_TABLE = 'no table yet';
const MIN = 1.5; // thinnest link
const PITCH = 22; // room for one label
const GAP = 12;

interface Sum { rows: number; amount: bigint; unpriced: number }
const add = (map: Map<string, Sum>, key: string, e: Entry) => {
  const s = map.get(key) ?? { rows: 0, amount: 0n, unpriced: 0 };
  map.set(key, { rows: s.rows + e.rows, amount: s.amount + tenThousandths(e.amount), unpriced: s.unpriced + e.rows_without_amount });
};

/**
 * `money` draws sale lines only, by absolute value: returns are worth less than nothing.
 * `compact`, for narrow windows, puts kinds of one family together and leaves the tables out.
 */
export function flow(entries: Entry[], money: boolean, compact = false, height = 340): Flow {
  const used = money ? entries.filter((e) => e.entity === 'sale_lines' && tenThousandths(e.amount) !== 0n) : entries.filter((e) => e.rows > 0);
  const nodes = new Map<string, FlowNode>();
  const sums = new Map<string, Sum>();
  const ends = new Map<string, [FlowNode, FlowNode]>();
  const node = (column: 0 | 1 | 2, name: string, family: string): FlowNode => {
    const id = `${column}:${name}`;
    const known = nodes.get(id) ?? { id, column, name, family, rows: 0, amount: 0, weight: 0, y: 0, height: 0 };
    nodes.set(id, known);
    return known;
  };
  const connect = (from: FlowNode, to: FlowNode, e: Entry) => {
    const id = `${from.id}>${to.id}`;
    ends.set(id, [from, to]);
    add(sums, id, e);
  };
  for (const e of used) {
    const family = familyOf(e.bucket);
    const bucket = node(1, compact ? family : e.bucket, family);
    connect(node(0, e.source, ''), bucket, e);
    // Loaded, but no model makes a table of it yet: said, not left out. Duplicates end where they are.
    const table = e.table ?? (family === 'duplicates' ? null : NO_TABLE);
    if (table && !compact) connect(bucket, node(2, table, e.table ? family : 'none'), e);
  }
  const links = [...ends].map(([id, [from, to]]): FlowLink => {
    const s = sums.get(id)!;
    const amount = toNumber(s.amount);
    const family = from.column === 0 ? to.family : from.family;
    return { id, from, to, family, rows: s.rows, amount, unpriced: s.unpriced, weight: money ? Math.abs(amount) : s.rows, thick: 0, y0: 0, y1: 0 };
  });
  for (const n of nodes.values()) fill(n, links);
  const columns = ordered([...nodes.values()], links);
  // Few streams need little room; many get more.
  const most = Math.max(0, ...columns.map((c) => c.length));
  const tall = Math.max(Math.min(height, 60 + 70 * most), ...columns.map((c) => c.length * (PITCH + GAP) + 110));
  const scale = fit(columns, links, tall);
  for (const l of links) l.thick = Math.max(MIN, l.weight * scale);
  columns.forEach((c) => place(c, links, tall));
  attach(columns, links);
  return { nodes: columns.flat(), links, height: tall };
}

/** Sums of a node: what leaves a source, what enters everything else. */
function fill(n: FlowNode, links: FlowLink[]) {
  for (const l of links) {
    if ((n.column === 0 ? l.from : l.to) !== n) continue;
    n.rows += l.rows;
    n.amount += l.amount;
    n.weight += l.weight;
  }
}

function ordered(nodes: FlowNode[], links: FlowLink[]): FlowNode[][] {
  const by = (a: FlowNode, b: FlowNode) => b.weight - a.weight || a.name.localeCompare(b.name);
  const sources = nodes.filter((n) => n.column === 0).sort(by);
  const buckets = nodes.filter((n) => n.column === 1).sort((a, b) => rank(a.name) - rank(b.name) || by(a, b));
  // Tables stand where what fills them stands.
  const from = (n: FlowNode) => {
    const feeding = links.filter((l) => l.to === n).map((l) => buckets.indexOf(l.from));
    return feeding.reduce((s, i) => s + i, 0) / (feeding.length || 1);
  };
  const tables = nodes.filter((n) => n.column === 2).sort((a, b) => from(a) - from(b) || by(a, b));
  return [sources, buckets, tables].filter((c) => c.length);
}

const side = (n: FlowNode, links: FlowLink[], end: 'from' | 'to') => links.filter((l) => l[end] === n);
const thickness = (list: FlowLink[], scale: number) => list.reduce((s, l) => s + Math.max(MIN, l.weight * scale), 0);
const extent = (n: FlowNode, links: FlowLink[], scale: number) =>
  Math.max(thickness(side(n, links, 'from'), scale), thickness(side(n, links, 'to'), scale));
const need = (c: FlowNode[], links: FlowLink[], scale: number) =>
  c.reduce((s, n) => s + Math.max(PITCH, extent(n, links, scale)), 0) + GAP * (c.length - 1);

/** The largest scale at which every column fits, by bisection. */
function fit(columns: FlowNode[][], links: FlowLink[], height: number): number {
  const most = Math.max(1e-9, ...columns.flat().map((n) => n.weight));
  let [low, high] = [0, height / most];
  for (let i = 0; i < 40; i++) {
    const mid = (low + high) / 2;
    if (columns.every((c) => need(c, links, mid) <= height)) low = mid;
    else high = mid;
  }
  return low;
}

function place(column: FlowNode[], links: FlowLink[], height: number) {
  for (const n of column) n.height = Math.max(sum(side(n, links, 'from')), sum(side(n, links, 'to')));
  const room = column.reduce((s, n) => s + Math.max(PITCH, n.height), 0);
  const gap = column.length > 1 ? Math.min(28, (height - room) / (column.length - 1)) : 0;
  let y = (height - room - gap * (column.length - 1)) / 2;
  for (const n of column) {
    const slot = Math.max(PITCH, n.height);
    n.y = y + (slot - n.height) / 2;
    y += slot + gap;
  }
}
const sum = (list: FlowLink[]) => list.reduce((s, l) => s + l.thick, 0);

/** Links leave and enter nodes in the order of their other ends, so that they do not cross there. */
function attach(columns: FlowNode[][], links: FlowLink[]) {
  for (const n of columns.flat()) {
    for (const [end, other, key] of [['from', 'to', 'y0'], ['to', 'from', 'y1']] as const) {
      const mine = side(n, links, end).sort((a, b) => a[other].y - b[other].y);
      let y = n.y + (n.height - sum(mine)) / 2;
      for (const l of mine) {
        l[key] = y + l.thick / 2;
        y += l.thick;
      }
    }
  }
}

/** A ribbon as a stroked curve: its width is the stroke's. */
export function ribbon(l: FlowLink, x0: number, x1: number): string {
  const bend = (x1 - x0) * 0.5;
  // A dead straight stroke has an empty box and a gradient over it would vanish, hence the hair.
  return `M${x0} ${l.y0.toFixed(2)}C${x0 + bend} ${l.y0.toFixed(2)} ${x1 - bend} ${l.y1.toFixed(2)} ${x1} ${(l.y1 + 0.01).toFixed(2)}`;
}
