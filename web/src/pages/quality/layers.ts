// Layout of the lineage: one column per layer, columns ordered so that lines cross little. Pure and deterministic.
import type { Lineage, LineageNode, NodeKind } from './types';

export const KINDS: readonly NodeKind[] = ['source', 'staging', 'star', 'marts', 'metric', 'page'];
export interface Placed { node: LineageNode; column: number; row: number }
export interface Layers { columns: { kind: NodeKind; nodes: Placed[] }[]; byId: Map<string, Placed>; edges: [Placed, Placed][]; rows: number }

export function layers({ nodes, edges }: Lineage): Layers {
  const kinds = KINDS.filter((k) => nodes.some((n) => n.kind === k));
  const columns = kinds.map((kind, column) => ({
    kind,
    nodes: nodes.filter((n) => n.kind === kind).sort((a, b) => a.title.localeCompare(b.title)).map((node, row): Placed => ({ node, column, row })),
  }));
  const byId = new Map(columns.flatMap((c) => c.nodes).map((p) => [p.node.id, p]));
  const known = edges.flatMap(([a, b]): [Placed, Placed][] => {
    const [x, y] = [byId.get(a), byId.get(b)];
    return x && y && x !== y ? [[x, y]] : []; // an edge to something that is not told is not drawn
  });
  for (let sweep = 0; sweep < 6; sweep++) {
    const order = sweep % 2 ? [...columns].reverse() : columns;
    for (const c of order) sort(c.nodes, known);
  }
  return { columns, byId, edges: known, rows: Math.max(0, ...columns.map((c) => c.nodes.length)) };
}

/** By the mean place of the neighbours in other columns; ties keep the order they had. */
function sort(nodes: Placed[], edges: [Placed, Placed][]) {
  const mean = new Map(nodes.map((p) => {
    const near = edges.flatMap(([a, b]) => (a === p && b.column !== p.column ? [b] : b === p && a.column !== p.column ? [a] : []));
    return [p, near.length ? near.reduce((s, q) => s + q.row, 0) / near.length : p.row];
  }));
  nodes.sort((a, b) => mean.get(a)! - mean.get(b)! || a.row - b.row);
  nodes.forEach((p, row) => (p.row = row));
}

/** Everything that flows into `id` and everything that it flows into. */
export function related(edges: Lineage['edges'], id: string): { up: Set<string>; down: Set<string> } {
  const walk = (from: 0 | 1, to: 0 | 1) => {
    const seen = new Set<string>();
    const todo = [id];
    while (todo.length) {
      const at = todo.pop()!;
      for (const e of edges) {
        if (e[from] !== at || seen.has(e[to]) || e[to] === id) continue;
        seen.add(e[to]);
        todo.push(e[to]);
      }
    }
    return seen;
  };
  return { up: walk(1, 0), down: walk(0, 1) };
}
