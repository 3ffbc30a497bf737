//! Rows and rules → persons.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::blocks::find_blocks;
use super::clusters::Clusters;
use super::evidence::{Edge, Evidence, Unfit, weigh};
use super::explain::{explain, mask_key};
use super::identities::{Identities, Link, Member, Reason, Unused};
use super::nodes::Nodes;
use super::normal::Reader;
use super::record::{CustomerRecord, IdentityRule, IdentityRules, MOST_SHARING_LIMIT};
use super::verdict::Against;

/// Finds out which customer ids are one person; see the [module](super) for the rules.
///
/// Rows may come in any order and an id may have several; no row gives no person.
pub fn resolve_identities<'a>(records: &[CustomerRecord<'a>], rules: &'a IdentityRules) -> Identities<'a> {
    let nodes = Nodes::gather(records);
    let mut evidence = gather_evidence(&nodes, rules);
    let mut unused = Vec::new();
    let apart = by_hand(&nodes, &rules.keep_apart, &mut unused);
    for (left, right) in by_hand(&nodes, &rules.merge, &mut unused) {
        evidence.edges.push(Edge { rule: IdentityRule::ByHand, left, right, confidence: 1.0, block: None });
    }
    evidence.edges.sort_unstable_by_key(|edge| (edge.rule, edge.left, edge.right, edge.block));
    let mut clusters = Clusters::build(nodes.len(), &evidence.edges, &apart);
    let persons = masters(&nodes, &mut clusters, &evidence.edges);
    let links = links(&nodes, &evidence, &persons);
    unused.extend(unused_evidence(&nodes, &evidence, &clusters, &persons));
    unused.sort_by(|left, right| {
        let key = |unused: &Unused<'a>| (unused.rule, unused.left, unused.right, unused.reason);
        key(left).cmp(&key(right)).then_with(|| left.explanation.cmp(&right.explanation))
    });
    unused.dedup();
    let members = links.into_iter().enumerate().map(|(node, link)| Member {
        customer_id: nodes.id(node),
        person_id: nodes.id(persons[node]),
        link,
    });
    Identities { members: members.collect(), unused, rows_without_id: nodes.without_id }
}

fn gather_evidence(nodes: &Nodes<'_, '_>, rules: &IdentityRules) -> Evidence {
    let mut reader = Reader::new(rules);
    let asked = [
        (rules.email, IdentityRule::Email),
        (rules.phone, IdentityRule::Phone),
        (rules.name_city, IdentityRule::NameCity),
    ];
    let asked = asked.into_iter().filter(|(is_asked, _)| *is_asked);
    let found = asked.flat_map(|(_, rule)| find_blocks(nodes, &mut reader, rule)).collect();
    weigh(nodes, &mut reader, found, rules.most_sharing.clamp(1, MOST_SHARING_LIMIT))
}

/// Numbers of pairs decided by hand, the smaller first; pairs with an id that nobody has are reported.
fn by_hand<'a>(
    nodes: &Nodes<'_, 'a>,
    pairs: &'a [(String, String)],
    unused: &mut Vec<Unused<'a>>,
) -> Vec<(usize, usize)> {
    let mut numbers = Vec::new();
    for (one, other) in pairs {
        let (left, right) = if one <= other { (one, other) } else { (other, one) };
        match (nodes.find(left), nodes.find(right)) {
            (Some(left), Some(right)) if left == right => {}
            (Some(left), Some(right)) => numbers.push((left, right)),
            (found, _) => {
                let unknown = if found.is_none() { left } else { right };
                unused.push(Unused {
                    rule: IdentityRule::ByHand,
                    left,
                    right,
                    reason: Reason::UnknownId,
                    explanation: format!("no row has `{unknown}`"),
                });
            }
        }
    }
    numbers
}

/// For each customer the person: earliest joined, then smallest id, of its cluster.
fn masters(nodes: &Nodes<'_, '_>, clusters: &mut Clusters, edges: &[Edge]) -> Vec<usize> {
    let known_since = |node: usize| {
        let joined = nodes.record(node).joined;
        (joined.is_none(), joined, node)
    };
    let mut best: Vec<usize> = (0..nodes.len()).collect();
    // Only ends of a tree's edges can be in a cluster with others.
    let ends: Vec<usize> = clusters
        .tree
        .iter()
        .filter_map(|index| edges.get(*index))
        .flat_map(|edge| [edge.left, edge.right])
        .collect();
    for node in &ends {
        let root = clusters.root(*node);
        if known_since(*node) < known_since(best[root]) {
            best[root] = *node;
        }
    }
    let mut persons: Vec<usize> = (0..nodes.len()).collect();
    for node in ends {
        persons[node] = best[clusters.root(node)];
    }
    persons
}

