//! The flow from sources to pages, drawn in columns; neighbours are put at about the same height.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::svg::{Picture, Point, width_of};
use crate::{Flow, Node, Stage};

const ROW: f64 = 26.0;
const BETWEEN: f64 = 90.0;
/// Passes over the columns; more change little.
const SWEEPS: usize = 8;

/// The flow in Mermaid's language: `flowchart LR` with one sub-graph per stage.
pub fn flow_mermaid(flow: &Flow) -> String {
    let mut text = String::from("flowchart LR\n");
    let names: BTreeMap<&str, String> =
        flow.nodes.iter().enumerate().map(|(place, node)| (node.id.as_str(), format!("n{place}"))).collect();
    for (stage, heading) in Stage::ALL {
        let nodes: Vec<&Node> = flow.nodes.iter().filter(|node| node.stage == stage).collect();
        if nodes.is_empty() {
            continue;
        }
        let _ = writeln!(text, "    subgraph {heading}");
        for node in nodes {
            let title = node.title.replace('"', "#quot;");
            let _ = writeln!(text, "        {}[\"{title}\"]", names[node.id.as_str()]);
        }
        text.push_str("    end\n");
    }
    for (from, to) in &flow.edges {
        if let (Some(from), Some(to)) = (names.get(from.as_str()), names.get(to.as_str())) {
            let _ = writeln!(text, "    {from} --> {to}");
        }
    }
    text
}

/// The flow as a picture.
pub fn flow_svg(shop: &str, flow: &Flow) -> String {
    let columns = ordered(flow);
    let mut picture = Picture::new();
    let (mut places, mut x) = (BTreeMap::new(), 24.0);
    let tallest = columns.iter().map(Vec::len).max().unwrap_or(0);
    for ((_, heading), nodes) in Stage::ALL.iter().zip(&columns) {
        if nodes.is_empty() {
            continue;
        }
        let width = nodes.iter().map(|node| width_of(&node.title)).fold(width_of(heading), f64::max) + 20.0;
        picture.text("title", Point { x, y: 34.0 }, heading);
        #[expect(clippy::cast_precision_loss, reason = "a flow has few nodes")]
        let mut y = 48.0 + (tallest - nodes.len()) as f64 * ROW / 2.0;
        for node in nodes {
            places.insert(node.id.as_str(), (Point { x, y }, width));
            y += ROW;
        }
        x += width + BETWEEN;
    }
    let titles: BTreeMap<&str, &str> =
        flow.nodes.iter().map(|node| (node.id.as_str(), node.title.as_str())).collect();
    for (from, to) in &flow.edges {
        let (Some((start, width)), Some((end, end_width))) =
            (places.get(from.as_str()), places.get(to.as_str()))
        else {
            continue;
        };
        let title = |id: &String| titles.get(id.as_str()).copied().unwrap_or_default();
        let title = format!("{} → {}", title(from), title(to));
        let left = |place: &Point| Point { x: place.x, y: place.y + 10.0 };
        let right = |place: &Point, width: f64| Point { x: place.x + width, y: place.y + 10.0 };
        match start.x.total_cmp(&end.x) {
            std::cmp::Ordering::Less => picture.curve("edge", right(start, *width), left(end), &title),
            std::cmp::Ordering::Equal => {
                picture.arc("edge", right(start, *width), right(end, *end_width), &title);
            }
            // Back to an earlier stage.
            std::cmp::Ordering::Greater => picture.curve("edge", right(end, *end_width), left(start), &title),
        }
    }
    for node in columns.iter().flatten() {
        let Some((corner, width)) = places.get(node.id.as_str()) else { continue };
        picture.rect("box", *corner, *width, 20.0);
        picture.text("col", Point { x: corner.x + 10.0, y: corner.y + 14.0 }, &node.title);
    }
    picture.finish(&format!("How the numbers of {shop} come about"))
}

/// The nodes of each stage, each near the middle of what it is joined to.
fn ordered(flow: &Flow) -> Vec<Vec<&Node>> {
    let mut columns: Vec<Vec<&Node>> = Stage::ALL
        .iter()
        .map(|(stage, _)| {
            let mut nodes: Vec<&Node> = flow.nodes.iter().filter(|node| node.stage == *stage).collect();
            nodes.sort_by(|left, right| left.title.cmp(&right.title));
            nodes
        })
        .collect();
    for sweep in 0..SWEEPS {
        let heights = heights(&columns);
        let forward = sweep % 2 == 0;
        for nodes in &mut columns {
            let mut wished: Vec<(f64, &Node)> =
                nodes.iter().map(|node| (wish(node, flow, &heights, forward), *node)).collect();
            wished.sort_by(|left, right| {
                left.0.total_cmp(&right.0).then_with(|| left.1.title.cmp(&right.1.title))
            });
            *nodes = wished.into_iter().map(|(_, node)| node).collect();
        }
    }
    columns
}

/// Place of each node in its column, 0 at the top and 1 at the bottom.
fn heights<'a>(columns: &[Vec<&'a Node>]) -> BTreeMap<&'a str, f64> {
    #[expect(clippy::cast_precision_loss, reason = "a flow has few nodes")]
    let of = |nodes: &Vec<&'a Node>| -> Vec<(&'a str, f64)> {
        let last = nodes.len().max(1) as f64;
        nodes
            .iter()
            .enumerate()
            .map(|(place, node)| (node.id.as_str(), (place as f64 + 0.5) / last))
            .collect()
    };
    columns.iter().flat_map(of).collect()
}

/// The mean height of what a node reads, or of what reads it; its own if there is nothing.
fn wish(node: &Node, flow: &Flow, heights: &BTreeMap<&str, f64>, forward: bool) -> f64 {
    let joined = flow.edges.iter().filter_map(|(from, to)| match forward {
        true if *to == node.id => Some(from),
        false if *from == node.id => Some(to),
        _ => None,
    });
    let near: Vec<f64> = joined.filter_map(|id| heights.get(id.as_str()).copied()).collect();
    if near.is_empty() {
        return heights.get(node.id.as_str()).copied().unwrap_or(0.5);
    }
    #[expect(clippy::cast_precision_loss, reason = "a flow has few nodes")]
    let count = near.len() as f64;
    near.iter().sum::<f64>() / count
}
