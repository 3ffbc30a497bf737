import { fireEvent, render, screen } from '@testing-library/svelte';
import { describe, expect, it } from 'vitest';
import Bars from '../src/tiles/Bars.svelte';
import Kpi from '../src/tiles/Kpi.svelte';
import Missing from '../src/tiles/Missing.svelte';
import Table from '../src/tiles/Table.svelte';
import Trend from '../src/tiles/Trend.svelte';
import { bars, context, kpi, missing, table, trend } from './fixtures';

describe('kpi', () => {
  it('shows value, change with words, baseline', () => {
    const { container } = render(Kpi, { tile: kpi, ctx: context() });
    expect(container.textContent).toContain('€9.09M');
    expect(container.querySelector('[data-delta]')!.textContent).toMatch(/up, favourable\s+8\.0%/);
    expect(container.textContent).toContain('vs €8.42M');
  });
  it('has no change and no "vs" without a baseline', () => {
    const { container } = render(Kpi, { tile: { ...kpi, baseline: null }, ctx: context() });
    expect(container.querySelector('[data-delta]')!.getAttribute('data-delta')).toBe('none');
    expect(container.textContent).not.toContain('vs ');
  });
});

describe('trend', () => {
  it('reads values by keyboard', async () => {
    const { container } = render(Trend, { tile: trend, ctx: context() });
    const chart = screen.getByRole('application');
    await fireEvent.keyDown(chart, { key: 'Home' });
    expect(container.querySelector('[aria-live]')!.textContent).toBe('Week of 3 Jan 2011 (W1): €100.00, Last year €90.00, up, favourable: 11.1%');
    await fireEvent.keyDown(chart, { key: 'ArrowRight' });
    expect(container.querySelector('[aria-live]')!.textContent).toContain('Week of 10 Jan 2011');
    expect(container.querySelector('.tip')!.textContent).toContain('€120.00');
    await fireEvent.keyDown(chart, { key: 'End' });
    expect(container.querySelector('.tip')!.textContent).toContain('week not complete');
  });
  it('is a table on request', () => {
    render(Trend, { tile: trend, ctx: context({ asTable: () => true }) });
    expect(screen.getAllByRole('row')).toHaveLength(trend.points.length + 1);
  });
  it('says so when there is nothing', () => {
    const { container } = render(Trend, { tile: { ...trend, points: [] }, ctx: context() });
    expect(container.textContent).toContain('No values here');
  });
});

describe('bars', () => {
  it('filters on click, adds with ctrl, marks the selected', async () => {
    const ctx = context({ selected: () => ['France'] });
    const { container } = render(Bars, { tile: bars, ctx });
    const france = container.querySelector<HTMLElement>('[data-bar="France"]')!;
    const germany = container.querySelector<HTMLElement>('[data-bar="Germany"]')!;
    expect([france, germany].map((b) => b.getAttribute('aria-pressed'))).toEqual(['true', 'false']);
    expect(germany.className).toContain('faded');
    await fireEvent.click(germany);
    await fireEvent.click(germany, { ctrlKey: true });
    expect(ctx.calls.toggled).toEqual([['country', 'Germany', false], ['country', 'Germany', true]]);
    expect(germany.textContent).toContain('new');
    expect(container.textContent).toContain('Other (3)');
  });
  it('is not clickable without a filter', () => {
    const { container } = render(Bars, { tile: { ...bars, filter: null }, ctx: context() });
    expect(container.querySelector('button[data-bar]')).toBeNull();
  });
});

describe('table', () => {
  it('sorts by header and says so', async () => {
    const ctx = context();
    render(Table, { tile: table, ctx });
    expect(screen.getByRole('columnheader', { name: /Net sales/ }).getAttribute('aria-sort')).toBe('descending');
    await fireEvent.click(screen.getByRole('button', { name: 'Article' }));
    expect(ctx.calls.sorted).toEqual(['name']);
  });
  it('searches', async () => {
    render(Table, { tile: table, ctx: context() });
    await fireEvent.input(screen.getByRole('searchbox'), { target: { value: 'cake' } });
    expect(screen.getAllByRole('rowheader').map((c) => c.textContent)).toEqual(['2', '10']);
    expect(screen.getByRole('status').textContent).toContain('2 of 3,958 articles');
  });
});

describe('missing', () => {
  it('says what is needed', () => {
    const { container } = render(Missing, { tile: missing });
    expect(container.textContent).toContain('Category needs the entity');
  });
});
