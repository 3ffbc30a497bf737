// The page with answers that are unusual, repeated or hostile: it must not break, nor be led astray.
import { fireEvent, render, screen } from '@testing-library/svelte';
import { describe, expect, it, vi } from 'vitest';
import { app } from '../src/lib/state.svelte';
import Checks from '../src/pages/quality/Checks.svelte';
import Identity from '../src/pages/quality/Identity.svelte';
import Replaced from '../src/pages/quality/Replaced.svelte';
import Gantt from '../src/pages/quality/Gantt.svelte';
import Lineage from '../src/pages/quality/Lineage.svelte';
import Proof from '../src/pages/quality/Proof.svelte';
import SetAside from '../src/pages/quality/SetAside.svelte';
import Sources from '../src/pages/quality/Sources.svelte';
import Ticks from '../src/lib/ui/Ticks.svelte';
import { proof } from '../src/pages/quality/account';
import type { Quality } from '../src/pages/quality/types';
import { quality as mock } from '../mock/quality.mjs';

const quality = mock as (which?: string) => Quality;
const twice = <T>(list: T[]): T[] => [...list, ...list];

describe('answers that repeat themselves', () => {
  const q = quality();
  it('checks of one name, sources of one name, files, edges', () => {
    render(Checks, { checks: twice(q.checks) });
    render(Sources, { q: { ...q, sources: twice(q.sources), unread_files: twice(q.unread_files), findings: twice(q.findings) } });
    render(Lineage, { lineage: { ...q.lineage, edges: twice(q.lineage.edges) } });
    expect(screen.getAllByText('online_retail').length).toBeGreaterThan(1);
  });
  it('a source with two entities is one line of the proof', () => {
    const p = proof([...q.sources, { ...q.sources[3]!, entity: 'products' }], [...q.reconciliation, ...q.reconciliation.filter((e) => e.source === 'shops')]);
    expect(p.lines.filter((l) => l.source === 'shops')).toMatchObject([{ read: 96, difference: 0 }]);
  });
  it('an entry of a source that is not listed is a gap, not silence', () => {
    expect(proof([], q.reconciliation.slice(0, 1))).toMatchObject({ closed: false, lines: [{ source: 'online_retail' }] });
  });
});

describe('rows set aside', () => {
  const q = quality().quarantine;
  const onstate = vi.fn(() => Promise.resolve());
  it('says that only the first are listed', () => {
    render(SetAside, { q: { ...q, rows: q.rows.slice(0, 60), rows_total: 12_040, truncated: true }, read: 1, onstate });
    expect(screen.getAllByRole('status')[0]!.textContent).toContain('only the first 60 of 12,040 are listed here, the CSV has all');
    expect(screen.getByRole('button', { name: 'Next' })).toBeTruthy();
  });
  it('sends the selected that are in the other state', async () => {
    render(SetAside, { q, read: 1, onstate });
    const boxes = screen.getAllByRole('checkbox');
    await fireEvent.click(boxes[1]!);
    await fireEvent.click(boxes[3]!);
    expect(screen.getByText('2 selected')).toBeTruthy();
    expect((screen.getByRole('button', { name: 'Reopen' }) as HTMLButtonElement).disabled).toBe(true);
    await fireEvent.click(screen.getByRole('button', { name: 'Ignore' }));
    expect(onstate).toHaveBeenCalledWith(['0-0', '0-2'], 'ignored');
  });
  it('leaves out selected rows that are there already, so that undo brings back what was', async () => {
    const before = app.view;
    app.view = { ...before, filters: { rows: ['all'] } };
    const rows = [q.rows[0]!, { ...q.rows[1]!, state: 'ignored' as const }];
    render(SetAside, { q: { ...q, rows }, read: 1, onstate });
    await fireEvent.click(screen.getByRole('checkbox', { name: 'Select all 2 rows' }));
    await fireEvent.click(screen.getByRole('button', { name: 'Ignore' }));
    expect(onstate).toHaveBeenLastCalledWith(['0-0'], 'ignored');
    app.view = before;
  });
  it('shows markup and direction marks as text', () => {
    const bad = '<img src=x onerror=alert(1)>\u202egnp.exe';
    const rows = [{ ...q.rows[0]!, value: bad, record: `1,${bad},2`, message: `\`${bad}\` is wrong`, file: 'data/\u202ecsv.csv' }];
    const { container } = render(SetAside, { q: { ...q, rows }, read: 1, onstate });
    expect(container.querySelector('img')).toBeNull();
    expect(container.textContent).not.toMatch(/\u202e/);
    expect(container.querySelectorAll('mark')[1]!.textContent).toBe('\\u{202e}');
    expect(container.querySelector('.place')!.textContent).toBe('data/\\u{202e}csv.csv:211');
  });
  it('is calm when nothing was set aside', () => {
    const { container } = render(SetAside, { q: { rows_total: 0, open: 0, reasons: [], rows: [], truncated: false }, read: 48, onstate });
    expect(container.textContent).toContain('All 48 rows that were read could be understood.');
    expect(screen.queryByRole('link', { name: 'Download CSV' })).toBeNull();
  });
});

