import { describe, expect, it } from 'vitest';
import { ago, duration, portion, size } from '../src/lib/format';
import { kindOf } from '../src/lib/own';
import { proof, reasonKey, tenThousandths, toNumber, withState } from '../src/pages/quality/account';
import { atOnce, gantt, median } from '../src/pages/quality/gantt';
import { layers, related } from '../src/pages/quality/layers';
import { matches, piece } from '../src/lib/paging';
import { flow, NO_TABLE, type Flow } from '../src/pages/quality/sankey';
import type { Quality, Run } from '../src/pages/quality/types';
import { verdict } from '../src/pages/quality/verdict';
import { find, marked, plain } from '../src/lib/visible';
import { bucketWords, codeWords } from '../src/pages/quality/words';
import { quality as mock } from '../mock/quality.mjs';

const quality = mock as (which?: string) => Quality;

describe('account', () => {
  it.each([
    ['0.0000', 0n], ['12', 120000n], ['-12.5', -125000n], ['0.00019', 1n], ['20165830.8740', 201658308740n],
    ['-0.0001', -1n], ['', 0n], ['1e3', 0n], ['NaN', 0n], ['99999999999999999999.9999', 999999999999999999999999n],
  ])('reads %j exactly', (text, want) => expect(tenThousandths(text)).toBe(want));
  it('adds cents that floats lose', () => {
    const cents = Array.from({ length: 10 }, () => tenThousandths('0.1')).reduce((a, b) => a + b, 0n);
    expect(toNumber(cents)).toBe(1);
  });
  it('closes for the invented shop, source by source', () => {
    const q = quality();
    const p = proof(q.sources, q.reconciliation);
    expect(p.families).toEqual(['sales', 'returns', 'adjustments', 'loaded', 'duplicates', 'quarantine']);
    expect(p.lines.map((l) => l.difference)).toEqual([0, 0, 0, 0, 0]);
    expect(p.whole.parts.reduce((a, b) => a + b, 0)).toBe(p.whole.read);
    expect(p.closed).toBe(true);
  });
  it('does not close when a row is lost, nor when two sources lie in opposite ways', () => {
    const q = quality();
    const lost = q.reconciliation.map((e) => (e.bucket === 'returns' ? { ...e, rows: e.rows - 1 } : e));
    expect(proof(q.sources, lost)).toMatchObject({ closed: false, whole: { difference: 1 } });
    const crossed = lost.map((e) => (e.source === 'shops' ? { ...e, rows: e.rows + 1 } : e));
    expect(proof(q.sources, crossed)).toMatchObject({ closed: false, whole: { difference: 0 } });
  });
});

describe('rows set aside', () => {
  const q = quality().quarantine;
  const open = q.rows.filter((r) => r.code === 'bad-date' && r.state === 'open').slice(0, 3).map((r) => r.id);
  const reason = (of: typeof q) => of.reasons.find((r) => r.code === 'bad-date')!;
  it('moves counts along, and back', () => {
    const after = withState(q, open, 'ignored');
    expect(after.open).toBe(q.open - 3);
    expect(reason(after).open).toBe(reason(q).open - 3);
    expect(after.rows.filter((r) => open.includes(r.id)).every((r) => r.state === 'ignored')).toBe(true);
    expect(withState(after, open, 'open')).toEqual(q);
  });
  it('counts a row once, and no row that is there already or unknown', () => {
    expect(withState(q, [...open, ...open, 'nobody'], 'open')).toEqual(q);
    expect(withState(q, [open[0]!, open[0]!], 'ignored').open).toBe(q.open - 1);
  });
  it('tells reasons of two sources apart', () => expect(new Set(q.reasons.map(reasonKey)).size).toBe(q.reasons.length));
});

const entering = (f: Flow, id: string) => f.links.filter((l) => l.to.id === id);
const leaving = (f: Flow, id: string) => f.links.filter((l) => l.from.id === id);
const rows = (list: { rows: number }[]) => list.reduce((s, l) => s + l.rows, 0);

