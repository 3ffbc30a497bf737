// An invented shop of 1,600 customers over 26 months, played once with a fixed seed; the answers of the pages about
// customers are counted from it, so that all of them agree. The model's numbers are rough guesses, not fits.
const DAY = 86_400_000;
const iso = (t) => new Date(t).toISOString().slice(0, 10);
const START = Date.parse('2024-09-01T00:00:00Z');
const MONTHS = Array.from({ length: 26 }, (_, i) => { const d = new Date(START); d.setUTCMonth(8 + i); return d.getTime(); });
const END = Date.parse('2026-11-01T00:00:00Z'); // the day after the last sale
let seed = 20261121;
const random = () => ((seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0) / 2 ** 32);
const pick = (list) => list[Math.floor(random() * list.length)];
const gauss = () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
const money = (v) => v.toFixed(2);
const text = (v) => (v === null || v === undefined ? null : String(v));
const rows = (list) => ({ rows: list.map((r) => Object.fromEntries(Object.entries(r).map(([k, v]) => [k, text(v)]))) });
const sum = (list, of) => list.reduce((s, x) => s + of(x), 0);
const COUNTRIES = ['Germany', 'Germany', 'Germany', 'France', 'France', 'Netherlands', 'Austria', 'Switzerland'];
const TIERS = ['Gold', 'Silver', 'Silver', 'Bronze', 'Bronze', 'Bronze', null];
const ARTICLES = [['22086', "PAPER CHAIN KIT 50'S CHRISTMAS", 'Party'], ['85123A', 'WHITE HANGING HEART T-LIGHT HOLDER', 'Home'], ['20725', 'LUNCH BAG RED RETROSPOT', 'Bags'], ['84879', 'ASSORTED COLOUR BIRD ORNAMENT', 'Decoration'], ['47566', 'PARTY BUNTING', 'Party'], ['23084', 'RABBIT NIGHT LIGHT', 'Home'], ['22423', 'REGENCY CAKESTAND 3 TIER', 'Kitchen']];

const people = Array.from({ length: 1600 }, (_, i) => {
  const first = START + Math.floor(random() ** 0.8 * ((END - START) / DAY - 3)) * DAY;
  const gap = Math.exp(3.9 + 0.75 * gauss());
  const loyal = random() * 0.5 + 0.5;
  const size = Math.exp(4.1 + 0.7 * gauss());
  const orders = [];
  for (let t = first, n = 0; t < END && n < 120; n++) {
    const revenue = Math.max(4, size * Math.exp(0.4 * gauss()));
    orders.push({ no: `5${30000 + i * 37 + n}`, t, revenue, margin: revenue * (0.36 + 0.1 * random()), units: 1 + Math.floor(random() * 40), lines: 1 + Math.floor(random() * 9), buy: true });
    if (random() < 0.07 && t + 9 * DAY < END) orders.push({ no: `C5${30000 + i * 37 + n}`, t: t + 9 * DAY, revenue: -revenue * (random() * 0.8 + 0.1), margin: -revenue * 0.15, units: -2, lines: 1, buy: false });
    if (random() > loyal) break;
    t += Math.max(1, Math.round((-Math.log(1 - random()) * 0.8 + 0.2) * gap)) * DAY;
  }
  return { id: String(12346 + i * 3), country: pick(COUNTRIES), tier: pick(TIERS), first, orders, buys: orders.filter((o) => o.buy), alive: orders.length > 1 ? loyal : 0.4, gap };
});

