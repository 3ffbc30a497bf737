//! Which tables grow by what is new, and which are made anew from all rows.
//!
//! A model that says `grows` is built from the new rows alone where that is safe: it must read exactly
//! one growing input, and an entity's rows are read alone only if every model that reads them grows.
//! What a rebuilt model reads of a growing table must be stored, so growing staging tables are.
//! Deliberately absent: whether a refresh may grow at all (`increment`).

use std::collections::{BTreeMap, BTreeSet};

use confect_domain::{Entity, Growth, Model};

use super::schedule::Waiting;

/// Fewer rows are made as quickly as they are read.
const WORTH_KEEPING: u64 = 5_000;

/// The growing part of a plan.
#[derive(Clone, Debug, Default)]
pub(super) struct Growing {
    /// Entities of which only new rows are needed.
    pub(super) entities: BTreeSet<Entity>,
    /// Models that are built from new rows alone.
    pub(super) tables: BTreeMap<String, Growth>,
    /// Staging tables that the next refresh needs: growing ones that others read whole, and those that growing
    /// models look things up in.
    pub(super) stored: BTreeSet<String>,
    /// Tables whose rows the next refresh takes over but for some keys, if they are there.
    pub(super) by_key: BTreeSet<String>,
    /// Tables that no growing table is in: the next refresh takes them over if they are there.
    pub(super) settled: BTreeSet<String>,
    /// Rebuilt tables that growing models look things up in, with the columns by which they do, if they say so.
    pub(super) lookups: BTreeMap<String, BTreeSet<LookedUp>>,
}

/// A growing model that looks rows up by a column; without one, any change of the list matters to it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct LookedUp {
    /// The growing model.
    pub(super) by: String,
    /// The column that both tables have.
    pub(super) column: Option<String>,
}

/// The column by which rows of an entity belong together: new rows that share its value with an old
/// one (further lines of an invoice) are not independent of it. `None`: the entity never grows.
pub(super) const fn group_column(entity: Entity) -> Option<&'static str> {
    match entity {
        Entity::SaleLines => Some("invoice_no"),
        Entity::StockMovements => Some("movement_id"),
        _ => None,
    }
}

pub(super) fn source_table(entity: Entity) -> String {
    format!("source_{}", entity.name())
}

