// Market basket: rules in words, sifted and sorted; the page with invented answers.
import { render } from '@testing-library/svelte';
import { beforeEach, expect, test, vi } from 'vitest';
import { basket, cross, ladder } from '../mock/basket.mjs';
import { app } from '../src/lib/state.svelte';
import { emptyView } from '../src/lib/url';
import BasketPage from '../src/pages/basket/Basket.svelte';
import { base, categoriesOf, often, sentence, share, sift, sorted, whyEmpty } from '../src/pages/basket/rules';
import type { Basket, Cross, Ladder } from '../src/pages/basket/types';

const OWNER = { access: { limited: false, summary: 'All rows' } };
const q = (text = '') => new URLSearchParams(text);
const invented = (query = '', which = '') => basket(q(query), OWNER, which) as Basket;
const ALL = { confidence: 0, lift: 0, baskets: 0, stable: false, variants: true, category: '', q: '' };

test('a rule reads like a sentence', () => {
  const rule = invented().rules.find((r) => r.antecedent[0]!.code === 'TRF')!;
  // 560 of 905 receipts; 560 * 9200 / (905 * 1310) = 4.35.
  expect(sentence(rule)).toBe('62% of those who buy Truffles, dusted also buy Praline box, 4.3 times as often as usual');
  expect([share(0.0042), share(0), share(0.995)]).toEqual(['0.42%', '0%', '100%']);
  expect([often(1), often(0.5), often(17.9)]).toEqual(['as often as usual', 'less often than usual', '18 times as often as usual']);
});

test('limits sift, and each of them alone', () => {
  const rules = invented().rules;
  const left = (change: object) => sift(rules, { ...ALL, ...change }).length;
  expect(left({})).toBe(9);
  expect(left({ confidence: 0.5 })).toBe(2); // truffles 0.62, liquorice 0.58
  expect(left({ lift: 3 })).toBe(rules.filter((r) => r.lift >= 3).length);
  expect(left({ baskets: 500 })).toBe(3);
  expect(left({ stable: true })).toBe(7); // marzipan 14 and milk chocolate 17 of 24 months are not
  expect(left({ variants: false })).toBe(8); // biscuits and wafers are one thing here
  expect(left({ category: 'Biscuits' })).toBe(2);
  expect(left({ q: 'WAF butter' })).toBe(2);
  expect(categoriesOf(rules)).toEqual(['Biscuits', 'Candy', 'Chocolate', 'Pralines']);
});

test('every column sorts both ways', () => {
  const rules = invented().rules;
  for (const column of ['lift', 'confidence', 'baskets', 'months', 'monthly', 'stock']) {
    const down = sorted(rules, column);
    const up = sorted(rules, `-${column}`);
    expect(down[0]).not.toBe(up[0]);
  }
  expect(sorted(rules, 'baskets')[0]!.baskets).toBe(560);
  expect(sorted(rules, 'stock')[0]!.on_hand).toBe('412');
  expect(sorted(rules, 'nonsense')).toEqual(rules);
  // Without a wish in the order of the server: 1.44 margin on each of 1,310 receipts in 24 months is most.
  expect(sorted(rules, null)).toEqual(rules);
  expect(rules[0]!.added_margin).toBe('1.4400');
  expect(rules.at(-1)!.is_variant).toBe(true);
});

test('an empty page says what lights it up', () => {
  expect(whyEmpty(invented(), false)).toBeNull();
  expect(whyEmpty(invented('', 'empty'), false)!.text).toContain('sale_lines');
  expect(whyEmpty(invented('level=subcategory'), false)!.text).toContain('“products” with the column “subcategory”');
  expect(whyEmpty(invented('country=Nowhere'), true)!.title).toBe('No receipts here');
  expect(whyEmpty({ ...invented(), rules: [] }, false)!.title).toBe('No rule is more than chance');
  expect(base(invented())).toBe('9,200 receipts; what is on fewer than 46 (0.50%) is not looked at; 2 left out for their size.');
});

const answers = vi.hoisted(() => ({ asked: [] as string[] }));
vi.mock('../src/lib/api', async (original) => {
  const real = await original<typeof import('../src/lib/api')>();
  return {
    ...real,
    api: {
      ...real.api,
      basket: (query: string) => { answers.asked.push(query); return Promise.resolve(invented(query)); },
      basketLadder: (query: string, code: string) => Promise.resolve(ladder(q(`${query}&item=${code}`)) as Ladder),
      basketCross: (query: string) => Promise.resolve(cross(q(query)) as Cross),
    },
  };
});

beforeEach(() => {
  app.view = emptyView('basket');
  answers.asked = [];
});

test('the page lists rules, a ladder and who shops together', async () => {
  const { container, findByText } = render(BasketPage);
  await findByText('Bought together');
  // The ninth is between variants of one article.
  expect(container.querySelectorAll('[data-rule]')).toHaveLength(8);
  expect(container.querySelectorAll('circle')).toHaveLength(8);
  expect(container.textContent).toContain('1 between colours, sizes or patterns of one article are left out');
  await findByText(/What goes with/);
  await findByText('Shopped together');
  expect(container.querySelector('a[download]')?.getAttribute('href')).toBe('/api/basket.csv');
  // In the shop's own order, which is none of the columns.
  expect(container.querySelector('[aria-sort="descending"]')).toBeNull();
  expect(container.textContent).toContain('what lasts and brings most first');
  expect(container.querySelector('[data-label="On hand"]')?.textContent).toBe('0');
});

test('what is sifted here is not asked of the server; what chooses receipts is', async () => {
  app.view = { ...emptyView('basket'), filters: { confidence: ['0.5'], article: ['GUM'], country: ['France'], season: ['winter'] } };
  const { container, findByText } = render(BasketPage);
  await findByText('Bought together');
  expect(answers.asked).toEqual(['season=winter&country=France']);
  expect(container.querySelectorAll('[data-rule]')).toHaveLength(2);
});