const NAMES = ['Champions', 'Loyal', 'Potential Loyalist', 'New Customers', 'Promising', 'Need Attention', 'About To Sleep', 'At Risk', "Can't Lose Them", 'Hibernating', 'Lost'];
function name(r, f, m) {
  const v = (f + m) / 2;
  if (r >= 4) return v >= 4 ? 1 : v >= 3 ? 2 : f === 1 ? (r === 5 ? 4 : 5) : 3;
  if (r === 3) return v >= 3.5 ? 2 : v >= 2.5 ? 6 : 7;
  return v >= 4.5 ? 9 : v >= 3 ? 8 : r === 2 ? 10 : 11;
}
/** Scores at the end of a month: quintiles, equal values alike. */
function scored(end) {
  const list = people.filter((p) => p.first < end).map((p) => {
    const past = p.orders.filter((o) => o.t < end);
    const buys = past.filter((o) => o.buy);
    return { p, recency: Math.round((end - buys[buys.length - 1].t) / DAY), frequency: buys.length, monetary: sum(past, (o) => o.revenue) };
  });
  const score = (of) => {
    const sorted = list.map(of).sort((a, b) => a - b);
    const below = new Map();
    sorted.forEach((v, i) => below.has(v) || below.set(v, i));
    return (row) => 1 + Math.min(4, Math.floor((5 * below.get(of(row))) / sorted.length));
  };
  const [r, f, m] = [score((x) => -x.recency), score((x) => x.frequency), score((x) => x.monetary)];
  for (const row of list) {
    [row.r, row.f, row.m] = [r(row), f(row), m(row)];
    row.position = name(row.r, row.f, row.m);
    row.segment = NAMES[row.position - 1];
  }
  return new Map(list.map((row) => [row.p.id, row]));
}
const ENDS = MONTHS.map((_, i) => MONTHS[i + 1] ?? END);
const STATES = ENDS.map(scored);
const LATEST = STATES.length - 1;

for (const p of people) {
  const s = STATES[LATEST].get(p.id);
  const silent = s.recency;
  p.pAlive = Math.min(0.995, Math.max(0.01, p.alive * Math.exp(-Math.max(0, silent - p.gap * 1.2) / 160)));
  p.ahead = (p.pAlive * 365) / Math.max(30, p.gap) * 0.45 * Math.min(1, s.frequency / 3);
  p.clv = p.ahead * (s.monetary / s.frequency) * 0.41;
  p.risk = s.frequency > 2 && silent > p.gap * 1.6 && silent < 365;
  p.stake = p.risk ? (p.clv / p.pAlive) * (1 - p.pAlive) : null;
  p.control = p.risk ? (Number(p.id) * 7919) % 10 === 0 : null;
  p.reasons = p.risk ? `silent for ${silent} days, usual are ${Math.round(p.gap)}${p.pAlive < 0.5 ? '; probably gone' : ''}` : null;
}
const whale = new Set([...people].sort((a, b) => STATES[LATEST].get(b.id).monetary - STATES[LATEST].get(a.id).monetary).slice(0, 16).map((p) => p.id));

const frame = (session) => ({
  publication: { id: 31, published_at: '2026-11-21T05:22:35Z', data_from: '2024-09-01', data_to: '2026-10-31', checks_passed: 74, checks_total: 75, rows_in: null, rows_quarantined: null, rows_deduplicated: null },
  access: session.access, currency: 'EUR',
});
const mine = (session) => people.filter((p) => !session.access.limited || p.country === 'France');
const none = { rows: [] };
const hidden = { hidden: true };

function listRow(p) {
  const s = STATES[LATEST].get(p.id);
  return { customer_id: p.id, country: p.country, loyalty_tier: p.tier, segment: s.segment, r_score: s.r, f_score: s.f, m_score: s.m, recency_days: s.recency, usual_gap_days: p.risk ? Math.round(p.gap) : null, frequency: s.frequency, monetary: money(s.monetary), margin_amount: money(sum(p.orders, (o) => o.margin)), last_purchase_date: iso(p.buys[p.buys.length - 1].t), p_alive: p.pAlive.toFixed(4), clv_12m: money(p.clv), at_stake: p.stake === null ? null : money(p.stake), risk_reasons: p.reasons, is_control: p.control };
}
const LISTS = {
  champions: (p) => STATES[LATEST].get(p.id).position === 1, whales: (p) => whale.has(p.id), at_risk: (p) => p.risk,
  win_back: (p) => { const s = STATES[LATEST].get(p.id); return s.m >= 4 && s.r <= 2 && !p.risk; },
};
const members = (id, who) => who.filter(LISTS[id]).sort((a, b) => (id === 'at_risk' ? b.stake - a.stake : STATES[LATEST].get(b.id).monetary - STATES[LATEST].get(a.id).monetary));
export const listCsv = (id, session) => (LISTS[id] ? [Object.keys(listRow(people[0])).join(','), ...members(id, mine(session)).map((p) => Object.values(listRow(p)).map((v) => (v === null ? '' : /,/.test(v) ? `"${v}"` : v)).join(','))].join('\r\n') : null);

