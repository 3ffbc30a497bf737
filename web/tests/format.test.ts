import { describe, expect, it } from 'vitest';
import { addDays, card, cell, count, currencySymbol, day, exact, isoWeek, moment, span, step, tick } from '../src/lib/format';

describe('cards: three significant digits and k, M, bn', () => {
  it.each([
    [0, 'money', '€0.00'],
    [55.19, 'money', '€55.19'],
    [999.6, 'money', '€999.60'],
    [999.996, 'money', '€1.00k'],
    [1234.5, 'money', '€1.23k'],
    [99_960, 'money', '€100k'],
    [920_280, 'money', '€920k'],
    [999_600, 'money', '€1.00M'],
    [1e6, 'money', '€1.00M'],
    [9_090_000, 'money', '€9.09M'],
    [9_996_000, 'money', '€10.0M'],
    [2.5e9, 'money', '€2.50bn'],
    [4.2e12, 'money', '€4,200bn'],
    [-1234.5, 'money', '\u2212€1.23k'],
    [-0.001, 'money', '€0.00'],
    [164_726, 'count', '164,726'],
    [0, 'count', '0'],
    [999_999, 'count', '999,999'],
    [1e6, 'count', '1.00M'],
    [3.25, 'quantity', '3.25'],
    [32.25, 'quantity', '32.3'],
    [0.4163, 'rate', '41.6%'],
    [-0.012, 'rate', '\u22121.2%'],
    [null, 'money', '–'],
    [Number.NaN, 'money', '–'],
  ] as const)('%s as %s is %s', (v, unit, text) => expect(card(v, unit, 'EUR')).toBe(text));
});

describe('cells, ticks, exact', () => {
  it('cells have no decimals from 1,000', () => {
    expect(cell(999.6, 'money', 'EUR')).toBe('€999.60');
    expect(cell(88_493.4, 'money', 'EUR')).toBe('€88,493');
    expect(cell(-88_493.4, 'money', 'EUR')).toBe('\u2212€88,493');
    expect(cell(null, 'count', 'EUR')).toBe('–');
    expect(cell(0.0312, 'rate', 'EUR')).toBe('3.1%');
  });
  it('ticks are short', () => {
    expect([0, 20_000, 1_500_000, -2500].map((v) => tick(v, 'money', 'EUR'))).toEqual(['€0', '€20k', '€1.5M', '\u2212€2.5k']);
    expect([0, 0.05].map((v) => tick(v, 'rate', 'EUR'))).toEqual(['0%', '5%']);
  });
  it('exact keeps the cents', () => expect(exact(9_090_000.5, 'money', 'EUR')).toBe('€9,090,000.50'));
  it('counts', () => expect(count(541_909)).toBe('541,909'));
});

describe('currency', () => {
  it.each([['EUR', '€'], ['GBP', '£'], ['USD', '$'], ['JPY', '¥'], ['CHF', 'CHF\u00a0'], ['not one', 'not one']])('%s', (c, s) =>
    expect(currencySymbol(c)).toBe(s));
});

describe('dates', () => {
  it('says half-open periods with their last day', () => {
    expect(span('2010-12-10', '2011-12-10')).toBe('10 Dec 2010 – 9 Dec 2011');
    expect(span('2026-06-01', '2026-07-01')).toBe('1 – 30 Jun 2026');
    expect(span('2026-05-01', '2026-07-01')).toBe('1 May – 30 Jun 2026');
    expect(span('2026-06-01', '2026-06-02')).toBe('1 Jun 2026');
  });
  it('does not slip at month ends and leap days', () => {
    expect(addDays('2012-02-28', 1)).toBe('2012-02-29');
    expect(addDays('2011-01-01', -1)).toBe('2010-12-31');
    expect(day('2026-09-03')).toBe('3 Sep 2026');
  });
  it('names steps', () => {
    expect(isoWeek('2011-01-03')).toBe(1);
    expect(isoWeek('2011-01-01')).toBe(52);
    expect(step('2011-01-03', 'week')).toBe('Week of 3 Jan 2011 (W1)');
    expect(step('2011-01-01', 'month')).toBe('Jan 2011');
    expect(moment('2026-11-21T05:22:35Z')).toBe('21 Nov 2026, 05:22 UTC');
  });
});
