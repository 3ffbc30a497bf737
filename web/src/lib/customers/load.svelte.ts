// One answer of a page with code of its own: asked again when its address changes, late answers never win,
// old numbers stay until new ones are there.
import { untrack } from 'svelte';
import { api, ApiError } from '../api';
import { app } from '../state.svelte';

export function load<T>(path: () => string) {
  let data = $state.raw<T | null>(null);
  let missing = $state(false);
  let seq = 0;
  $effect(() => {
    const where = path();
    void app.turn; // asked to look again
    untrack(() => void ask(where));
    return () => { seq++; };
  });

  async function ask(where: string) {
    const mine = ++seq;
    app.loading = true;
    try {
      const answer = await api.own<T>(where);
      if (mine !== seq) return;
      data = answer;
      missing = false;
      app.loadedAt = Date.now();
      app.error = null;
    } catch (e) {
      if (mine !== seq) return;
      missing = e instanceof ApiError && e.status === 404;
      if (missing) data = null;
      else app.failed(e);
    } finally {
      if (mine === seq) app.loading = false;
    }
  }
  return {
    get data() { return data; },
    /** There is nothing at that address, or nothing that the viewer may see. */
    get missing() { return missing; },
  };
}

/** The name of the page in the title of the window. */
export function titled(fallback: string) {
  $effect(() => {
    document.title = `${app.pages.find((p) => p.id === app.pageId)?.title ?? fallback} · Confect`;
  });
}
