// Sums of the account: rows as whole numbers, money exactly (ten-thousandths as BigInt), never floats.
import type { Account, Entry, Quality, Quarantine, Reason, RowState, AsideRow } from './types';

/** "-12.5" -> -125000n ten-thousandths; what is no decimal counts nothing. */
export function tenThousandths(text: string): bigint {
  const m = /^(-?)(\d+)(?:\.(\d{1,4})\d*)?$/.exec(text.trim());
  if (!m) return 0n;
  const abs = BigInt(m[2]! + (m[3] ?? '').padEnd(4, '0'));
  return m[1] ? -abs : abs;
}
export const toNumber = (units: bigint): number => Number(units) / 10_000;
export const amountOf = (entries: Entry[]): number => toNumber(entries.reduce((s, e) => s + tenThousandths(e.amount), 0n));

export const total = (list: Account[]): Account =>
  list.reduce(
    (s, a) => ({ rows_in: s.rows_in + a.rows_in, loaded: s.loaded + a.loaded, quarantined: s.quarantined + a.quarantined, deduplicated: s.deduplicated + a.deduplicated }),
    { rows_in: 0, loaded: 0, quarantined: 0, deduplicated: 0 },
  );

/** What a bucket is: `adjustments: sample` belongs to `adjustments`. */
export const familyOf = (bucket: string): string => bucket.split(':')[0]!.trim();
/** The order in which buckets are told and drawn. */
export const FAMILIES = ['sales', 'returns', 'adjustments', 'loaded', 'superseded', 'duplicates', 'quarantine'] as const;
export const rank = (bucket: string): number => {
  const at = (FAMILIES as readonly string[]).indexOf(familyOf(bucket));
  return at < 0 ? 3 : at; // a kind that this page does not know yet stands with what was loaded
};

export interface ProofLine { source: string; read: number; parts: number[]; difference: number; amounts: number[]; amount: number }
export interface Proof { families: string[]; lines: ProofLine[]; whole: ProofLine; closed: boolean }

/** Read = the sum of all buckets, source by source. The left side was counted by the reader. */
export function proof(sources: Quality['sources'], entries: Entry[]): Proof {
  const families = [...new Set(entries.map((e) => familyOf(e.bucket)))].sort((a, b) => rank(a) - rank(b) || a.localeCompare(b));
  const line = (source: string, read: number, mine: Entry[]): ProofLine => {
    const of = families.map((f) => mine.filter((e) => familyOf(e.bucket) === f));
    const parts = of.map((list) => list.reduce((s, e) => s + e.rows, 0));
    return { source, read, parts, difference: read - parts.reduce((s, n) => s + n, 0), amounts: of.map(amountOf), amount: amountOf(mine) };
  };
  const names = [...new Set([...sources.map((s) => s.name), ...entries.map((e) => e.source)])];
  const lines = names.map((name) => line(name, total(sources.filter((s) => s.name === name)).rows_in, entries.filter((e) => e.source === name)));
  const whole = line('', total(sources).rows_in, entries);
  return { families, lines, whole, closed: whole.difference === 0 && lines.every((l) => l.difference === 0) };
}

export const reasonKey = (r: Pick<Reason, 'code' | 'source' | 'column'>): string => [r.code, r.source, r.column ?? ''].join('/');

/** The list after `ids` were set to `state`, with the counts moved along. */
export function withState(q: Quarantine, ids: string[], state: RowState): Quarantine {
  const wanted = new Set(ids);
  const moved = new Map<string, number>();
  const by = state === 'open' ? 1 : -1;
  const rows = q.rows.map((row): AsideRow => {
    if (!wanted.has(row.id) || row.state === state) return row;
    const key = reasonKey(row);
    moved.set(key, (moved.get(key) ?? 0) + by);
    return { ...row, state };
  });
  const sum = [...moved.values()].reduce((s, n) => s + n, 0);
  const reasons = q.reasons.map((r) => ({ ...r, open: r.open + (moved.get(reasonKey(r)) ?? 0) }));
  return { ...q, rows, reasons, open: q.open + sum };
}
