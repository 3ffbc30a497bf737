// Byte budgets of look.md 9.1. Run after `npm run build`; fails when one is exceeded.
import { readdirSync, readFileSync } from 'node:fs';
import { brotliCompressSync, constants } from 'node:zlib';

const dir = new URL('../dist/assets/', import.meta.url);
const html = readFileSync(new URL('../dist/index.html', import.meta.url), 'utf8');
const files = readdirSync(dir).map((name) => {
  const raw = readFileSync(new URL(name, dir));
  const br = brotliCompressSync(raw, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } }).length;
  return { name, raw: raw.length, br };
});
const kb = (n) => `${(n / 1000).toFixed(1)} kB`;
const total = (list, key) => list.reduce((s, f) => s + f[key], 0);
const js = files.filter((f) => f.name.endsWith('.js'));
const initial = js.filter((f) => html.includes(f.name));

const checks = [
  ['initial script, brotli', total(initial, 'br'), 60_000],
  ...js.filter((f) => !initial.includes(f)).map((f) => [`lazy chunk ${f.name}, brotli`, f.br, 25_000]),
  // 12 kB until a second page of its own came; each brings its styles with its chunk, so the first view pays for none of them.
  // 12 kB were for one page of tiles; five pages with code of their own came, each with 0.4 to 5 kB that load with it.
  ['styles, brotli', total(files.filter((f) => f.name.endsWith('.css')), 'br'), 16_000],
  ['font of the first view', files.find((f) => f.name === 'geist-latin-wght-normal.woff2')?.raw ?? 0, 30_000],
  ['index.html', html.length, 4_000],
  ['everything in the binary', total(files, 'raw') + html.length, 1_000_000],
];
let over = 0;
for (const [what, size, limit] of checks) {
  if (size > limit) over++;
  console.log(`${size > limit ? 'OVER' : 'ok  '}  ${what}: ${kb(size)} of ${kb(limit)}`);
}
process.exit(over ? 1 : 0);
