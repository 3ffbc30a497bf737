// Serves web/dist with the Content-Security-Policy of the real server, and the mock API.
// `node mock/serve.mjs [port]` — what the e2e tests run against when there is no Rust server at hand.
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { extname, normalize } from 'node:path';
import { handler } from './api.mjs';

const dist = new URL('../dist/', import.meta.url);
const port = Number(process.argv[2] ?? 4173);
const TYPES = { '.html': 'text/html', '.js': 'text/javascript', '.css': 'text/css', '.svg': 'image/svg+xml', '.woff2': 'font/woff2' };

const html = (await readFile(new URL('index.html', dist), 'utf8')).replaceAll('./assets/', '/assets/');
const hashes = [...html.matchAll(/<script>([\s\S]*?)<\/script>/g)].map(([, s]) => `'sha256-${createHash('sha256').update(s).digest('base64')}'`);
const CSP = `default-src 'none'; script-src 'self' ${hashes.join(' ')}; style-src 'self'; img-src 'self'; font-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'`;

const server = createServer((req, res) => {
  handler(req, res, async () => {
    const path = normalize(new URL(req.url, 'http://mock').pathname);
    if (path.startsWith('/assets/')) {
      const body = await readFile(new URL(`.${path}`, dist)).catch(() => null);
      res.writeHead(body ? 200 : 404, { 'content-type': TYPES[extname(path)] ?? 'application/octet-stream' });
      return res.end(body);
    }
    res.writeHead(200, { 'content-type': 'text/html', 'content-security-policy': CSP });
    res.end(html);
  });
});
server.listen(port, '127.0.0.1', () => console.log(`http://127.0.0.1:${server.address().port}/sign-in?token=demo`));
