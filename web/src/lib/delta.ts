// What a change means. Text and tone in one place, so that every tile says the same.
import { changePercent, changePoints, NONE } from './format';
import type { Metric } from './types';

export interface Delta {
  kind: 'none' | 'new' | 'flat' | 'change';
  text: string;
  dir: 'up' | 'down' | null;
  tone: 'good' | 'bad' | 'neutral';
  /** For screen readers: colour and arrow are never alone. */
  words: string;
}

const FLAT = 0.0005; // 0.05 % or 0.05 percentage points

export function delta(metric: Metric, value: number | null, baseline: number | null): Delta {
  if (value === null || baseline === null) {
    return { kind: 'none', text: NONE, dir: null, tone: 'neutral', words: 'no comparison' };
  }
  const rate = metric.unit === 'rate';
  if (baseline === 0 && !rate) {
    return value === 0
      ? { kind: 'none', text: NONE, dir: null, tone: 'neutral', words: 'no comparison' }
      : { kind: 'new', text: 'new', dir: null, tone: 'neutral', words: 'nothing in the comparison period' };
  }
  const change = rate ? value - baseline : (value - baseline) / Math.abs(baseline);
  const text = rate ? changePoints(change) : changePercent(change);
  if (Math.abs(change) < FLAT) return { kind: 'flat', text, dir: null, tone: 'neutral', words: 'unchanged' };
  const dir = change > 0 ? 'up' : 'down';
  const tone = metric.good === 'neutral' ? 'neutral' : metric.good === dir ? 'good' : 'bad';
  const judged = tone === 'neutral' ? '' : tone === 'good' ? ', favourable' : ', unfavourable';
  return { kind: 'change', text, dir, tone, words: dir + judged };
}
