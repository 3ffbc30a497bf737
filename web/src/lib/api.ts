// The only file that talks to the server.
import { parsePage } from './parse';
import type { Basket, Cross, Ladder } from '../pages/basket/types';
import type { Decided, Quality, RowState } from '../pages/quality/types';
import type { Page, PageRef, Session, WirePage } from './types';

export class ApiError extends Error {
  status: number;
  code: string;
  detail: string | null;
  hints: string[];
  requestId: string | null;
  constructor(status: number, body?: Partial<Wire>) {
    super(body?.message || fallback(status));
    this.status = status;
    this.code = body?.code || (status ? 'http-error' : 'network');
    this.detail = body?.detail ?? null;
    this.hints = body?.hints ?? [];
    this.requestId = body?.request_id ?? null;
  }
}
interface Wire { code: string; message: string; detail: string | null; hints: string[]; request_id: string }

const fallback = (status: number) =>
  status === 0 ? 'The server cannot be reached.' : status >= 500 ? 'The server could not answer.' : 'The request was refused.';

async function read<T>(pending: Promise<Response>): Promise<T> {
  let res: Response;
  try {
    res = await pending;
  } catch (e) {
    if (e instanceof DOMException && e.name === 'AbortError') throw e;
    throw new ApiError(0);
  }
  if (res.ok) return (res.status === 204 ? undefined : await res.json()) as T;
  const body = (await res.json().catch(() => null)) as { error?: Partial<Wire> } | null;
  throw new ApiError(res.status, body?.error);
}

/** index.html starts the first requests while this file is still on its way. */
declare global {
  interface Window { early?: Record<string, Promise<Response>> }
}
function get<T>(path: string, signal?: AbortSignal): Promise<T> {
  const early = window.early?.[path];
  if (early) delete window.early![path];
  return read<T>(early ?? fetch(path, { signal, headers: { accept: 'application/json' } }));
}
/** Forget what index.html asked for: it belongs to the first load of this session only. */
export const dropEarly = (except = '') => {
  const kept = window.early?.[except];
  window.early = kept ? { [except]: kept } : {};
};

const post = <T>(path: string, body: unknown): Promise<T> =>
  read<T>(fetch(path, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }));

const pagePath = (id: string) => `/api/page/${encodeURIComponent(id)}`;
const withQuery = (path: string, query: string) => (query ? `${path}?${query}` : path);
const withItems = (path: string, query: string, items: string[]) => {
  const q = new URLSearchParams(query);
  for (const item of items) q.append('item', item);
  return withQuery(path, q.toString());
};

export const api = {
  session: () => get<Session>('/api/session'),
  signIn: (user: string, password: string) => post<Session>('/api/sign-in', { user, password }),
  signOut: () => post<void>('/api/sign-out', {}),
  pages: () => get<PageRef[]>('/api/pages'),
  page: async (id: string, query: string, signal: AbortSignal): Promise<Page> =>
    parsePage(await get<WirePage>(withQuery(pagePath(id), query), signal)),
  basket: (query: string) => get<Basket>(withQuery('/api/basket', query)),
  basketCsv: (query: string) => withQuery('/api/basket.csv', query),
  basketLadder: (query: string, code: string) => get<Ladder>(withItems('/api/basket/ladder', query, [code])),
  basketCross: (query: string, codes: string[]) => get<Cross>(withItems('/api/basket/cross', query, codes)),
  quality: () => get<Quality>('/api/quality'),
  /** What a page with code of its own asks: a path of the API with its parameters. */
  own: <T>(path: string) => get<T>(path),
  decideIdentity: (left: string, right: string, decision: Decided) => post<void>('/api/identity', { left, right, decision }),
  setAside: (ids: string[], state: RowState) => post<void>('/api/quarantine/state', { ids, state }),
  quarantineCsv: '/api/quarantine.csv',
  csvUrl: (id: string, tile: string, query: string) =>
    withQuery(`${pagePath(id)}/tile/${encodeURIComponent(tile)}.csv`, query),
};
