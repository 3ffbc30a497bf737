// The page Market basket against the mock: rules, sifting, sorting, ladder, cross-shopping, empty, narrow, dark.
// The same page against a real server: only that it opens and its numbers agree with its own answer.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { after, before, test } from 'node:test';
import { BASE, CHROMIUM, shot, start } from './helpers.mjs';

const PORT = 4187;
const MOCK = `http://127.0.0.1:${PORT}`;
const none = existsSync(CHROMIUM) ? false : `no Chromium at ${CHROMIUM}`;
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
let server, env;

before(async () => {
  if (none) return;
  server = spawn(process.execPath, ['mock/serve.mjs', String(PORT)], { stdio: ['ignore', 'pipe', 'inherit'] });
  await new Promise((done) => server.stdout.once('data', done));
  env = await start();
  await env.page.goto(`${MOCK}/sign-in?token=demo`);
});
after(async () => {
  await env?.browser.close();
  server?.kill();
});

const open = async (query = '') => {
  await env.page.goto(`${MOCK}/basket${query}`);
  await env.page.waitForSelector('[data-rule], [data-empty]');
  await env.page.waitForFunction(() => document.querySelector('main[aria-busy]')?.getAttribute('aria-busy') === 'false');
};
const rules = () => env.page.locator('[data-rule]').allInnerTexts();

test('rules are listed, sorted and sifted, and the address keeps it', { skip: none }, async () => {
  await open();
  assert.equal((await rules()).length, 8);
  assert.match((await rules())[0], /Praline box → Truffles, dusted/);
  await env.page.getByLabel('Variants too').check();
  assert.equal((await rules()).length, 9);
  assert.match(env.page.url(), /variants=1/);
  await env.page.getByRole('button', { name: 'Receipts', exact: true }).click();
  assert.match(env.page.url(), /sort=baskets/);
  assert.match((await rules())[0], /560/);
  await env.page.getByLabel('How many at least').selectOption('0.5');
  assert.equal((await rules()).length, 2);
  assert.match(env.page.url(), /confidence=0\.5/);
  await env.page.reload();
  await env.page.waitForSelector('[data-rule]');
  assert.equal((await rules()).length, 2);
  await shot(env.page, 'basket', { fullPage: true });
});

test('a rule leads to the ladder of its article, by keyboard too', { skip: none }, async () => {
  await open();
  await env.page.getByRole('button', { name: /Hazelnut wafers → Butter biscuits/ }).focus();
  await env.page.keyboard.press('Enter');
  await env.page.getByRole('heading', { name: 'What goes with Hazelnut wafers' }).waitFor();
  assert.match(env.page.url(), /article=WAF/);
  assert.match(await env.page.locator('#ladder li').first().innerText(), /Butter biscuits/);
});

test('groups are compared, two at least', { skip: none }, async () => {
  await open('?level=category');
  const chips = env.page.locator('#cross .chips button');
  await chips.nth(2).waitFor();
  await chips.nth(2).click();
  await env.page.waitForFunction(() => document.querySelectorAll('#cross .chips button').length === 2);
  assert.ok(await chips.nth(0).isDisabled());
  assert.equal(await env.page.locator('#cross li').count(), 3);
});

test('an empty level says what lights it up', { skip: none }, async () => {
  await open('?level=subcategory');
  assert.match(await env.page.locator('[data-empty]').innerText(), /No article has a subcategory[\s\S]*products/);
});

test('narrow, dark and accessible', { skip: none }, async () => {
  await env.page.setViewportSize({ width: 360, height: 800 });
  await env.page.emulateMedia({ colorScheme: 'dark' });
  await open();
  const over = await env.page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
  assert.ok(over <= 0, `the page is ${over} px too wide`);
  await shot(env.page, 'basket-narrow-dark');
  for (const scheme of ['dark', 'light']) {
    await env.page.emulateMedia({ colorScheme: scheme });
    await env.page.waitForTimeout(300);
    await env.page.evaluate(axe);
    const found = await env.page.evaluate(() => window.axe.run(document.querySelector('main')));
    const serious = found.violations.filter((v) => ['serious', 'critical'].includes(v.impact));
    assert.deepEqual(serious.map((v) => `${v.id}: ${v.nodes[0].html}`), [], scheme);
  }
  await env.page.setViewportSize({ width: 1440, height: 900 });
});

const { CONFECT_USER, CONFECT_PASSWORD } = process.env;

// By password: the link works once, and another file needs it.
test('against a real server the page shows its own answer', { skip: none || (!BASE || !CONFECT_USER ? 'no server' : false) }, async () => {
  const { browser, page, problems } = await start();
  try {
    await page.goto(BASE);
    await page.locator('input[name="user"]').fill(CONFECT_USER);
    await page.locator('input[name="password"]').fill(CONFECT_PASSWORD);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.waitForSelector('[data-kpi], [data-empty]');
    problems.length = 0;
    await page.goto(`${BASE}/basket`);
    await page.waitForSelector('[data-rule], [data-empty]');
    const answer = await page.evaluate(async () => (await fetch('/api/basket')).json());
    const shown = answer.rules.filter((rule) => !rule.is_variant).length || answer.rules.length;
    assert.equal(await page.locator('[data-rule]').count(), Math.min(25, shown));
    assert.deepEqual(problems, []);
  } finally {
    await browser.close();
  }
});
