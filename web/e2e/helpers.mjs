// A browser against a real server. Addresses come from the environment:
//   CONFECT_URL      http://127.0.0.1:8080
//   CONFECT_SIGN_IN  one-time sign-in link of that server
//   CHROMIUM         default /usr/bin/chromium
import { existsSync, mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';
import { runnerImport } from 'vite';

export const BASE = process.env.CONFECT_URL?.replace(/\/$/, '');
export const SIGN_IN = process.env.CONFECT_SIGN_IN;
export const CHROMIUM = process.env.CHROMIUM ?? '/usr/bin/chromium';
const SHOTS = fileURLToPath(new URL('./shots/', import.meta.url));

export const skip =
  !BASE || !SIGN_IN ? 'CONFECT_URL and CONFECT_SIGN_IN are not set' : existsSync(CHROMIUM) ? false : `no Chromium at ${CHROMIUM}`;

export async function start() {
  mkdirSync(SHOTS, { recursive: true });
  const browser = await chromium.launch({
    executablePath: CHROMIUM,
    args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
  });
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, colorScheme: 'light' });
  const problems = [];
  context.on('page', (page) => {
    page.on('console', (m) => m.type() === 'error' && problems.push(`console: ${m.text()}`));
    page.on('pageerror', (e) => problems.push(`script: ${e.message}`));
  });
  await context.addInitScript(() => {
    document.addEventListener('securitypolicyviolation', (e) => console.error(`CSP ${e.violatedDirective} ${e.blockedURI} ${e.sourceFile}`));
  });
  const page = await context.newPage();
  return { browser, context, page, problems };
}

/** The formatter of the page itself, so that "formatted" means the same on both sides. */
export const format = async () => (await runnerImport(fileURLToPath(new URL('../src/lib/format.ts', import.meta.url)))).module;

export const shot = (page, name, options = {}) => page.screenshot({ path: `${SHOTS}${name}.png`, ...options });

/** The page is idle: tiles are there and no request is under way. */
export async function settled(page) {
  await page.waitForSelector('[data-kpi], [data-empty]');
  await page.waitForFunction(() => document.querySelector('main[aria-busy]')?.getAttribute('aria-busy') === 'false');
  await page.waitForTimeout(320); // bars finish moving
}

export const open = async (page, path) => {
  await page.goto(BASE + path);
  await settled(page);
};

export const kpiText = (page, id) => page.locator(`[data-kpi="${id}"] .value`).innerText();
export const answer = (page, query = '') =>
  page.evaluate(async (q) => (await fetch(`/api/page/overview${q}`)).json(), query);
