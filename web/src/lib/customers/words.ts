// Words of the pages about customers. Names of segments come from the project; those that it made up have no advice.
import type { Facts } from './wire';

export const ACTION: Record<string, string> = {
  Champions: 'Reward them; show them what is new first.',
  Loyal: 'Ask for reviews; offer what goes with their favourites.',
  'Potential Loyalist': 'Invite to the loyalty scheme; recommend a next article.',
  'New Customers': 'Welcome them; make the second order easy.',
  Promising: 'Stay in touch; give a reason to come back.',
  'Need Attention': 'Write now, with something they bought before.',
  'About To Sleep': 'Remind them before they forget the shop.',
  'At Risk': 'Write personally; find out what went wrong.',
  "Can't Lose Them": 'Call; they were among the best.',
  Hibernating: 'One low-cost offer, then leave them alone.',
  Lost: 'Spend nothing more than a last letter.',
};

const BINNING: Record<string, string> = {
  ties_together: 'equal values get equal scores, so bins differ in size',
  ntile: 'bins of equal size; customers with equal values may get different scores',
  quantiles: 'bins are cut at quantiles of the values',
  rank_quantiles: 'bins are cut at quantiles of the ranks',
};
export const binningWords = (method: Facts): string => {
  const word = typeof method.binning === 'string' ? method.binning : 'ties_together';
  return BINNING[word] ?? word.replace(/_/g, ' ');
};

export const MEASURE: Record<string, string> = { recency: 'Recency', frequency: 'Frequency', monetary: 'Monetary value' };

export const LISTS: [id: string, title: string, about: string][] = [
  ['champions', 'Champions', 'The best segment, by net sales.'],
  ['whales', 'Whales', 'The few largest customers of the shop.'],
  ['at_risk', 'At risk', 'About to leave: silent for longer than is usual for them. By value at stake. Leave the control group alone, so that you can tell what writing to the others brought.'],
  ['win_back', 'Win back', 'Worth much (M 4–5) but gone (R 1–2), and not on the list of those at risk. By net sales.'],
];

/** "clv-thin-data" -> "Clv thin data": a code that nobody wrote words for. */
export const readable = (code: string): string => {
  const s = code.replace(/[-_]+/g, ' ').trim();
  return s.charAt(0).toUpperCase() + s.slice(1);
};

export const CARD: Record<string, string> = {
  model: 'Method', why: 'Why this one', customers: 'Customers', repeat_customers: 'Customers who came back', first_day: 'First day', observed_to: 'Last day seen',
  unit_days: 'Days in one unit of time', months: 'Months ahead', monthly_discount: 'Discount per month', margin_rate: 'Margin of revenue', expected_orders: 'Expected orders, all customers', clv: 'Expected value, all customers',
  log_likelihood: 'Log-likelihood', information_criterion: 'Information criterion (smaller is better)', spend_correlation: 'Correlation of order value with frequency',
  fitted_to: 'Fitted on days up to', checked_to: 'Checked on days up to', actual_orders: 'Orders they made', bias: 'Error of the total', mean_absolute_error: 'Mean error per customer', root_mean_squared_error: 'Root mean squared error', correlation: 'Correlation with what came',
};

export const VERDICT_TONE: Record<string, string> = { proven: 'good', 'proven weakly': 'good', 'not proven': 'warn', contradicted: 'bad', untestable: 'plain' };
