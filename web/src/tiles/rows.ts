// Sorting and searching of a table tile.
import type { Cell, Column, TableTile } from '../lib/types';

export interface Sort { index: number; desc: boolean }

/** "-net_sales" = descending. Without a wish: as the server sent it, by the first metric. */
export function parseSort(sort: string | null, columns: Column[], first: number): Sort {
  const id = sort?.replace(/^-/, '');
  const index = columns.findIndex((c) => c.id === id);
  return index < 0 ? { index: first, desc: true } : { index, desc: sort!.startsWith('-') };
}

/** The address after a click on a header: numbers start descending, text ascending. */
export function nextSort(now: Sort, index: number, columns: Column[]): string {
  const c = columns[index]!;
  const desc = now.index === index ? !now.desc : c.type === 'metric';
  return (desc ? '-' : '') + c.id;
}

const compare = (a: Cell, b: Cell): number =>
  typeof a === 'number' && typeof b === 'number' ? a - b : String(a).localeCompare(String(b), 'en', { numeric: true });

export function visibleRows(tile: TableTile, sort: Sort, search: string): Cell[][] {
  const words = search.trim().toLowerCase().split(/\s+/).filter(Boolean);
  const text = tile.columns.flatMap((c, i) => (c.type === 'text' ? [i] : []));
  const found = words.length
    ? tile.rows.filter((r) => {
        const hay = text.map((i) => r[i] ?? '').join(' ').toLowerCase();
        return words.every((w) => hay.includes(w));
      })
    : [...tile.rows];
  const { index, desc } = sort;
  if (index < 0) return found;
  // Empty cells stay last in both directions.
  return found.sort((a, b) => {
    const [x, y] = [a[index] ?? null, b[index] ?? null];
    if (x === null || y === null) return x === y ? 0 : x === null ? 1 : -1;
    return desc ? compare(y, x) : compare(x, y);
  });
}
