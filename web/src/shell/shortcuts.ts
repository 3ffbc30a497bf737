import type { Shortcut } from '../lib/keys';
import { app } from '../lib/state.svelte';

/** The card that has the focus, else the one under the mouse. */
const cardId = (): string | undefined =>
  (document.activeElement?.closest<HTMLElement>('[data-card]') ?? document.querySelector<HTMLElement>('[data-card]:hover'))?.dataset.card;

const onCard = (run: (id: string) => void) => () => {
  const id = cardId();
  if (id) run(id);
  else app.say('Point at a card first');
};

function table(id: string) {
  const kind = app.tiles.find((tile) => tile.id === id)?.kind;
  if (kind === 'table' || kind === 'missing') app.say('This card has no other view');
  else app.toggleTable(id);
}

export function shortcuts(): Shortcut[] {
  if (app.phase !== 'ready') return [];
  const pages = app.pages.map((p) => ({ keys: `g ${p.id[0]}`, label: `Go to ${p.title}`, run: () => app.goPage(p.id) }));
  const unique = pages.filter((p, i) => pages.findIndex((q) => q.keys === p.keys) === i);
  const always: Shortcut[] = [
    { keys: '?', label: 'This list', run: () => (app.help = !app.help) },
    { keys: '/', label: 'Search the table', run: () => document.querySelector<HTMLElement>('[data-search]')?.focus() },
  ];
  if (app.toast && app.toastAction) always.push({ keys: 'u', label: app.toastAction.label, run: () => app.act() });
  // Periods, comparisons and cards are of pages made of tiles.
  if (app.kind !== 'tiles') {
    return [...always, { keys: '.', label: 'Reset filters', run: () => app.reset() }, ...unique];
  }
  return [
    ...always,
    { keys: 't', label: 'Card as table or chart', run: onCard(table) },
    { keys: 'f', label: 'Expand the card', run: onCard((id) => (app.expanded = id)) },
    { keys: 'c', label: 'Comparison on or off', run: () => app.toggleCompare() },
    { keys: '[', label: 'Previous period', run: () => app.stepPeriod(-1) },
    { keys: ']', label: 'Next period', run: () => app.stepPeriod(1) },
    { keys: '.', label: 'Reset filters', run: () => app.reset() },
    ...unique,
  ];
}
