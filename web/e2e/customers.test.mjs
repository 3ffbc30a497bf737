// The pages about customers against the built interface and the invented shop of mock/; the last test asks a
// real server, if one is named.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { BASE, CHROMIUM, format, shot, start } from './helpers.mjs';

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const skip = !existsSync(here('../dist/index.html')) ? 'web/dist is not built' : existsSync(CHROMIUM) ? false : `no Chromium at ${CHROMIUM}`;
const READY = { '/segments': '[data-segment], [data-gap]', '/cohorts': '[data-cohort], [data-gap]', '/value': '[data-stat="total"], [data-gap]', '/customers': '[data-found], [data-head], [data-missing]' };

async function mock() {
  const child = spawn(process.execPath, [here('../mock/serve.mjs'), '0'], { stdio: ['ignore', 'pipe', 'inherit'] });
  const link = await new Promise((resolve, reject) => {
    child.stdout.once('data', (text) => resolve(String(text).trim()));
    child.once('exit', (code) => reject(new Error(`the mock server ended with ${code}`)));
  });
  return { child, link, base: new URL(link).origin };
}

const idle = async (page) => {
  await page.waitForFunction(() => document.querySelector('main[aria-busy]')?.getAttribute('aria-busy') === 'false');
  await page.waitForTimeout(150);
};

