import type { TileContext } from '../src/lib/context';
import type { BarsTile, KpiTile, Metric, MissingTile, Page, TableTile, TrendTile } from '../src/lib/types';

export const metric: Metric = { id: 'net_sales', name: 'Net sales', definition: 'Sold minus returned.', unit: 'money', good: 'up', owner: 'Executive' };
const point = (at: string, value: number | null, baseline: number | null) => ({ at, value, baseline });

export const kpi: KpiTile = { id: 'net_sales', kind: 'kpi', title: 'Net sales', metric, value: 9_090_000, baseline: 8_420_000, spark: [point('2011-01-01', 1, 2), point('2011-01-02', 3, 2)] };
export const trend: TrendTile = {
  id: 'trend', kind: 'trend', title: 'Net sales', subtitle: 'Per week, after returns', metric, grain: 'week', last_is_partial: true,
  points: [point('2011-01-03', 100, 90), point('2011-01-10', 120, 100), point('2011-01-17', null, 110), point('2011-01-24', 140, 120), point('2011-01-31', 60, 130)],
};
export const bars: BarsTile = { id: 'countries', kind: 'bars', title: 'Countries', metric, filter: 'country', rows: [{ key: 'France', value: 300, baseline: 200 }, { key: 'Germany', value: 100, baseline: 0 }], other: { members: 3, value: 20, baseline: null } };
export const table: TableTile = {
  id: 'products', kind: 'table', title: 'Articles', total_rows: 3958,
  columns: [{ id: 'code', label: 'Code', type: 'text' }, { id: 'name', label: 'Article', type: 'text' }, { id: 'net_sales', label: 'Net sales', type: 'metric', metric }],
  rows: [['10', 'Red cake stand', 20], ['2', 'Blue cake stand', 30], ['33A', 'Red mug', null], ['X', 'Mug', 4]],
};
export const missing: MissingTile = { id: 'categories', kind: 'missing', title: 'Categories', needs: 'products', message: 'Category needs the entity `products`.' };

export const page: Page = {
  page: { id: 'overview', title: 'Executive overview' },
  shop: { name: 'Sweet corner', currency: 'EUR' },
  publication: { id: 12, published_at: '2026-11-21T05:22:35Z', data_from: '2010-12-01', data_to: '2011-12-09', checks_passed: 41, checks_total: 41, rows_in: 541_909, rows_quarantined: 0, rows_deduplicated: 5268 },
  period: { range: 'custom', from: '2011-01-03', to: '2011-02-03' },
  compare: { kind: 'last-year', from: '2010-01-04', to: '2010-02-04', covered: 'full' },
  access: { limited: false, summary: 'All rows' },
  filters: [{ id: 'country', label: 'Country', selected: [], options: ['France', 'Germany'] }],
  tiles: [kpi, trend, bars, table],
};

export interface Calls { toggled: unknown[][]; zoomed: unknown[][]; sorted: unknown[] }

export function context(over: Partial<TileContext> = {}): TileContext & { calls: Calls } {
  const calls: Calls = { toggled: [], zoomed: [], sorted: [] };
  return {
    calls, currency: 'EUR', period: page.period, compare: page.compare, baselineLabel: 'Last year', sort: null,
    selected: () => [], filterLabel: (f) => f,
    toggle: (...a) => void calls.toggled.push(a), zoom: (...a) => void calls.zoomed.push(a), resetZoom: () => undefined,
    setSort: (s) => void calls.sorted.push(s), csv: (t) => `/api/page/overview/tile/${t}.csv`, asTable: () => false, toggleTable: () => undefined, expand: () => undefined,
    ...over,
  };
}
