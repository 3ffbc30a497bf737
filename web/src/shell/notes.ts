import { day, span } from '../lib/format';
import type { Page } from '../lib/types';

/** Why changes are "–": the data do not reach back far enough. Null when all is well. */
export function compareNote(page: Page): string | null {
  const c = page.compare;
  if (!c || c.covered === 'full') return null;
  const what = c.kind === 'last-year' ? 'the same period last year' : 'the previous period';
  const begin = `the data begin on ${day(page.publication.data_from)}`;
  return c.covered === 'none'
    ? `No changes are shown: ${begin}, and ${what} (${span(c.from, c.to)}) lies before that.`
    : `No changes are shown: ${begin}, so they cover only a part of ${what} (${span(c.from, c.to)}).`;
}
