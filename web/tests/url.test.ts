import { describe, expect, it } from 'vitest';
import { apiQuery, emptyView, parseView, shift, toggle, toUrl, withFilter, type View } from '../src/lib/url';

const back = (v: View) => {
  const u = new URL(toUrl(v), 'http://x');
  return parseView(u.pathname, u.search);
};

describe('address and state', () => {
  it('omits defaults', () => {
    expect(toUrl(emptyView())).toBe('/');
    expect(apiQuery(emptyView())).toBe('');
  });
  it('round-trips every combination', () => {
    const values = [['France'], ['Germany', 'Côte d’Ivoire', 'a&b=c, d+e%'], []];
    for (const page of ['', 'sales', 'a/b?c']) {
      for (const [range, from, to] of [['last-12-months', null, null], ['all', null, null], ['custom', '2011-01-01', '2011-02-01']] as const) {
        for (const compare of ['last-year', 'previous', 'none']) {
          for (const country of values) {
            for (const sort of [null, '-net_sales']) {
              for (const show of [[], ['trend', 'countries']]) {
                const view: View = { page, range, from, to, compare, filters: withFilter({}, 'country', country), sort, show: [...show] };
                expect(back(view)).toEqual(view);
              }
            }
          }
        }
      }
    }
  });
  it('sends filters and periods to the API, but not what is only the page’s', () => {
    const view = { ...emptyView(), range: 'custom', from: '2011-01-01', to: '2011-02-01', filters: { country: ['a', 'b'] }, sort: '-x', show: ['trend'] };
    expect(apiQuery(view)).toBe('range=custom&from=2011-01-01&to=2011-02-01&country=a&country=b');
  });
  it('refuses a custom range that is none', () => {
    for (const q of ['?range=custom', '?range=custom&from=2011-02-01&to=2011-01-01', '?range=custom&from=x&to=y']) {
      expect(parseView('/', q).range).toBe('last-12-months');
    }
  });
  it('ignores link=expired and empty values', () => expect(parseView('/', '?link=expired&country=')).toEqual(emptyView()));
});

describe('cross-filter', () => {
  it('click sets, click again clears', () => {
    expect(toggle({}, 'c', 'a', false)).toEqual({ c: ['a'] });
    expect(toggle({ c: ['a'] }, 'c', 'a', false)).toEqual({});
    expect(toggle({ c: ['a', 'b'] }, 'c', 'a', false)).toEqual({ c: ['a'] });
  });
  it('ctrl adds and takes away', () => {
    expect(toggle({ c: ['a'] }, 'c', 'b', true)).toEqual({ c: ['a', 'b'] });
    expect(toggle({ c: ['a', 'b'] }, 'c', 'a', true)).toEqual({ c: ['b'] });
    expect(toggle({ c: ['a'], d: ['x'] }, 'c', 'a', true)).toEqual({ d: ['x'] });
  });
});

describe('previous and next period', () => {
  const p = (from: string, to: string) => ({ range: 'x', from, to });
  it('by months when both ends share the day', () => {
    expect(shift(p('2011-11-01', '2011-12-01'), -1)).toEqual({ from: '2011-10-01', to: '2011-11-01' });
    expect(shift(p('2010-12-10', '2011-12-10'), -1)).toEqual({ from: '2009-12-10', to: '2010-12-10' });
  });
  it('by days otherwise', () => {
    expect(shift(p('2011-12-03', '2011-12-10'), -1)).toEqual({ from: '2011-11-26', to: '2011-12-03' });
    expect(shift(p('2011-12-03', '2011-12-10'), 1)).toEqual({ from: '2011-12-10', to: '2011-12-17' });
  });
});
