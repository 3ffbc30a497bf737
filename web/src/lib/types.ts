// The shapes the page works with. Two layers: `Wire*` is what the server sends
// (every decimal is a string), the plain names are the same after parse.ts turned
// the decimals into numbers, once. When openapi.json exists, only Wire* is generated.

export type Unit = 'money' | 'count' | 'quantity' | 'rate';
export type Good = 'up' | 'down' | 'neutral';

export interface Metric {
  id: string;
  name: string;
  definition: string;
  unit: Unit;
  good: Good;
  owner?: string | null;
}

export interface Session {
  user: { name: string; display_name: string; roles: string[] };
  shop: Shop;
  access: Access;
}
export interface Shop { name: string; currency: string }
export interface Access { limited: boolean; summary: string }
/** `kind` says who draws the page: the tiles of a dashboard, or a page with code of its own. */
export interface PageRef { id: string; title: string; group: string; icon: string; kind?: string }

export interface Publication {
  id: number;
  published_at: string;
  data_from: string;
  data_to: string;
  checks_passed: number;
  checks_total: number;
  /** null for a viewer with a row policy. */
  rows_in: number | null;
  rows_quarantined: number | null;
  rows_deduplicated: number | null;
}
export interface Period { range: string; from: string; to: string }
export interface Compare { kind: string; from: string; to: string; covered: 'full' | 'part' | 'none' }
export interface Filter { id: string; label: string; selected: string[]; options: string[] }

/** `D` is the type of a decimal: string | null on the wire, number | null in the page. */
interface Base { id: string; title: string; subtitle?: string | null }
interface PointOf<D> { at: string; value: D; baseline: D }
interface BarOf<D> { key: string; value: D; baseline: D }
interface OtherOf<D> { members: number; value: D; baseline: D }
export interface Column { id: string; label: string; type: 'text' | 'metric'; metric?: Metric }

interface KpiOf<D> extends Base { kind: 'kpi'; metric: Metric; value: D; baseline: D; spark: PointOf<D>[] }
interface TrendOf<D> extends Base {
  kind: 'trend';
  metric: Metric;
  grain: 'day' | 'week' | 'month';
  points: PointOf<D>[];
  last_is_partial: boolean;
}
interface BarsOf<D> extends Base {
  kind: 'bars';
  metric: Metric;
  filter: string | null;
  rows: BarOf<D>[];
  other: OtherOf<D> | null;
}
interface TableOf<C> extends Base { kind: 'table'; columns: Column[]; rows: C[][]; total_rows: number }
export interface MissingTile extends Base { kind: 'missing'; needs: string; message: string }

type D = number | null;
export type Point = PointOf<D>;
export type Bar = BarOf<D>;
export type Cell = string | number | null;
export type KpiTile = KpiOf<D>;
export type TrendTile = TrendOf<D>;
export type BarsTile = BarsOf<D>;
export type TableTile = TableOf<Cell>;
export type Tile = KpiTile | TrendTile | BarsTile | TableTile | MissingTile;

type W = string | null;
export type WireTile = KpiOf<W> | TrendOf<W> | BarsOf<W> | TableOf<W> | MissingTile;

interface PageOf<T> {
  page: { id: string; title: string };
  shop: Shop;
  publication: Publication;
  period: Period;
  compare: Compare | null;
  access: Access;
  filters: Filter[];
  tiles: T[];
}
export type Page = PageOf<Tile>;
export type WirePage = PageOf<WireTile>;