export function segments(q, session, which) {
  const who = which === 'empty' ? [] : mine(session);
  if (!who.length) return { ...frame(session), method: {}, months: none };
  const index = (key, usual) => { const i = MONTHS.findIndex((t) => iso(t).slice(0, 7) === q.get(key)); return i < 0 ? usual : i; };
  const now = index('as_of', LATEST);
  const before = Math.min(index('before', Math.max(0, now - 3)), now - 1);
  const state = who.flatMap((p) => STATES[now].get(p.id) ?? []);
  const by = (of) => { const m = new Map(); for (const x of state) m.set(of(x), [...(m.get(of(x)) ?? []), x]); return [...m]; };
  const total = sum(state, (x) => x.monetary);
  const moves = new Map();
  for (const x of state) {
    const old = before >= 0 ? STATES[before].get(x.p.id) : undefined;
    const key = `${old?.position ?? 0}>${x.position}`;
    moves.set(key, (moves.get(key) ?? 0) + 1);
  }
  const measure = (m, of) => [5, 4, 3, 2, 1].map((score) => {
    const values = state.filter((x) => x[m[0]] === score).map(of);
    return { measure: m, score, customers: values.length, value_from: values.length ? Math.min(...values).toFixed(m === 'monetary' ? 2 : 0) : null, value_to: values.length ? Math.max(...values).toFixed(m === 'monetary' ? 2 : 0) : null, different_values: new Set(values).size };
  });
  const latest = now === LATEST;
  return {
    ...frame(session), month: iso(MONTHS[now]), before: before >= 0 ? iso(MONTHS[before]) : null,
    method: { bins: 5, binning: 'ties_together', weights: [1, 1, 1], frequency_counts: 'orders', segments: 'standard', history_months: 24 },
    months: rows(MONTHS.map((t, i) => ({ as_of_month: iso(t), as_of_date: iso(ENDS[i]), is_latest: i === LATEST ? 1 : 0 })).reverse()),
    grid: rows(by((x) => x.r * 10 + x.f).map(([k, l]) => ({ r_score: Math.floor(k / 10), f_score: k % 10, customers: l.length, mean_value: money(sum(l, (x) => x.monetary) / l.length) }))),
    segments: rows(by((x) => x.position).sort((a, b) => a[0] - b[0]).map(([position, l]) => ({
      segment: NAMES[position - 1], position, customers: l.length, customers_share: l.length / state.length, net_sales: money(sum(l, (x) => x.monetary)), net_sales_share: sum(l, (x) => x.monetary) / total,
      margin: latest ? money(sum(l, (x) => sum(x.p.orders, (o) => o.margin))) : null, average_order_value: money(sum(l, (x) => x.monetary) / sum(l, (x) => x.frequency)), frequency: sum(l, (x) => x.frequency) / l.length, recency_days: sum(l, (x) => x.recency) / l.length, clv: latest ? money(sum(l, (x) => x.p.clv) / l.length) : null, return_rate: '0.03',
    }))),
    ...(before >= 0 ? { migration: rows([...moves].map(([k, customers]) => { const [a, b] = k.split('>').map(Number); return { from_segment: a ? NAMES[a - 1] : '', from_position: a, to_segment: NAMES[b - 1], to_position: b, customers }; }).sort((a, b) => a.from_position - b.from_position || a.to_position - b.to_position)) } : {}),
    bins: session.access.limited ? hidden : rows([...measure('recency', (x) => x.recency), ...measure('frequency', (x) => x.frequency), ...measure('monetary', (x) => x.monetary)]),
    proof: session.access.limited ? hidden : proof(which),
    counts: rows([{ ...Object.fromEntries(Object.keys(LISTS).map((id) => [id, members(id, who).length])), best_segment: 'Champions' }]),
    ...Object.fromEntries(Object.keys(LISTS).map((id) => [id, rows(members(id, who).slice(0, 8).map(listRow))])),
  };
}

