//! Customers who share a value: found by sorting hashes, so a million customers need no million texts.
//!
//! Each key is made in a buffer and only its hash is kept. Keys are made again for the few customers whose
//! hash occurs twice, and compared as texts, so two values with one hash are never taken for the same.

use xxhash_rust::xxh3::xxh3_64;

use super::nodes::Nodes;
use super::normal::Reader;
use super::record::IdentityRule;

/// Customers who share the key of a rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Block {
    pub(super) rule: IdentityRule,
    pub(super) key: String,
    /// Numbers, ascending; at least two.
    pub(super) members: Vec<usize>,
}

/// Every value of `rule` that at least two customers share.
pub(super) fn find_blocks(nodes: &Nodes<'_, '_>, reader: &mut Reader, rule: IdentityRule) -> Vec<Block> {
    let mut key = String::new();
    let mut hashed: Vec<(u64, usize)> = Vec::with_capacity(nodes.len());
    for node in 0..nodes.len() {
        if reader.key(rule, nodes.record(node), &mut key) {
            hashed.push((xxh3_64(key.as_bytes()), node));
        }
    }
    hashed.sort_unstable();
    let mut blocks = Vec::new();
    for run in hashed.chunk_by(|left, right| left.0 == right.0).filter(|run| run.len() > 1) {
        let mut keyed: Vec<(String, usize)> = Vec::with_capacity(run.len());
        for (_, node) in run {
            if reader.key(rule, nodes.record(*node), &mut key) {
                keyed.push((key.clone(), *node));
            }
        }
        keyed.sort_unstable();
        for same in keyed.chunk_by(|left, right| left.0 == right.0).filter(|same| same.len() > 1) {
            let members = same.iter().map(|(_, node)| *node).collect();
            blocks.extend(same.first().map(|(key, _)| Block { rule, key: key.clone(), members }));
        }
    }
    blocks
}