describe('pages about customers', { skip }, () => {
  let browser, context, page, problems, server, f, best;
  const open = async (path) => {
    await page.goto(server.base + path);
    await page.waitForSelector(READY[path.replace(/\?.*/, '')]);
    await idle(page);
  };
  const ask = (path) => page.evaluate(async (p) => (await fetch(p)).json(), path);
  const stat = (id) => page.locator(`[data-stat="${id}"]`).innerText();
  const query = () => new URL(page.url()).searchParams;
  const state = (value) => context.addCookies([{ name: 'state', value, url: server.base }]);

  before(async () => {
    f = await format();
    server = await mock();
    ({ browser, context, page, problems } = await start());
    await page.goto(server.link);
    await page.waitForSelector('[data-kpi]');
    best = (await ask('/api/customers')).customers.rows[0].customer_id;
  });
  after(async () => {
    await browser?.close();
    server?.child.kill();
  });

  test('the side bar leads to all four', async () => {
    for (const [name, selector] of [['Customer 360', '[data-found]'], ['Segments', '[data-segment]'], ['Cohort retention', '[data-cohort]'], ['CLV & churn', '[data-stat="total"]']]) {
      await page.getByRole('link', { name, exact: true }).click();
      await page.waitForSelector(selector);
      assert.equal(await page.locator('h1').innerText(), name);
      assert.equal(await page.title(), `${name} · Confect`);
    }
  });

  test('segments: the table is what the server said; months and matrix live in the address', async () => {
    await open('/segments');
    const a = await ask('/api/segments');
    assert.equal(await page.locator('[data-segment]').count(), a.segments.rows.length);
    const first = a.segments.rows[0];
    const row = await page.locator('[data-segment="Champions"]').innerText();
    assert.ok(row.includes(f.cell(Number(first.net_sales), 'money', 'EUR')) && row.includes(f.count(Number(first.customers))), row);
    assert.match(await page.locator('[data-lead]').innerText(), /^Champions are 264 of all customers \(17%\)/);
    assert.match(await page.locator('[data-cell="55"]').innerText(), /109/);
    await page.getByLabel('As of the end of').selectOption({ label: 'Jun 2026' });
    await page.waitForFunction(() => !document.querySelector('[data-lead]').textContent.includes('264'));
    assert.equal(query().get('as_of'), '2026-06');
    await page.getByRole('button', { name: 'Matrix' }).click();
    assert.equal(query().get('migration'), 'matrix');
    const matrix = page.getByRole('region', { name: /Customers by segment before and after/ });
    assert.ok((await matrix.locator('tbody tr').count()) >= 11);
    await page.goBack();
    await idle(page);
    assert.equal(query().get('as_of'), null);
  });

  test('the proof can be missing', async () => {
    await open('/segments');
    assert.equal(await page.locator('[data-verdict]').getAttribute('data-verdict'), 'proven');
    await state('unproven');
    await open('/segments');
    assert.equal(await page.locator('[data-verdict]').getAttribute('data-verdict'), 'not proven');
    assert.match(await page.locator('[data-verdict]').innerText(), /may be chance/);
    await context.clearCookies({ name: 'state' });
  });

  test('lists: four of them, each with all its rows in a file', async () => {
    await open('/segments');
    for (const id of ['champions', 'whales', 'at_risk', 'win_back']) {
      const a = await ask('/api/segments');
      await page.locator('#lists [role="group"] button').nth(['champions', 'whales', 'at_risk', 'win_back'].indexOf(id)).click();
      const csv = await page.evaluate(async (href) => (await fetch(href)).text(), await page.locator('#lists [data-csv]').getAttribute('href'));
      assert.equal(csv.split('\r\n').length - 1, Number(a.counts.rows[0][id]), id);
    }
  });

  test('cohorts: blanks stay blank, choices live in the address, the file has every cell', async () => {
    await open('/cohorts');
    const a = await ask('/api/cohorts');
    const last = a.cells.rows[a.cells.rows.length - 1].cohort;
    const cells = await page.locator(`[data-cohort="${last}"] td.cell`).count();
    assert.equal(cells, 0, 'the youngest cohort has its first month only, which is not drawn');
    const second = a.cells.rows.find((r) => r.age === '1');
    assert.equal(await page.locator(`[data-cohort="${second.cohort}"] td.cell`).first().innerText(), f.roughly(Number(second.value)).replace('%', ''));
    await page.getByRole('button', { name: 'Rolling' }).click();
    await idle(page);
    assert.equal(query().get('retention'), 'rolling');
    await page.getByRole('combobox', { name: 'Measure' }).selectOption('cumulative_margin');
    await idle(page);
    await page.getByRole('button', { name: 'Per customer' }).waitFor();
    assert.match(await page.locator('[data-cohort]').nth(1).innerText(), /€/);
    const csv = await page.evaluate(async (href) => (await fetch(href)).text(), await page.locator('[data-csv="cohorts"]').getAttribute('href'));
    assert.ok(csv.split('\r\n').length > 300);
    await page.getByRole('combobox', { name: 'Cohort' }).selectOption('first_channel');
    await page.waitForSelector('[data-gap]');
    assert.match(await page.locator('[data-gap]').first().innerText(), /Nothing is known of the first purchase/);
  });

  test('curves are read with the keyboard', async () => {
    await open('/cohorts');
    const chart = page.getByRole('application', { name: /^Curves of/ });
    await chart.focus();
    await page.keyboard.press('Home');
    await page.keyboard.press('ArrowRight');
    assert.match(await page.locator('#curves [aria-live]').innerText(), /^Month 2: .*Weighted mean \d+\.\d%/);
  });

  test('value: sums of the server, caveats where the data are thin', async () => {
    await open('/value');
    const a = await ask('/api/value');
    assert.equal(await stat('total'), f.card(Number(a.totals.rows[0].clv_total), 'money', 'EUR'));
    assert.equal(await stat('error'), '4.9%');
    assert.equal(await page.getByRole('region', { name: /Deciles/ }).locator('tbody tr').count(), 10);
    await state('thin');
    await open('/value');
    assert.match(await page.locator('[data-caveat]').innerText(), /too few customers for a fit/);
    assert.equal(await stat('active'), '–');
    await context.clearCookies({ name: 'state' });
  });

  test('customers: / searches, Enter opens, back returns', async () => {
    await open('/customers');
    await page.locator('h1').focus();
    await page.keyboard.press('/');
    await page.keyboard.type(best);
    await page.waitForFunction((id) => document.querySelectorAll('[data-found] a[data-customer]').length === 1 && document.querySelector('[data-found] a[data-customer]').textContent === id, best);
    await page.keyboard.press('Enter');
    await page.waitForSelector('[data-head]');
    await idle(page);
    assert.equal(query().get('customer'), best);
    const a = await ask(`/api/customers/${best}`);
    assert.equal(await stat('net'), f.card(Number(a.customer.rows[0].monetary), 'money', 'EUR'));
    assert.equal(await stat('orders'), a.customer.rows[0].frequency);
    await page.getByRole('button', { name: /^Show all/ }).click();
    assert.equal(await page.locator('[data-order]').count(), a.orders.rows.length);
    await page.goBack();
    await page.waitForSelector('[data-found]');
  });

  test('customers: by the number of an order, and none at all', async () => {
    const order = (await ask(`/api/customers/${best}`)).orders.rows[0].order_no;
    await open('/customers');
    await page.locator('[data-search]').fill(order);
    await page.getByText(`order ${order}`).waitFor();
    await page.locator('[data-search]').fill('zzz');
    await page.getByText('No customer id and no order number begins with “zzz”.').waitFor();
  });

  for (const path of ['/segments', '/segments?migration=matrix&list=at_risk', '/cohorts', '/value', '/customers', '/customers?customer=BEST']) {
    for (const [scheme, width] of [['light', 1440], ['dark', 360]]) {
      test(`${path}: accessible, no sideways scrolling, ${scheme}, ${width} px`, async () => {
        await page.emulateMedia({ colorScheme: scheme });
        await page.setViewportSize({ width, height: 900 });
        await open(path.replace('BEST', best));
        await page.evaluate(() => document.querySelectorAll('details').forEach((d) => (d.open = true)));
        await shot(page, `customers-${path.replace(/\W+/g, '-')}-${scheme}-${width}`, { fullPage: true });
        const [inner, scroll] = await page.evaluate(() => [document.documentElement.clientWidth, document.documentElement.scrollWidth]);
        assert.ok(scroll <= inner, `${scroll} > ${inner}`);
        await page.evaluate(axe);
        const found = await page.evaluate(async () => (await window.axe.run()).violations.map((v) => ({ id: v.id, impact: v.impact, nodes: v.nodes.slice(0, 4).map((n) => `${n.target} ${n.failureSummary}`) })));
        assert.deepEqual(found.filter((v) => ['serious', 'critical'].includes(v.impact)), []);
      });
    }
  }

  test('nothing bought yet: each page says what lights it up', async () => {
    await page.emulateMedia({ colorScheme: 'light' });
    await page.setViewportSize({ width: 1440, height: 900 });
    await state('empty');
    for (const path of ['/segments', '/cohorts', '/value', '/customers']) {
      await open(path);
      assert.match(await page.locator('[data-gap]').first().innerText(), /after the first refresh with sales of known customers/, path);
    }
    await context.clearCookies({ name: 'state' });
  });

  test('no console errors and no CSP violations so far', () => assert.deepEqual(problems, []));

  test('a customer that is not there, and one that is hidden, look alike', async () => {
    await open('/customers?customer=nobody');
    const unknown = await page.locator('[data-missing]').innerText();
    const other = (await ask('/api/customers')).customers.rows.find((r) => r.country !== 'France').customer_id;
    await context.clearCookies();
    await page.goto(`${server.base}/customers?customer=${other}`);
    await page.locator('input[name="user"]').fill('lena');
    await page.locator('input[name="password"]').fill('confect');
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.waitForSelector('[data-missing]');
    assert.equal((await page.locator('[data-missing]').innerText()).replace(other, 'nobody'), unknown);
    await open('/segments');
    assert.match(await page.locator('main').innerText(), /You see part of the customers \(Country is France\)/);
    assert.match(await page.locator('#proof').innerText(), /about all customers together/);
  });
});