describe('flow', () => {
  const q = quality();
  const f = flow(q.reconciliation, false);
  it('keeps every row: what enters a bucket leaves it, but for duplicates', () => {
    for (const s of q.sources) expect(rows(leaving(f, `0:${s.name}`)), s.name).toBe(s.rows_in);
    for (const b of f.nodes.filter((n) => n.column === 1)) {
      expect(rows(entering(f, b.id)), b.id).toBe(b.rows);
      expect(rows(leaving(f, b.id)), b.id).toBe(b.family === 'duplicates' ? 0 : b.rows);
    }
    expect(rows(entering(f, `2:${NO_TABLE}`))).toBe(9820);
  });
  it.each([['rows', false, false], ['money', true, false], ['compact', false, true]])('%s: nodes do not overlap, links fit their nodes', (_, money, compact) => {
    const g = flow(q.reconciliation, money, compact);
    for (const column of [0, 1, 2]) {
      const nodes = g.nodes.filter((n) => n.column === column).sort((a, b) => a.y - b.y);
      nodes.forEach((n, i) => {
        expect(n.y).toBeGreaterThanOrEqual(0);
        expect(n.y + n.height).toBeLessThanOrEqual(g.height + 1e-6);
        if (i) expect(n.y - (nodes[i - 1]!.y + nodes[i - 1]!.height)).toBeGreaterThan(0);
        for (const list of [entering(g, n.id), leaving(g, n.id)]) expect(list.reduce((s, l) => s + l.thick, 0)).toBeLessThanOrEqual(n.height + 1e-6);
      });
    }
    for (const l of g.links) expect(l.thick).toBeGreaterThanOrEqual(1.5);
  });
  it('draws more rows wider', () => {
    const [sales, returns] = ['sales', 'returns'].map((b) => entering(f, `1:${b}`)[0]!.thick);
    expect(sales! / returns!).toBeGreaterThan(20);
  });
  it('money: sale lines only, width without the sign, sums with it', () => {
    const g = flow(q.reconciliation, true);
    expect(g.nodes.filter((n) => n.column === 0).map((n) => n.name)).toEqual(['online_retail']);
    const returns = g.nodes.find((n) => n.name === 'returns')!;
    expect([returns.amount, returns.weight]).toEqual([-718504.88, 718504.88]);
    expect(g.nodes.some((n) => n.name === 'adjustments: sample')).toBe(false);
  });
  it('compact: one node per family, no tables', () => {
    const g = flow(q.reconciliation, false, true);
    expect(g.nodes.filter((n) => n.column === 1).map((n) => n.name)).toEqual(['sales', 'returns', 'adjustments', 'loaded', 'duplicates', 'quarantine']);
    expect(g.nodes.some((n) => n.column === 2)).toBe(false);
  });
  it('is the same whatever the order of the entries, and nothing for nothing', () => {
    const again = flow([...q.reconciliation].reverse(), false);
    const places = (x: Flow) => x.nodes.map((n) => [n.id, n.y.toFixed(6), n.height.toFixed(6)]);
    expect(places(again)).toEqual(places(f));
    expect(flow([], false)).toMatchObject({ nodes: [], links: [] });
  });
  it('adds entries of several files of one source', () => {
    const one = q.reconciliation[0]!;
    const half = { ...one, rows: one.rows / 2, amount: '1.5' };
    const g = flow([half, half], false);
    expect(g.links.map((l) => [l.rows, l.amount])).toEqual([[one.rows, 3], [one.rows, 3]]);
  });
});

