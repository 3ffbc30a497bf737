import { describe, expect, test } from 'vitest';
import { heat, isStrong, radius } from '../src/lib/charts/heat';
import { nearest, places, pointAt, shape, wholeTicks, type Series } from '../src/lib/charts/lines';
import { at, gap, is, type Row } from '../src/lib/customers/wire';
import { chance, days, figure, roughly } from '../src/lib/format';
import { curve, extremes, triangle } from '../src/pages/cohorts/triangle';
import { timeline } from '../src/pages/customers/timeline';
import { apart, band, flow, NEW, wayOf } from '../src/pages/segments/flow';
import { trust } from '../src/pages/value/card';

describe('parts of an answer', () => {
  test('say why they have nothing', () => {
    expect(gap({ rows: [{ a: '1' }] }, 'x')).toBeNull();
    expect(gap({ rows: [] }, 'Nobody yet.')).toBe('Nobody yet.');
    expect(gap({ missing: 'rfm_bins' }, 'x')).toContain('rfm_bins');
    expect(gap({ hidden: true }, 'x')).toContain('your access');
  });
  test('texts become numbers, and what is not there stays null', () => {
    const row: Row = { n: '12.5', none: null, odd: 'x', yes: 'true' };
    expect([at(row, 'n'), at(row, 'none'), at(row, 'odd'), at(row, 'other'), at(undefined, 'n')]).toEqual([12.5, null, null, null, null]);
    expect([is(row, 'yes'), is(row, 'none')]).toEqual([true, false]);
  });
});

describe('numbers of methods', () => {
  test.each([[0.0423, '0.0423'], [12.64, '12.6'], [1234.4, '1,234'], [-2, '\u22122'], [0, '0'], [null, '–'], [1.2e-81, '1.2×10⁻⁸¹'], [999.6, '1,000']])('figure %s', (v, text) => expect(figure(v as number)).toBe(text));
  test.each([[1e-9, '< 0.0001'], [0.0321, '0.0321'], [1, '> 0.9999'], [undefined, '–']])('chance %s', (v, text) => expect(chance(v as number)).toBe(text));
  test.each([[0.4, '40%'], [0.001, '<1%'], [0.999, '>99%'], [1, '100%'], [0, '0%']])('roughly %s', (v, text) => expect(roughly(v)).toBe(text));
  test('days', () => expect([days(1), days(34.4), days(null)]).toEqual(['1 day', '34 days', '–']));
});

describe('heat', () => {
  test('one odd cell does not pale the rest, and the ends are the lightest and the strongest', () => {
    const values = [...Array.from({ length: 100 }, (_, i) => i), 100_000];
    const step = heat(values);
    expect([step(0), step(50), step(99), step(100_000), step(null)]).toEqual([0, 4, 7, 7, 0]);
    expect([isStrong(4), isStrong(5)]).toEqual([false, true]);
  });
  test('all alike, and none at all', () => {
    expect(heat([3, 3, 3])(3)).toBe(4);
    expect(heat([])(3)).toBe(0);
  });
  test('the area of a mark is its value', () => {
    expect(radius(100, 100, 20)).toBe(20);
    expect(radius(25, 100, 20)).toBe(10);
    expect(radius(0, 100, 20)).toBe(0);
  });
});

const move = (from: string, fromAt: number, to: string, toAt: number, customers: number): Row => ({ from_segment: from, from_position: String(fromAt), to_segment: to, to_position: String(toAt), customers: String(customers) });

describe('flow of customers', () => {
  const rows = [move('Champions', 1, 'Champions', 1, 60), move('Champions', 1, 'Lost', 11, 20), move('Lost', 11, 'Champions', 1, 10), move('', 0, 'Lost', 11, 10)];
  test('both sides hold everybody, and streams fill their bars', () => {
    const f = flow(rows, 108, 4);
    expect(f.total).toBe(100);
    expect(f.left.map((e) => [e.name, e.customers])).toEqual([['Champions', 80], ['Lost', 10], [NEW, 10]]);
    expect(f.right.map((e) => [e.name, e.customers])).toEqual([['Champions', 70], ['Lost', 30]]);
    for (const [ends, key] of [[f.left, 'from'], [f.right, 'to']] as const) {
      for (const e of ends) expect(f.streams.filter((s) => s[key] === e.name).reduce((n, s) => n + s.customers, 0)).toBe(e.customers);
    }
    expect(f.left[0]!.high).toBeCloseTo(80);
    expect(f.streams.map((s) => s.way)).toEqual(['same', 'down', 'up', 'new']);
    expect(f.streams.every((s) => s.y0 >= 0 && s.y0 + s.high <= 108.01 && s.y1 + s.high <= 108.01)).toBe(true);
  });
  test('nobody', () => expect(flow([], 100)).toEqual({ left: [], right: [], streams: [], total: 0 }));
  test('up is nearer to the best', () => expect([wayOf(3, 1), wayOf(1, 3), wayOf(2, 2), wayOf(0, 2)]).toEqual(['up', 'down', 'same', 'new']));
  test('a band is closed', () => expect(band({ from: '', to: '', customers: 1, way: 'up', y0: 0, y1: 10, high: 5 }, 0, 100)).toMatch(/^M0 0C.*Z$/));
  test('names of thin bars do not overlap', () => {
    const ys = apart([{ y: 0, high: 1 }, { y: 2, high: 1 }, { y: 4, high: 1 }, { y: 60, high: 1 }], 62, 15);
    for (let i = 1; i < ys.length; i++) expect(ys[i]! - ys[i - 1]!).toBeGreaterThanOrEqual(15 - 1e-9);
    expect(ys[3]!).toBeLessThanOrEqual(62);
  });
});

