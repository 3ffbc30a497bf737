// Strings to numbers, once, at the door. Nothing behind this file sees a decimal string.
import type { Page, Publication, Tile, WirePage, WireTile } from './types';

export function num(s: string | number | null | undefined): number | null {
  if (s === null || s === undefined || s === '') return null;
  const n = Number(s);
  return Number.isFinite(n) ? n : null;
}

interface Pair { value: string | null; baseline?: string | null }

const pair = <T extends Pair>(p: T) => ({ ...p, value: num(p.value), baseline: num(p.baseline) });

function tile(t: WireTile): Tile {
  switch (t.kind) {
    case 'kpi':
      return { ...pair(t), spark: (t.spark ?? []).map(pair) } as Tile;
    case 'trend':
      return { ...t, points: t.points.map(pair) } as Tile;
    case 'bars':
      return { ...t, rows: t.rows.map(pair), other: t.other ? pair(t.other) : null } as Tile;
    case 'table': {
      const metric = t.columns.map((c) => c.type === 'metric');
      return { ...t, rows: t.rows.map((r) => r.map((c, i) => (metric[i] ? num(c) : c))) };
    }
    default:
      return t;
  }
}

export function parsePage(w: WirePage): Page {
  const p = w.publication as unknown as Record<string, string | number>;
  const publication = { ...w.publication } as unknown as Record<string, string | number>;
  for (const k of ['id', 'checks_passed', 'checks_total']) publication[k] = num(p[k]) ?? 0;
  const rows = {
    rows_in: num(p.rows_in),
    rows_quarantined: num(p.rows_quarantined),
    rows_deduplicated: num(p.rows_deduplicated),
  };
  return { ...w, publication: { ...publication, ...rows } as unknown as Publication, tiles: w.tiles.map(tile) };
}
