export function basket(q: URLSearchParams, session: { access: { limited: boolean; summary: string } }, which?: string): unknown;
export function ladder(q: URLSearchParams): unknown;
export function cross(q: URLSearchParams): unknown;
