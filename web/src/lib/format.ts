// ALL number and date formatting of the interface. A page never formats a number itself.
import type { Unit } from './types';

const MINUS = '\u2212';
export const NONE = '–';
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'] as const;

type Value = number | null | undefined;
const ok = (v: Value): v is number => typeof v === 'number' && Number.isFinite(v);

const grouped = [0, 1, 2].map(
  (d) => new Intl.NumberFormat('en-GB', { minimumFractionDigits: d, maximumFractionDigits: d }),
);
/** Digits with thousands separators, without a sign. */
const digits = (abs: number, decimals: 0 | 1 | 2) => grouped[decimals]!.format(abs);

const symbols = new Map<string, string>();
export function currencySymbol(currency: string): string {
  let s = symbols.get(currency);
  if (s === undefined) {
    try {
      const parts = new Intl.NumberFormat('en-GB', { style: 'currency', currency, currencyDisplay: 'narrowSymbol' });
      s = parts.formatToParts(0).find((p) => p.type === 'currency')?.value ?? currency;
    } catch {
      s = currency;
    }
    if (/^[A-Za-z]{3}$/.test(s)) s += '\u00a0';
    symbols.set(currency, s);
  }
  return s;
}

/** Puts sign and currency in front; a value that rounds to nothing has no sign. */
function dress(v: number, text: string, unit: Unit, currency: string): string {
  const sign = v < 0 && /[1-9]/.test(text) ? MINUS : '';
  return sign + (unit === 'money' ? currencySymbol(currency) : '') + text;
}

/** Three significant digits + k / M / bn. 999,600 is "1.00M", never "1000k". */
function short(abs: number): string {
  const steps: [number, string][] = [[1e3, 'k'], [1e6, 'M'], [1e9, 'bn']];
  for (let i = 0; i < steps.length; i++) {
    const [by, suffix] = steps[i]!;
    const scaled = abs / by;
    const text = scaled < 9.995 ? scaled.toFixed(2) : scaled < 99.95 ? scaled.toFixed(1) : digits(Math.round(scaled), 0);
    if (Math.round(scaled) < 1000 || i === steps.length - 1) return text + suffix;
  }
  return String(abs);
}

const percent = (v: number) => `${digits(Math.abs(v) * 100, 1)}%`;

/** Big figures on cards and bars: "€9.09M", "€55.19", "164,726", "41.6%". */
export function card(v: Value, unit: Unit, currency: string): string {
  if (!ok(v)) return NONE;
  const abs = Math.abs(v);
  if (unit === 'rate') return dress(v, percent(v), unit, currency);
  if (unit === 'money') return dress(v, abs < 999.995 ? digits(abs, 2) : short(abs), unit, currency);
  if (abs >= 999_999.5) return dress(v, short(abs), unit, currency);
  return dress(v, digits(abs, wholeOr(abs, unit)), unit, currency);
}

/** Counts are whole; a quantity keeps one decimal while it is small and has one. */
const wholeOr = (abs: number, unit: Unit): 0 | 1 | 2 =>
  Number.isInteger(abs) || abs >= 1000 ? 0 : unit === 'quantity' ? (abs < 10 ? 2 : 1) : abs < 100 ? 1 : 0;

/** Table cells: full integers; money without decimals from 1,000; rates one decimal. */
export function cell(v: Value, unit: Unit, currency: string): string {
  if (!ok(v)) return NONE;
  const abs = Math.abs(v);
  if (unit === 'rate') return dress(v, percent(v), unit, currency);
  if (unit === 'money') return dress(v, digits(abs, abs < 999.995 ? 2 : 0), unit, currency);
  return dress(v, digits(abs, wholeOr(abs, unit)), unit, currency);
}

/** Every digit we have, for tooltips. */
export function exact(v: Value, unit: Unit, currency: string): string {
  if (!ok(v)) return NONE;
  if (unit === 'rate') return dress(v, `${digits(Math.abs(v) * 100, 2)}%`, unit, currency);
  if (unit === 'money') return dress(v, digits(Math.abs(v), 2), unit, currency);
  return cell(v, unit, currency);
}