describe('lineage', () => {
  const { lineage } = quality();
  const l = layers(lineage);
  it('has a column per layer and a place of its own for every node', () => {
    expect(l.columns.map((c) => c.kind)).toEqual(['source', 'staging', 'star', 'marts', 'metric', 'page']);
    expect(l.byId.size).toBe(lineage.nodes.length);
    for (const c of l.columns) expect(c.nodes.map((p) => p.row)).toEqual(c.nodes.map((_, i) => i));
    expect(l.edges).toHaveLength(lineage.edges.length);
  });
  it('crosses less than the alphabet would', () => {
    const crossings = (row: (id: string) => number) => {
      let n = 0;
      for (const [a, b] of l.edges) for (const [c, d] of l.edges) {
        if (a.column !== c.column || b.column !== d.column || a.column === b.column) continue;
        if (row(a.node.id) < row(c.node.id) && row(b.node.id) > row(d.node.id)) n++;
      }
      return n;
    };
    const alphabet = new Map(l.columns.flatMap((c) => [...c.nodes].sort((a, b) => a.node.title.localeCompare(b.node.title)).map((p, i) => [p.node.id, i] as const)));
    expect(crossings((id) => l.byId.get(id)!.row)).toBeLessThan(crossings((id) => alphabet.get(id)!));
  });
  it('leaves out edges to what is not told', () => {
    const nodes = [{ id: 'a', kind: 'source' as const, title: 'a', rows: 1 }];
    expect(layers({ nodes, edges: [['a', 'b'], ['c', 'a'], ['a', 'a']] }).edges).toEqual([]);
    expect(layers({ nodes: [], edges: [] })).toMatchObject({ columns: [], rows: 0 });
  });
  it('knows what is up and down, and ends in a circle', () => {
    const edges: [string, string][] = [['a', 'b'], ['b', 'c'], ['x', 'c'], ['c', 'd'], ['d', 'b']];
    expect(related([['a', 'b'], ['b', 'c'], ['x', 'c'], ['c', 'd']], 'b')).toEqual({ up: new Set(['a']), down: new Set(['c', 'd']) });
    expect(related(edges, 'b').down).toEqual(new Set(['c', 'd']));
  });
});

describe('timeline', () => {
  const steps = [{ name: 'b', start: 2, seconds: 6 }, { name: 'a', start: 0, seconds: 4 }, { name: 'c', start: 4, seconds: 1 }];
  it('places overlapping bars in percent, in the order they started', () => {
    const g = gantt(steps, 10);
    expect(g.bars.map((b) => [b.name, b.left, b.width])).toEqual([['a', 0, 40], ['b', 20, 60], ['c', 40, 10]]);
    expect([g.ticks[0], g.ticks.at(-1)]).toEqual([{ at: 0, left: 0 }, { at: 10, left: 100 }]);
  });
  it('is as long as its last step when the run is not over', () => expect(gantt(steps, null).length).toBe(8));
  it('has no bar beyond the end and none in an empty run', () => {
    expect(gantt(steps, 3).bars.every((b) => b.left + b.width <= 100)).toBe(true);
    expect(gantt([], 0)).toMatchObject({ bars: [], atOnce: 0 });
  });
  it.each([[steps, 2], [[steps[1]!, steps[2]!], 1], [[], 0], [[...steps, { name: 'd', start: 3, seconds: 3 }], 3]])('counts what ran at once', (list, want) => expect(atOnce(list)).toBe(want));
  it('takes the median of runs that built something', () => {
    const run = (outcome: Run['outcome'], seconds: number | null) => ({ outcome, seconds }) as Run;
    expect(median([run('done', 10), run('failed', 1), run('done', 30), run('unchanged', 0.1), run('done', 20)])).toBe(20);
    expect(median([run('done', 10), run('done', 20)])).toBe(15);
    expect(median([run('failed', 3)])).toBeNull();
  });
});

describe('visible text', () => {
  it.each([
    ['plain', 'plain'], ['a\tb\r\n', 'a\\tb\\r\\n'], ['CAKE \u202eSESAC\u202c', 'CAKE \\u{202e}SESAC\\u{202c}'], ['2.95\u00a0€', '2.95\\u{a0}€'],
    ['\ufeffx\u0000', '\\u{feff}x\\0'], ['a\u200bb\u2028', 'a\\u{200b}b\\u{2028}'], ['\ud800', '\\u{d800}'], ['日本 é 😀', '日本 é 😀'],
  ])('writes %j out', (text, want) => expect(plain(text)).toBe(want));
  it('finds the value as a field before a piece of a word', () => {
    expect(find('X1e3,1e3,A', '1e3')).toBe(5);
    expect(find('X1e3', '1e3')).toBe(1);
    expect(find('a,b', 'z')).toBe(-1);
    expect(find('a,,b', '')).toBe(-1);
  });
  it('marks it and loses nothing', () => {
    const { parts, left, right } = marked('7,"2,55",x\u202e', '2,55');
    expect(parts.filter((p) => p.hit).map((p) => p.text)).toEqual(['2,55']);
    expect(parts.map((p) => p.text).join('')).toBe('7,"2,55",x\\u{202e}');
    expect([left, right]).toEqual([0, 0]);
  });
  it('cuts a very long record around the value', () => {
    const { parts, left, right } = marked(`${'a'.repeat(5000)},BAD,${'b'.repeat(5000)}`, 'BAD');
    expect(parts.some((p) => p.hit && p.text === 'BAD')).toBe(true);
    expect(parts.map((p) => p.text).join('').length).toBeLessThan(1500);
    expect(left + right + parts.map((p) => p.text).join('').length).toBe(10_005);
  });
});