const cell = (cohort: string, age: number, value: number | null, more: Row = {}): Row => ({ cohort, cohort_start: cohort, age: String(age), customers: '40', observed: value === null ? null : '40', value: value === null ? null : String(value), is_complete: '1', is_warm_up: '0', ...more });

describe('triangle of cohorts', () => {
  const rows = [
    cell('2011-01-01', 0, 1, { is_warm_up: '1' }), cell('2011-01-01', 1, 0.5, { is_warm_up: '1' }), cell('2011-01-01', 2, 0.4, { is_warm_up: '1' }),
    cell('2011-02-01', 0, 1), cell('2011-02-01', 1, 0.3), cell('2011-02-01', 2, 0.2, { is_complete: '0' }),
    cell('2011-03-01', 0, 1), cell('2011-03-01', 1, 0), cell('2011-03-01', 2, null), cell('2011-04-01', 0, 1), cell('2011-04-01', 1, 0.4),
  ];
  test('unobserved is empty, zero is zero', () => {
    const t = triangle(rows, true, 60);
    expect(t.ages).toEqual([1, 2]);
    expect(t.cohorts[2]!.cells[1]!.value).toBe(0);
    expect(t.cohorts[2]!.cells[2]).toBeUndefined();
    expect(triangle(rows, false, 60).ages).toEqual([0, 1, 2]);
    expect(triangle(rows, true, 2).cohorts.map((c) => c.id)).toEqual(['2011-03-01', '2011-04-01']);
    expect(triangle([], true, 60)).toEqual({ cohorts: [], ages: [] });
  });
  test('curves end with the last whole period', () => expect(curve(triangle(rows, true, 60).cohorts[1]!)).toEqual([{ x: 0, y: 1 }, { x: 1, y: 0.3 }]));
  test('best and worst leave the warm-up and small cohorts out', () => {
    const odd = extremes(triangle(rows, true, 60), 1)!;
    expect([odd.best.id, odd.worst.id]).toEqual(['2011-04-01', '2011-03-01']);
    expect(extremes(triangle(rows, true, 60), 1, 41)).toBeNull();
  });
});

describe('lines', () => {
  const steps: Series = { name: 'a', tone: 0, step: true, points: [{ x: 0, y: 0 }, { x: 10, y: 0.5, low: 0.4, high: 0.6 }, { x: 20, y: 0.7, low: 0.6, high: 0.8 }] };
  test('a step keeps its value until the next one', () => {
    expect([0, 9, 10, 15, 30].map((x) => pointAt(steps, x)?.y)).toEqual([0, 0, 0.5, 0.5, 0.7]);
    expect(pointAt({ ...steps, step: false }, 15)).toBeNull();
  });
  test('the picture holds the band and ends at its box', () => {
    const s = shape([steps], 400, 200, 20);
    expect(s.x(0)).toBe(s.box.left);
    expect(s.x(20)).toBe(s.box.right);
    expect(s.drawn[0]!.band).not.toBe('');
    expect(s.ticks[s.ticks.length - 1]!).toBeGreaterThanOrEqual(0.8);
  });
  test('places and ticks', () => {
    expect(places([steps, { name: 'b', tone: 1, points: [{ x: 10, y: 1 }, { x: 5, y: 1 }] }])).toEqual([0, 5, 10, 20]);
    expect(nearest([0, 5, 10], 6)).toBe(1);
    expect(wholeTicks(24, 10)).toEqual([0, 3, 6, 9, 12, 15, 18, 21, 24]);
    expect(wholeTicks(0, 10)).toEqual([0]);
  });
});

describe('timeline of one customer', () => {
  const order = (order_date: string, revenue: string, is_purchase = 'true'): Row => ({ order_date, revenue, is_purchase });
  test('returns hang below the line', () => {
    const t = timeline([order('2011-03-01', '-20', 'false'), order('2011-01-05', '100')], 600, 190);
    expect(t.bars.map((b) => b.back)).toEqual([false, true]);
    expect(t.bars[0]!.y).toBeLessThan(t.zero);
    expect(t.bars[1]!.y).toBeCloseTo(t.zero);
    expect(t.months.map((m) => m.label)).toEqual(['Feb 2011', 'Mar']);
  });
  test('one order, and none', () => {
    expect(timeline([order('2011-01-05', '100')], 600, 190).bars).toHaveLength(1);
    expect(timeline([], 600, 190).bars).toEqual([]);
  });
});

describe('when to trust the model', () => {
  const bias = (value: string): Row[] => [{ section: 'purchases', name: 'r', value: '1' }, { section: 'holdout', name: 'bias', value }];
  test('by what it foretold', () => {
    expect(trust(bias('0.04')).title).toBe('Sound');
    expect(trust(bias('-0.15')).text).toContain('too few');
    expect(trust(bias('0.4')).tone).toBe('warn');
    expect(trust(bias('0.04').slice(0, 1)).title).toBe('Not checked');
    expect(trust([{ section: 'caveats', name: 'clv-thin-data', words: 'too few' }]).title).toBe('No model');
    expect(trust([...bias('0.04'), { section: 'caveats', name: 'x', words: 'y' }]).title).toBe('Good for ranking');
  });
});
