// The words of this page. Codes come from the server; one that is not listed is read out as it is.
import { familyOf } from './account';
import type { NodeKind, Outcome, Run } from './types';

const sentence = (s: string) => s.charAt(0).toUpperCase() + s.slice(1);
export const readable = (code: string): string => sentence(code.replace(/[-_]+/g, ' ').trim());

const CODES: Record<string, string> = {
  'bad-number': 'A number that cannot be read',
  'bad-date': 'A date that cannot be read',
  'bad-key': 'A key that cannot be one',
  'bad-boolean': 'Neither yes nor no',
  'bad-encoding': 'Letters of another encoding',
  'missing-key': 'The key is empty',
  'missing-value': 'A required value is empty',
  'sentinel-date': 'A date that stands for “none”',
  'stray-quote': 'A quotation mark out of place',
  'unclosed-quote': 'A quotation that never ends',
  'too-many-fields': 'More fields than headings',
  'too-few-fields': 'Fewer fields than headings',
  'record-too-long': 'A row that is too long',
  'field-too-long': 'A value that is too long',
  'control-byte': 'A control character inside',
  'clock-gap': 'A time that the clock skipped',
  'clock-overlap': 'A time that was there twice',
  'currency-mix': 'More than one currency',
  'encoding-assumed': 'Encoding was assumed',
  'header-spelling': 'A heading is spelt differently',
  'header-below-title': 'Headings stand below a title',
  'header-duplicate': 'A heading stands there twice',
  'column-unknown': 'A column nobody asked for',
  'columns-unmapped': 'Columns that are not read',
  'column-missing': 'A column is missing',
  'date-order': 'Day and month were told apart',
  'dates-ambiguous': 'Day and month cannot be told apart',
  'file-no-line-end': 'The last line does not end',
  'file-truncated': 'The file breaks off',
  'key-repeated': 'A key is there twice',
  'key-superseded': 'Rows were replaced by later ones',
  'late-rows': 'Rows came late',
  'members-gone': 'Members are gone',
  'schema-drift': 'A column changed its type',
  'encoding-strict': 'The file is not UTF-8',
  'delivery-gap': 'Days are missing',
  'source-late': 'A source is late',
  'bad-postcode': 'Postcode that is none',
  'no-rows': 'A file without rows',
  'no-files': 'A source without files',
};
export const codeWords = (code: string): string => CODES[code] ?? readable(code);

const FAMILY: Record<string, string> = { sales: 'Sales', returns: 'Returns', adjustments: 'Adjustments', loaded: 'Loaded', superseded: 'Replaced', duplicates: 'Duplicates', quarantine: 'Set aside' };
export const familyWords = (family: string): string => FAMILY[family] ?? readable(family);
/** "adjustments: write_off" -> "Adjustment: write off" */
export function bucketWords(bucket: string): string {
  const [, detail] = bucket.split(/:\s*/, 2);
  return detail ? `Adjustment: ${detail.replace(/_/g, ' ')}` : familyWords(familyOf(bucket));
}
/** Classes of the colours of families; what is not known looks like what was loaded. */
export const toneOf = (family: string): string => (family in FAMILY && family !== 'superseded' ? family : 'loaded');

export const ENTITY: Record<string, string> = { sale_lines: 'Sale lines', products: 'Products', customers: 'Customers', stores: 'Stores', stock_levels: 'Stock levels', stock_movements: 'Stock movements' };
export const entityWords = (entity: string): string => ENTITY[entity] ?? readable(entity);
export const KIND: Record<NodeKind, string> = { source: 'Sources', staging: 'Staging', star: 'Star', marts: 'Marts', metric: 'Metrics', page: 'Pages' };
export const OUTCOME: Record<Outcome, string> = { running: 'Running', done: 'Done', unchanged: 'Nothing new', failed: 'Failed' };
export const outcomeTone = (o: Outcome) => (o === 'failed' ? 'bad' : o === 'done' ? 'good' : o === 'running' ? 'accent' : 'plain');
export const DELIMITER: Record<string, string> = { ',': 'comma', ';': 'semicolon', '\t': 'tab', '|': 'bar' };

export const plural = (n: number, one: string, many = `${one}s`): string => (n === 1 ? one : many);

/** The last run that is over: what the page's first line speaks of. */
export const lastRun = (runs: Run[]): Run | undefined => runs.find((r) => r.outcome !== 'running') ?? runs[0];