/** Axis ticks: "€20k", "€0", "1.5M". */
export function tick(v: number, unit: Unit, currency: string): string {
  if (unit === 'rate') return dress(v, `${trim(Math.abs(v) * 100)}%`, unit, currency);
  const abs = Math.abs(v);
  const [by, suffix] = abs >= 1e9 ? [1e9, 'bn'] : abs >= 1e6 ? [1e6, 'M'] : abs >= 1e3 ? [1e3, 'k'] : [1, ''];
  return dress(v, trim(abs / (by as number)) + suffix, unit, currency);
}
const trim = (v: number) => String(Number(v.toFixed(2)));

export const count = (v: Value): string => (ok(v) ? dress(v, digits(Math.abs(v), 0), 'count', '') : NONE);

/** A part of a whole: "100%" only if nothing is missing, "0%" only if nothing is there. */
export function portion(part: number, whole: number): string {
  if (!(whole > 0)) return NONE;
  if (part === whole) return '100%';
  if (part === 0) return '0%';
  const share = part / whole;
  return share > 0.9995 ? '>99.9%' : share < 0.0005 && share > 0 ? '<0.1%' : dress(share, percent(share), 'rate', '');
}

/** "0.04 s", "8.2 s", "20 s", "3 min 20 s", "1 h 5 min" */
export function duration(seconds: Value): string {
  if (!ok(seconds)) return NONE;
  if (Number.isInteger(seconds) && seconds < 60) return `${seconds} s`;
  if (seconds < 0.0995) return `${seconds.toFixed(2)} s`;
  if (seconds < 59.95) return `${seconds.toFixed(1)} s`;
  const s = Math.round(seconds);
  const [h, m] = [Math.floor(s / 3600), Math.floor((s % 3600) / 60)];
  if (h) return m ? `${h} h ${m} min` : `${h} h`;
  return s % 60 ? `${m} min ${s % 60} s` : `${m} min`;
}

/** "812 B", "44.4 kB", "90 MB" */
export function size(bytes: Value): string {
  if (!ok(bytes)) return NONE;
  const steps: [number, string][] = [[1e9, 'GB'], [1e6, 'MB'], [1e3, 'kB']];
  const [by, unit] = steps.find(([n]) => bytes >= n * 0.9995) ?? [1, 'B'];
  const v = bytes / by;
  return `${by === 1 || v >= 99.95 ? digits(Math.round(v), 0) : v.toFixed(1)} ${unit}`;
}

/** Size of a change in percent, unsigned: "7.9%", "120%". */
export const changePercent = (share: number): string => {
  const p = Math.abs(share) * 100;
  return `${digits(p, p < 99.95 ? 1 : 0)}%`;
};
/** Size of a change of a rate in percentage points, unsigned: "1.2 pp". */
export const changePoints = (diff: number): string => `${digits(Math.abs(diff) * 100, 1)}\u00a0pp`;

// ---- dates: always ISO days in UTC, so that no time zone can move a day ----

const DAY = 86_400_000;
export const toDate = (iso: string): Date => new Date(`${iso.slice(0, 10)}T00:00:00Z`);
export const isoDay = (d: Date): string => d.toISOString().slice(0, 10);
export const addDays = (iso: string, n: number): string => isoDay(new Date(toDate(iso).getTime() + n * DAY));
export const daysBetween = (from: string, to: string): number =>
  Math.round((toDate(to).getTime() - toDate(from).getTime()) / DAY);

/** "28 Jun 2026" */
export function day(iso: string): string {
  const d = toDate(iso);
  return `${d.getUTCDate()} ${MONTHS[d.getUTCMonth()]} ${d.getUTCFullYear()}`;
}
/** "28 Jun" */
export const dayShort = (iso: string): string => day(iso).replace(/ \d+$/, '');
/** "Jun 2026" */
export const month = (iso: string): string => day(iso).replace(/^\d+ /, '');
/** "Jun" */
export const monthShort = (iso: string): string => MONTHS[toDate(iso).getUTCMonth()]!;

