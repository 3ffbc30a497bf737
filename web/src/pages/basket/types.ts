// The shapes of GET /api/basket, /api/basket/ladder and /api/basket/cross, as the server sends them.
// Shares and ratios are numbers; money is exact decimals in text.
export interface Item { code: string; name: string; category: string | null; baskets?: number }
export interface Rule {
  antecedent: Item[];
  consequent: Item[];
  baskets: number;
  antecedent_baskets: number;
  support: number;
  confidence: number;
  lift: number;
  leverage: number;
  q_value: number;
  months_held: number;
  months_total: number;
  is_stable: boolean;
  added_revenue: string | null;
  added_margin: string | null;
  /** Two of its items are colours, sizes or patterns of one article. */
  is_variant: boolean;
  /** What goes along beyond chance in a month. */
  monthly: string | null;
  /** Pieces of what is bought as well, where the viewer may see its stock. */
  on_hand: string | null;
}
export interface Scope { id: string; label: string; selected: string[]; options: string[] }
export interface Basket {
  currency: string;
  access: { limited: boolean; summary: string };
  level: Level;
  season: string | null;
  scopes: Scope[];
  /** `mart`: all receipts; `receipts`: those of the scope that this viewer may see. */
  source: 'mart' | 'receipts';
  baskets: number;
  items_total: number | null;
  left_out: number;
  min_support: number;
  truncated: boolean;
  rules_total: number;
  rules: Rule[];
  items: Item[];
}
export type Level = 'article' | 'subcategory' | 'category';
export interface Rung { item: Item & { baskets: number }; rate: number; lift: number; p_value: number }
/** Receipts with the item and 0, 1, 2, 3, 4 and more others. */
export interface Ladder { item: Item & { baskets: number }; baskets: number; others: number[]; rungs: Rung[] }
export interface Cross { groups: (Item & { baskets: number })[]; baskets: number; combinations: { groups: number[]; baskets: number }[] }
