// Answers the wire contract of GET /api/page/{id} from the invented sales.
import { addDays, articles, COUNTRIES, facts, FIRST, iso, LAST, ms } from './data.mjs';

const FACTS = facts();
const ARTICLES = articles();
const TODAY = addDays(LAST, 1);
const DAY = 86_400_000;
const index = (day) => (ms(day) - ms(FIRST)) / DAY;
const metric = (id, name, unit, good, definition) => ({ id, name, definition, unit, good, owner: 'Executive' });

export const METRICS = {
  net_sales: metric('net_sales', 'Net sales', 'money', 'up', 'Value of the lines sold minus the value of the lines returned in the period, without carriage and fees.'),
  orders: metric('orders', 'Orders', 'count', 'up', 'Number of invoices with at least one sold line; cancellations are not counted.'),
  aov: metric('aov', 'Average order value', 'money', 'up', 'Net sales divided by orders.'),
  customers: metric('customers', 'Active customers', 'count', 'up', 'Different known customers with at least one order in the period.'),
  units: metric('units', 'Units sold', 'quantity', 'up', 'Pieces sold minus pieces returned.'),
  return_rate: metric('return_rate', 'Return rate', 'rate', 'down', 'Value of returned lines divided by the value of sold lines.'),
};
const VALUE = {
  net_sales: (s) => s.net, orders: (s) => s.orders, customers: (s) => Math.round(s.customers ** 0.82), units: (s) => s.items,
  aov: (s) => (s.orders ? s.net / s.orders : null), return_rate: (s) => (s.net ? s.returns / (s.net + s.returns) : null),
};
const text = (v, id) => (v === null || v === undefined ? null : METRICS[id].unit === 'money' ? v.toFixed(2) : METRICS[id].unit === 'rate' ? v.toFixed(6) : String(Math.round(v)));

function period(range, q) {
  const back = (n) => ({ range, from: addDays(TODAY, -n), to: TODAY });
  const [y, m] = LAST.split('-').map(Number);
  const first = (yy, mm) => iso(Date.UTC(yy, mm, 1));
  switch (range) {
    case 'last-7-days': return back(7);
    case 'last-28-days': return back(28);
    case 'last-90-days': return back(90);
    case 'month-to-date': return { range, from: first(y, m - 1), to: TODAY };
    case 'quarter-to-date': return { range, from: first(y, m - 1 - ((m - 1) % 3)), to: TODAY };
    case 'year-to-date': return { range, from: first(y, 0), to: TODAY };
    case 'previous-month': return { range, from: first(y, m - 2), to: first(y, m - 1) };
    case 'all': return { range, from: FIRST, to: TODAY };
    case 'custom': return { range, from: q.get('from'), to: q.get('to') };
    default: return { range: 'last-12-months', from: addDays(`${y - 1}${LAST.slice(4)}`, 1), to: TODAY };
  }
}

function compare(kind, p) {
  if (kind === 'none') return null;
  const n = index(p.to) - index(p.from);
  const by = kind === 'previous' ? n : 364;
  const [from, to] = [addDays(p.from, -by), addDays(p.to, -by)];
  return { kind, from, to, covered: from >= FIRST ? 'full' : to <= FIRST ? 'none' : 'part' };
}

const sum = (list) => list.reduce((s, f) => ({ net: s.net + f[2], orders: s.orders + f[3], customers: s.customers + f[4], items: s.items + f[5], returns: s.returns + f[6] }), { net: 0, orders: 0, customers: 0, items: 0, returns: 0 });

