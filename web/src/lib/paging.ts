// Long lists are shown in pieces, so that a page with thousands of rows stays light.
export const PAGE = 50;
export interface Piece<T> { rows: T[]; page: number; pages: number; first: number; last: number }

export function piece<T>(list: T[], wanted: number, size = PAGE): Piece<T> {
  const pages = Math.max(1, Math.ceil(list.length / size));
  const page = Math.min(Math.max(0, wanted), pages - 1);
  const rows = list.slice(page * size, (page + 1) * size);
  return { rows, page, pages, first: list.length ? page * size + 1 : 0, last: page * size + rows.length };
}

/** Every word must be somewhere in the text. */
export function matches(text: string, search: string): boolean {
  const hay = text.toLowerCase();
  return search.trim().toLowerCase().split(/\s+/).every((w) => hay.includes(w));
}
