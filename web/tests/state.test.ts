import { describe, expect, it } from 'vitest';
import { frozenBars, rememberBars } from '../src/lib/freeze';
import { emptyView } from '../src/lib/url';
import { bars, page } from './fixtures';

describe('the clicked bar list keeps its rows', () => {
  const view = emptyView();
  const filtered = { ...view, filters: { country: ['France'] } };
  const narrow = { ...bars, rows: bars.rows.slice(0, 1), other: null };

  it('draws the remembered rows instead of the narrowed answer', () => {
    expect(frozenBars(narrow, 'overview', filtered)).toBe(narrow);
    rememberBars(page, 'overview', view);
    expect(frozenBars(narrow, 'overview', filtered)).toBe(bars);
  });
  it('not for another period, nor when the server sent all rows itself', () => {
    expect(frozenBars(narrow, 'overview', { ...filtered, range: 'all' })).toBe(narrow);
    const fresh = { ...bars };
    expect(frozenBars(fresh, 'overview', filtered)).toBe(fresh);
    expect(frozenBars(narrow, 'overview', view)).toBe(narrow);
  });
});