/** Segments of seven months before the end, and what came after. The statistics are plausible, not computed. */
function proof(which) {
  const then = LATEST - 7;
  const groups = NAMES.map((segment, i) => {
    const l = [...STATES[then].values()].filter((x) => x.position === i + 1);
    return { segment, n: l.length, mean: l.length ? sum(l, (x) => sum(x.p.orders.filter((o) => o.t >= ENDS[then]), (o) => o.revenue)) / l.length : 0 };
  }).filter((g) => g.n);
  const [best, ...others] = groups;
  const weak = which === 'unproven';
  const window = { as_of_date: iso(ENDS[then]), outcome_to: iso(END - DAY) };
  const list = [
    { test: 'highest', segment: best.segment, customers: best.n, mean_outcome: money(best.mean), p_value: weak ? 0.21 : 0.00002, verdict: weak ? 'not proven' : 'proven', words: weak ? `not proven: \`Champions\` (${best.n} customers, mean ${money(best.mean)}) against \`Loyal\` may be chance (p 0.21, Cliff's delta 0.04)` : `proven: \`Champions\` (${best.n} customers, mean ${money(best.mean)}) brought more than each of ${others.filter((g) => g.n >= 10).length} other segments (largest p 0.00002, against \`Loyal\`)`, ...window },
    { test: 'all', customers: sum(groups, (g) => g.n), statistic_name: 'H', statistic: 412.7, p_value: 1.2e-81, effect_name: 'epsilon squared', effect_size: 0.31, effect_word: 'large', ...window },
    ...others.filter((g) => g.n >= 10).map((g, i) => ({ test: 'versus', segment: best.segment, other_segment: g.segment, customers: best.n, other_customers: g.n, mean_outcome: money(best.mean), other_mean_outcome: money(g.mean), statistic_name: 'U', statistic: 9000 + 371 * i, p_value: 1e-6, p_adjusted: weak && i === 0 ? 0.21 : 0.00002 / (i + 1) ** 3, effect_name: "Cliff's delta", effect_size: weak && i === 0 ? 0.04 : Math.min(0.95, 0.34 + 0.06 * i), effect_word: weak && i === 0 ? 'negligible' : i > 1 ? 'large' : 'medium', difference: money(best.mean - g.mean), difference_low: money(best.mean - g.mean - 88 - 2000 / g.n - (weak && i === 0 ? best.mean - g.mean : 0)), difference_high: money(best.mean - g.mean + 90 + 2000 / g.n), ratio: g.mean ? (best.mean / g.mean).toFixed(4) : null })),
    ...groups.map((g) => ({ test: 'segment', segment: g.segment, customers: g.n, mean_outcome: money(g.mean) })),
    ...groups.slice(0, 4).flatMap((g, i) => groups.slice(i + 1, 5).map((o, k) => ({ test: 'pair', segment: g.segment, other_segment: o.segment, statistic_name: 'z', statistic: 3.1 + i + k, p_value: 0.001 / (1 + k), p_adjusted: 0.012 / (1 + k) }))),
  ];
  return rows(list.map((r, i) => ({ position: i + 1, ...r })));
}

const GRAIN = {
  month: (t) => { const d = new Date(t); return d.getUTCFullYear() * 12 + d.getUTCMonth(); },
  quarter: (t) => Math.floor(GRAIN.month(t) / 3),
  week: (t) => Math.floor((t / DAY + 3) / 7),
};
const BEGIN = { month: (i) => Date.UTC(Math.floor(i / 12), i % 12, 1), quarter: (i) => BEGIN.month(i * 3), week: (i) => (i * 7 - 3) * DAY };