impl Growing {
    /// Looks at all models; those whose wish cannot be granted are rebuilt.
    pub(super) fn of(models: &[Waiting<'_>]) -> Self {
        let mut growing = Self {
            entities: Entity::ALL.into_iter().filter(|entity| group_column(*entity).is_some()).collect(),
            tables: models
                .iter()
                .filter(|next| matches!(next.model.growth, Growth::Rows | Growth::Partials))
                .map(|next| (name(next.model).to_owned(), next.model.growth))
                .collect(),
            ..Self::default()
        };
        while growing.give_up_one(models) {}
        growing.note_lookups(models);
        let whole = models.iter().filter(|next| !growing.grows(name(next.model)));
        growing.stored = whole
            .flat_map(|next| &next.reads)
            .filter(|table| growing.grows(table))
            .chain(growing.lookups.keys())
            .cloned()
            .collect();
        growing.note_taken_over(models);
        growing
    }

    fn note_taken_over(&mut self, models: &[Waiting<'_>]) {
        if self.entities.is_empty() {
            return;
        }
        // Every refresh that adds makes these anew: the calendar, what grows, and what is made of them.
        let mut moving: BTreeSet<String> = self.entities.iter().map(|entity| source_table(*entity)).collect();
        moving.extend(self.tables.keys().cloned());
        moving.insert("calendar_days".to_owned());
        for next in models {
            let goes_by_key =
                next.model.growth == Growth::ByKey && next.reads.iter().any(|read| self.grows(read));
            let moves = next.reads.iter().any(|read| moving.contains(read));
            if goes_by_key {
                self.by_key.insert(name(next.model).to_owned());
            }
            let noted = if moves { &mut moving } else { &mut self.settled };
            noted.insert(name(next.model).to_owned());
        }
    }

    /// Whether a staging table is written for no other reason than to be taken over.
    pub(super) fn only_settled(&self, table: &str) -> bool {
        self.settled.contains(table) && !self.stored.contains(table) && !self.by_key.contains(table)
    }

    /// Whether a staging table of so many rows is written.
    pub(super) fn is_stored(&self, table: &str, rows: u64) -> bool {
        let is_kept = self.settled.contains(table) && rows >= WORTH_KEEPING;
        is_kept || self.stored.contains(table) || self.by_key.contains(table)
    }

    fn note_lookups(&mut self, models: &[Waiting<'_>]) {
        let rebuilt: BTreeSet<&str> =
            models.iter().map(|next| name(next.model)).filter(|table| !self.grows(table)).collect();
        for next in models.iter().filter(|next| self.tables.contains_key(name(next.model))) {
            for table in next.reads.iter().filter(|table| rebuilt.contains(table.as_str())) {
                let column = next.model.looks_up.get(table).cloned();
                let looked_up = LookedUp { by: name(next.model).to_owned(), column };
                self.lookups.entry(table.clone()).or_default().insert(looked_up);
            }
        }
    }

    /// The growing tables that are made from a growing table, itself among them.
    pub(super) fn descendants(&self, table: &str, models: &[Waiting<'_>]) -> BTreeSet<String> {
        let mut found = BTreeSet::from([table.to_owned()]);
        loop {
            let next = models.iter().find(|next| {
                self.grows(name(next.model))
                    && !found.contains(name(next.model))
                    && next.reads.iter().any(|read| found.contains(read))
            });
            match next {
                Some(next) => found.insert(name(next.model).to_owned()),
                None => return found,
            };
        }
    }

    pub(super) fn grows(&self, table: &str) -> bool {
        self.tables.contains_key(table)
    }

    pub(super) fn growth(&self, table: &str) -> Growth {
        self.tables.get(table).copied().unwrap_or_default()
    }

    /// Takes back what does not hold; whether there was any.
    fn give_up_one(&mut self, models: &[Waiting<'_>]) -> bool {
        let read_whole = |entity: &Entity| {
            let source = source_table(*entity);
            let mut readers = models.iter().filter(|next| next.reads.contains(&source)).peekable();
            readers.peek().is_none() || readers.any(|next| !self.grows(name(next.model)))
        };
        if let Some(entity) = self.entities.iter().copied().find(read_whole) {
            return self.entities.remove(&entity);
        }
        let sources: BTreeSet<String> = self.entities.iter().map(|entity| source_table(*entity)).collect();
        let growing_inputs = |next: &Waiting<'_>| {
            next.reads.iter().filter(|table| self.grows(table) || sources.contains(*table)).count()
        };
        let odd = |next: &&Waiting<'_>| self.grows(name(next.model)) && growing_inputs(next) != 1;
        let odd = models.iter().find(odd).map(|next| name(next.model).to_owned());
        odd.is_some_and(|table| self.tables.remove(&table).is_some())
    }
}

fn name(model: &Model) -> &str {
    &model.contract.name
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::refresh::schedule::{in_order, tests::model};

    fn growing(models: &[(&str, &str, Growth)]) -> Growing {
        let models: Vec<Model> =
            models.iter().map(|(name, sql, growth)| Model { growth: *growth, ..model(name, sql) }).collect();
        Growing::of(&in_order(&models).expect("an order"))
    }

    #[test]
    fn what_is_read_whole_is_stored_and_what_grows_from_lines_grows() {
        let found = growing(&[
            ("lines", "select * from source_sale_lines join list using (a)", Growth::Rows),
            ("list", "select * from source_products", Growth::Rebuilt),
            ("sums", "select * from lines", Growth::Partials),
            ("mart", "select * from sums", Growth::Rebuilt),
        ]);
        assert_eq!(found.entities, BTreeSet::from([Entity::SaleLines]));
        assert_eq!(found.tables.keys().collect::<Vec<_>>(), ["lines", "sums"]);
        assert_eq!(found.stored, BTreeSet::from(["list".to_owned(), "sums".to_owned()]));
        assert_eq!(found.lookups.keys().collect::<Vec<_>>(), ["list"]);
    }

    #[test]
    fn staging_without_lines_is_kept_if_it_is_large() {
        let found = growing(&[
            ("lines", "select * from source_sale_lines", Growth::Rows),
            ("persons", "select * from source_customers", Growth::Rebuilt),
            ("buyers", "select * from persons join lines using (a)", Growth::Rebuilt),
            ("days", "select * from calendar_days", Growth::Rebuilt),
        ]);
        assert_eq!(found.settled, BTreeSet::from(["persons".to_owned()]));
        assert!(found.is_stored("persons", WORTH_KEEPING) && !found.is_stored("persons", WORTH_KEEPING - 1));
        assert!(!found.is_stored("buyers", u64::MAX) && !found.is_stored("days", u64::MAX));
    }

    #[test]
    fn a_rebuilt_reader_of_the_lines_makes_everything_rebuilt() {
        let found = growing(&[
            ("lines", "select * from source_sale_lines", Growth::Rows),
            ("sums", "select * from lines", Growth::Partials),
            ("other", "select count(*) from source_sale_lines", Growth::Rebuilt),
        ]);
        assert!(found.entities.is_empty() && found.tables.is_empty() && found.stored.is_empty());
    }

    #[test]
    fn a_table_of_two_growing_inputs_is_rebuilt() {
        let found = growing(&[
            ("lines", "select * from source_sale_lines", Growth::Rows),
            ("moves", "select * from source_stock_movements", Growth::Rows),
            ("both", "select * from lines cross join moves", Growth::Rows),
        ]);
        assert_eq!(found.tables.keys().collect::<Vec<_>>(), ["lines", "moves"]);
        assert_eq!(found.stored.len(), 2);
    }
}
