// Pages with code of their own, beside those that are made of tiles. Each is a chunk that loads when it is opened.
import type { PageRef } from './types';

/** First questions that index.html asks while the code is on its way; it knows the same names. */
export const FIRST: Record<string, string> = {
  quality: '/api/quality',
  customers: '/api/customers',
  segments: '/api/segments',
  cohorts: '/api/cohorts',
  value: '/api/value',
};

/** Before the list of pages has come, the name decides. */
export const kindOf = (id: string, pages: PageRef[]): string =>
  pages.find((p) => p.id === id)?.kind ?? (Object.hasOwn(OWN, id) ? id : 'tiles');

export const OWN = {
  basket: () => import('../pages/basket/Basket.svelte'),
  quality: () => import('../pages/quality/Quality.svelte'),
  customers: () => import('../pages/customers/Customers.svelte'),
  segments: () => import('../pages/segments/Segments.svelte'),
  cohorts: () => import('../pages/cohorts/Cohorts.svelte'),
  value: () => import('../pages/value/Value.svelte'),
} as const;
export const ownPage = (kind: string) => (Object.hasOwn(OWN, kind) ? OWN[kind as keyof typeof OWN] : null);