export function cohorts(q, session, which) {
  const get = (key, usual) => q.get(key) || usual;
  const measure = get('measure', 'customers');
  let shown = get('shown', 'percent');
  if (measure.startsWith('cumulative') && shown === 'percent') shown = 'per_customer';
  if (measure === 'customers' && shown === 'per_customer') shown = 'percent';
  const asked = { definition: get('definition', 'first_purchase'), grain: get('grain', 'month'), measure, shown, retention: get('retention', 'classic') };
  const who = which === 'empty' || asked.definition === 'first_channel' ? [] : mine(session);
  const dated = asked.definition === 'first_purchase';
  const grain = dated ? asked.grain : 'month';
  const index = GRAIN[grain];
  const last = index(END - DAY);
  const label = (p) => (dated ? index(p.first) : asked.definition === 'first_country' ? p.country : ARTICLES[Number(p.id) % 7][asked.definition === 'first_article' ? 1 : 2]);
  const groups = new Map();
  for (const p of who) groups.set(label(p), [...(groups.get(label(p)) ?? []), p]);
  const num = (list, age, observed) => {
    const within = (p, o) => index(o.t) - index(p.first);
    if (measure === 'customers') return observed.filter((p) => p.buys.some((o) => (asked.retention === 'rolling' ? within(p, o) >= age : within(p, o) === age))).length;
    const of = { orders: (o) => (o.buy ? 1 : 0), revenue: (o) => o.revenue, margin: (o) => o.margin }[measure.replace('cumulative_', '')];
    return sum(observed, (p) => sum(p.orders.filter((o) => (measure.startsWith('cumulative') ? within(p, o) <= age : within(p, o) === age)), of));
  };
  const cells = [];
  const means = new Map();
  const order = [...groups].sort((a, b) => (dated ? a[0] - b[0] : b[1].length - a[1].length));
  for (const [key, list] of order) {
    const zero = num(list, 0, list) / list.length;
    const most = Math.min(60, last - Math.min(...list.map((p) => index(p.first))));
    for (let age = 0; age <= most; age++) {
      const observed = list.filter((p) => index(p.first) + age <= last);
      const amount = num(list, age, observed);
      const value = shown === 'absolute' ? amount : measure === 'customers' || shown === 'per_customer' ? amount / observed.length : amount / observed.length / zero;
      const complete = observed.every((p) => BEGIN[grain](index(p.first) + age + 1) <= END);
      const warm = dated && key === index(START);
      cells.push({ cohort: dated ? iso(BEGIN[grain](key)) : key, cohort_start: dated ? iso(BEGIN[grain](key)) : null, age, period_start: dated ? iso(BEGIN[grain](key + age)) : null, customers: list.length, observed: observed.length, value, is_complete: complete ? 1 : 0, is_warm_up: warm ? 1 : 0 });
      if (complete && !warm) {
        const m = means.get(age) ?? { age, cohorts: 0, observed: 0, amount: 0, first: 0, customers: 0 };
        means.set(age, { age, cohorts: m.cohorts + 1, observed: m.observed + observed.length, amount: m.amount + amount, first: m.first + zero * list.length, customers: m.customers + list.length });
      }
    }
  }
  const mean = (m) => (shown === 'absolute' ? m.amount / m.cohorts : measure === 'customers' || shown === 'per_customer' ? m.amount / m.observed : (m.amount / m.observed / m.first) * m.customers);
  return { ...frame(session), asked, method: {}, cells: rows(cells), means: rows([...means.values()].map((m) => ({ age: m.age, cohorts: m.cohorts, observed: m.observed, value: mean(m) }))), second_purchase: rows(kaplanMeier(mine(session), session.access.limited ? 'France' : 'All customers')) };
}
function kaplanMeier(who, label) {
  const waits = who.map((p) => { const second = p.buys.find((o) => o.t > p.first); return { days: Math.round(((second?.t ?? END) - p.first) / DAY), event: !!second }; });
  const out = [];
  let waiting = 1;
  let variance = 0;
  for (const d of [...new Set(waits.filter((w) => w.event).map((w) => w.days))].sort((a, b) => a - b)) {
    const risk = waits.filter((w) => w.days >= d).length;
    const events = waits.filter((w) => w.event && w.days === d).length;
    waiting *= 1 - events / risk;
    variance += events / (risk * Math.max(1, risk - events));
    const off = 1.96 * waiting * Math.sqrt(variance);
    out.push({ scope_key: label === 'France' ? 3 : -1, label, days: d, customers: who.length, at_risk: risk, second_purchases: events, repeated_share: 1 - waiting, repeated_low: Math.max(0, 1 - waiting - off), repeated_high: Math.min(1, 1 - waiting + off) });
  }
  return out;
}

