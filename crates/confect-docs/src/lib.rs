//! A warehouse described for people: the diagram of its tables, the flow from sources to pages, and a
//! small static site that explains every table, column and metric.
//!
//! Pure: contracts, lineage and definitions in, text out (SVG, Mermaid, HTML).
//! Deliberately absent: reading projects or tables, writing files, and anything a script could do on the
//! pages beyond filtering a list, so that they open from a disk or a mail.

mod erd;
mod flow;
mod site;
mod svg;

use confect_domain::TableContract;

pub use erd::{erd_mermaid, erd_svg};
pub use flow::{flow_mermaid, flow_svg};
pub use site::site;

/// Everything that is told about a shop's warehouse.
#[derive(Clone, Debug, Default)]
pub struct Warehouse {
    /// The shop's name.
    pub shop: String,
    /// What was published last, in one sentence; empty before the first refresh.
    pub published: String,
    /// Tables that people may ask about.
    pub tables: Vec<Table>,
    /// Metrics in the order of the project.
    pub metrics: Vec<Metric>,
    /// From sources over tables and metrics to pages.
    pub flow: Flow,
}

/// One table.
#[derive(Clone, Debug)]
pub struct Table {
    /// What it promises.
    pub contract: TableContract,
    /// How many rows it has, if it was published.
    pub rows: Option<u64>,
    /// The SQL that makes it.
    pub sql: String,
    /// The file of the SQL, as messages name it.
    pub path: String,
    /// The method that makes it of what the SQL delivers, if one does.
    pub method: Option<String>,
}

/// One metric.
#[derive(Clone, Debug)]
pub struct Metric {
    /// Its name in queries.
    pub id: String,
    /// As people call it.
    pub name: String,
    /// What it counts and what it leaves out.
    pub definition: String,
    /// The arithmetic, over measures and metrics.
    pub formula: String,
    /// `money`, `count`, `rate`, …
    pub unit: String,
    /// Who answers for the definition.
    pub owner: String,
    /// Where the definition comes from.
    pub sources: Vec<String>,
}

/// A graph; edges lead from what is read to what reads it.
#[derive(Clone, Debug, Default)]
pub struct Flow {
    /// Everything that holds or shows data.
    pub nodes: Vec<Node>,
    /// From, to, by [`Node::id`].
    pub edges: Vec<(String, String)>,
}

/// One point of the flow.
#[derive(Clone, Debug)]
pub struct Node {
    /// Unique.
    pub id: String,
    /// Which column of the picture it stands in.
    pub stage: Stage,
    /// As people call it.
    pub title: String,
}

/// The columns of the flow, from left to right.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stage {
    /// Files or a database.
    Source,
    /// Cleaned rows.
    Staging,
    /// Dimensions and facts.
    Star,
    /// Tables made for a topic.
    Marts,
    /// Defined numbers.
    Metric,
    /// What people look at.
    Page,
}

impl Stage {
    /// All, from left to right, with their headings.
    pub const ALL: [(Self, &'static str); 6] = [
        (Self::Source, "Sources"),
        (Self::Staging, "Staging"),
        (Self::Star, "Star"),
        (Self::Marts, "Marts"),
        (Self::Metric, "Metrics"),
        (Self::Page, "Pages"),
    ];
}
