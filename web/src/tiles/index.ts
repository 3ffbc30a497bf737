// kind -> component and how many of the 12 columns it would like.
// A new kind of tile = one component in this folder + one line here.
import type { Component } from 'svelte';
import type { TileContext } from '../lib/context';
import type { Tile } from '../lib/types';
import Bars from './Bars.svelte';
import Kpi from './Kpi.svelte';
import Missing from './Missing.svelte';
import Table from './Table.svelte';
import Trend from './Trend.svelte';

interface Kind { component: Component<{ tile: never; ctx: TileContext; expanded?: boolean }>; span: number }

const KINDS: Record<Tile['kind'], Kind> = {
  kpi: { component: Kpi, span: 2 },
  trend: { component: Trend, span: 8 },
  bars: { component: Bars, span: 4 },
  table: { component: Table, span: 12 },
  missing: { component: Missing as Kind['component'], span: 4 },
};

export const componentOf = (tile: Tile) => KINDS[tile.kind]?.component;

export interface Placed { tile: Tile; span: number }
export interface Section { kpis: boolean; tiles: Placed[] }

/** KPIs in rows of their own; other tiles fill rows of 12 columns, the last of a row grows. */
export function layout(tiles: Tile[]): Section[] {
  const sections: Section[] = [];
  let used = 0;
  for (const tile of tiles) {
    const kind = KINDS[tile.kind];
    if (!kind) continue; // a kind this version of the page does not know yet
    const kpis = tile.kind === 'kpi';
    let now = sections[sections.length - 1];
    if (!now || now.kpis !== kpis) {
      sections.push((now = { kpis, tiles: [] }));
      used = 0;
    }
    if (!kpis && used + kind.span > 12) {
      grow(now, used);
      used = 0;
    }
    now.tiles.push({ tile, span: kind.span });
    used = (used + kind.span) % 12;
  }
  for (const s of sections) {
    if (!s.kpis) grow(s, s.tiles.reduce((sum, p) => (sum + p.span) % 12, 0));
  }
  return sections;
}

function grow(section: Section, used: number) {
  const last = section.tiles[section.tiles.length - 1];
  if (last && used > 0) last.span += 12 - used;
}