const { CONFECT_USER, CONFECT_PASSWORD } = process.env;
const noServer = skip || (BASE && CONFECT_USER ? false : 'CONFECT_URL and CONFECT_USER are not set');
test('pages about customers of a real server', { skip: noServer }, async (t) => {
  const { browser, page, problems } = await start();
  t.after(() => browser.close());
  await page.goto(`${BASE}/`);
  await page.locator('input[name="user"]').fill(CONFECT_USER);
  await page.locator('input[name="password"]').fill(CONFECT_PASSWORD);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.waitForSelector('[data-kpi], [data-empty]');
  const pages = await page.evaluate(async () => (await fetch('/api/pages')).json());
  if (!pages.some((p) => p.kind === 'segments')) return t.skip('this server has no such pages');
  problems.length = 0;
  for (const [path, selector] of [['/segments', '[data-segment]'], ['/cohorts', '[data-cohort]'], ['/value', '[data-stat="total"]'], ['/customers', '[data-found] a[data-customer]']]) {
    await page.goto(`${BASE}${path}`);
    await page.waitForSelector(selector);
    await idle(page);
    await shot(page, `real-${path.slice(1)}`, { fullPage: true });
  }
  await page.locator('[data-found] a[data-customer]').first().click();
  await page.waitForSelector('[data-head]');
  await idle(page);
  assert.ok((await page.locator('[data-order]').count()) > 0);
  await shot(page, 'real-customer', { fullPage: true });
  assert.deepEqual(problems, []);
});