export function value(session, which) {
  const who = which === 'empty' ? [] : mine(session);
  const thin = which === 'thin';
  const sorted = [...who].sort((a, b) => b.clv - a.clv);
  const total = sum(who, (p) => p.clv);
  const risk = who.filter((p) => p.risk);
  const part = (k, n) => sorted.slice(Math.floor(((k - 1) * sorted.length) / n), Math.floor((k * sorted.length) / n));
  const up = [...sorted].reverse();
  let run = 0;
  const lorenz = up.length ? Array.from({ length: 100 }, (_, i) => { const l = up.slice(Math.floor((i * up.length) / 100), Math.floor(((i + 1) * up.length) / 100)); run += sum(l, (p) => p.clv); return { part: i + 1, customers_share: (i + 1) / 100, value_share: run / total }; }) : [];
  const line = (section, name, value, more = {}) => ({ section, name, value, ...more });
  const card = [
    line('model', 'model', null, { words: thin ? 'pooled rate' : 'MBG/NBD + Gamma-Gamma' }), line('model', 'model_id', null, { words: 'mbg-nbd 2026-10-31 1a2b3c4d' }),
    line('model', 'why', null, { words: thin ? 'pooled rate: 18 customers came back, a model needs 50' : 'the first of MBG/NBD, Pareto/NBD and BG/NBD whose maximum lies inside' }),
    line('model', 'customers', who.length), line('model', 'repeat_customers', who.filter((p) => p.buys.length > 1).length), line('model', 'first_day', null, { words: '2024-09-01' }), line('model', 'observed_to', null, { words: '2026-10-31' }),
    line('model', 'unit_days', 7), line('model', 'months', 12), line('model', 'monthly_discount', 0.01), line('model', 'margin_rate', 0.411), line('model', 'expected_orders', sum(who, (p) => p.ahead), { low: sum(who, (p) => p.ahead) * 0.94, high: sum(who, (p) => p.ahead) * 1.07 }), line('model', 'clv', total, thin ? {} : { low: total * 0.93, high: total * 1.08 }),
    ...(thin ? [] : [line('model', 'log_likelihood', -14382.4), line('model', 'information_criterion', 28794.1), line('model', 'spend_correlation', 0.041),
      line('purchases', 'r', 0.5312, { standard_error: 0.031 }), line('purchases', 'alpha', 6.183, { standard_error: 0.41 }), line('purchases', 'a', 0.4418, { standard_error: 0.052 }), line('purchases', 'b', 1.214, { standard_error: 0.18 }),
      line('spend', 'p', 6.25, { standard_error: 0.44 }), line('spend', 'q', 3.74, { standard_error: 0.21 }), line('spend', 'v', 15.45, { standard_error: 1.9 }),
      line('holdout', 'fitted_to', null, { words: '2026-08-01' }), line('holdout', 'checked_to', null, { words: '2026-10-31' }), line('holdout', 'customers', 1391), line('holdout', 'expected_orders', 1204.2), line('holdout', 'actual_orders', 1148), line('holdout', 'bias', 0.049), line('holdout', 'mean_absolute_error', 0.61), line('holdout', 'root_mean_squared_error', 1.12), line('holdout', 'correlation', 0.66),
      line('candidates', 'MBG/NBD', 28794.1), line('candidates', 'Pareto/NBD', 28801.6), line('candidates', 'BG/NBD', 28812.9)]),
    ...(thin ? [line('caveats', 'clv-thin-data', who.length, { words: 'too few customers for a fit: 18 of 212 came back; collect more data, or lower `min_repeat_customers`' })] : []),
  ].map((r, i) => ({ position: i + 1, section: null, name: null, value: null, low: null, high: null, standard_error: null, words: null, ...r }));
  return {
    ...frame(session), method: { months: 12, min_repeat_customers: 50 }, signals_method: { control_share: 0.1 },
    totals: rows([{ customers: who.length, clv_total: money(total), clv_median: sorted.length ? money(sorted[Math.floor(sorted.length / 2)].clv) : null, expected_active: thin || !who.length ? null : sum(who, (p) => p.pAlive), expected_orders: sum(who, (p) => p.ahead), at_stake: money(sum(risk, (p) => p.stake)), at_risk: risk.length, control: risk.filter((p) => p.control).length }]),
    deciles: rows(sorted.length ? Array.from({ length: 10 }, (_, i) => { const l = part(i + 1, 10); return { decile: i + 1, customers: l.length, clv_total: money(sum(l, (p) => p.clv)), clv_share: sum(l, (p) => p.clv) / total, clv_mean: money(sum(l, (p) => p.clv) / l.length), clv_from: money(l[l.length - 1].clv), clv_to: money(l[0].clv), p_alive: thin ? null : sum(l, (p) => p.pAlive) / l.length, expected_orders: sum(l, (p) => p.ahead) / l.length, historic_revenue: '0' }; }) : []),
    lorenz: rows(lorenz), calibration: session.access.limited ? hidden : thin ? none : rows([[0, 402, 0.21, 0.19], [1, 301, 0.46, 0.44], [2, 221, 0.74, 0.79], [3, 151, 1.02, 0.96], [4, 102, 1.31, 1.34], [5, 74, 1.62, 1.51], [6, 49, 1.9, 1.94], [7, 91, 2.74, 2.58]].map(([repeat_days, customers, expected_orders, actual_orders]) => ({ repeat_days, customers, expected_orders, actual_orders, fitted_to: '2026-08-01', checked_to: '2026-10-31' }))),
    card: session.access.limited ? hidden : rows(card), at_risk: rows(members('at_risk', who).slice(0, 60).map(listRow)),
  };
}

