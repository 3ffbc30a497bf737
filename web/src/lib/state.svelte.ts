// The state of the page: who is signed in, what the address says, what the server answered.
import { api, ApiError, dropEarly } from './api';
import { addDays } from './format';
import { frozenBars, rememberBars } from './freeze';
import type { Page, PageRef, Session } from './types';
import { FIRST, kindOf } from './own';
import { apiQuery, emptyView, isFiltered, parseView, shift, toggle, toUrl, withFilter, type View } from './url';

const CACHE_SIZE = 24;
const FRESH_MS = 60_000;

export interface ToastAction { label: string; run: () => void }

class AppState {
  phase = $state<'boot' | 'signed-out' | 'ready'>('boot');
  session = $state.raw<Session | null>(null);
  /** The session ended while the page was open: sign in over it. */
  expired = $state(false);
  linkExpired = $state(false);
  pages = $state.raw<PageRef[]>([]);
  view = $state.raw<View>(emptyView());
  page = $state.raw<Page | null>(null);
  loadedAt = $state(0);
  loading = $state(false);
  error = $state.raw<ApiError | null>(null);
  expanded = $state<string | null>(null);
  help = $state(false);
  toast = $state('');
  toastAction = $state.raw<ToastAction | null>(null);
  /** Counts up when a page with code of its own shall ask the server again. */
  turn = $state(0);

  readonly pageId = $derived(this.view.page || this.pages[0]?.id || 'overview');
  readonly kind = $derived(kindOf(this.pageId, this.pages));
  readonly query = $derived(apiQuery(this.view));
  readonly filtered = $derived(isFiltered(this.view));
  /** The tiles to draw; the bar list that was clicked keeps the rows it had. */
  readonly tiles = $derived(this.page ? this.page.tiles.map((tile) => frozenBars(tile, this.pageId, this.view)) : []);

  #cache = new Map<string, { page: Page; at: number }>();
  #abort: AbortController | null = null;
  #seq = 0;
  #own = '';

  async start() {
    this.view = parseView(location.pathname, location.search);
    this.linkExpired = new URLSearchParams(location.search).get('link') === 'expired';
    window.addEventListener('popstate', () => {
      this.view = parseView(location.pathname, location.search);
      this.expanded = null;
      void this.load();
    });
    try {
      this.session = await api.session();
      await this.#enter();
    } catch (e) {
      if (e instanceof ApiError && e.status === 401) this.phase = 'signed-out';
      else this.#fail(e);
    } finally {
      // A page with code of its own takes its answer when that code has come.
      dropEarly(this.phase === 'ready' ? FIRST[this.kind] : '');
    }
  }

