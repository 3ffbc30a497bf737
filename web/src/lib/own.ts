// Pages with code of their own, beside those that are made of tiles. Each is a chunk that loads when it is opened.
import type { PageRef } from './types';

/** Before the list of pages has come, the name decides; index.html knows the same name. */
export const kindOf = (id: string, pages: PageRef[]): string =>
  pages.find((p) => p.id === id)?.kind ?? (Object.hasOwn(OWN, id) ? id : 'tiles');

export const OWN = {
  basket: () => import('../pages/basket/Basket.svelte'),
  quality: () => import('../pages/quality/Quality.svelte'),
} as const;
export const ownPage = (kind: string) => (Object.hasOwn(OWN, kind) ? OWN[kind as keyof typeof OWN] : null);
