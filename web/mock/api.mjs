// The contract's endpoints as one (req, res, next) handler: for `vite --mode mock` and serve.mjs.
// Users: mara (all rows) and lena (France only), password "confect". Sign-in link: /sign-in?token=demo
import { basket, cross, ladder } from './basket.mjs';
import { cohorts, customer, find, listCsv, segments, value } from './customers.mjs';
import { answer } from './page.mjs';
import { current, setState } from './quality.mjs';

const SHOP = { name: 'Sweet corner', currency: 'EUR' };
const USERS = {
  mara: { user: { name: 'mara', display_name: 'Mara Klein', roles: ['owner'] }, shop: SHOP, access: { limited: false, summary: 'All rows' } },
  lena: { user: { name: 'lena', display_name: 'Lena Petit', roles: ['viewer'] }, shop: SHOP, access: { limited: true, summary: 'Country is France' } },
};
const PAGES = [
  { id: 'overview', title: 'Executive overview', group: 'Business', icon: 'home' },
  { id: 'sales', title: 'Sales & profitability', group: 'Business', icon: 'trend' },
];
const BASKET = { id: 'basket', title: 'Market basket', group: 'Business', icon: 'basket', kind: 'basket' };
const CUSTOMERS = [
  { id: 'customers', title: 'Customer 360', group: 'Customers', icon: 'user', kind: 'customers' },
  { id: 'segments', title: 'Segments', group: 'Customers', icon: 'grid', kind: 'segments' },
  { id: 'cohorts', title: 'Cohort retention', group: 'Customers', icon: 'bars', kind: 'cohorts' },
  { id: 'value', title: 'CLV & churn', group: 'Customers', icon: 'heart', kind: 'value' },
];
/** Only for owners, always the last one. */
const QUALITY = { id: 'quality', title: 'Data quality & runs', group: 'Data', icon: 'shield', kind: 'quality' };

export async function handler(req, res, next) {
  const url = new URL(req.url, 'http://mock');
  const path = url.pathname;
  if (!path.startsWith('/api/') && path !== '/sign-in') return next();
  const send = (status, body, headers = {}) => {
    res.writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store', ...headers });
    res.end(body === undefined ? undefined : JSON.stringify(body));
  };
  const fail = (status, code, message) => send(status, { error: { code, message, detail: null, hints: [], request_id: 'mock-0001' } });
  const cookie = (name) => ({ 'set-cookie': `mock=${name}; Path=/; HttpOnly; SameSite=Lax` });

  if (path === '/sign-in') {
    const good = url.searchParams.get('token') === 'demo';
    res.writeHead(303, { location: good ? '/' : '/?link=expired', ...(good ? cookie('mara') : {}) });
    return res.end();
  }
  if (path === '/api/sign-in') {
    let body = '';
    for await (const chunk of req) body += chunk;
    const { user, password } = JSON.parse(body || '{}');
    if (password === 'confect' && USERS[user]) return send(200, USERS[user], cookie(user));
    return fail(401, 'sign-in-failed', 'User or password is not right.');
  }
  if (path === '/api/sign-out') return send(204, undefined, { 'set-cookie': 'mock=; Path=/; Max-Age=0' });

  const session = USERS[/mock=(\w+)/.exec(req.headers.cookie ?? '')?.[1]];
  if (!session) return fail(401, 'not-signed-in', 'You are not signed in.');
  if (path === '/api/session') return send(200, session);
  const owner = session.user.roles.includes('owner');
  if (path === '/api/pages') return send(200, [...PAGES.map((p) => ({ ...p, kind: 'tiles' })), BASKET, ...CUSTOMERS, ...(owner ? [QUALITY] : [])]);
  const which = /state=(\w+)/.exec(req.headers.cookie ?? '')?.[1] ?? '';
  if (path === '/api/basket') return send(200, basket(url.searchParams, session, which));
  if (path === '/api/basket/cross') return send(200, cross(url.searchParams));
  if (path === '/api/basket/ladder') {
    const found = ladder(url.searchParams);
    return found ? send(200, found) : fail(400, 'bad-parameter', 'The parameter `item` names an article that is on no receipt here.');
  }
  if (path === '/api/basket.csv') {
    res.writeHead(200, { 'content-type': 'text/csv', 'content-disposition': 'attachment; filename="basket-rules.csv"' });
    return res.end(basket(url.searchParams, session).rules.map((r) => [r.antecedent[0].code, r.consequent[0].code, r.lift].join(',')).join('\n'));
  }
  if (path === '/api/segments') return send(200, segments(url.searchParams, session, which));
  if (path === '/api/cohorts') return send(200, cohorts(url.searchParams, session, which));
  if (path === '/api/value') return send(200, value(session, which));
  if (path === '/api/customers') return send(200, find(url.searchParams.get('search') ?? '', session, which));
  if (path.startsWith('/api/customers/')) {
    const id = decodeURIComponent(path.slice(15));
    const one = customer(id, session);
    return one ? send(200, one) : fail(404, 'no-such-customer', `there is no customer \`${id}\``);
  }
  if (path === '/api/cohorts.csv' || path.startsWith('/api/customer-lists/')) {
    const name = path.split('/').pop();
    const body = name === 'cohorts.csv' ? cohorts(url.searchParams, session).cells.rows.map((r) => Object.values(r).join(',')).join('\r\n') : listCsv(name.replace('.csv', ''), session);
    if (body === null) return fail(404, 'no-such-page', 'There is no such list.');
    res.writeHead(200, { 'content-type': 'text/csv', 'content-disposition': `attachment; filename="${name}"` });
    return res.end(body);
  }
  if (/^\/api\/(quality|quarantine|identity)/.test(path)) {
    if (!owner) return fail(403, 'not-allowed', 'Only owners see data quality and runs.');
    if (path === '/api/quality') return send(200, current(which));
    if (path === '/api/quarantine.csv') {
      res.writeHead(200, { 'content-type': 'text/csv', 'content-disposition': 'attachment; filename="quarantine.csv"' });
      return res.end(current(which).quarantine.rows.map((r) => [r.file, r.line_first, r.code, JSON.stringify(r.record)].join(',')).join('\n'));
    }
    let body = '';
    for await (const chunk of req) body += chunk;
    if (path === '/api/identity') return send(204);
    const { ids, state } = JSON.parse(body || '{}');
    setState(ids, state);
    return send(204);
  }
  const m = /^\/api\/page\/([^/]+)(?:\/tile\/([^/]+)\.csv)?$/.exec(path);
  if (!m || !PAGES.some((p) => p.id === m[1])) return fail(404, 'no-such-page', 'This page does not exist.');
  if (url.searchParams.has('country') && url.searchParams.get('country') === 'Error') return fail(500, 'internal', 'The server could not answer.');
  const page = answer(m[1], url.searchParams, session);
  if (!m[2]) return send(200, page);
  const tile = page.tiles.find((t) => t.id === m[2]);
  res.writeHead(200, { 'content-type': 'text/csv', 'content-disposition': `attachment; filename="${m[2]}.csv"` });
  res.end((tile.points ?? tile.spark ?? tile.rows).map((r) => Object.values(r).join(',')).join('\n'));
}
