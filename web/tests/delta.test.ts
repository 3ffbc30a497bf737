import { describe, expect, it } from 'vitest';
import { delta } from '../src/lib/delta';
import type { Good, Metric, Unit } from '../src/lib/types';

const m = (unit: Unit = 'money', good: Good = 'up'): Metric => ({ id: 'x', name: 'X', definition: '', unit, good });

describe('delta', () => {
  it('is a percentage for money, points for rates', () => {
    expect(delta(m(), 9.09, 8.42)).toMatchObject({ text: '8.0%', dir: 'up', tone: 'good', words: 'up, favourable' });
    expect(delta(m('rate'), 0.416, 0.404)).toMatchObject({ text: '1.2\u00a0pp', dir: 'up', tone: 'good' });
  });
  it('knows when down is good', () => {
    expect(delta(m('rate', 'down'), 0.036, 0.042)).toMatchObject({ dir: 'down', tone: 'good', words: 'down, favourable' });
    expect(delta(m('count', 'down'), 12, 10)).toMatchObject({ tone: 'bad' });
    expect(delta(m('count', 'neutral'), 12, 10)).toMatchObject({ tone: 'neutral', words: 'up' });
  });
  it('never invents a percentage', () => {
    expect(delta(m(), 5, 0)).toMatchObject({ kind: 'new', text: 'new' });
    expect(delta(m(), 0, 0)).toMatchObject({ kind: 'none', text: '–' });
    expect(delta(m(), 5, null)).toMatchObject({ kind: 'none', text: '–' });
    expect(delta(m(), null, 5)).toMatchObject({ kind: 'none' });
  });
  it('a rate may start from zero', () => expect(delta(m('rate'), 0.01, 0)).toMatchObject({ kind: 'change', text: '1.0\u00a0pp' }));
  it('is flat below 0.05 %', () => {
    expect(delta(m(), 100.04, 100)).toMatchObject({ kind: 'flat', dir: null, tone: 'neutral' });
    expect(delta(m('rate'), 0.5004, 0.5)).toMatchObject({ kind: 'flat' });
  });
  it('keeps its direction from a negative baseline', () => expect(delta(m(), -50, -100)).toMatchObject({ dir: 'up', text: '50.0%' }));
  it('shortens very large changes', () => expect(delta(m(), 1234, 1).text).toBe('123,300%'));
});
