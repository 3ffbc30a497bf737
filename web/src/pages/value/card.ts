// When to trust the model, in words, from the lines of its card. Pure.
import { at, text, type Row } from '../../lib/customers/wire';

export interface Trust { tone: 'good' | 'warn' | 'plain'; title: string; text: string }

/** Half a standard deviation off in total, or no better than chance: say so. */
export function trust(lines: Row[]): Trust {
  const find = (section: string, name: string) => lines.find((r) => text(r, 'section') === section && text(r, 'name') === name);
  const caveats = lines.filter((r) => text(r, 'section') === 'caveats');
  const fitted = lines.some((r) => text(r, 'section') === 'purchases');
  const bias = at(find('holdout', 'bias'), 'value');
  if (!fitted) return { tone: 'warn', title: 'No model', text: 'There is too little to fit one, so a pooled rate stands in: the same for all customers with the same past. Good for sums, not for telling customers apart.' };
  if (bias === null) return { tone: 'plain', title: 'Not checked', text: 'No days were held out, so nobody knows how well it foretells this shop.' };
  const off = Math.abs(bias);
  const about = bias > 0 ? 'too many' : 'too few';
  if (off > 0.25) return { tone: 'warn', title: 'Handle with care', text: `On held-out days it expected ${about} orders by more than a quarter. Use it to rank customers, not for sums.` };
  if (off > 0.1 || caveats.length) return { tone: 'plain', title: 'Good for ranking', text: off > 0.1 ? `On held-out days it expected ${about} orders. Ranks are sounder than sums.` : 'The total was right within a tenth on held-out days; mind the caveats below.' };
  return { tone: 'good', title: 'Sound', text: 'The total of orders was right within a tenth on days that the model had not seen. Trust ranks and sums of many customers; one customer alone can always surprise.' };
}