describe('verdict', () => {
  const q = quality();
  const say = (change: Partial<Quality>) => verdict({ ...q, ...change });
  it('is good only when nothing is left to do', () => {
    expect(verdict(quality('clean'))).toMatchObject({ tone: 'good', title: 'Every one of 48 rows is accounted for' });
    expect(verdict(q)).toEqual({ tone: 'warn', title: 'Every one of 1,087,928 rows is accounted for', text: '342 rows set aside wait for a decision, 2 checks failed and 2 files are read by no source.' });
  });
  it('says the worst first: failed run, gap, critical check', () => {
    expect(verdict(quality('failed'))).toMatchObject({ tone: 'bad', title: 'The last refresh failed; the pages show publication 28', text: expect.stringMatching(/^61,204 of/) });
    expect(say({ reconciliation: q.reconciliation.slice(1) })).toMatchObject({ tone: 'bad', title: 'The account has a gap' });
    expect(say({ checks: [{ ...q.checks[0]!, passed: false }] }).title).toBe('1 critical check failed');
  });
  it('looks past a run that is still going', () => {
    const running = { ...q.runs[0]!, id: 99, outcome: 'running' as const };
    expect(say({ runs: [running, ...q.runs] }).tone).toBe('warn');
  });
});

describe('words, pages, formats', () => {
  it('reads codes out, also unknown ones', () => {
    expect([codeWords('bad-date'), codeWords('moon-phase')]).toEqual(['A date that cannot be read', 'Moon phase']);
    expect(['sales', 'adjustments: write_off', 'quarantine', 'gift'].map(bucketWords)).toEqual(['Sales', 'Adjustment: write off', 'Set aside', 'Gift']);
  });
  it('shows 50 at a time and stays within', () => {
    const list = Array.from({ length: 101 }, (_, i) => i);
    expect(piece(list, 2)).toMatchObject({ rows: [100], pages: 3, first: 101, last: 101 });
    expect(piece(list, 9).page).toBe(2);
    expect(piece([], 0)).toMatchObject({ rows: [], pages: 1, first: 0, last: 0 });
  });
  it('finds all words', () => expect([matches('Bad date in Price', 'price BAD'), matches('Bad date', 'bad price'), matches('x', ' ')]).toEqual([true, false, true]));
  it.each([[999_999, 1_000_000, '>99.9%'], [5, 5, '100%'], [0, 5, '0%'], [1, 100_000, '<0.1%'], [1, 3, '33.3%'], [1, 0, '–']])('portion of %d in %d', (a, b, want) => expect(portion(a, b)).toBe(want));
  it.each([[0, '0 s'], [0.04, '0.04 s'], [8.24, '8.2 s'], [59.97, '1 min'], [200, '3 min 20 s'], [3900, '1 h 5 min'], [7200, '2 h'], [null, '–']])('duration %j', (s, want) => expect(duration(s)).toBe(want));
  it.each([[812, '812 B'], [44_400, '44.4 kB'], [45_580_638, '45.6 MB'], [999_999, '1.0 MB'], [0, '0 B']])('size %d', (n, want) => expect(size(n)).toBe(want));
  it('says how old', () => {
    const now = Date.parse('2026-11-21T10:00:00Z');
    expect(['2026-11-21T09:59:50Z', '2026-11-21T09:59:00Z', '2026-11-21T05:00:00Z', '2026-11-15T10:00:00Z', 'never'].map((t) => ago(t, now))).toEqual(['just now', '1 minute ago', '5 hours ago', '6 days ago', '']);
  });
  it('knows whose page it is, by the list, else by name', () => {
    const page = { id: 'quality', title: '', group: '', icon: '' };
    expect([kindOf('quality', []), kindOf('quality', [{ ...page, kind: 'tiles' }]), kindOf('sales', []), kindOf('x', [{ ...page, id: 'x', kind: 'quality' }])]).toEqual(['quality', 'tiles', 'tiles', 'quality']);
  });
});