/// The link of each customer: the first step on the strongest way to the person.
///
/// Prim's algorithm from each person at once: the strongest rule first, then the way of fewest links.
fn links<'a>(nodes: &Nodes<'_, 'a>, evidence: &Evidence, persons: &[usize]) -> Vec<Option<Box<Link<'a>>>> {
    let within = evidence.edges.iter().filter(|edge| persons[edge.left] == persons[edge.right]);
    let mut ways: Vec<(usize, usize, &Edge)> =
        within.flat_map(|edge| [(edge.left, edge.right, edge), (edge.right, edge.left, edge)]).collect();
    ways.sort_unstable_by_key(|(near, far, edge)| (*near, *far, edge.rule));
    let from = |near: usize| {
        let start = ways.partition_point(|(node, _, _)| *node < near);
        ways.iter().enumerate().skip(start).take_while(move |(_, (node, _, _))| *node == near)
    };
    let also = further_rules(evidence);
    let mut links: Vec<Option<Box<Link<'a>>>> = vec![None; persons.len()];
    let mut open = BinaryHeap::new();
    for (way, (near, _, edge)) in ways.iter().enumerate().filter(|(_, (near, _, _))| persons[*near] == *near)
    {
        open.push(Reverse((edge.rule, 1, *near, way)));
    }
    while let Some(Reverse((_, steps, near, way))) = open.pop() {
        let Some((_, far, edge)) = ways.get(way) else { continue };
        if *far == persons[*far] || links[*far].is_some() {
            continue;
        }
        links[*far] = Some(Box::new(Link {
            rule: edge.rule,
            also: rules_of(&also, edge),
            customer_id: nodes.id(*far),
            joined_to: nodes.id(near),
            confidence: edge.confidence,
            explanation: explained(evidence, edge.rule, edge.block, edge.left, edge.right),
        }));
        open.extend(from(*far).map(|(next, (_, _, edge))| Reverse((edge.rule, steps + 1, *far, next))));
    }
    links
}

/// Every pair and rule, sorted.
fn further_rules(evidence: &Evidence) -> Vec<(usize, usize, IdentityRule)> {
    let mut rules: Vec<_> = evidence.edges.iter().map(|edge| (edge.left, edge.right, edge.rule)).collect();
    rules.sort_unstable();
    rules.dedup();
    rules
}

fn rules_of(all: &[(usize, usize, IdentityRule)], edge: &Edge) -> Vec<IdentityRule> {
    let start = all.partition_point(|(left, right, _)| (*left, *right) < (edge.left, edge.right));
    let same =
        all.iter().skip(start).take_while(|(left, right, _)| (*left, *right) == (edge.left, edge.right));
    same.map(|(_, _, rule)| *rule).filter(|rule| *rule != edge.rule).collect()
}

fn explained(
    evidence: &Evidence,
    rule: IdentityRule,
    block: Option<usize>,
    left: usize,
    right: usize,
) -> String {
    let key = block.and_then(|block| evidence.blocks.get(block)).map_or("", |block| block.key.as_str());
    explain(rule, key, evidence.profiles.get(left), evidence.profiles.get(right))
}

/// What joined nobody, between customers who ended as two persons.
fn unused_evidence<'a>(
    nodes: &Nodes<'_, 'a>,
    evidence: &Evidence,
    clusters: &Clusters,
    persons: &[usize],
) -> Vec<Unused<'a>> {
    let mut unused = Vec::new();
    for crowd in &evidence.crowds {
        let [left, right, ..] = crowd.members.as_slice() else { continue };
        let reason = Reason::Shared { ids: crowd.members.len() };
        let explanation = format!("same {} `{}`", crowd.rule.shared(), mask_key(crowd.rule, &crowd.key));
        unused.push(Unused {
            rule: crowd.rule,
            left: nodes.id(*left),
            right: nodes.id(*right),
            reason,
            explanation,
        });
    }
    for rejected in &evidence.rejected {
        let Some(block) = evidence.blocks.get(rejected.block) else { continue };
        let (rule, left, right) = (block.rule, rejected.left, rejected.right);
        if persons[left] == persons[right] {
            continue;
        }
        let reason = match rejected.why {
            Unfit::Ambiguous => Reason::Ambiguous,
            Unfit::Verdict(Against::Names) => Reason::NamesDiffer,
            Unfit::Verdict(Against::NoName) => Reason::NameMissing,
            Unfit::Verdict(Against::Contact) => Reason::ContactDiffers,
            Unfit::Verdict(Against::Country) => Reason::CountryDiffers,
        };
        let explanation = explained(evidence, rule, Some(rejected.block), left, right);
        unused.push(Unused { rule, left: nodes.id(left), right: nodes.id(right), reason, explanation });
    }
    for (index, (near, far)) in &clusters.skipped {
        let Some(edge) = evidence.edges.get(*index) else { continue };
        unused.push(Unused {
            rule: edge.rule,
            left: nodes.id(edge.left),
            right: nodes.id(edge.right),
            reason: Reason::KeptApart { left: nodes.id(*near), right: nodes.id(*far) },
            explanation: explained(evidence, edge.rule, edge.block, edge.left, edge.right),
        });
    }
    unused
}
