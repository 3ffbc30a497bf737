// Answers GET /api/quality: the state of an invented shop after its 31st refresh. Sums add up, as the real ones do.
// Other states for tests and for looking: /quality with the mock's cookie `state` set to empty, clean or failed.
const DAY = 86_400_000;
const NOW = Date.parse('2026-11-21T05:22:35Z');
const at = (ms) => new Date(ms).toISOString().replace('.000', '');

const source = (name, entity, about, mapping, files) => ({
  name, entity, about, files_total: files.length, mapping, files,
  ...Object.fromEntries(['rows_in', 'loaded', 'quarantined', 'deduplicated'].map((k) => [k, files.reduce((s, f) => s + f[k], 0)])),
});
const file = (label, rows_in, quarantined, deduplicated, bytes, encoding = 'UTF-8', delimiter = ',') => ({ label, rows_in, loaded: rows_in - quarantined - deduplicated, quarantined, deduplicated, bytes, encoding, delimiter });
const map = (column, headings, required = true, constant = null) => ({ column, headings, constant, required });

const SOURCES = [
  source('online_retail', 'sale_lines', 'One file per year, one row per invoice line. Both spellings of the headings are known; three date formats are told apart by their values.', [
    map('invoice_no', ['InvoiceNo', 'Invoice']), map('sold_at', ['InvoiceDate']), map('stock_code', ['StockCode']), map('description', ['Description'], false), map('quantity', ['Quantity']),
    map('unit_price', ['UnitPrice', 'Price']), map('customer_id', ['CustomerID', 'Customer ID'], false), map('country', ['Country'], false), map('channel', [], false, 'web'), map('currency', [], true, 'EUR'),
  ], [file('data/online_retail_2009-2010.csv', 525461, 129, 11812, 45580638), file('data/online_retail_2010-2011.csv.gz', 541910, 183, 22523, 7548686, 'windows-1252')]),
  source('catalogue', 'products', 'The article list of the purchasing department.', [
    map('stock_code', ['SKU']), map('description', ['Bezeichnung']), map('category', ['Warengruppe'], false), map('unit_cost', ['EK netto'], false),
  ], [file('data/catalogue/artikel.csv', 4747, 45, 0, 391204, 'windows-1252', ';')]),
  source('crm', 'customers', null, [map('customer_id', ['Customer ID']), map('country', ['Country'], false), map('joined_on', ['Member since'], false)], [
    file('data/crm/2026-10.csv', 2931, 2, 6, 190515), file('data/crm/2026-11.csv', 3011, 3, 12, 195715)]),
  source('shops', 'stores', null, [map('store_id', ['Nr']), map('name', ['Filiale']), map('country', ['Land'])], [file('data/shops.csv', 48, 0, 0, 2211, 'UTF-8', ';')]),
  source('stock', 'stock_levels', 'Counted every night.', [map('stock_code', ['SKU']), map('on_hand', ['On hand']), map('counted_on', ['Day'])], [file('data/stock/2026-11-20.csv', 9820, 0, 0, 412440, 'UTF-8', '\t')]),
];

const entry = (source, entity, bucket, table, rows, amount = '0.0000', rows_without_amount = 0) => ({ source, entity, bucket, table, rows, amount, rows_without_amount });
const LINES = [
  ['adjustments: bad_debt', 'fact_adjustments', 6, '-147514.5400'], ['adjustments: credited_non_merchandise', 'fact_adjustments', 748, '-356810.1700'], ['adjustments: negative_price', 'fact_adjustments', 5, '-22.5000'],
  ['adjustments: sample', 'fact_adjustments', 2636, '0.0000'], ['adjustments: write_off', 'fact_adjustments', 3393, '0.0000'], ['returns', 'fact_returns', 18744, '-718504.8800'],
  ['duplicates', null, 34335, '482731.6200'], ['quarantine', 'quarantine', 312, '8842.1500', 204],
];
const sold = SOURCES[0].rows_in - LINES.reduce((s, [, , n]) => s + n, 0);
const RECONCILIATION = [
  entry('online_retail', 'sale_lines', 'sales', 'fact_sales', sold, '20165830.8740'),
  ...LINES.map(([bucket, table, rows, amount, none]) => entry('online_retail', 'sale_lines', bucket, table, rows, amount, none)),
  ...[[1, 'dim_product'], [2, 'dim_customer'], [3, 'dim_store'], [4, null]].flatMap(([i, table]) => {
    const s = SOURCES[i];
    return [entry(s.name, s.entity, 'loaded', table, s.loaded), entry(s.name, s.entity, 'duplicates', null, s.deduplicated), entry(s.name, s.entity, 'quarantine', 'quarantine', s.quarantined)].filter((e) => e.rows);
  }),
];

