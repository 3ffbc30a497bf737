//! What a file holds besides its main rows: the articles and customers of a flat file, the stock of an article
//! list; and the words for kinds of stock movements.

use std::collections::BTreeMap;

use confect_domain::Entity;
use confect_ingest::ColumnProfile;

use super::concept::Concept as C;
use super::evidence::depends;
use super::fill::{as_of, joined_name};
use super::map::{left, plain_columns, sort};
use super::options::read_options;
use super::parts::{slug, stem};
use super::sheet::{Kind, Sheet};
use super::{Confidence, ProposedColumn, ProposedOption, ProposedSource, Shop, SourceOption};

/// Share of keys that have to have one value only for a column to describe the key.
const STEADY: f64 = 0.95;

/// Further sources over files that are read already.
pub(super) fn sources(shop: &Shop<'_>, main: &[ProposedSource]) -> Vec<ProposedSource> {
    let mut extra = Vec::new();
    let delivered = |entity: Entity| main.iter().any(|source| source.entity == entity);
    for source in main.iter().filter(|source| source.entity == Entity::SaleLines) {
        let Some(sheet) = sheet_of(shop, source, &Kind::Sales) else { continue };
        let customers = [C::CustomerName, C::Email, C::FirstName, C::Segment, C::Tier];
        let products = [C::Category, C::Subcategory, C::Brand, C::Supplier];
        let flat: [(Entity, C, &[C]); 3] = [
            (Entity::Products, C::ProductId, &products),
            (Entity::Customers, C::CustomerId, &customers),
            (Entity::Stores, C::StoreId, &[C::StoreName]),
        ];
        for (entity, key, signs) in flat {
            let place = sheet
                .find(&[key])
                .filter(|_| !delivered(entity) && signs.iter().any(|sign| sheet.has(&[*sign])));
            if let Some(place) = place {
                extra.push(described(shop, sheet, source, entity, place));
            }
        }
    }
    if !delivered(Entity::StockLevels) {
        for source in main.iter().filter(|source| source.entity == Entity::Products) {
            let Some(sheet) = sheet_of(shop, source, &Kind::Products).filter(|sheet| sheet.has(&[C::OnHand]))
            else {
                continue;
            };
            extra.push(stock(shop, sheet, source));
        }
    }
    extra
}

fn sheet_of<'a>(shop: &Shop<'a>, source: &ProposedSource, kind: &Kind) -> Option<&'a Sheet<'a>> {
    shop.of(kind).find(|sheet| source.files.first() == Some(&sheet.index))
}

/// A source that takes each key's first row of a flat file.
fn described(
    shop: &Shop<'_>,
    sheet: &Sheet<'_>,
    main: &ProposedSource,
    entity: Entity,
    key: usize,
) -> ProposedSource {
    let mut columns = plain_columns(shop, sheet, entity);
    if entity == Entity::Customers {
        columns.extend(joined_name(sheet, &columns));
    }
    let mut unsteady = Vec::new();
    columns.retain_mut(|column| keep(sheet, key, column, &mut unsteady));
    sort(entity, &mut columns);
    let mut options = read_options(shop, &[sheet], &columns);
    let heading = sheet.column(key).map_or("", |column| column.heading.as_str());
    options.push(ProposedOption {
        option: SourceOption::FirstPerKey,
        reason: format!("`{heading}` stands in many lines; its first row is taken"),
        confidence: Confidence::Likely,
    });
    let mut reason = format!("the sales file describes its {} in every line", entity.name());
    if !unsteady.is_empty() {
        reason.push_str(&format!(
            "; left out because they change from line to line of one key: {}",
            unsteady.join(", ")
        ));
    }
    shared(shop, main, entity, reason, sheet, columns, options)
}

/// Whether a column describes the key: each key has one value.
fn keep(sheet: &Sheet<'_>, key: usize, column: &mut ProposedColumn, unsteady: &mut Vec<String>) -> bool {
    // What says when or how much belongs to the line.
    if matches!(column.column, "list_price" | "unit_cost" | "opened_date" | "closed_date") {
        return false;
    }
    let super::Origin::Heading(heading) = &column.origin else { return true };
    let place = sheet.profile.columns.iter().position(|own| own.heading == *heading);
    let share = place.map_or(1.0, |place| depends(sheet, key, place));
    if share < STEADY {
        unsteady.push(format!("`{heading}`"));
    } else if place != Some(key) {
        column.reason = format!("{}; {:.0} % of the keys have one value", column.reason, share * 100.0);
    }
    share >= STEADY
}

/// Stock that an article list states.
fn stock(shop: &Shop<'_>, sheet: &Sheet<'_>, main: &ProposedSource) -> ProposedSource {
    let mut columns = plain_columns(shop, sheet, Entity::StockLevels);
    columns.extend(as_of(shop, &columns));
    sort(Entity::StockLevels, &mut columns);
    let options = read_options(shop, &[sheet], &columns);
    let reason = "the article list states the number on hand, and no other file does".to_owned();
    shared(shop, main, Entity::StockLevels, reason, sheet, columns, options)
}

fn shared(
    shop: &Shop<'_>,
    main: &ProposedSource,
    entity: Entity,
    reason: String,
    sheet: &Sheet<'_>,
    columns: Vec<ProposedColumn>,
    options: Vec<ProposedOption>,
) -> ProposedSource {
    let name = shop.names.get(sheet.index).map_or("", |name| stem(name));
    ProposedSource {
        name: format!("{}_{}", slug(name), entity.name()),
        entity,
        patterns: main.patterns.clone(),
        files: main.files.clone(),
        shares_files: true,
        reason,
        left: left(sheet, &columns),
        columns,
        options,
    }
}

/// Words for the kinds of movements, folded to what the entity calls them.
const KINDS: &[(&str, &[&str])] = &[
    (
        "receipt",
        &[
            "receipt",
            "restock",
            "purchase",
            "in",
            "wareneingang",
            "zugang",
            "einkauf",
            "entree",
            "entrada",
            "carico",
            "ontvangst",
            "delivery",
            "received",
        ],
    ),
    ("sale", &["sale", "sold", "out", "verkauf", "abgang", "vente", "venta", "vendita", "verkoop", "sales"]),
    ("return", &["return", "returned", "retoure", "retour", "devolucion", "reso"]),
    (
        "write_off",
        &[
            "write_off",
            "write-off",
            "writeoff",
            "waste",
            "damage",
            "damaged",
            "loss",
            "shrinkage",
            "abschreibung",
            "bruch",
            "perte",
            "spoilage",
            "expired",
        ],
    ),
    ("transfer", &["transfer", "umlagerung", "transfert", "traslado", "trasferimento"]),
    ("count", &["count", "adjustment", "correction", "inventur", "inventory", "inventaire"]),
];

/// Rewrites of a file's words into the kinds there are.
pub(super) fn kinds(column: &ColumnProfile) -> BTreeMap<String, String> {
    let meaning = |value: &str| {
        let lower = value.to_lowercase();
        KINDS.iter().find(|(_, words)| words.contains(&lower.as_str())).map(|(kind, _)| (*kind).to_owned())
    };
    let values = column.values.iter().filter_map(|(value, _)| Some((value.clone(), meaning(value)?)));
    values.filter(|(value, kind)| value != kind).collect()
}