  async #enter() {
    this.phase = 'ready';
    this.expired = false;
    if (this.linkExpired) {
      this.linkExpired = false;
      history.replaceState(null, '', toUrl(this.view));
    }
    this.#own = '';
    const page = this.load();
    this.pages = await api.pages().catch(() => this.pages);
    await page;
  }

  async signIn(user: string, password: string) {
    this.session = await api.signIn(user, password);
    dropEarly();
    this.#cache.clear();
    await this.#enter();
  }

  async signOut() {
    await api.signOut().catch(() => undefined);
    dropEarly();
    this.#abort?.abort();
    this.#seq++;
    this.#cache.clear();
    this.session = null;
    this.page = null;
    this.phase = 'signed-out';
  }

  /** One request per page; a newer one aborts it, and a late answer never wins. */
  async load(force = false) {
    if (this.kind !== 'tiles') return this.#enterOwn(force);
    this.#own = '';
    const [id, query] = [this.pageId, this.query];
    const key = `${id}?${query}`;
    const seq = ++this.#seq;
    this.#abort?.abort();
    const hit = this.#cache.get(key);
    if (hit && !force) {
      this.#show(hit.page, hit.at);
      if (Date.now() - hit.at < FRESH_MS) return;
    }
    const abort = (this.#abort = new AbortController());
    this.loading = true;
    try {
      const page = await api.page(id, query, abort.signal);
      if (seq !== this.#seq) return;
      this.#cache.set(key, { page, at: Date.now() });
      if (this.#cache.size > CACHE_SIZE) this.#cache.delete(this.#cache.keys().next().value!);
      this.#show(page, Date.now());
    } catch (e) {
      if (seq !== this.#seq || (e instanceof DOMException && e.name === 'AbortError')) return;
      this.loading = false;
      this.#fail(e);
    }
  }

  /** A page with code of its own fetches by itself; here only what was before it ends. */
  #enterOwn(force: boolean) {
    if (this.#own === this.pageId && !force) return;
    this.#own = this.pageId;
    this.#seq++;
    this.#abort?.abort();
    this.page = null;
    this.error = null;
    this.turn++;
  }

  #show(page: Page, at: number) {
    rememberBars(page, this.pageId, this.view);
    if (this.page?.page.id !== page.page.id) document.title = `${page.page.title} · Confect`;
    this.page = page;
    this.loadedAt = at;
    this.loading = false;
    this.error = null;
  }

  failed(e: unknown) { this.#fail(e); }
  #fail(e: unknown) {
    const error = e instanceof ApiError ? e : new ApiError(0);
    if (error.status === 401) {
      if (this.phase === 'ready') this.expired = true;
      else this.phase = 'signed-out';
      return;
    }
    this.phase = 'ready';
    this.error = error;
  }

  // ---- moves: every one of them changes the address, never only a variable ----

  go(change: Partial<View>, replace = false) {
    const now = () => (this.kind === 'tiles' ? `${this.pageId}?${this.query}` : this.pageId);
    const before = now();
    this.view = { ...this.view, ...change };
    history[replace ? 'replaceState' : 'pushState'](null, '', toUrl(this.view));
    if (now() !== before) void this.load();
  }
  goPage(id: string) {
    // The period travels along; filters of another page might not exist there.
    const { range, from, to, compare } = this.view;
    const first = this.pages[0]?.id === id;
    if (this.page && this.page.page.id !== id) this.page = null;
    this.error = null;
    this.expanded = null;
    this.go({ ...emptyView(first ? '' : id), range, from, to, compare });
    requestAnimationFrame(() => document.querySelector('h1')?.focus());
  }
  setRange(range: string) { this.go({ range, from: null, to: null }); }
  setDates(from: string, to: string) { this.go({ range: 'custom', from, to }); }
  setCompare(compare: string) { this.go({ compare }); }
  setFilter(id: string, values: string[]) { this.go({ filters: withFilter(this.view.filters, id, values) }); }
  toggleFilter(id: string, value: string, add: boolean) { this.go({ filters: toggle(this.view.filters, id, value, add) }); }
  reset() {
    const { sort, show } = this.view;
    if (this.filtered) this.go({ ...emptyView(this.view.page), sort, show });
  }
  resetRange() { this.setRange(emptyView().range); }
  toggleTable(tile: string) {
    const { show } = this.view;
    this.go({ show: show.includes(tile) ? show.filter((s) => s !== tile) : [...show, tile] }, true);
  }
  setSort(sort: string | null) { this.go({ sort }, true); }

  #lastCompare = 'last-year';
  toggleCompare() {
    if (this.view.compare !== 'none') this.#lastCompare = this.view.compare;
    this.setCompare(this.view.compare === 'none' ? this.#lastCompare : 'none');
  }
  stepPeriod(by: 1 | -1) {
    if (!this.page) return;
    const { from, to } = shift(this.page.period, by);
    const { data_from, data_to } = this.page.publication;
    if (to <= data_from || from > addDays(data_to, 1)) this.say('No data beyond this period');
    else this.setDates(from, to);
  }

  #toastTimer = 0;
  /** What the word at the foot of the window offers: its button, or the key `u`. */
  act() {
    const run = this.toastAction?.run;
    this.say('');
    run?.();
  }
  /** A word at the foot of the window; with an action it stays longer. */
  say(text: string, action: ToastAction | null = null) {
    this.toast = text;
    this.toastAction = action;
    clearTimeout(this.#toastTimer);
    this.#toastTimer = window.setTimeout(() => (this.toast = ''), action ? 10_000 : 2600);
  }
}

export const app = new AppState();
