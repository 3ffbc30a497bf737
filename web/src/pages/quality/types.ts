// The shapes of GET /api/quality, as the server sends them. Amounts are exact decimals in text.
export type Severity = 'note' | 'warning' | 'quarantine' | 'critical';
export type RowState = 'open' | 'ignored';
export type Outcome = 'running' | 'done' | 'unchanged' | 'failed';
export type NodeKind = 'source' | 'staging' | 'star' | 'marts' | 'metric' | 'page';

export interface Account { rows_in: number; loaded: number; quarantined: number; deduplicated: number }
export interface SourceFile extends Account { label: string; bytes: number; encoding: string; delimiter: string }
export interface Mapping { column: string; headings: string[]; constant: string | null; required: boolean }
export interface Source extends Account {
  name: string;
  entity: string;
  about: string | null;
  files_total: number;
  mapping: Mapping[];
  files: SourceFile[];
  /** Last day of its data, and by how many days that is older than the source promises. */
  newest?: string | null;
  days_late?: number | null;
}
export interface Entry {
  source: string;
  entity: string;
  /** `sales`, `returns`, `adjustments: sample`, …, `loaded`, `duplicates`, `quarantine`. */
  bucket: string;
  table: string | null;
  rows: number;
  amount: string;
  rows_without_amount: number;
}
export interface Check {
  table: string;
  name: string;
  severity: 'critical' | 'warning' | 'note';
  passed: boolean;
  failing_rows: number;
  message: string | null;
  /** Oldest first, at most twelve runs, this one last. */
  history: boolean[];
}
export interface Finding {
  code: string;
  severity: Severity;
  source: string;
  file: string | null;
  line: number | null;
  column: string | null;
  message: string;
  remedy: string;
  rows: number;
}
/** An id that was told to be the same person as another one. */
export interface Merge {
  customer_id: string;
  person_id: string;
  rule: string | null;
  joined_to: string | null;
  confidence: string | null;
  explanation: string | null;
}
export type Decided = 'apart' | 'together' | 'by-rule';
/** A row of a member that a later delivery replaced. */
export interface Replaced { source: string; entity: string; member: string; file: string; line: string; replaced_by_file: string; replaced_by_line: string; changes: string }
export interface Reason { code: string; source: string; column: string | null; rows: number; open: number; example: string; remedy: string }
export interface AsideRow {
  id: string;
  source: string;
  file: string;
  line_first: number;
  line_last: number;
  column: string | null;
  value: string | null;
  code: string;
  message: string;
  remedy: string;
  record: string;
  state: RowState;
  first_seen: string;
  times_seen: number;
}
export interface Quarantine { rows_total: number; open: number; reasons: Reason[]; rows: AsideRow[]; truncated: boolean }
export interface Step { name: string; start: number; seconds: number }
export interface Run {
  id: number;
  started_at: string;
  finished_at: string | null;
  outcome: Outcome;
  seconds: number | null;
  rows_in: number | null;
  rows_loaded: number | null;
  rows_quarantined: number | null;
  rows_deduplicated: number | null;
  publication: number | null;
  problem: string | null;
  timeline: Step[];
}
export interface LineageNode { id: string; kind: NodeKind; title: string; rows: number | null }
export interface Lineage { nodes: LineageNode[]; edges: [string, string][] }
export interface Published {
  id: number;
  published_at: string;
  data_from: string | null;
  data_to: string | null;
  checks_passed: number;
  checks_total: number;
}
export interface Quality {
  publication: Published | null;
  currency: string;
  sources: Source[];
  unread_files: string[];
  reconciliation: Entry[];
  checks: Check[];
  findings: Finding[];
  quarantine: Quarantine;
  runs: Run[];
  lineage: Lineage;
  /** Absent where a server of an older version answers. */
  identity?: { customers: number; persons: number; merges: Merge[] };
  superseded?: { rows: Replaced[]; truncated: boolean };
}