export function answer(id, q, session) {
  const p = period(q.get('range') ?? 'last-12-months', q);
  const c = compare(q.get('compare') ?? 'last-year', p);
  const visible = session.access.limited ? ['France'] : COUNTRIES.map(([name]) => name);
  const selected = q.getAll('country');
  const ok = COUNTRIES.map(([name]) => visible.includes(name) && (!selected.length || selected.includes(name)));
  const seen = COUNTRIES.map(([name]) => visible.includes(name));
  const within = (from, to, allow = ok) => FACTS.filter((f) => allow[f[1]] && f[0] >= index(from) && f[0] < index(to));
  const now = within(p.from, p.to);
  const before = c?.covered === 'full' ? within(c.from, c.to) : null;
  const shift = c ? index(p.from) - index(c.from) : 0;

  const days = index(p.to) - index(p.from);
  const grain = days <= 62 ? 'day' : days <= 430 ? 'week' : 'month';
  const start = (d) => {
    const t = new Date(ms(FIRST) + d * DAY);
    return grain === 'day' ? d : grain === 'week' ? d - ((t.getUTCDay() + 6) % 7) : index(iso(Date.UTC(t.getUTCFullYear(), t.getUTCMonth(), 1)));
  };
  const series = (metricId) => {
    const steps = new Map();
    for (let d = index(p.from); d < index(p.to); d++) steps.set(start(d), { v: [], b: [] });
    for (const f of now) steps.get(start(f[0])).v.push(f);
    for (const f of before ?? []) steps.get(start(f[0] + shift))?.b.push(f);
    return [...steps].map(([d, s]) => ({ at: addDays(FIRST, d), value: text(VALUE[metricId](sum(s.v)), metricId), baseline: before ? text(VALUE[metricId](sum(s.b)), metricId) : null }));
  };
  const [total, base] = [sum(now), before && sum(before)];
  const kpi = (m) => ({ id: m, kind: 'kpi', title: METRICS[m].name, metric: METRICS[m], value: text(now.length ? VALUE[m](total) : null, m), baseline: base ? text(VALUE[m](base), m) : null, spark: now.length ? series(m) : [] });

  const by = (list, k) => sum(list.filter((f) => f[1] === k));
  const keepAll = q.has('narrow') ? ok : seen; // the bar list leaves its own filter out
  const [allNow, allBefore] = [within(p.from, p.to, keepAll), before && within(c.from, c.to, keepAll)];
  const bars = COUNTRIES.map(([key], k) => ({ key, value: by(allNow, k).net, baseline: allBefore && by(allBefore, k).net })).filter((r) => r.value).sort((a, b) => b.value - a.value);
  const row = (r) => ({ ...r, value: text(r.value, 'net_sales'), baseline: text(r.baseline, 'net_sales') });
  const rest = bars.slice(8);
  const other = rest.length ? row({ members: rest.length, value: rest.reduce((s, r) => s + r.value, 0), baseline: allBefore && rest.reduce((s, r) => s + r.baseline, 0) }) : null;

  const rows = now.length ? ARTICLES.map((a) => [a.code, a.name, (total.net * a.weight).toFixed(2), String(Math.round((total.net * a.weight) / a.price)), String(Math.ceil((total.orders * a.weight) * 8)), a.returns.toFixed(4)]) : [];
  const column = (m, label = METRICS[m].name) => ({ id: m, label, type: 'metric', metric: METRICS[m] });
  const tiles = [
    ...['net_sales', 'orders', 'aov', 'customers', 'units', 'return_rate'].map(kpi),
    { id: 'trend', kind: 'trend', title: 'Net sales', subtitle: `Per ${grain}, after returns`, metric: METRICS.net_sales, grain, points: series('net_sales'), last_is_partial: grain === 'month' || (grain === 'week' && new Date(ms(p.to)).getUTCDay() !== 1) },
    { id: 'countries', kind: 'bars', title: 'Countries', subtitle: 'Net sales; mark = comparison. Click to filter the page.', metric: METRICS.net_sales, filter: 'country', rows: bars.slice(0, 8).map(row), other },
    { id: 'products', kind: 'table', title: 'Articles', subtitle: 'All articles sold in the selection', columns: [{ id: 'stock_code', label: 'Code', type: 'text' }, { id: 'description', label: 'Article', type: 'text' }, column('net_sales'), column('units', 'Units'), column('orders'), column('return_rate')], rows, total_rows: now.length ? 3958 : 0 },
  ];
  const missing = { id: 'categories', kind: 'missing', title: 'Categories', needs: 'products', message: 'Category needs the entity `products`, and no source provides it yet.' };
  return {
    page: id === 'overview' ? { id, title: 'Executive overview' } : { id, title: 'Sales & profitability' },
    shop: session.shop,
    publication: { id: 12, published_at: '2026-11-21T05:22:35Z', data_from: FIRST, data_to: LAST, checks_passed: 41, checks_total: 41, rows_in: 541909, rows_quarantined: 0, rows_deduplicated: 5268 },
    period: p, compare: c, access: session.access,
    filters: [{ id: 'country', label: 'Country', selected, options: [...visible].sort() }],
    tiles: id === 'overview' ? tiles : [...tiles.slice(0, 3), tiles[6], missing, tiles[7]],
  };
}