// [code, source, column, rows, ignored, remedy, samples of [value, message, record]]
const line = (n) => `5${36000 + n},22086,PAPER CHAIN KIT 50'S CHRISTMAS,${1 + (n % 80)}`;
const KINDS = [
  ['bad-number', 'online_retail', 'unit_price', 141, 0, 'Format the column as a plain number with a point before exporting, or set `decimal = ","` in `sources/online-retail.toml`.', [
    ['2,55', '`2,55` in `Price` is not a number with a decimal point', (n) => `${line(n)},2010-12-0${1 + (n % 9)} 08:26,"2,55",17850,United Kingdom`],
    ['1e3', '`1e3` in `Price` is a number in scientific notation, which has lost digits', (n) => `${line(n)},2010-12-0${1 + (n % 9)} 09:41,1e3,13047,Germany`],
    ['2.95\u00a0€', '`2.95\\u{a0}€` in `Price` has a currency sign and a no-break space', (n) => `${line(n)},2010-11-1${n % 10} 11:02,2.95\u00a0€,14911,EIRE`]]],
  ['bad-date', 'online_retail', 'sold_at', 97, 14, 'Correct the day in the till export; the calendar has no such day.', [
    ['31.02.2010 10:15', '`31.02.2010 10:15` in `InvoiceDate` is no day of the calendar', (n) => `${line(n)},31.02.2010 10:15,3.25,15311,France`],
    ['0000-00-00', '`0000-00-00` in `InvoiceDate` stands for “none”, but every sale has a moment', (n) => `${line(n)},0000-00-00,0.85,,United Kingdom`]]],
  ['missing-key', 'online_retail', 'stock_code', 52, 0, 'Fill the article code, or map fees to a code of their own.', [
    [null, 'the row has no `StockCode`, so it cannot be told which article was sold', (n) => `5${36000 + n},,"Postage, insured",1,2011-03-0${1 + (n % 9)} 13:05,18.00,12583,France`]]],
  ['control-byte', 'online_retail', 'description', 22, 6, 'Remove the invisible characters; they turn the text around or cut it off.', [
    ['CAKE \u202eSESAC\u202c 60', 'the text holds characters that turn the direction of reading', (n) => `5${36000 + n},84991,CAKE \u202eSESAC\u202c 60,12,2011-05-1${n % 10} 15:31,0.55,16098,Spain`],
    ['T-LIGHT\u0000HOLDER', 'the text holds the control character U+0000', (n) => `5${36000 + n},85123A,T-LIGHT\u0000HOLDER,6,2011-06-0${1 + (n % 9)} 10:00,2.55,,United Kingdom`]]],
  ['bad-number', 'catalogue', 'unit_cost', 45, 0, 'Leave the cell empty where no cost is known.', [
    ['k.A.', '`k.A.` in `EK netto` is not a number', (n) => `${20700 + n};Teelichthalter weiß ${n};Wohnen;k.A.`]]],
  ['bad-key', 'crm', 'customer_id', 5, 0, 'Export the number without formatting: spreadsheets shorten long ones.', [
    ['1.2346E+04', '`1.2346E+04` in `Customer ID` was shortened by a spreadsheet', (n) => `1.2346E+04,Germany,2024-0${1 + (n % 9)}-11`]]],
];
const FILES = { online_retail: SOURCES[0].files, catalogue: SOURCES[1].files, crm: SOURCES[2].files };

function quarantine() {
  const rows = KINDS.flatMap(([code, source, column, n, ignored, remedy, samples], k) =>
    Array.from({ length: n }, (_, i) => {
      const [value, message, record] = samples[i % samples.length];
      const first = 211 + ((i * 7919 + k * 104729) % 500000) % FILES[source][0].rows_in;
      return { id: `${k}-${i}`, source, file: FILES[source][i % FILES[source].length].label, line_first: first, line_last: first, column, value, code, message, remedy, record: record(i), state: i < ignored ? 'ignored' : 'open', first_seen: at(NOW - (i % 12) * DAY), times_seen: 1 + (i % 12) };
    }));
  const reasons = KINDS.map(([code, source, column, n, ignored, remedy, samples]) => ({ code, source, column, rows: n, open: n - ignored, example: samples[0][1], remedy }));
  return { rows_total: rows.length, open: reasons.reduce((s, r) => s + r.open, 0), reasons, rows: rows.slice(0, 500), truncated: rows.length > 500 };
}

