// Rules as people read, sort and sift them. Pure.
import { card, count } from '../../lib/format';
import { matches } from '../../lib/paging';
import type { Basket, Item, Level, Rule } from './types';

export const names = (items: Item[]): string => items.map((i) => i.name).join(' and ');
/** "0.62" is "62%"; below one percent a decimal helps. */
export const share = (v: number): string => (v > 0 && v < 0.01 ? `${(v * 100).toFixed(2)}%` : `${Math.round(v * 100)}%`);
export const times = (lift: number): string => `${lift >= 10 ? Math.round(lift) : lift.toFixed(1)}×`;
/** How much oftener than usual, in words; 1 is as usual. */
export const often = (lift: number): string =>
  lift >= 1.05 ? `${lift >= 10 ? Math.round(lift) : lift.toFixed(1)} times as often as usual` : lift <= 0.95 ? 'less often than usual' : 'as often as usual';

export function sentence(r: Rule): string {
  return `${share(r.confidence)} of those who buy ${names(r.antecedent)} also buy ${names(r.consequent)}, ${often(r.lift)}`;
}

export interface Sift { confidence: number; lift: number; baskets: number; stable: boolean; variants: boolean; category: string; q: string }
const categories = (r: Rule) => [...r.antecedent, ...r.consequent].map((i) => i.category);

export const sift = (rules: Rule[], s: Sift): Rule[] =>
  rules.filter(
    (r) =>
      r.confidence >= s.confidence &&
      r.lift >= s.lift &&
      r.baskets >= s.baskets &&
      (!s.stable || r.is_stable) &&
      (s.variants || !r.is_variant) &&
      (!s.category || categories(r).includes(s.category)) &&
      (!s.q || matches([...r.antecedent, ...r.consequent].map((i) => `${i.code} ${i.name}`).join(' '), s.q)),
  );

export const COLUMNS = ['lift', 'confidence', 'baskets', 'months', 'monthly', 'stock'] as const;
export type Column = (typeof COLUMNS)[number];
const amount = (text: string | null): number | null => (text === null ? null : Number(text));
export const added = (r: Rule): number | null => {
  return amount(r.added_margin ?? r.added_revenue);
};
const VALUE: Record<Column, (r: Rule) => number> = {
  lift: (r) => r.lift,
  confidence: (r) => r.confidence,
  baskets: (r) => r.baskets,
  months: (r) => (r.months_total ? r.months_held / r.months_total : 0),
  monthly: (r) => amount(r.monthly) ?? -Infinity,
  stock: (r) => amount(r.on_hand) ?? -Infinity,
};
/** `lift` is largest first, `-lift` smallest first; equal ones keep their order, and without an order all do: they come
    as a shop reads them, what it can act on first. */
export function sorted(rules: Rule[], order: string | null): Rule[] {
  const up = order?.startsWith('-') ?? false;
  const wanted = (order ?? '').replace(/^-/, '');
  if (!(COLUMNS as readonly string[]).includes(wanted)) return rules;
  const value = VALUE[wanted as Column];
  return [...rules].sort((a, b) => (up ? value(a) - value(b) : value(b) - value(a)) || 0);
}

/** Every category that a rule speaks of. */
export const categoriesOf = (rules: Rule[]): string[] =>
  [...new Set(rules.flatMap(categories))].filter((c): c is string => !!c).sort((a, b) => a.localeCompare(b));

const NOUN: Record<Level, string> = { article: 'articles', subcategory: 'subcategories', category: 'categories' };
export const noun = (level: Level): string => NOUN[level];

/** Which receipts the rules are made of, and how far down they go. */
export function base(b: Basket): string {
  const least = Math.max(1, Math.ceil(b.min_support * b.baskets - 1e-9));
  const of = b.source === 'mart' ? `${count(b.baskets)} receipts` : `${count(b.baskets)} receipts that you may see`;
  const out = b.left_out ? `; ${count(b.left_out)} left out for their size` : '';
  return `${of}; what is on fewer than ${count(least)} (${share(b.min_support)}) is not looked at${out}.`;
}

export interface Why { title: string; text: string }
/** Why there is no rule, and what would change it. */
export function whyEmpty(b: Basket, scoped: boolean): Why | null {
  if (b.rules.length) return null;
  if (b.baskets > 0) {
    return { title: 'No rule is more than chance', text: `${count(b.baskets)} receipts were looked at, and no two ${noun(b.level)} come together oftener than chance explains. More receipts, or another level, may show some.` };
  }
  if (scoped) return { title: 'No receipts here', text: 'No receipt fits this choice. Take a part of it back.' };
  if (b.level !== 'article') {
    return { title: `No article has a ${b.level}`, text: `Deliver the entity “products” with the column “${b.level}” to see what is bought together by ${b.level}. Articles work without it.` };
  }
  return { title: 'No receipts yet', text: 'This page needs the entity “sale_lines”: receipts with more than one article. Run “confect refresh” when they are in data/.' };
}

/** Money that the second article adds to a receipt with the first. */
export const addedText = (r: Rule, currency: string): string => card(added(r), 'money', currency);
export const monthlyText = (r: Rule, currency: string): string => card(amount(r.monthly), 'money', currency);
export const stockText = (r: Rule): string => (r.on_hand === null ? '–' : count(Number(r.on_hand)));
