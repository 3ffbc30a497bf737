// Answers GET /api/basket and what belongs to it: an invented sweet shop. Counts fit together, as the real ones do.
// The mock's cookie `state=empty` shows the page without receipts.
const ARTICLES = [
  ['D70', 'Dark chocolate 70%', 'Chocolate', 2140], ['M33', 'Milk chocolate bar', 'Chocolate', 1980], ['PRL', 'Praline box', 'Pralines', 1310],
  ['TRF', 'Truffles, dusted', 'Pralines', 905], ['GUM', 'Fruit gums', 'Candy', 1720], ['LIQ', 'Liquorice wheels', 'Candy', 640],
  ['CAR', 'Salted caramels', 'Candy', 1115], ['BIS', 'Butter biscuits', 'Biscuits', 1490], ['WAF', 'Hazelnut wafers', 'Biscuits', 820], ['MAR', 'Marzipan loaf', 'Pralines', 410],
];
const GROUPS = [['Chocolate', 3610], ['Candy', 2890], ['Pralines', 2120], ['Biscuits', 2015]];
const BASKETS = 9200;
// Left, right, receipts with both, months held of 24, revenue and margin added.
const RULES = [
  ['TRF', 'PRL', 560, 23, '4.1200', '1.9800'], ['MAR', 'PRL', 188, 14, '2.9300', '1.2100'], ['WAF', 'BIS', 402, 24, '1.1800', '0.4100'],
  ['LIQ', 'GUM', 371, 22, '0.9600', '0.3900'], ['CAR', 'D70', 398, 19, '0.7100', '0.2800'], ['PRL', 'TRF', 560, 23, '3.0400', '1.4400'],
  ['BIS', 'WAF', 402, 24, '0.8800', '0.3100'], ['M33', 'GUM', 520, 17, '0.3300', '0.1200'], ['D70', 'CAR', 398, 19, '0.4200', '0.1700'],
];

const items = (level) =>
  level === 'article'
    ? ARTICLES.map(([code, name, category, baskets]) => ({ code, name, category, baskets }))
    : GROUPS.map(([name, baskets]) => ({ code: name, name, category: null, baskets }));
const pairs = (level) => (level === 'article' ? RULES : [['Pralines', 'Chocolate', 1240, 24, '2.2100', '0.9400'], ['Biscuits', 'Candy', 890, 20, '0.5100', '0.2200']]);
const levelOf = (q) => q.get('level') || 'article';

export function basket(q, session, which = '') {
  const level = levelOf(q);
  const known = items(level);
  const scoped = ['country', 'store', 'season'].some((key) => q.has(key));
  const empty = which === 'empty' || level === 'subcategory' || q.get('country') === 'Nowhere';
  const size = scoped || session.access.limited ? 0.4 : 1;
  const item = (code) => { const { baskets: _, ...rest } = known.find((i) => i.code === code); return rest; };
  const of = (code) => Math.round(known.find((i) => i.code === code).baskets * size);
  const all = Math.round(BASKETS * size);
  const rules = empty ? [] : pairs(level).map(([a, c, n, held, revenue, margin]) => {
    const both = Math.round(n * size);
    const confidence = both / of(a);
    return {
      antecedent: [item(a)], consequent: [item(c)], baskets: both, antecedent_baskets: of(a), support: both / all, confidence,
      lift: (confidence * all) / of(c), leverage: both / all - (of(a) * of(c)) / all ** 2, q_value: 1e-9,
      months_held: held, months_total: 24, is_stable: held >= 18, added_revenue: revenue, added_margin: margin,
      is_variant: a === 'BIS' && c === 'WAF', monthly: (margin * of(a) / 24).toFixed(4), on_hand: { TRF: '0', BIS: '412', GUM: '96' }[c] ?? null,
    };
  });
  const scope = (id, label, options) => ({ id, label, options, selected: q.getAll(id) });
  return {
    publication: null, currency: 'EUR', access: session.access, level, season: q.get('season'),
    scopes: [scope('country', 'Country', ['Austria', 'France', 'Germany', 'Nowhere']), scope('store', 'Store', ['Store Harbour', 'Store Market'])],
    source: scoped || session.access.limited ? 'receipts' : 'mart', baskets: empty ? 0 : all, items_total: null, left_out: scoped ? 0 : 2,
    min_support: 0.005, truncated: false, rules_total: rules.length, rules: rules.sort((a, b) => a.is_variant - b.is_variant || b.is_stable - a.is_stable || b.monthly - a.monthly), items: empty ? [] : known,
  };
}

export function ladder(q) {
  const level = levelOf(q);
  const known = items(level);
  const found = known.find((i) => i.code === q.getAll('item')[0]);
  if (!found) return null;
  const rungs = pairs(level).filter(([a]) => a === found.code).map(([, c, n]) => {
    const other = known.find((i) => i.code === c);
    return { item: { ...other, baskets: n }, rate: n / found.baskets, lift: (n * BASKETS) / (found.baskets * other.baskets), p_value: 1e-9 };
  });
  const others = [0.3, 0.28, 0.2, 0.12].map((k) => Math.round(found.baskets * k));
  return { item: found, baskets: BASKETS, others: [...others, found.baskets - others.reduce((a, b) => a + b)], rungs };
}

export function cross(q) {
  const known = items(levelOf(q));
  const named = q.getAll('item');
  const groups = named.length ? named.map((code) => known.find((i) => i.code === code)).filter(Boolean) : known.slice(0, 3);
  const combinations = [];
  for (let bits = 1; bits < 1 << groups.length; bits++) {
    const places = groups.map((_, i) => i).filter((i) => (bits >> i) & 1);
    combinations.push({ groups: places, baskets: Math.round(Math.min(...places.map((i) => groups[i].baskets)) * 0.5 ** (places.length * 1.2)) });
  }
  return { groups, baskets: BASKETS, combinations: combinations.sort((a, b) => b.baskets - a.baskets) };
}