const past = (failedAt = []) => Array.from({ length: 12 }, (_, i) => !failedAt.includes(i));
const TABLES = {
  lines: ['every line read is in one fact', 'money read is money kept'],
  fact_sales: ['`invoice_no`, `line_no` are unique', '`invoice_date` is never empty', '`quantity` is above zero', '`revenue` is never empty', '`date_key` is in `dim_date`', '`customer_key` is in `dim_customer`', '`product_key` is in `dim_product`', '`country_key` is in `dim_country`', '`store_key` is in `dim_store`'],
  fact_returns: ['`invoice_no`, `line_no` are unique', '`revenue` is above zero', '`date_key` is in `dim_date`', '`customer_key` is in `dim_customer`', '`product_key` is in `dim_product`'],
  fact_adjustments: ['`invoice_no`, `line_no` are unique', '`reason` is one of the known', '`date_key` is in `dim_date`'],
  dim_customer: ['`customer_key` is unique', 'spans of one customer do not overlap', '`country` is never empty'],
  dim_product: ['`product_key` is unique', '`stock_code` is unique', '`description` is never empty'],
  dim_country: ['`country_key` is unique', '`country` is unique'], dim_date: ['`date_key` is unique', 'no day is missing'], dim_store: ['`store_key` is unique', '`name` is never empty'],
  single_customer_view: ['`customer_id` is unique', 'net sales equal `fact_sales` less `fact_returns`'],
};
const CHECKS = [
  ...Object.entries(TABLES).flatMap(([table, names]) => names.map((name, i) => ({ table, name, severity: i === 0 || table === 'lines' ? 'critical' : 'warning', passed: true, failing_rows: 0, message: null, history: past(table === 'dim_customer' && i === 1 ? [3, 4] : []) }))),
  { table: 'dim_product', name: '`category` is filled for sold articles', severity: 'warning', passed: false, failing_rows: 212, message: '212 articles that were sold have no category, the first is `85123A`; add them to `data/catalogue/artikel.csv`', history: past([8, 9, 10, 11]) },
  { table: 'single_customer_view', name: 'first sale is not before the day of joining', severity: 'note', passed: false, failing_rows: 31, message: '31 customers bought before they joined; the CRM counts from the loyalty card, not from the first sale', history: past([0, 1, 2, 5, 6, 7, 8, 9, 10, 11]) },
];

const STEPS = [
  ['read data/online_retail_2009-2010.csv', 0.1, 5.9], ['read data/online_retail_2010-2011.csv.gz', 0.1, 7.4], ['read data/catalogue/artikel.csv', 6.1, 0.2], ['read data/crm/2026-10.csv', 6.3, 0.1], ['read data/crm/2026-11.csv', 6.4, 0.1], ['read data/shops.csv', 6.5, 0.04], ['read data/stock/2026-11-20.csv', 6.6, 0.2],
  ['stg_products', 7.5, 0.2], ['stg_customers', 7.5, 0.3], ['stg_stores', 7.8, 0.1], ['stg_sale_lines', 7.7, 4.1], ['stg_descriptions', 11.8, 0.9], ['stg_customer_countries', 11.8, 1.2],
  ['dim_date', 12.7, 0.2], ['dim_country', 12.9, 0.3], ['dim_store', 13.2, 0.1], ['dim_customer', 13.0, 0.6], ['dim_product', 13.6, 0.7], ['dim_product_alias', 14.3, 0.2],
  ['fact_sales', 13.9, 4.6], ['fact_returns', 14.5, 0.8], ['fact_adjustments', 15.3, 0.4], ['single_customer_view', 18.5, 1.9], ['checks', 20.4, 1.1], ['publish', 21.5, 0.3],
].map(([name, start, seconds]) => ({ name, start, seconds }));
const stretch = (k) => STEPS.map((s) => ({ ...s, start: +(s.start * k).toFixed(3), seconds: +(s.seconds * k).toFixed(3) }));
const IN = SOURCES.reduce((s, x) => s + x.rows_in, 0);

