// Why a page has nothing to show, and what undoes it.
import { day, span } from '../lib/format';
import type { Page } from '../lib/types';
import { withFilter, type View } from '../lib/url';

export interface Undo { label: string; change: Partial<View> }
export interface EmptyReason { title: string; text: string; undo: Undo[] }

const RESET_RANGE: Partial<View> = { range: 'last-12-months', from: null, to: null };

function hasValues(page: Page): boolean {
  // Bar lists may leave their own filter out, so they are asked only where nothing else can tell.
  const figures = page.tiles.filter((t) => t.kind === 'kpi' || t.kind === 'trend');
  return (figures.length ? figures : page.tiles).some((t) => {
    if (t.kind === 'kpi') return t.value !== null && t.value !== 0;
    if (t.kind === 'trend') return t.points.some((p) => p.value);
    return (t.kind === 'bars' || t.kind === 'table') && t.rows.length > 0;
  });
}

export function whyEmpty(page: Page, view: View): EmptyReason | null {
  if (hasValues(page) || page.tiles.every((t) => t.kind === 'missing')) return null;
  const active = page.filters.filter((f) => view.filters[f.id]?.length);
  const hidden = active.filter((f) => view.filters[f.id]!.some((v) => !f.options.includes(v)));
  const when = span(page.period.from, page.period.to);
  const clear = (ids: string[]) => ids.reduce((f, id) => withFilter(f, id, []), view.filters);

  if (page.access.limited && hidden.length) {
    const asked = hidden.map((f) => `${f.label.toLowerCase()} ${view.filters[f.id]!.join(', ')}`).join(' and ');
    return {
      title: 'Outside your access',
      text: `Your access covers: ${page.access.summary}. This view asks for ${asked}.`,
      undo: [{ label: 'Show what I can see', change: { filters: clear(hidden.map((f) => f.id)) } }],
    };
  }
  if (active.length) {
    const names = active.map((f) => `${f.label} ${view.filters[f.id]!.join(', ')}`).join(' with ');
    const undo: Undo[] = active.map((f) => ({ label: `Clear ${f.label.toLowerCase()}`, change: { filters: clear([f.id]) } }));
    if (view.range !== 'last-12-months') undo.push({ label: 'Show the last 12 months', change: RESET_RANGE });
    return { title: 'No sales in this selection', text: `Nothing was sold for ${names} in ${when}.`, undo };
  }
  const { data_from, data_to } = page.publication;
  return {
    title: 'No sales in this period',
    text: `There is nothing in ${when}. The data run from ${day(data_from)} to ${day(data_to)}.${page.access.limited ? ` Your access covers: ${page.access.summary}.` : ''}`,
    undo: [
      ...(view.range === 'last-12-months' ? [] : [{ label: 'Show the last 12 months', change: RESET_RANGE }]),
      ...(view.range === 'all' ? [] : [{ label: 'Show all data', change: { range: 'all', from: null, to: null } }]),
    ],
  };
}
