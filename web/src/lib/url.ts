// URL <-> state. Pure, so that it can be tested without a browser.
// The address carries the same names as the API (`to` is exclusive in both), plus two
// of the page's own: `sort` (a table's order) and `show` (cards shown as a table).
import { addDays, daysBetween, isoDay, toDate } from './format';
import type { Period } from './types';

export interface View {
  page: string; // '' = the first page
  range: string;
  from: string | null;
  to: string | null;
  compare: string;
  filters: Record<string, string[]>;
  sort: string | null;
  show: string[];
}

export const DEFAULT_RANGE = 'last-12-months';
export const DEFAULT_COMPARE = 'last-year';
const OWN = new Set(['range', 'from', 'to', 'compare', 'sort', 'show', 'link', 'token', 'print']);
const ISO = /^\d{4}-\d{2}-\d{2}$/;

export function emptyView(page = ''): View {
  return { page, range: DEFAULT_RANGE, from: null, to: null, compare: DEFAULT_COMPARE, filters: {}, sort: null, show: [] };
}

export function parseView(pathname: string, search: string): View {
  const q = new URLSearchParams(search);
  const view = emptyView(decodeURIComponent(pathname.split('/').filter(Boolean)[0] ?? ''));
  view.range = q.get('range') || DEFAULT_RANGE;
  view.compare = q.get('compare') || DEFAULT_COMPARE;
  if (view.range === 'custom') {
    const [from, to] = [q.get('from') ?? '', q.get('to') ?? ''];
    if (ISO.test(from) && ISO.test(to) && from < to) [view.from, view.to] = [from, to];
    else view.range = DEFAULT_RANGE;
  }
  view.sort = q.get('sort');
  view.show = q.getAll('show');
  for (const key of new Set(q.keys())) {
    if (OWN.has(key)) continue;
    const values = [...new Set(q.getAll(key).filter(Boolean))];
    if (values.length) view.filters[key] = values;
  }
  return view;
}

/** The parameters of the API request; `omitDefaults` for the address bar. */
function params(view: View, omitDefaults: boolean): URLSearchParams {
  const q = new URLSearchParams();
  if (!omitDefaults || view.range !== DEFAULT_RANGE) q.append('range', view.range);
  if (view.range === 'custom' && view.from && view.to) {
    q.append('from', view.from);
    q.append('to', view.to);
  }
  if (!omitDefaults || view.compare !== DEFAULT_COMPARE) q.append('compare', view.compare);
  for (const id of Object.keys(view.filters).sort()) {
    for (const value of view.filters[id]!) q.append(id, value);
  }
  return q;
}

export const apiQuery = (view: View): string => params(view, true).toString();

export function toUrl(view: View): string {
  const q = params(view, true);
  if (view.sort) q.append('sort', view.sort);
  for (const id of view.show) q.append('show', id);
  const s = q.toString();
  return `/${encodeURIComponent(view.page)}${s ? `?${s}` : ''}`;
}

/** A click sets one value, a second click clears it; with Ctrl or Shift values add up. */
export function toggle(filters: View['filters'], id: string, value: string, add: boolean): View['filters'] {
  const now = filters[id] ?? [];
  const has = now.includes(value);
  const next = add ? (has ? now.filter((v) => v !== value) : [...now, value]) : has && now.length === 1 ? [] : [value];
  return withFilter(filters, id, next);
}

export function withFilter(filters: View['filters'], id: string, values: string[]): View['filters'] {
  const { [id]: _, ...rest } = filters;
  return values.length ? { ...rest, [id]: values } : rest;
}

export const isFiltered = (v: View): boolean =>
  v.range !== DEFAULT_RANGE || v.compare !== DEFAULT_COMPARE || Object.keys(v.filters).length > 0;

/** The period before (-1) or after (+1): by whole months where both ends share a day of month. */
export function shift(p: Period, by: 1 | -1): { from: string; to: string } {
  const [a, b] = [toDate(p.from), toDate(p.to)];
  const months = (b.getUTCFullYear() - a.getUTCFullYear()) * 12 + b.getUTCMonth() - a.getUTCMonth();
  if (months > 0 && a.getUTCDate() === b.getUTCDate() && a.getUTCDate() <= 28) {
    const move = (d: Date) => isoDay(new Date(Date.UTC(d.getUTCFullYear(), d.getUTCMonth() + by * months, d.getUTCDate())));
    return { from: move(a), to: move(b) };
  }
  const n = daysBetween(p.from, p.to) * by;
  return { from: addDays(p.from, n), to: addDays(p.to, n) };
}
