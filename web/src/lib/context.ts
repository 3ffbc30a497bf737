// What a tile may know and do. Tiles get this as a prop: they never fetch, never touch the
// address, and can be drawn in a test with a plain object.
import { api } from './api';
import { app } from './state.svelte';
import { BASELINE } from './text';
import type { Compare, Period } from './types';

export interface TileContext {
  readonly currency: string;
  readonly period: Period;
  readonly compare: Compare | null;
  readonly baselineLabel: string;
  readonly sort: string | null;
  selected(filter: string): string[];
  filterLabel(filter: string): string;
  toggle(filter: string, value: string, add: boolean): void;
  zoom(from: string, to: string): void;
  resetZoom(): void;
  setSort(sort: string | null): void;
  csv(tile: string): string;
  asTable(tile: string): boolean;
  toggleTable(tile: string): void;
  expand(tile: string): void;
}

export const pageContext: TileContext = {
  get currency() { return app.page?.shop.currency ?? 'EUR'; },
  get period() { return app.page?.period ?? { range: '', from: '', to: '' }; },
  get compare() { return app.page?.compare ?? null; },
  get baselineLabel() { return BASELINE[app.page?.compare?.kind ?? ''] ?? 'Comparison'; },
  get sort() { return app.view.sort; },
  selected: (filter) => app.view.filters[filter] ?? [],
  filterLabel: (filter) => app.page?.filters.find((f) => f.id === filter)?.label ?? filter,
  toggle: (filter, value, add) => app.toggleFilter(filter, value, add),
  zoom: (from, to) => app.setDates(from, to),
  resetZoom: () => app.resetRange(),
  setSort: (sort) => app.setSort(sort),
  csv: (tile) => api.csvUrl(app.pageId, tile, app.query),
  asTable: (tile) => app.view.show.includes(tile),
  toggleTable: (tile) => app.toggleTable(tile),
  expand: (tile) => (app.expanded = tile),
};