/** A half-open period as people say it: "10 Dec 2010 – 9 Dec 2011", "1 – 30 Jun 2026". */
export function span(from: string, to: string): string {
  const last = addDays(to, -1);
  if (last <= from) return day(from);
  if (from.slice(0, 7) === last.slice(0, 7)) return `${toDate(from).getUTCDate()} – ${day(last)}`;
  return from.slice(0, 4) === last.slice(0, 4) ? `${dayShort(from)} – ${day(last)}` : `${day(from)} – ${day(last)}`;
}

/** Name of one step of a time axis: "3 Jan 2011", "Week of 3 Jan 2011 (W1)", "Jan 2011". */
export function step(at: string, grain: 'day' | 'week' | 'month'): string {
  if (grain === 'month') return month(at);
  return grain === 'week' ? `Week of ${day(at)} (W${isoWeek(at)})` : day(at);
}

export function isoWeek(iso: string): number {
  const d = toDate(iso);
  const thursday = new Date(d.getTime() + (3 - ((d.getUTCDay() + 6) % 7)) * DAY);
  return 1 + Math.floor((thursday.getTime() - Date.UTC(thursday.getUTCFullYear(), 0, 1)) / DAY / 7);
}

/** "21 Nov 2026, 05:22 UTC" */
export const moment = (iso: string): string =>
  `${day(iso)}, ${new Date(iso).toISOString().slice(11, 16)} UTC`;

/** "3 days ago", "just now": how old something is, coarse on purpose. */
export function ago(iso: string, now: number): string {
  const minutes = Math.round((now - new Date(iso).getTime()) / 60_000);
  if (!Number.isFinite(minutes)) return '';
  if (minutes < 1) return 'just now';
  const [n, unit] = minutes < 60 ? [minutes, 'minute'] : minutes < 2880 ? [Math.round(minutes / 60), 'hour'] : [Math.round(minutes / 1440), 'day'];
  return `${digits(n, 0)} ${unit}${n === 1 ? '' : 's'} ago`;
}

/** Local clock time, for "data from 17:42". */
export const clock = (ms: number): string =>
  new Date(ms).toLocaleTimeString('en-GB', { hour: '2-digit', minute: '2-digit' });

/** A number of a method without a unit, to three significant digits: "0.0423", "12.6", "1,234". */
export function figure(v: Value): string {
  if (!ok(v)) return NONE;
  const abs = Math.abs(v);
  if (abs >= 999.5) return dress(v, digits(Math.round(abs), 0), 'count', '');
  if (abs > 0 && abs < 0.0001) return dress(v, abs.toExponential(1).replace('e-', '×10⁻').replace(/\d+$/, (d) => [...d].map((c) => '⁰¹²³⁴⁵⁶⁷⁸⁹'[Number(c)]).join('')), 'count', '');
  return dress(v, String(Number(abs.toPrecision(3))), 'count', '');
}

/** A probability of a test: "0.032", "< 0.0001". */
export const chance = (p: Value): string => (ok(p) ? (p < 0.0001 ? '< 0.0001' : p > 0.9999 ? '> 0.9999' : figure(p)) : NONE);

/** A share without decimals, for crowded places: "40%", "<1%". */
export const roughly = (share: Value): string =>
  ok(share) ? (share > 0 && share < 0.005 ? '<1%' : share < 1 && share > 0.995 ? '>99%' : dress(share, `${digits(Math.round(Math.abs(share) * 100), 0)}%`, 'rate', '')) : NONE;

/** "1 day", "34 days" */
export const days = (n: Value): string => (ok(n) ? `${digits(Math.round(Math.abs(n)), 0)} day${Math.round(n) === 1 ? '' : 's'}` : NONE);
