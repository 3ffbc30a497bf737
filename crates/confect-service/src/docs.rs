//! What the shop's warehouse is, for people: filled in from the project, the lineage and what is live.

use confect_docs::{Flow, Metric, Node, Stage, Table, Warehouse};

use crate::error::ServiceError;
use crate::shop::Shop;
use crate::steward::Steward;

impl Shop {
    /// Tables, metrics and the flow between them, with the rows of what is live.
    ///
    /// # Errors
    /// The publication cannot be read, or a model's SQL cannot be parsed.
    pub fn docs(&self, _steward: &Steward) -> Result<Warehouse, ServiceError> {
        let project = self.project();
        let publication = self.warehouse.latest()?;
        let rows = |table: &str| publication.as_ref()?.table(table).map(|table| table.rows);
        let mut tables: Vec<Table> = project
            .models
            .iter()
            .map(|model| Table {
                contract: model.contract.clone(),
                rows: rows(&model.contract.name),
                sql: model.sql.clone(),
                path: model.path.clone(),
                method: model.method.as_ref().map(|method| method.name.clone()),
            })
            .collect();
        tables.sort_by(|left, right| left.contract.name.cmp(&right.contract.name));
        let published = publication.as_ref().map_or_else(
            || "Nothing was published yet; run `confect refresh`.".to_owned(),
            |live| format!("Publication {} of {}.", live.id, live.published_at),
        );
        Ok(Warehouse {
            shop: project.shop.name.clone(),
            published,
            tables,
            metrics: project.catalogue.metrics().iter().map(metric).collect(),
            flow: self.flow()?,
        })
    }

    fn flow(&self) -> Result<Flow, ServiceError> {
        let lineage = self.lineage()?;
        let stage = |kind: &str| match kind {
            "source" => Stage::Source,
            "staging" => Stage::Staging,
            "star" => Stage::Star,
            "marts" => Stage::Marts,
            "metric" => Stage::Metric,
            _ => Stage::Page,
        };
        let nodes = lineage.nodes.into_iter().map(|node| Node {
            stage: stage(node.kind),
            id: node.id,
            title: node.title,
        });
        Ok(Flow { nodes: nodes.collect(), edges: lineage.edges })
    }
}

fn metric(metric: &confect_metrics::Metric) -> Metric {
    Metric {
        id: metric.id.clone(),
        name: metric.name.clone(),
        definition: metric.definition.clone(),
        formula: metric.expression.to_string(),
        unit: metric.unit.word().to_owned(),
        owner: metric.owner.clone(),
        sources: metric.sources.clone(),
    }
}
