//! Which customer ids are one person: resolved before the models run, so that every model sees persons.
//!
//! Sale lines of an id that was merged go to the person's id; the CRM's rows keep their own ids beside
//! the table `identities`, one row per id with the link that joined it. Nothing is lost: with the two ids
//! on `keep_apart` the next refresh tells them apart again.

use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, AsArray, BooleanArray, Decimal128Array, RecordBatch, StringViewArray, StringViewBuilder,
};
use arrow::datatypes::{Date32Type, Field, Schema, SchemaRef};
use confect_analytics::identity::{CustomerRecord, Identities, IdentityRules, resolve_identities};
use confect_domain::decimal::PRECISION;
use confect_domain::{ColumnType, Date, Entity};
use datafusion::prelude::{SessionContext, col};
use hashbrown::HashMap;

use super::base::Base;
use super::inputs::Inputs;
use crate::error::WarehouseError;
use crate::storage::arrow_type;

/// The table that models read it from.
pub(super) const TABLE: &str = "identities";
/// The published table of it.
pub(super) const STORED: &str = "customer_identity";

/// Rewrites the ids of new rows by the persons that were published: the CRM was not read again.
/// Gives an empty `identities` and the hash of the links.
pub(super) async fn take_over(
    inputs: &mut Inputs,
    base: &Base,
    context: &SessionContext,
) -> Result<(RecordBatch, String), WarehouseError> {
    let links = base.frame(context, STORED).await?;
    let links = links.filter(col("person_id").not_eq(col("customer_id")))?;
    let mut merged = HashMap::new();
    for batch in links.select_columns(&["customer_id", "person_id"])?.collect().await? {
        let (ids, persons) = (batch.column(0).as_string_view(), batch.column(1).as_string_view());
        let texts = ids.iter().flatten().zip(persons.iter().flatten());
        merged.extend(texts.map(|(id, person)| (id.to_owned(), person.to_owned())));
    }
    rewrite(inputs, &merged)?;
    Ok((table(&[])?, base.publication.memory.identities.clone()))
}

/// Resolves the CRM's customers, rewrites the ids of sale lines and points events, and returns the table `identities`.
/// Also a hash of the links, which tells whether old lines would go to other persons now.
pub(super) fn resolve(
    inputs: &mut Inputs,
    rules: &IdentityRules,
) -> Result<(RecordBatch, String), WarehouseError> {
    let Some((schema, batches)) = inputs.tables.get(&Entity::Customers) else {
        return Ok((table(&[])?, hash_of(std::iter::empty())));
    };
    let columns = Columns::of(schema)?;
    let mut records = Vec::new();
    for batch in batches {
        columns.records(batch, &mut records);
    }
    let identities = resolve_identities(&records, rules);
    let source = inputs.records.iter().find(|record| record.entity == Entity::Customers.name());
    let mut findings = identities.findings(source.map_or("customers", |record| record.name.as_str()));
    let table = table(&members(&identities))?;
    let merged: HashMap<String, String> = identities
        .members
        .iter()
        .filter(|member| member.person_id != member.customer_id)
        .map(|member| (member.customer_id.to_owned(), member.person_id.to_owned()))
        .collect();
    let mut links: Vec<(&String, &String)> = merged.iter().collect();
    links.sort_unstable();
    let links = hash_of(links.into_iter());
    inputs.findings.append(&mut findings);
    rewrite(inputs, &merged)?;
    Ok((table, links))
}

/// Puts persons for the ids of sale lines and points events.
fn rewrite(inputs: &mut Inputs, merged: &HashMap<String, String>) -> Result<(), WarehouseError> {
    for entity in [Entity::SaleLines, Entity::LoyaltyEvents] {
        let Some((schema, rows)) = inputs.tables.get_mut(&entity).filter(|_| !merged.is_empty()) else {
            continue;
        };
        let index = schema.index_of("customer_id")?;
        for batch in rows {
            *batch = to_persons(batch, index, merged)?;
        }
    }
    Ok(())
}

fn hash_of<'a>(links: impl Iterator<Item = (&'a String, &'a String)>) -> String {
    let mut hash = blake3::Hasher::new();
    for (id, person) in links {
        for part in [id, person] {
            hash.update(part.as_bytes());
            hash.update(&[0]);
        }
    }
    hash.finalize().to_hex()[..32].to_owned()
}

