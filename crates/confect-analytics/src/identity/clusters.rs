//! Edges → persons: union by strength of evidence, never across a pair that is kept apart.
//!
//! Edges are taken in a fixed order, the strongest rule first, then the smaller ids (Kruskal 1956). An edge that would bring two ids
//! together that are kept apart, directly or through others, is skipped.

use std::collections::HashMap;

use super::evidence::Edge;

/// Which customers are one person.
#[derive(Debug)]
pub(super) struct Clusters {
    parents: Vec<usize>,
    sizes: Vec<usize>,
    /// For a root: pairs (one of its members, whom that one is kept apart from).
    apart: HashMap<usize, Vec<(usize, usize)>>,
    /// Indices of the edges that joined two clusters.
    pub(super) tree: Vec<usize>,
    /// Index of an edge that was skipped, and the pair that is kept apart.
    pub(super) skipped: Vec<(usize, (usize, usize))>,
}

impl Clusters {
    /// Joins `count` customers by `edges`, which are in order; pairs of `apart` stay apart.
    pub(super) fn build(count: usize, edges: &[Edge], apart: &[(usize, usize)]) -> Self {
        let mut clusters = Self {
            parents: (0..count).collect(),
            sizes: vec![1; count],
            apart: HashMap::new(),
            tree: Vec::new(),
            skipped: Vec::new(),
        };
        for (left, right) in apart {
            clusters.apart.entry(*left).or_default().push((*left, *right));
            clusters.apart.entry(*right).or_default().push((*right, *left));
        }
        for (index, edge) in edges.iter().enumerate() {
            let (left, right) = (clusters.root(edge.left), clusters.root(edge.right));
            if left == right {
                continue;
            }
            match clusters.forbidden(left, right) {
                Some(pair) => clusters.skipped.push((index, pair)),
                None => {
                    clusters.unite(left, right);
                    clusters.tree.push(index);
                }
            }
        }
        clusters
    }

    /// The customer that stands for the cluster of `node`.
    pub(super) fn root(&mut self, mut node: usize) -> usize {
        while self.parents[node] != node {
            self.parents[node] = self.parents[self.parents[node]];
            node = self.parents[node];
        }
        node
    }

    /// The smallest pair that keeps two clusters apart.
    fn forbidden(&mut self, left: usize, right: usize) -> Option<(usize, usize)> {
        if self.apart.is_empty() {
            return None;
        }
        let count = |root: usize| self.apart.get(&root).map_or(0, Vec::len);
        let (few, other) = if count(left) <= count(right) { (left, right) } else { (right, left) };
        let pairs = self.apart.get(&few).cloned().unwrap_or_default();
        let across = pairs.into_iter().filter(|(_, far)| self.root(*far) == other);
        across.map(|(near, far)| (near.min(far), near.max(far))).min()
    }

    fn unite(&mut self, left: usize, right: usize) {
        let (small, large) = if self.sizes[left] < self.sizes[right] { (left, right) } else { (right, left) };
        self.parents[small] = large;
        self.sizes[large] += self.sizes[small];
        if let Some(mut pairs) = self.apart.remove(&small) {
            let kept = self.apart.entry(large).or_default();
            if kept.len() < pairs.len() {
                std::mem::swap(kept, &mut pairs);
            }
            kept.append(&mut pairs);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::record::IdentityRule;
    use super::*;

    fn edges(pairs: &[(usize, usize)]) -> Vec<Edge> {
        let edge = |(left, right): &(usize, usize)| Edge {
            rule: IdentityRule::Email,
            left: *left,
            right: *right,
            confidence: 0.9,
            block: None,
        };
        pairs.iter().map(edge).collect()
    }

    #[test]
    fn a_pair_kept_apart_is_not_joined_through_others() {
        let mut clusters = Clusters::build(5, &edges(&[(0, 1), (1, 2), (2, 3), (3, 4)]), &[(0, 3)]);
        assert_eq!(clusters.tree, [0, 1, 3]);
        assert_eq!(clusters.skipped, [(2, (0, 3))]);
        assert_eq!(clusters.root(0), clusters.root(2));
        assert_eq!(clusters.root(3), clusters.root(4));
        assert_ne!(clusters.root(0), clusters.root(3));
    }

    #[test]
    fn without_edges_everyone_is_alone() {
        let mut clusters = Clusters::build(3, &[], &[(0, 1)]);
        assert_eq!([0, 1, 2].map(|node| clusters.root(node)), [0, 1, 2]);
    }
}
