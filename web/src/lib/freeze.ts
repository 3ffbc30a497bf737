// "The clicked chart keeps its look": a bar list that filters the page keeps all its rows
// (the selected ones strong, the others faded) while every other tile narrows down.
// The last answer without that filter is remembered and drawn instead of the narrowed one.
import type { BarsTile, Page, Tile } from './types';
import { apiQuery, withFilter, type View } from './url';

const memory = new Map<string, BarsTile>();

const keyOf = (tile: BarsTile, page: string, view: View) =>
  `${page}/${tile.id}?${apiQuery({ ...view, filters: withFilter(view.filters, tile.filter!, []) })}`;

export function rememberBars(page: Page, id: string, view: View) {
  for (const tile of page.tiles) {
    if (tile.kind !== 'bars' || !tile.filter || view.filters[tile.filter]) continue;
    memory.set(keyOf(tile, id, view), tile);
    if (memory.size > 24) memory.delete(memory.keys().next().value!);
  }
}

export function frozenBars(tile: Tile, id: string, view: View): Tile {
  if (tile.kind !== 'bars' || !tile.filter) return tile;
  const selected = view.filters[tile.filter];
  // A server that leaves the tile's own filter out has already answered with all rows.
  if (!selected || tile.rows.some((r) => !selected.includes(r.key))) return tile;
  return memory.get(keyOf(tile, id, view)) ?? tile;
}
