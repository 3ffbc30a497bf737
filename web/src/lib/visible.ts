// Text of files, made visible: what would not be seen, or would turn the line around, is written out.
// A value that looks right and is not, usually holds one of these.
export interface Part { text: string; escaped: boolean; hit: boolean }

// Control, format (bidi marks, zero-width, byte order mark), separators, lone surrogates, private use, odd spaces.
const HIDDEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\p{Co}]|(?! )\p{Zs}/gu;
const SHORT: Record<string, string> = { '\n': '\\n', '\r': '\\r', '\t': '\\t', '\0': '\\0' };
const escapeOf = (c: string): string => SHORT[c] ?? `\\u{${c.codePointAt(0)!.toString(16)}}`;

/** Plain pieces and escapes. */
export function visible(text: string, hit = false): Part[] {
  const out: Part[] = [];
  let last = 0;
  for (const m of text.matchAll(HIDDEN)) {
    if (m.index > last) out.push({ text: text.slice(last, m.index), escaped: false, hit });
    out.push({ text: escapeOf(m[0]), escaped: true, hit });
    last = m.index + m[0].length;
  }
  if (last < text.length) out.push({ text: text.slice(last), escaped: false, hit });
  return out;
}
/** The same as one string, for titles and labels. */
export const plain = (text: string): string => visible(text).map((p) => p.text).join('');

const word = /[\p{L}\p{N}]/u;
/** Where the value stands as a field of its own; inside a longer word only if nowhere else. */
export function find(record: string, value: string): number {
  if (!value) return -1;
  for (let at = record.indexOf(value); at >= 0; at = record.indexOf(value, at + 1)) {
    const [before, after] = [record[at - 1], record[at + value.length]];
    const cut = (edge: string | undefined, own: string | undefined) => !edge || !word.test(edge) || !own || !word.test(own);
    if (cut(before, value[0]) && cut(after, value[value.length - 1])) return at;
  }
  return record.indexOf(value);
}

const LONG = 700;
/** The raw record with the bad value marked; a very long one is cut around it. */
export function marked(record: string, value: string | null): { parts: Part[]; left: number; right: number } {
  const at = value === null ? -1 : find(record, value);
  const end = at < 0 ? 0 : at + value!.length;
  const from = record.length > LONG ? Math.max(0, Math.min(at < 0 ? 0 : at - 200, record.length - LONG)) : 0;
  const to = Math.min(record.length, Math.max(from + LONG, Math.min(end, from + 2 * LONG)));
  const parts = at < 0
    ? visible(record.slice(from, to))
    : [...visible(record.slice(from, at)), ...visible(record.slice(at, Math.min(end, to)), true), ...visible(record.slice(Math.min(end, to), to))];
  return { parts, left: from, right: record.length - to };
}