describe('parts', () => {
  const q = quality();
  it('proof in money subtracts what is below zero and has no difference', () => {
    const { container } = render(Proof, { proof: proof(q.sources, q.reconciliation), money: true, currency: 'EUR' });
    expect(container.querySelector('tbody')!.textContent!.replace(/\s+/g, '')).toBe('online_retail€19,434,553=€20,165,831\u2212minus€718,505\u2212minus€504,347+€482,732+€8,842');
    expect(screen.queryByText('Difference')).toBeNull();
  });
  it('a gap is shown as one', () => {
    const { container } = render(Proof, { proof: proof(q.sources, q.reconciliation.slice(1)), money: false, currency: 'EUR' });
    expect(container.querySelectorAll('.gap')).toHaveLength(2);
    expect(container.querySelector('[data-proof]')!.getAttribute('data-proof')).toBe('false');
  });
  it('checks: the group with a failure is open, the others are not', () => {
    const { container } = render(Checks, { checks: q.checks });
    const open = [...container.querySelectorAll('details')].filter((d) => d.open).map((d) => d.querySelector('b')!.textContent);
    expect(open).toEqual(['dim_product', 'single_customer_view']);
    expect(screen.getAllByRole('img')[0]!.getAttribute('aria-label')).toBe('failed in 4 of the last 12 runs');
  });
  it('a timeline names its steps', () => {
    const { container } = render(Gantt, { run: q.runs[0]! });
    expect(container.querySelector('figcaption')!.textContent).toBe('25 steps in 21.8 s, up to 2 at once');
    expect(container.querySelectorAll('li')).toHaveLength(25);
  });
  it('code stands between backticks, escapes inside are written out', () => {
    const { container } = render(Ticks, { text: 'the `a\u0000b` is odd' });
    expect(container.textContent).toBe('the a\\0b is odd');
    expect(container.querySelector('code')!.textContent).toBe('a\\0b');
  });
});

describe('persons', () => {
  const q = quality().identity!;
  it('tells the reason of each join and asks before it decides', async () => {
    const ondecide = vi.fn(() => Promise.resolve(true));
    const said = vi.spyOn(app, 'say').mockImplementation(() => {});
    const { container } = render(Identity, { q, ondecide });
    expect(screen.getByText('the same e-mail address and the same name')).toBeTruthy();
    const row = container.querySelector('[data-merge="C2210"]')!;
    await fireEvent.click(row.querySelector('[data-act="apart"]')!);
    expect(ondecide).not.toHaveBeenCalled();
    await fireEvent.click(row.querySelector('[data-act="yes"]')!);
    expect(ondecide).toHaveBeenCalledWith('C2210', 'C1042', 'apart');
    expect(said.mock.calls[0]![0]).toBe('C2210 and C1042 are kept apart from the next refresh on');
    // Undo leaves it to the rules again, as it was.
    (said.mock.calls[0]![1] as { run: () => void }).run();
    expect(ondecide).toHaveBeenLastCalledWith('C2210', 'C1042', 'by-rule');
    said.mockRestore();
  });
  it('what was joined by hand can be left to the rules, and no can be said', async () => {
    const ondecide = vi.fn(() => Promise.resolve(true));
    const { container } = render(Identity, { q, ondecide });
    const row = container.querySelector('[data-merge="C4100"]')!;
    expect(row.querySelector('[data-act="together"]')).toBeNull();
    await fireEvent.click(row.querySelector('[data-act="by-rule"]')!);
    await fireEvent.click(screen.getByRole('button', { name: 'No' }));
    expect(ondecide).not.toHaveBeenCalled();
  });
  it('joins two ids that no rule found, and says nothing if the server refuses', async () => {
    const ondecide = vi.fn(() => Promise.resolve(false));
    const said = vi.spyOn(app, 'say').mockImplementation(() => {});
    render(Identity, { q, ondecide });
    await fireEvent.input(screen.getByLabelText('Customer'), { target: { value: ' C1 ' } });
    await fireEvent.input(screen.getByLabelText('is the same as'), { target: { value: 'C2' } });
    await fireEvent.submit(screen.getByLabelText('Customer').closest('form')!);
    expect(ondecide).toHaveBeenCalledWith('C1', 'C2', 'together');
    await Promise.resolve();
    expect(said).not.toHaveBeenCalled();
    said.mockRestore();
  });
  it('shows what a row was before', () => {
    render(Replaced, { q: quality().superseded! });
    expect(screen.getByText('city: Kiel → Bonn')).toBeTruthy();
  });
});