const foundRow = (p, order_no = null) => { const r = listRow(p); return { customer_id: p.id, country: p.country, loyalty_tier: p.tier, segment: r.segment, last_purchase_date: r.last_purchase_date, frequency: r.frequency, monetary: r.monetary, clv_12m: r.clv_12m, order_no }; };
export function find(search, session, which) {
  const who = which === 'empty' ? [] : mine(session);
  const s = search.trim().toLowerCase();
  const customers = s ? who.filter((p) => p.id.startsWith(s)) : [...who].sort((a, b) => STATES[LATEST].get(b.id).monetary - STATES[LATEST].get(a.id).monetary);
  const orders = s.length >= 3 ? who.flatMap((p) => p.orders.filter((o) => o.no.toLowerCase().startsWith(s)).slice(0, 1).map((o) => foundRow(p, o.no))) : [];
  return { ...frame(session), customers: rows(customers.slice(0, 20).map((p) => foundRow(p))), ...(s.length >= 3 ? { orders: rows(orders.slice(0, 20)) } : {}) };
}

export function customer(id, session) {
  const who = mine(session);
  const p = who.find((x) => x.id === id);
  if (!p) return null;
  const s = STATES[LATEST].get(id);
  const sold = sum(p.buys, (o) => o.revenue);
  const back = -sum(p.orders.filter((o) => !o.buy), (o) => o.revenue);
  const all = who.map((x) => ({ ...STATES[LATEST].get(x.id), margin: sum(x.orders, (o) => o.margin), aov: STATES[LATEST].get(x.id).monetary / STATES[LATEST].get(x.id).frequency, back: -sum(x.orders.filter((o) => !o.buy), (o) => o.revenue) / sum(x.buys, (o) => o.revenue), clv: x.clv }));
  const below = (of) => all.filter((x) => of(x) < of(all[who.indexOf(p)])).length / all.length;
  const days = [...new Set(p.buys.map((o) => o.t))];
  return {
    ...frame(session),
    customer: rows([{ customer_id: id, country: p.country, loyalty_tier: p.tier, first_purchase_date: iso(p.first), last_purchase_date: iso(p.buys[p.buys.length - 1].t), recency_days: s.recency, frequency: s.frequency, monetary: money(s.monetary), margin_amount: money(sum(p.orders, (o) => o.margin)), average_order_value: money(s.monetary / s.frequency), days_between_orders: days.length > 1 ? ((days[days.length - 1] - days[0]) / DAY / (days.length - 1)).toFixed(1) : null, r_score: s.r, f_score: s.f, m_score: s.m, rfm_segment: s.segment, favourite_category: ARTICLES[Number(id) % 7][2], clv_12m: money(p.clv) }]),
    places: rows([{ customers: all.length, return_rate: (back / sold).toFixed(4), monetary_below: below((x) => x.monetary), margin_below: below((x) => x.margin), frequency_below: below((x) => x.frequency), average_order_value_below: below((x) => x.aov), recency_below: below((x) => x.recency), clv_below: below((x) => x.clv), return_rate_below: below((x) => x.back) }]),
    history: rows(MONTHS.flatMap((t, i) => { const x = STATES[i].get(id); return x ? [{ as_of_month: iso(t), r_score: x.r, f_score: x.f, m_score: x.m, segment: x.segment, position: x.position, recency_days: x.recency, frequency: x.frequency, monetary: money(x.monetary) }] : []; })),
    orders: rows([...p.orders].sort((a, b) => b.t - a.t).slice(0, 200).map((o) => ({ order_no: o.no, order_date: iso(o.t), is_purchase: o.buy, revenue: money(o.revenue), margin_amount: money(o.margin), units: o.units, lines: o.lines, channel: 'web', orders_total: p.orders.length }))),
    articles: rows(ARTICLES.slice(0, 5).map((_, i) => { const [code, words, category] = ARTICLES[(Number(id) + i * 2) % 7]; return { place: i + 1, stock_code: code, description: words, category, purchases: Math.max(1, s.frequency - i * 2), units: Math.max(1, s.frequency - i * 2) * 6, revenue: money((s.monetary / 9) * (1 - i * 0.15)), last_purchase_date: iso(p.buys[Math.max(0, p.buys.length - 1 - i)].t) }; })),
    signals: rows([{ is_whale: whale.has(id), days_silent: s.recency, usual_gap_days: p.risk ? Math.round(p.gap) : null, is_at_risk: p.risk, risk_reasons: p.reasons, at_stake: p.stake === null ? null : money(p.stake), is_control: p.control }]),
    value: rows([{ model: 'MBG/NBD + Gamma-Gamma', repeat_days: days.length - 1, p_alive: p.pAlive.toFixed(4), expected_orders_12m: p.ahead.toFixed(4), expected_order_value: money(s.monetary / s.frequency), clv_12m: money(p.clv), clv_12m_low: money(p.clv * 0.82), clv_12m_high: money(p.clv * 1.21), historic_revenue: money(s.monetary) }]),
    next_best: s.frequency > 1 ? rows([{ rank: 1, stock_code: '22423', description: 'REGENCY CAKESTAND 3 TIER', category: 'Kitchen', score: 0.41, reason: '41% of receipts with LUNCH BAG RED RETROSPOT hold it as well.' }]) : none,
  };
}
