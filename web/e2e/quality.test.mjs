// The page "Data quality & runs" against the built interface and the invented shop of mock/: all states of
// it can be had there, and no server is needed. The last test asks a real server, if one is named.
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

/** `node mock/serve.mjs` on a free port. */
async function mock() {
  const child = spawn(process.execPath, [here('../mock/serve.mjs'), '0'], { stdio: ['ignore', 'pipe', 'inherit'] });
  const link = await new Promise((resolve, reject) => {
    child.stdout.once('data', (text) => resolve(String(text).trim()));
    child.once('exit', (code) => reject(new Error(`the mock server ended with ${code}`)));
  });
  return { child, link, base: new URL(link).origin };
}

describe('data quality and runs', { skip }, () => {
  let browser, context, page, problems, server, f;
  const open = async (path = '/quality') => {
    await page.goto(server.base + path);
    await ready();
  };
  const ready = async () => {
    await page.waitForSelector('[data-verdict], [data-empty], [role="alert"]');
    await page.waitForFunction(() => document.querySelector('main[aria-busy]')?.getAttribute('aria-busy') === 'false');
    await page.waitForTimeout(150);
  };
  const state = (value) => context.addCookies([{ name: 'state', value, url: server.base }]);
  const ask = () => page.evaluate(async () => (await fetch('/api/quality')).json());
  const kpi = (id) => page.locator(`[data-q="${id}"]`).innerText();
  const query = () => new URL(page.url()).searchParams;

  before(async () => {
    f = await format();
    server = await mock();
    ({ browser, context, page, problems } = await start());
    await page.goto(server.link);
    await page.waitForSelector('[data-kpi]');
  });
  after(async () => {
    await browser?.close();
    server?.child.kill();
  });

  test('its code loads when it is opened, not before', async () => {
    const names = () => page.evaluate(() => performance.getEntriesByType('resource').map((r) => r.name.split('/').pop()));
    assert.ok(!(await names()).includes('Quality.js'));
    await page.getByRole('link', { name: 'Data quality & runs' }).click();
    await ready();
    assert.ok((await names()).includes('Quality.js'));
    assert.equal(await page.locator('h1').innerText(), 'Data quality & runs');
    assert.match(await page.title(), /^Data quality & runs/);
    assert.equal(await page.locator('[aria-label="Filters"]').count(), 0);
    await shot(page, 'quality-light', { fullPage: true });
  });

  test('figures are those of the API, and the account closes', async () => {
    const q = await ask();
    const read = q.sources.reduce((s, x) => s + x.rows_in, 0);
    const loaded = q.sources.reduce((s, x) => s + x.loaded, 0);
    assert.equal(await kpi('read'), f.card(read, 'count', ''));
    assert.equal(await kpi('loaded'), f.portion(loaded, read));
    assert.equal(await kpi('open'), f.card(q.quarantine.open, 'count', ''));
    assert.equal(await kpi('checks'), `${q.publication.checks_passed} of ${q.publication.checks_total}`);
    assert.equal(await kpi('to'), f.day(q.publication.data_to));
    assert.equal(await page.locator('[data-proof]').getAttribute('data-proof'), 'true');
    assert.match(await page.locator('.whole').innerText(), new RegExp(`${f.count(read)}[\\s\\S]*\\b0$`));
  });

  test('one request serves the page', async () => {
    const asked = [];
    const note = (r) => r.url().includes('/api/') && asked.push(new URL(r.url()).pathname);
    page.on('request', note);
    await open();
    page.off('request', note);
    assert.deepEqual(asked.sort(), ['/api/pages', '/api/quality', '/api/session']);
  });

  test('the flow is read by keyboard and by mouse, in rows and in money', async () => {
    const flow = page.locator('#reconciliation [role="application"]');
    await flow.focus();
    await page.keyboard.press('Home');
    assert.match(await page.locator('#reconciliation [aria-live]').innerText(), /^online_retail to Sales: [\d,]+ rows, €[\d,.]+, [\d.]+% of online_retail$/);
    assert.match(await page.locator('#reconciliation .tip').innerText(), /online_retail → Sales/);
    await page.keyboard.press('Escape');
    assert.equal(await page.locator('#reconciliation .tip').count(), 0);
    await page.locator('#reconciliation .grip').nth(1).hover({ force: true });
    await page.locator('#reconciliation .tip').waitFor();
    await page.getByRole('button', { name: 'Money', exact: true }).click();
    assert.equal(query().get('flow'), 'money');
    assert.match(await page.locator('#reconciliation svg').innerHTML(), /−€719k/);
    await page.getByRole('button', { name: 'Rows', exact: true }).click();
    assert.equal(query().get('flow'), null);
  });

  test('a reason filters the rows; back clears it', async () => {
    await page.locator('[data-reason="control-byte"]').click();
    assert.match(query().get('reason'), /^control-byte/);
    assert.equal(await page.locator('[data-row]').count(), 16);
    const row = await page.locator('[data-row]').first().innerText();
    assert.ok(row.includes('\\u{202e}SESAC\\u{202c}') || row.includes('\\0'), row);
    assert.ok(!/[\u202a-\u202e\0]/.test(await page.locator('#aside').innerText()), 'nothing turns the text around');
    assert.ok((await page.locator('[data-row] mark').count()) > 0);
    await page.goBack();
    assert.equal(await page.locator('[data-row]').count(), 50);
    await page.getByRole('navigation', { name: 'Pages of rows' }).getByRole('button', { name: 'Next' }).click();
    await page.getByText(/^51 to 100 of /).waitFor();
  });

  test('rows are ignored, that is undone, and reopened', async () => {
    const before = Number(await kpi('open'));
    await page.locator('[data-reason="bad-key"]').click();
    await page.locator('[data-row] input').nth(0).check();
    await page.locator('[data-row] input').nth(1).check();
    await page.locator('[data-act="ignore"]').click();
    await page.getByText('2 rows ignored').waitFor();
    assert.equal(Number(await kpi('open')), before - 2);
    assert.equal((await ask()).quarantine.open, before - 2);
    await page.getByRole('button', { name: 'Undo' }).click();
    await page.getByText('2 rows reopened').waitFor();
    assert.equal((await ask()).quarantine.open, before);
    assert.equal(await page.locator('[data-row]').count(), 5);

    await page.locator('[data-row] input').nth(4).check();
    await page.locator('[data-act="ignore"]').click();
    await page.getByText('1 row ignored').waitFor();
    assert.equal(await page.evaluate(() => document.activeElement.id), 'aside');
    await page.keyboard.press('u');
    await page.getByText('1 row reopened').waitFor();
    assert.equal((await ask()).quarantine.open, before);

    await page.getByLabel('Select all 5 rows').check();
    await page.locator('[data-act="ignore"]').click();
    await page.getByText('Nothing is open here.').waitFor();
    await page.getByRole('button', { name: 'Ignored', exact: true }).click();
    assert.equal(query().get('rows'), 'ignored');
    await page.getByLabel('Select all 5 rows').check();
    await page.locator('[data-act="reopen"]').click();
    await page.getByText('Nothing was ignored here.').waitFor();
    assert.equal((await ask()).quarantine.open, before);
  });

  test('a refused change says so and changes nothing', async () => {
    await open();
    const before = await kpi('open');
    await page.route('**/api/quarantine/state', (route) => route.fulfill({ status: 409, json: { error: { code: 'busy', message: 'a refresh is running', hints: [], detail: null, request_id: 'x' } } }));
    await page.locator('[data-row] input').first().check();
    await page.locator('[data-act="ignore"]').click();
    await page.getByText('a refresh is running').waitFor();
    assert.equal(await kpi('open'), before);
    await page.unrouteAll();
    problems.splice(0, problems.length, ...problems.filter((p) => !p.includes('409')));
  });

  test('the export is a file', async () => {
    const href = await page.locator('#aside a[download]').getAttribute('href');
    const res = await context.request.get(server.base + href);
    assert.equal(res.status(), 200);
    assert.match(res.headers()['content-type'], /text\/csv/);
  });

  test('checks: failures first, only failures, search', async () => {
    assert.equal(await page.locator('[data-check]').first().getAttribute('data-check'), 'failed');
    await page.getByRole('button', { name: /^Failed/ }).click();
    assert.equal(await page.locator('[data-check]').count(), 2);
    await page.getByRole('button', { name: /^All 35/ }).click();
    await page.getByRole('searchbox', { name: 'Search checks' }).fill('dim_date unique');
    assert.equal(await page.locator('[data-check]').count(), 1);
    await page.getByRole('searchbox', { name: 'Search checks' }).fill('');
  });

  test('a run opens to its timeline, a failed one to its reason', async () => {
    await page.locator('[data-run="31"] button').click();
    assert.equal(await page.locator('#run-31 ol li').count(), 25);
    assert.equal(query().get('run'), '31');
    await page.locator('[data-run="25"] button').click();
    assert.match(await page.locator('#run-25 pre').innerText(), /too-many-quarantined/);
    assert.equal(await page.locator('#run-31').count(), 0);
    await page.getByRole('button', { name: 'All 24 runs' }).click();
    assert.equal(await page.locator('[data-run]').count(), 24);
  });

  test('lineage: one tab stop, arrows walk, the way up and down lights up', async () => {
    assert.equal(await page.locator('[data-node][tabindex="0"]').count(), 1);
    await page.locator('[data-node="staging:stg_sale_lines"]').hover();
    assert.match(await page.locator('#lineage .sum').innerText(), /^stg_sale_lines is made from 4 and used by \d+ nodes\.$/);
    assert.ok((await page.locator('#lineage path.on').count()) > 10);
    await page.locator('[data-node][tabindex="0"]').focus();
    await page.keyboard.press('ArrowRight');
    assert.match(await page.evaluate(() => document.activeElement.dataset.node), /^staging:/);
    await page.keyboard.press('Enter');
    assert.equal(await page.locator('[data-node][aria-pressed="true"]').count(), 1);
  });

  test('sections are reached from the top', async () => {
    await page.getByRole('navigation', { name: 'Sections of this page' }).getByRole('link', { name: 'Runs' }).click();
    await page.waitForTimeout(900);
    assert.equal(await page.evaluate(() => document.activeElement.id), 'runs');
    assert.match(page.url(), /#runs$/);
    const top = await page.locator('#runs').evaluate((e) => e.getBoundingClientRect().top);
    assert.ok(top >= 0 && top < 400, `${top}`);
  });

  for (const [scheme, width] of [['light', 1440], ['dark', 1440], ['light', 360], ['dark', 360]]) {
    test(`no serious accessibility violations and no sideways scrolling, ${scheme}, ${width} px`, async () => {
      await page.emulateMedia({ colorScheme: scheme });
      await page.setViewportSize({ width, height: 900 });
      await open('/quality?run=25&reason=bad-date%2Fonline_retail%2Fsold_at&rows=all');
      await page.locator('[data-row] input').first().check();
      await page.evaluate(() => document.querySelectorAll('details').forEach((d) => (d.open = true)));
      await shot(page, `quality-${scheme}-${width}`, { fullPage: true });
      const [inner, scroll] = await page.evaluate(() => [document.documentElement.clientWidth, document.documentElement.scrollWidth]);
      assert.ok(scroll <= inner, `${scroll} > ${inner}`);
      await page.evaluate(axe);
      const found = await page.evaluate(async () => (await window.axe.run()).violations.map((v) => ({ id: v.id, impact: v.impact, nodes: v.nodes.slice(0, 4).map((n) => `${n.target} ${n.failureSummary}`) })));
      assert.deepEqual(found.filter((v) => ['serious', 'critical'].includes(v.impact)), []);
    });
  }

  test('on paper: nothing wider than the sheet, no controls', async () => {
    await page.emulateMedia({ media: 'print', colorScheme: 'light' });
    await page.setViewportSize({ width: 1040, height: 720 });
    await open();
    const wide = await page.evaluate(() => [...document.querySelectorAll('#reconciliation .canvas, #lineage .canvas, main table')].map((e) => Math.round(e.getBoundingClientRect().right)).filter((r) => r > 1040));
    assert.deepEqual(wide, []);
    assert.equal(await page.locator('[aria-label="Sections of this page"]').isVisible(), false);
    await shot(page, 'quality-print', { fullPage: true });
    await page.emulateMedia({ media: 'screen' });
  });

  test('states: a failed run, nothing set aside, nothing read yet', async () => {
    await page.emulateMedia({ colorScheme: 'light' });
    await page.setViewportSize({ width: 1440, height: 900 });
    const verdict = () => page.locator('[data-verdict]').getAttribute('data-verdict');
    await state('failed');
    await open();
    assert.equal(await verdict(), 'bad');
    await state('clean');
    await open();
    assert.equal(await verdict(), 'good');
    assert.match(await page.locator('[data-none]').innerText(), /Nothing was set aside[\s\S]*48 rows/);
    await state('empty');
    await open();
    assert.match(await page.locator('[data-empty]').innerText(), /confect refresh/);
    await shot(page, 'quality-empty');
    await context.clearCookies({ name: 'state' });
  });

  test('another page and back: periods and filters of either stay apart', async () => {
    await open('/quality?reason=bad-key%2Fcrm%2Fcustomer_id');
    await page.getByRole('link', { name: 'Executive overview' }).click();
    await page.waitForSelector('[data-kpi]');
    assert.equal(query().get('reason'), null);
    await page.goBack();
    await ready();
    assert.equal(await page.locator('[data-row]').count(), 5);
  });

  test('no console errors and no CSP violations so far', () => assert.deepEqual(problems, []));

  test('a server that fails says so, and trying again helps', async () => {
    await page.route('**/api/quality', (route) => route.fulfill({ status: 500, json: {} }));
    await page.goto(`${server.base}/quality`);
    await page.getByRole('alert').waitFor();
    await page.unrouteAll();
    await page.getByRole('button', { name: 'Try again' }).click();
    await page.waitForSelector('[data-verdict]');
    assert.equal(await page.getByRole('alert').count(), 0);
  });

  test('who may not see it has no link, and is told so at its address', async () => {
    await context.clearCookies();
    await page.goto(`${server.base}/quality`);
    await page.locator('input[name="user"]').fill('lena');
    await page.locator('input[name="password"]').fill('confect');
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByText('Only owners see data quality and runs.').waitFor();
    assert.equal(await page.getByRole('link', { name: 'Data quality & runs' }).count(), 0);
    assert.equal(await page.locator('[data-verdict]').count(), 0);
  });
});

const { CONFECT_USER, CONFECT_PASSWORD } = process.env;
const noServer = skip || (BASE && CONFECT_USER ? false : 'CONFECT_URL and CONFECT_USER are not set');
test('data quality and runs of a real server', { skip: noServer }, async (t) => {
  const { browser, page, problems } = await start();
  t.after(() => browser.close());
  await page.goto(`${BASE}/`);
  await page.locator('input[name="user"]').fill(CONFECT_USER);
  await page.locator('input[name="password"]').fill(CONFECT_PASSWORD);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.waitForSelector('[data-kpi], [data-empty]');
  const pages = await page.evaluate(async () => (await fetch('/api/pages')).json());
  if (!pages.some((p) => p.kind === 'quality')) return t.skip('this server has no such page');
  problems.length = 0;
  await page.goto(`${BASE}/quality`);
  await page.waitForSelector('[data-verdict]');
  assert.equal(await page.locator('[data-proof]').getAttribute('data-proof'), 'true');
  await shot(page, 'quality-real', { fullPage: true });
  assert.deepEqual(problems, []);
});