function runs() {
  const list = [];
  let publication = 29;
  for (let i = 0; i < 24; i++) {
    const k = [1, 0.94, 1.08, 0.99, 1.31, 0.97, 1.02, 0.9][i % 8];
    const outcome = i === 6 ? 'failed' : i % 5 === 3 ? 'unchanged' : 'done';
    const seconds = outcome === 'done' ? +(21.8 * k).toFixed(1) : outcome === 'failed' ? 8.1 : 0.6;
    const start = NOW - i * DAY - Math.round(seconds * 1000);
    const built = outcome === 'done';
    list.push({
      id: 31 - i, started_at: at(start), finished_at: at(start + Math.round(seconds) * 1000), outcome, seconds, publication: built ? (publication -= 1) : null,
      rows_in: built ? IN - i * 1730 : null, rows_loaded: built ? IN - i * 1730 - 34353 - 362 + i * 9 : null, rows_quarantined: built ? Math.max(118, 362 - i * 9 + (i % 3) * 21) : null, rows_deduplicated: built ? 34353 - i * 40 : null,
      problem: outcome === 'failed' ? 'error[too-many-quarantined]: 61,204 of 541,910 rows of `data/online_retail_2010-2011.csv.gz` were set aside, which is more than 5 %\n  detail: 61,190 of them for `bad-date`: `13/31/2010` is no day of the calendar\n  hint: the file changed the order of day and month; set `dates = "mdy"` in `sources/online-retail.toml`\nThe pages went on with the publication before.' : null,
      timeline: built ? stretch(k) : outcome === 'failed' ? STEPS.slice(0, 7) : [{ name: 'compare fingerprints', start: 0, seconds: 0.6 }],
    });
  }
  return list;
}

const node = (kind, id, rows = null, title = id) => ({ id: `${kind}:${id}`, kind, title, rows });
const METRICS = ['Net sales', 'Orders', 'Average order value', 'Active customers', 'Units sold', 'Return rate', 'Gross margin', 'New customers'];
const LINEAGE = {
  nodes: [
    ...SOURCES.map((s) => node('source', s.name, s.rows_in)), node('source', 'non_merchandise', 41),
    node('staging', 'stg_sale_lines', sold + 25532), node('staging', 'stg_products', 4702), node('staging', 'stg_customers', 5919), node('staging', 'stg_stores', 48), node('staging', 'stg_descriptions', 5131), node('staging', 'stg_customer_countries', 5955),
    node('star', 'fact_sales', sold), node('star', 'fact_returns', 18744), node('star', 'fact_adjustments', 6788), node('star', 'dim_customer', 5956), node('star', 'dim_product', 5305), node('star', 'dim_product_alias', 811), node('star', 'dim_country', 43), node('star', 'dim_date', 739), node('star', 'dim_store', 49),
    node('marts', 'single_customer_view', 5943), ...METRICS.map((m) => node('metric', m)), node('page', 'Executive overview'), node('page', 'Sales & profitability'),
  ],
  edges: [
    ...[['source:online_retail', 'stg_sale_lines'], ['source:non_merchandise', 'stg_sale_lines'], ['staging:stg_products', 'stg_sale_lines'], ['source:catalogue', 'stg_products'], ['source:crm', 'stg_customers'], ['source:shops', 'stg_stores'], ['staging:stg_sale_lines', 'stg_descriptions'], ['staging:stg_sale_lines', 'stg_customer_countries']].map(([a, b]) => [a, `staging:${b}`]),
    ...[['stg_sale_lines', 'fact_sales'], ['stg_sale_lines', 'fact_returns'], ['stg_sale_lines', 'fact_adjustments'], ['stg_sale_lines', 'dim_date'], ['stg_sale_lines', 'dim_country'], ['stg_stores', 'dim_country'], ['stg_customers', 'dim_country'], ['stg_customers', 'dim_customer'], ['stg_customer_countries', 'dim_customer'], ['stg_products', 'dim_product'], ['stg_descriptions', 'dim_product'], ['stg_descriptions', 'dim_product_alias'], ['stg_stores', 'dim_store']].map(([a, b]) => [`staging:${a}`, `star:${b}`]),
    ['star:dim_customer', 'star:fact_sales'], ['star:dim_customer', 'star:fact_returns'], ['star:dim_product', 'star:dim_product_alias'],
    ...['fact_sales', 'fact_returns', 'dim_customer'].map((t) => [`star:${t}`, 'marts:single_customer_view']),
    ...METRICS.flatMap((m) => [['star:fact_sales', `metric:${m}`], ...(/Return|Net|margin/.test(m) ? [['star:fact_returns', `metric:${m}`]] : []), ...(/New/.test(m) ? [['marts:single_customer_view', `metric:${m}`]] : [])]),
    ...METRICS.slice(0, 6).map((m) => [`metric:${m}`, 'page:Executive overview']), ...['Net sales', 'Gross margin', 'Return rate'].map((m) => [`metric:${m}`, 'page:Sales & profitability']),
  ],
};

