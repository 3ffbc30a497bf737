import { describe, expect, it } from 'vitest';
import { partialEnds } from '../src/lib/charts/partial';
import { dateTicks, linear, valueAxis } from '../src/lib/charts/scale';
import { trendShape } from '../src/lib/charts/trend';
import { addDays } from '../src/lib/format';
import { parsePage } from '../src/lib/parse';
import { compareNote } from '../src/shell/notes';
import { whyEmpty } from '../src/shell/empty';
import { emptyView } from '../src/lib/url';
import { layout } from '../src/tiles';
import { nextSort, parseSort, visibleRows } from '../src/tiles/rows';
import { bars, kpi, metric, page, table, trend } from './fixtures';

describe('scales', () => {
  it('maps linearly', () => {
    const x = linear([0, 10], [100, 200]);
    expect([x(0), x(5), x(10)]).toEqual([100, 150, 200]);
    expect(linear([0, 0], [0, 10])(0)).toBe(0);
  });
  it.each([[[3, 310_000]], [[0.012, 0.031]], [[-40, 90]], [[0, 0]], [[null, 7]], [[]]])('round ticks with zero in: %j', (values) => {
    const { domain, ticks } = valueAxis(values as (number | null)[]);
    const seen = (values as (number | null)[]).filter((v) => v !== null) as number[];
    expect(domain[0]).toBeLessThanOrEqual(Math.min(0, ...seen));
    expect(domain[1]).toBeGreaterThanOrEqual(Math.max(0, ...seen));
    expect(ticks).toContain(0);
    expect(ticks.length).toBeGreaterThanOrEqual(seen.some((v) => v !== 0) ? 2 : 1);
    expect(ticks.length).toBeLessThanOrEqual(6);
  });
  it('labels time without crowding', () => {
    const weeks = Array.from({ length: 53 }, (_, i) => addDays('2010-12-06', i * 7));
    const ticks = dateTicks(weeks, 'week', 7);
    expect(ticks.length).toBeLessThanOrEqual(7);
    expect(ticks[0]!.label).toBe('Dec 2010');
    expect(dateTicks(['2011-12-03', '2011-12-04'], 'day', 8).map((t) => t.label)).toEqual(['3 Dec', '4 Dec']);
    expect(dateTicks([], 'day', 8)).toEqual([]);
  });
  it('knows weeks that the period cuts off', () => {
    const weeks = ['2010-12-06', '2010-12-13', '2010-12-20', '2010-12-27'].map((at) => ({ at }));
    expect(partialEnds(weeks, { range: '', from: '2010-12-10', to: '2011-01-01' })).toEqual({ first: true, last: true });
    expect(partialEnds(weeks, { range: '', from: '2010-12-06', to: '2011-01-03' })).toEqual({ first: false, last: false });
    const months = ['2011-10-01', '2011-11-01', '2011-12-01'].map((at) => ({ at }));
    expect(partialEnds(months, { range: '', from: '2011-10-01', to: '2011-12-10' })).toEqual({ first: false, last: true });
  });
  it('finds the nearest point and breaks lines at gaps', () => {
    const s = trendShape(trend, page.period, 600, 300, 'EUR');
    expect(s.nearest(-50)).toBe(0);
    expect(s.nearest(9999)).toBe(trend.points.length - 1);
    expect(s.value).not.toContain('NaN');
    expect(s.partial).toBe(true);
  });
});

describe('page', () => {
  it('turns strings into numbers once', () => {
    const parsed = parsePage({ ...page, tiles: [{ ...kpi, value: '9090000.00', baseline: null, spark: [{ at: '2011-01-01', value: '1.5', baseline: '' }] }, { ...table, rows: [['85123A', 'Heart', '12.5', null]] }] } as never);
    expect(parsed.tiles[0]).toMatchObject({ value: 9_090_000, baseline: null, spark: [{ value: 1.5, baseline: null }] });
    expect(parsed.tiles[1]).toMatchObject({ rows: [['85123A', 'Heart', 12.5, null]] });
  });
  it('lays tiles out in full rows and skips unknown kinds', () => {
    const missing = { id: 'm', kind: 'missing' as const, title: 'M', needs: 'x', message: '' };
    const s = layout([kpi, kpi, trend, bars, missing, table, { ...missing, kind: 'hologram' } as never]);
    expect(s.map((x) => [x.kpis, x.tiles.map((t) => t.span)])).toEqual([[true, [2, 2]], [false, [8, 4, 12, 12]]]);
  });
  it('explains a missing comparison', () => {
    const compare = { kind: 'last-year', from: '2009-12-11', to: '2010-12-11', covered: 'none' as const };
    expect(compareNote({ ...page, compare })).toContain('data begin on 1 Dec 2010');
    expect(compareNote({ ...page, compare: { ...compare, covered: 'full' } })).toBeNull();
    expect(compareNote({ ...page, compare: null })).toBeNull();
  });
  it('names the filter that empties the page', () => {
    const none = { ...page, tiles: [{ ...kpi, value: null }, { ...bars, rows: [] }] };
    const view = { ...emptyView(), filters: { country: ['France'] } };
    expect(whyEmpty(page, view)).toBeNull();
    expect(whyEmpty(none, view)).toMatchObject({ undo: [{ label: 'Clear country', change: { filters: {} } }] });
    const limited = { ...none, access: { limited: true, summary: 'Country is Germany' }, filters: [{ ...page.filters[0]!, options: ['Germany'] }] };
    expect(whyEmpty(limited, view)).toMatchObject({ title: 'Outside your access', undo: [{ label: 'Show what I can see' }] });
    expect(whyEmpty(none, emptyView())?.undo.map((u) => u.label)).toEqual(['Show all data']);
  });
});

describe('table rows', () => {
  it('sorts numbers, text and empties', () => {
    const desc = visibleRows(table, parseSort(null, table.columns, 2), '');
    expect(desc.map((r) => r[2])).toEqual([30, 20, 4, null]);
    expect(visibleRows(table, parseSort('net_sales', table.columns, 2), '').map((r) => r[2])).toEqual([4, 20, 30, null]);
    expect(visibleRows(table, parseSort('code', table.columns, 2), '').map((r) => r[0])).toEqual(['2', '10', '33A', 'X']);
  });
  it('searches all words in text columns', () => {
    expect(visibleRows(table, parseSort(null, table.columns, 2), ' cake  RED ').map((r) => r[1])).toEqual(['Red cake stand']);
  });
  it('turns round on a second click', () => {
    expect(nextSort({ index: 2, desc: true }, 2, table.columns)).toBe('net_sales');
    expect(nextSort({ index: 2, desc: true }, 0, table.columns)).toBe('code');
    expect(nextSort({ index: 0, desc: false }, 2, table.columns)).toBe('-net_sales');
    expect(metric.unit).toBe('money');
  });
});