/// Where the columns of the CRM are.
struct Columns {
    id: usize,
    name: usize,
    email: usize,
    phone: usize,
    city: usize,
    country: usize,
    joined: usize,
    consent: usize,
}

impl Columns {
    fn of(schema: &Schema) -> Result<Self, WarehouseError> {
        let at = |name: &str| schema.index_of(name);
        Ok(Self {
            id: at("customer_id")?,
            name: at("name")?,
            email: at("email")?,
            phone: at("phone")?,
            city: at("city")?,
            country: at("country")?,
            joined: at("joined_date")?,
            consent: at("consent_marketing")?,
        })
    }

    fn records<'a>(&self, batch: &'a RecordBatch, records: &mut Vec<CustomerRecord<'a>>) {
        let text = |column: usize, row: usize| -> Option<&'a str> {
            let texts = batch.column(column).as_string_view();
            texts.is_valid(row).then(|| texts.value(row))
        };
        let joined = batch.column(self.joined).as_primitive_opt::<Date32Type>();
        let consent: Option<&BooleanArray> = batch.column(self.consent).as_boolean_opt();
        for row in 0..batch.num_rows() {
            records.push(CustomerRecord {
                customer_id: text(self.id, row).unwrap_or_default(),
                name: text(self.name, row),
                email: text(self.email, row),
                phone: text(self.phone, row),
                city: text(self.city, row),
                country: text(self.country, row),
                joined: joined.filter(|days| days.is_valid(row)).map(|days| Date::from_days(days.value(row))),
                consent_marketing: consent.filter(|said| said.is_valid(row)).map(|said| said.value(row)),
                delivery: records.len() as u64,
            });
        }
    }
}

/// One row of `identities`.
struct Row<'a> {
    customer_id: &'a str,
    person_id: &'a str,
    rule: Option<&'static str>,
    joined_to: Option<&'a str>,
    /// Ten-thousandths.
    confidence: Option<i128>,
    explanation: Option<&'a str>,
}

fn members<'a>(identities: &'a Identities<'_>) -> Vec<Row<'a>> {
    let row = |member: &'a confect_analytics::identity::Member<'_>| {
        let link = member.link.as_deref();
        Row {
            customer_id: member.customer_id,
            person_id: member.person_id,
            rule: link.map(|link| link.rule.word()),
            joined_to: link.map(|link| link.joined_to),
            confidence: link.map(|link| (link.confidence.clamp(0.0, 1.0) * 10_000.0).round() as i128),
            explanation: link.map(|link| link.explanation.as_str()),
        }
    };
    identities.members.iter().map(row).collect()
}

fn table(rows: &[Row<'_>]) -> Result<RecordBatch, WarehouseError> {
    let text = |value: fn(&Row<'_>) -> Option<String>| -> ArrayRef {
        Arc::new(rows.iter().map(value).collect::<StringViewArray>())
    };
    let confidence: Decimal128Array = rows.iter().map(|row| row.confidence).collect();
    let columns: Vec<ArrayRef> = vec![
        text(|row| Some(row.customer_id.to_owned())),
        text(|row| Some(row.person_id.to_owned())),
        text(|row| row.rule.map(str::to_owned)),
        text(|row| row.joined_to.map(str::to_owned)),
        Arc::new(confidence.with_precision_and_scale(PRECISION, 4)?),
        text(|row| row.explanation.map(str::to_owned)),
    ];
    let field = |(name, column)| Field::new(name, arrow_type(column), true);
    use ColumnType::{Decimal, Text};
    let names = [
        ("customer_id", Text),
        ("person_id", Text),
        ("rule", Text),
        ("joined_to", Text),
        ("confidence", Decimal),
        ("explanation", Text),
    ];
    let schema: SchemaRef = Arc::new(Schema::new(names.into_iter().map(field).collect::<Vec<_>>()));
    Ok(RecordBatch::try_new(schema, columns)?)
}

fn to_persons(
    batch: &RecordBatch,
    index: usize,
    merged: &HashMap<String, String>,
) -> Result<RecordBatch, WarehouseError> {
    let ids = batch.column(index).as_string_view();
    let mut persons = StringViewBuilder::with_capacity(ids.len());
    for id in ids {
        persons.append_option(id.map(|id| merged.get(id).map_or(id, String::as_str)));
    }
    let mut columns = batch.columns().to_vec();
    columns[index] = Arc::new(persons.finish());
    Ok(RecordBatch::try_new(batch.schema(), columns)?)
}
