// What a reader chose on a page with code of its own lives in the address, like the filters of other pages:
// back, reload and share work by themselves.
import { app } from './state.svelte';
import { withFilter } from './url';

export const param = (key: string): string => app.view.filters[key]?.[0] ?? '';
export const setParam = (key: string, value: string, replace = false): void =>
  app.go({ filters: withFilter(app.view.filters, key, value ? [value] : []) }, replace);
