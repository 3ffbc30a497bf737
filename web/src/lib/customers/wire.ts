// Answers of the pages about customers: named parts, each a list of rows whose values are texts, so that no
// digit is lost on the way. A part may be absent, and says why.
import { num } from '../parse';
import type { Access, Publication } from '../types';

export type Row = Record<string, string | null>;
export interface Part { rows?: Row[]; missing?: string; hidden?: boolean }
export interface Frame { publication: Publication; access: Access; currency: string }
export type Facts = Record<string, unknown>;

export interface SegmentsAnswer extends Frame {
  month?: string | null; before?: string | null; method: Facts; months: Part;
  grid?: Part; segments?: Part; migration?: Part; bins?: Part; proof?: Part; counts?: Part;
  champions?: Part; whales?: Part; at_risk?: Part; win_back?: Part;
}
export interface CohortsAnswer extends Frame {
  asked: { definition: string; grain: string; measure: string; shown: string; retention: string };
  cells: Part; means: Part; second_purchase: Part; method: Facts;
}
export interface ValueAnswer extends Frame {
  totals: Part; deciles: Part; lorenz: Part; calibration: Part; card: Part; at_risk: Part; method: Facts; signals_method: Facts;
}
export interface FoundAnswer extends Frame { customers: Part; orders?: Part }
export interface CustomerAnswer extends Frame {
  customer: Part; places: Part; history: Part; orders: Part; articles: Part; signals: Part; value: Part; next_best: Part;
}

export const rows = (part: Part | undefined): Row[] => part?.rows ?? [];
export const first = (part: Part | undefined): Row => part?.rows?.[0] ?? {};
/** The number in a column; null where there is none. */
export const at = (row: Row | undefined, column: string): number | null => num(row?.[column]);
export const is = (row: Row | undefined, column: string): boolean => row?.[column] === 'true';
export const text = (row: Row | undefined, column: string): string => row?.[column] ?? '';

/** Why a part has nothing to show; null if it has. `needs` says what fills it. */
export function gap(part: Part | undefined, needs: string): string | null {
  if (part?.rows?.length) return null;
  if (part?.hidden) return 'This is about all customers together; your access covers some of them.';
  if (part?.missing) return `This shop has no table “${part.missing}”. Add it to the project or take the pack's, then refresh.`;
  return needs;
}
