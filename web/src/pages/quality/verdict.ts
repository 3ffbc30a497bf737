// The one sentence above everything: can these figures be trusted?
import { count } from '../../lib/format';
import { proof } from './account';
import type { Quality } from './types';
import { lastRun, plural } from './words';

export interface Verdict { tone: 'good' | 'warn' | 'bad'; title: string; text: string }

export function verdict(q: Quality): Verdict {
  const { closed, whole } = proof(q.sources, q.reconciliation);
  const failed = q.checks.filter((c) => !c.passed);
  const critical = failed.filter((c) => c.severity === 'critical').length;
  const run = lastRun(q.runs);
  if (run?.outcome === 'failed') {
    const why = run.problem?.split('\n')[0]?.replace(/^error\[[\w-]+\]:\s*/, '') ?? 'No reason was recorded.';
    return { tone: 'bad', title: `The last refresh failed; the pages show publication ${q.publication?.id ?? 0}`, text: why };
  }
  if (!closed) {
    const gap = count(Math.abs(whole.difference));
    return { tone: 'bad', title: 'The account has a gap', text: `${gap} ${plural(Math.abs(whole.difference), 'row')} of ${count(whole.read)} cannot be found again. See the reconciliation.` };
  }
  if (critical) return { tone: 'bad', title: `${critical} critical ${plural(critical, 'check')} failed`, text: 'Do not use the tables named there before they are mended.' };
  const todo = [
    q.quarantine.open ? `${count(q.quarantine.open)} ${plural(q.quarantine.open, 'row')} set aside ${plural(q.quarantine.open, 'waits', 'wait')} for a decision` : '',
    failed.length ? `${failed.length} ${plural(failed.length, 'check')} failed` : '',
    q.unread_files.length ? `${q.unread_files.length} ${plural(q.unread_files.length, 'file is', 'files are')} read by no source` : '',
  ].filter(Boolean);
  const all = `Every one of ${count(whole.read)} rows is accounted for`;
  if (!todo.length) return { tone: 'good', title: all, text: 'Every check passed and nothing was set aside. There is nothing to do.' };
  const list = todo.length > 1 ? `${todo.slice(0, -1).join(', ')} and ${todo[todo.length - 1]}` : todo[0]!;
  return { tone: 'warn', title: all, text: `${list}.` };
}
