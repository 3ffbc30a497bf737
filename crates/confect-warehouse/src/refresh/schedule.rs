//! The order of the models: what each waits for, and which should start first.

use std::collections::{BTreeMap, BTreeSet};

use confect_domain::Model;

use crate::error::WarehouseError;
use crate::lineage::tables_read;

/// A model with the tables it waits for and the tables it reads.
pub(super) struct Waiting<'a> {
    pub(super) model: &'a Model,
    pub(super) needs: BTreeSet<String>,
    pub(super) reads: BTreeSet<String>,
}

/// Models so that each comes after those it reads and after the dimensions it refers to; those that
/// most others wait for come first.
pub(super) fn in_order(models: &[Model]) -> Result<Vec<Waiting<'_>>, WarehouseError> {
    let names: BTreeSet<&str> = models.iter().map(|model| model.contract.name.as_str()).collect();
    let mut waiting: Vec<Waiting<'_>> = Vec::new();
    for model in models {
        let mut reads = tables_read(model)?;
        // Whether its rows may stay is seen by these.
        reads.extend(model.keeps.keys().cloned());
        let mut needs = reads.clone();
        needs.extend(model.contract.foreign_keys.iter().map(|key| key.references.clone()));
        needs.retain(|name| names.contains(name.as_str()) && *name != model.contract.name);
        waiting.push(Waiting { model, needs, reads });
    }
    let followers: BTreeMap<&str, usize> =
        names.iter().map(|name| (*name, followers(name, &waiting).len())).collect();
    waiting.sort_by_key(|next| {
        let name = next.model.contract.name.as_str();
        (std::cmp::Reverse(followers.get(name).copied().unwrap_or(0)), name)
    });
    let mut order: Vec<Waiting<'_>> = Vec::new();
    while !waiting.is_empty() {
        let done: BTreeSet<&str> = order.iter().map(|next| next.model.contract.name.as_str()).collect();
        let ready =
            waiting.iter().position(|next| next.needs.iter().all(|name| done.contains(name.as_str())));
        let Some(index) = ready else {
            let names: Vec<&str> = waiting.iter().map(|next| next.model.contract.name.as_str()).collect();
            return Err(WarehouseError::Circle(names.join(", ")));
        };
        let next = waiting.remove(index);
        order.push(next);
    }
    Ok(order)
}

/// The models that wait for `name`, directly or through others.
fn followers<'a>(name: &str, models: &'a [Waiting<'_>]) -> BTreeSet<&'a str> {
    let mut found = BTreeSet::new();
    let mut next = vec![name];
    while let Some(name) = next.pop() {
        for model in models.iter().filter(|model| model.needs.contains(name)) {
            if found.insert(model.model.contract.name.as_str()) {
                next.push(model.model.contract.name.as_str());
            }
        }
    }
    found
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use confect_domain::{Growth, Layer, TableAccess, TableContract};

    pub(in crate::refresh) fn model(name: &str, sql: &str) -> Model {
        let contract = TableContract {
            name: name.to_owned(),
            layer: Layer::Staging,
            grain: String::new(),
            key: Vec::new(),
            order: Vec::new(),
            access: TableAccess::Private,
            columns: Vec::new(),
            foreign_keys: Vec::new(),
            accepted: Vec::new(),
        };
        Model {
            contract,
            sql: sql.to_owned(),
            method: None,
            growth: Growth::Rebuilt,
            looks_up: BTreeMap::new(),
            keeps: BTreeMap::new(),
            by_key: None,
            path: format!("{name}.sql"),
        }
    }

    #[test]
    fn a_model_follows_what_it_reads_and_what_most_wait_for_is_first() {
        let models = [
            model("last", "select * from middle join seed_list using (a)"),
            model("lonely", "select * from source_x"),
            model("middle", "select * from first"),
            model("first", "select * from source_x"),
        ];
        let order = in_order(&models).expect("an order");
        let names: Vec<&str> = order.iter().map(|next| next.model.contract.name.as_str()).collect();
        assert_eq!(names, ["first", "middle", "last", "lonely"]);
    }

    #[test]
    fn a_circle_is_named() {
        let models = [model("a", "select * from b"), model("b", "select * from a")];
        let error = in_order(&models).err().expect("an error");
        assert!(matches!(error, WarehouseError::Circle(names) if names == "a, b"));
    }
}