const FINDINGS = [
  { code: 'encoding-assumed', severity: 'warning', source: 'online_retail', file: 'data/online_retail_2010-2011.csv.gz', line: 1873, column: null, message: 'the file is not UTF-8 and was read as windows-1252: `CAFÉ`, `£ 5`', remedy: 'put `encoding = "windows-1252"` into `sources/online-retail.toml`', rows: 214 },
  { code: 'date-order', severity: 'note', source: 'online_retail', file: 'data/online_retail_2010-2011.csv.gz', line: null, column: 'sold_at', message: 'dates are month first: 412,118 values have a day above 12 in the second place, none in the first', remedy: 'nothing to do; write `dates = "mdy"` to be told if that ever changes', rows: 412118 },
  { code: 'column-unknown', severity: 'note', source: 'crm', file: 'data/crm/2026-11.csv', line: 1, column: 'Newsletter', message: 'the column `Newsletter` is new and is not read', remedy: 'map it in `sources/crm.toml`, or leave it', rows: 3011 },
  { code: 'header-spelling', severity: 'warning', source: 'catalogue', file: 'data/catalogue/artikel.csv', line: 1, column: 'unit_cost', message: 'the heading `EK Netto ` was taken for `EK netto`', remedy: 'spell the heading as in `sources/catalogue.toml`', rows: 4747 },
  { code: 'file-truncated', severity: 'critical', source: 'stock', file: 'data/stock/2026-11-19.csv', line: 8112, column: null, message: 'the file breaks off in the middle of a row', remedy: 'fetch it again; the night before was kept', rows: 1 },
];

let state = null;
/** A fresh copy of the invented shop's quality; `which` is '', 'empty', 'clean' or 'failed'. */
const merge = (customer_id, joined_to, rule, confidence, explanation) => ({ customer_id, person_id: joined_to, rule, joined_to, confidence, explanation });
const IDENTITY = {
  customers: 5912, persons: 5909,
  merges: [
    merge('C2210', 'C1042', 'name and town', '0.7500', 'the same full name in the same town, with another phone'),
    merge('C3300', 'C0007', 'email', '0.9900', 'the same e-mail address and the same name'),
    merge('C4100', 'C0007', 'merge', '1.0000', 'joined by hand'),
  ],
};
const REPLACED = {
  truncated: false,
  rows: [{ source: 'crm', entity: 'customers', member: 'C0007', file: 'data/crm/2026-10.csv', line: '12', replaced_by_file: 'data/crm/2026-11.csv', replaced_by_line: '14', changes: 'city: Kiel → Bonn' }],
};
export function quality(which = '') {
  if (which === 'empty') return { publication: null, currency: 'EUR', sources: [], unread_files: ['data/sales.csv'], reconciliation: [], checks: [], findings: [], quarantine: { rows_total: 0, open: 0, reasons: [], rows: [], truncated: false }, runs: [], lineage: { nodes: [], edges: [] } };
  const passed = CHECKS.filter((c) => c.passed).length;
  const q = {
    publication: { id: 28, published_at: at(NOW), data_from: '2009-12-01', data_to: '2011-12-09', checks_passed: passed, checks_total: CHECKS.length },
    currency: 'EUR', sources: SOURCES, unread_files: ['data/old/2008.xls', 'data/notes.txt'], reconciliation: RECONCILIATION, checks: CHECKS, findings: FINDINGS, quarantine: quarantine(), runs: runs(), lineage: LINEAGE,
    identity: IDENTITY, superseded: REPLACED,
  };
  if (which === 'failed') q.runs = [{ ...runs()[6], id: 32, started_at: at(NOW + DAY), finished_at: at(NOW + DAY + 8100) }, ...q.runs];
  if (which !== 'clean') return q;
  const stores = SOURCES.slice(3, 4);
  return { ...q, sources: stores, unread_files: [], reconciliation: RECONCILIATION.filter((e) => e.source === 'shops'), checks: CHECKS.filter((c) => c.passed), findings: [], quarantine: { rows_total: 0, open: 0, reasons: [], rows: [], truncated: false }, publication: { ...q.publication, checks_passed: passed, checks_total: passed } };
}
/** What the mock server keeps between requests. */
export const current = (which) => (which ? quality(which) : (state ??= quality()));

export function setState(ids, to) {
  const q = current('').quarantine;
  for (const row of q.rows) {
    if (!ids.includes(row.id) || row.state === to) continue;
    const by = to === 'open' ? 1 : -1;
    row.state = to;
    q.open += by;
    q.reasons.find((r) => r.code === row.code && r.source === row.source && r.column === row.column).open += by;
  }
}
