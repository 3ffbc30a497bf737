//! From shared values to edges between customers, and to what was not used and why.
//!
//! Within one value the verdicts may not fit together: `J. Doe` may be Jane or John, both on the same phone.
//! An uncertain pair is used only if everybody else on the value judges its two ends alike; so one value never
//! chains two people whom it tells apart.

use std::collections::HashSet;

use super::blocks::Block;
use super::nodes::Nodes;
use super::normal::{Profile, Reader};
use super::record::IdentityRule;
use super::verdict::{Against, Verdict, judge};

/// Two customers whom a rule joins; `left < right`.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Edge {
    pub(super) rule: IdentityRule,
    pub(super) left: usize,
    pub(super) right: usize,
    pub(super) confidence: f64,
    /// Index of the block; none for a decision by hand.
    pub(super) block: Option<usize>,
}

/// Why a pair of a block is not used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Unfit {
    Verdict(Against),
    Ambiguous,
}

/// Two customers whom a value does not join; `left < right`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Rejected {
    pub(super) left: usize,
    pub(super) right: usize,
    pub(super) block: usize,
    pub(super) why: Unfit,
}

/// Everything that the blocks say.
#[derive(Debug, Default)]
pub(super) struct Evidence {
    pub(super) blocks: Vec<Block>,
    pub(super) edges: Vec<Edge>,
    pub(super) rejected: Vec<Rejected>,
    /// Blocks of more customers than may share a value.
    pub(super) crowds: Vec<Block>,
    /// Profiles of everybody in a block.
    pub(super) profiles: Profiles,
}

/// Profiles by customer; one that is not there is empty.
#[derive(Debug, Default)]
pub(super) struct Profiles {
    /// For each customer the place of its profile; place 0 is the empty one.
    places: Vec<usize>,
    profiles: Vec<Profile>,
}

impl Profiles {
    fn new(customers: usize) -> Self {
        Self { places: vec![0; customers], profiles: vec![Profile::default()] }
    }

    fn fill(&mut self, node: usize, make: impl FnOnce() -> Profile) {
        if self.places[node] == 0 {
            self.places[node] = self.profiles.len();
            self.profiles.push(make());
        }
    }

    pub(super) fn get(&self, node: usize) -> &Profile {
        &self.profiles[self.places[node]]
    }
}

/// Judges every pair of every block of at most `most_sharing` customers.
pub(super) fn weigh(
    nodes: &Nodes<'_, '_>,
    reader: &mut Reader,
    found: Vec<Block>,
    most_sharing: usize,
) -> Evidence {
    let (blocks, crowds): (Vec<_>, Vec<_>) =
        found.into_iter().partition(|block| block.members.len() <= most_sharing);
    let mut evidence = Evidence { crowds, ..Evidence::default() };
    let crowded = |rule| -> HashSet<&str> {
        evidence.crowds.iter().filter(|crowd| crowd.rule == rule).map(|crowd| crowd.key.as_str()).collect()
    };
    let mut profiles = Profiles::new(nodes.len());
    let (emails, phones) = (crowded(IdentityRule::Email), crowded(IdentityRule::Phone));
    for node in blocks.iter().flat_map(|block| &block.members) {
        profiles.fill(*node, || {
            let mut profile = reader.profile(nodes.record(*node));
            // What a crowd shares says nothing of one of them, neither for a match nor against it.
            profile.email = profile.email.filter(|email| !emails.contains(email.as_str()));
            profile.phone = profile.phone.filter(|phone| !phones.contains(phone.as_str()));
            profile
        });
    }
    for (index, block) in blocks.iter().enumerate() {
        weigh_block(index, block, &profiles, &mut evidence.edges, &mut evidence.rejected);
    }
    evidence.blocks = blocks;
    evidence.profiles = profiles;
    evidence
}

fn weigh_block(
    index: usize,
    block: &Block,
    profiles: &Profiles,
    edges: &mut Vec<Edge>,
    rejected: &mut Vec<Rejected>,
) {
    let pairs = Pairs::judge(block, profiles);
    for (left, near) in block.members.iter().enumerate() {
        for (right, far) in block.members.iter().enumerate().skip(left + 1) {
            let (left_node, right_node) = (*near, *far);
            let reject = |why| Rejected { left: left_node, right: right_node, block: index, why };
            match pairs.verdict(left, right) {
                Verdict::Not(against) => rejected.push(reject(Unfit::Verdict(against))),
                Verdict::Join { .. } if !pairs.fits(left, right) => rejected.push(reject(Unfit::Ambiguous)),
                Verdict::Join { confidence, .. } => edges.push(Edge {
                    rule: block.rule,
                    left: left_node,
                    right: right_node,
                    confidence,
                    block: Some(index),
                }),
            }
        }
    }
}

/// The verdicts on all pairs of one block, by place in the block.
struct Pairs {
    size: usize,
    verdicts: Vec<Verdict>,
    /// For each place the smallest place that it is certainly the same person as.
    groups: Vec<usize>,
}

impl Pairs {
    fn judge(block: &Block, profiles: &Profiles) -> Self {
        let people: Vec<&Profile> = block.members.iter().map(|node| profiles.get(*node)).collect();
        let each = |left: &&Profile| -> Vec<Verdict> {
            people.iter().map(|right| judge(block.rule, left, right)).collect()
        };
        let verdicts = people.iter().flat_map(each).collect();
        let mut pairs = Self { size: people.len(), verdicts, groups: (0..people.len()).collect() };
        for left in 0..pairs.size {
            for right in left + 1..pairs.size {
                if matches!(pairs.verdict(left, right), Verdict::Join { is_certain: true, .. }) {
                    let (kept, gone) = (pairs.groups[left], pairs.groups[right]);
                    let (kept, gone) = (kept.min(gone), kept.max(gone));
                    pairs.groups.iter_mut().filter(|group| **group == gone).for_each(|group| *group = kept);
                }
            }
        }
        pairs
    }

    fn verdict(&self, left: usize, right: usize) -> Verdict {
        self.verdicts[left * self.size + right]
    }

    /// Whether everybody certainly the same as `left` may be joined with everybody certainly the same as `right`.
    fn may_join(&self, left: usize, right: usize) -> bool {
        let of = |place: usize| (0..self.size).filter(move |other| self.groups[*other] == self.groups[place]);
        self.groups[left] == self.groups[right]
            || of(left).all(|one| of(right).all(|other| self.verdict(one, other).joins()))
    }

    /// Whether a pair may be joined and nobody in the block tells its two ends apart.
    fn fits(&self, left: usize, right: usize) -> bool {
        self.groups[left] == self.groups[right]
            || (self.may_join(left, right)
                && (0..self.size).all(|other| self.may_join(left, other) == self.may_join(right, other)))
    }
}
