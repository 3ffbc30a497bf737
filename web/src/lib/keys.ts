// Keyboard shortcuts. The list feeds the help dialog, so it cannot go stale.
export interface Shortcut { keys: string; label: string; run: () => void }

const typing = (el: Element | null) =>
  el instanceof HTMLElement &&
  (el.isContentEditable || el.matches('textarea, select') || (el instanceof HTMLInputElement && !/checkbox|radio|button/.test(el.type)));

/** Listens on the window; returns the function that stops it. */
export function listen(list: () => Shortcut[]): () => void {
  let first = '';
  let since = 0;
  const down = (e: KeyboardEvent) => {
    if (e.ctrlKey || e.metaKey || e.altKey || e.isComposing || typing(document.activeElement)) return;
    if (document.querySelector('dialog:modal') && e.key !== '?') return;
    const chord = first && e.timeStamp - since < 1200 ? `${first} ${e.key}` : '';
    const hit = list().find((s) => s.keys === chord) ?? list().find((s) => s.keys === e.key);
    first = '';
    if (hit) {
      e.preventDefault();
      hit.run();
    } else if (list().some((s) => s.keys.startsWith(`${e.key} `))) {
      first = e.key;
      since = e.timeStamp;
    }
  };
  window.addEventListener('keydown', down);
  return () => window.removeEventListener('keydown', down);
}
