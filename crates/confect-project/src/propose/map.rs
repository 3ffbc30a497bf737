//! A group of files of one shape → one source: its name and its columns, with reasons.

use confect_domain::{Entity, FieldType};
use confect_ingest::ColumnProfile;

use super::concept::Concept;
use super::fill::{as_of, joined_name, sale_columns};
use super::links::lookup;
use super::named;
use super::options::options;
use super::parts::{grouped, slug, stem};
use super::shapes::patterns;
use super::sheet::{Kind, Sheet};
use super::{Confidence, Origin, ProposedColumn, ProposedSource, Shop};

use Concept as C;

/// The concepts that each column of an entity may come from, the best first.
pub(super) const fn accepted(entity: Entity) -> &'static [(&'static str, &'static [Concept])] {
    match entity {
        Entity::SaleLines => &[
            ("invoice_no", &[C::InvoiceNo]),
            ("line_no", &[C::LineNo]),
            ("sold_at", &[C::SaleDate, C::ReturnDate, C::Date]),
            ("stock_code", &[C::ProductId, C::ProductName]),
            ("description", &[C::ProductName, C::Description, C::ProductText]),
            ("quantity", &[C::Quantity, C::ReturnQuantity]),
            ("unit_price", &[C::Price]),
            ("line_amount", &[C::LineAmount]),
            ("tax_amount", &[C::Tax]),
            ("unit_cost", &[C::UnitCost]),
            ("customer_id", &[C::CustomerId]),
            ("store_id", &[C::StoreId]),
            ("channel", &[C::Channel]),
            ("country", &[C::Country]),
            ("currency", &[C::Currency]),
        ],
        Entity::Products => &[
            ("stock_code", &[C::ProductId]),
            ("description", &[C::ProductName, C::Name, C::Description, C::ProductText]),
            ("category", &[C::Category]),
            ("subcategory", &[C::Subcategory]),
            ("brand", &[C::Brand]),
            ("supplier", &[C::Supplier]),
            ("unit_cost", &[C::UnitCost]),
            ("list_price", &[C::ListPrice, C::Price]),
            ("pack_qty", &[C::PackQty]),
            ("reorder_point", &[C::Reorder]),
        ],
        Entity::Customers => &[
            ("customer_id", &[C::CustomerId]),
            ("name", &[C::CustomerName, C::Name]),
            ("email", &[C::Email]),
            ("phone", &[C::Phone]),
            ("country", &[C::Country]),
            ("region", &[C::Region, C::State]),
            ("city", &[C::City]),
            ("postcode", &[C::Postcode]),
            ("joined_date", &[C::Joined]),
            ("loyalty_tier", &[C::Tier]),
            ("segment", &[C::Segment]),
            ("consent_marketing", &[C::Consent]),
            ("favourite_category", &[C::Favourite]),
        ],
        Entity::Stores => &[
            ("store_id", &[C::StoreId]),
            ("name", &[C::StoreName, C::Name]),
            ("region", &[C::Region, C::State]),
            ("country", &[C::Country]),
            ("opened_date", &[C::OpenDate, C::Date]),
            ("closed_date", &[C::CloseDate]),
            ("floor_area_m2", &[C::FloorArea]),
        ],
        Entity::StockLevels => &[
            ("stock_code", &[C::ProductId]),
            ("store_id", &[C::StoreId]),
            ("as_of", &[C::Date, C::OtherDate]),
            ("on_hand_qty", &[C::OnHand]),
            ("on_order_qty", &[C::OnOrder]),
            ("reorder_point", &[C::Reorder]),
        ],
        Entity::StockMovements => &[
            ("movement_id", &[C::MovementId, C::InvoiceNo, C::Id]),
            ("moved_at", &[C::MovementDate, C::Date, C::SaleDate]),
            ("stock_code", &[C::ProductId]),
            ("store_id", &[C::StoreId]),
            ("kind", &[C::Kind]),
            ("quantity", &[C::Quantity]),
            ("purchase_order_no", &[C::PurchaseOrder]),
        ],
        // Known by their own headings, see `named`.
        Entity::Suppliers
        | Entity::LedgerEntries
        | Entity::LoyaltyEvents
        | Entity::Targets
        | Entity::CalendarEvents
        | Entity::ExchangeRates => &[],
    }
}

/// The entity of a kind.
fn entity_of(kind: &Kind) -> Option<Entity> {
    Some(match kind {
        Kind::Sales | Kind::Returns => Entity::SaleLines,
        Kind::Products => Entity::Products,
        Kind::Customers => Entity::Customers,
        Kind::Stores => Entity::Stores,
        Kind::StockLevels => Entity::StockLevels,
        Kind::StockMovements => Entity::StockMovements,
        Kind::Named(entity) => *entity,
        Kind::Reference | Kind::Useless(_) => return None,
    })
}

/// The source for files of one shape.
pub(super) fn source(shop: &Shop<'_>, group: &[&Sheet<'_>]) -> Option<ProposedSource> {
    // The biggest file shows most.
    let sheet =
        group.iter().max_by_key(|sheet| (sheet.profile.records_seen, std::cmp::Reverse(sheet.index)))?;
    let entity = entity_of(&sheet.kind)?;
    let mut columns = match sheet.kind {
        Kind::Named(entity) => named::columns(sheet.profile, entity),
        _ => plain_columns(shop, sheet, entity),
    };
    match sheet.kind {
        Kind::Sales | Kind::Returns => sale_columns(sheet, &mut columns),
        Kind::StockLevels => columns.extend(as_of(shop, &columns)),
        Kind::Customers => columns.extend(joined_name(sheet, &columns)),
        _ => {}
    }
    let looked_up = [
        ("country", C::Country),
        ("category", C::Category),
        ("subcategory", C::Subcategory),
        ("region", C::Region),
    ];
    for (column, wanted) in looked_up {
        let has = columns.iter().any(|held| held.column == column);
        if !has && accepted(entity).iter().any(|(name, _)| *name == column) && entity.column(column).is_some()
        {
            columns.extend(lookup(shop, sheet, column, wanted));
        }
    }
    sort(entity, &mut columns);
    let files: Vec<usize> = group.iter().map(|sheet| sheet.index).collect();
    let options = options(shop, group, sheet, entity, &columns);
    Some(ProposedSource {
        name: group_name(group, shop.names),
        entity,
        patterns: patterns(&files, shop.names),
        reason: why(sheet, group),
        left: left(sheet, &columns),
        files,
        shares_files: false,
        columns,
        options,
    })
}

/// The name of a source: that of its file, or what the names of several files start with, without the numbers
/// of years and days.
fn group_name(group: &[&Sheet<'_>], names: &[String]) -> String {
    let stems: Vec<&str> =
        group.iter().filter_map(|sheet| names.get(sheet.index)).map(|name| stem(name)).collect();
    let Some(first) = stems.first() else { return "files".to_owned() };
    if stems.len() == 1 {
        return slug(first);
    }
    let common = |end: &usize| stems.iter().all(|stem| stem.get(..*end) == first.get(..*end));
    let end = (0..=first.len()).rev().find(|end| first.is_char_boundary(*end) && common(end)).unwrap_or(0);
    let start = first.get(..end).unwrap_or_default();
    let plain: String = start.chars().filter(|letter| !letter.is_ascii_digit()).collect();
    match slug(&plain) {
        plain if plain != "shop" => plain,
        _ => sheet_kind(group).to_owned(),
    }
}

/// A name for files that are called by numbers only, such as those of days.
fn sheet_kind(group: &[&Sheet<'_>]) -> &'static str {
    let kind = group.first().map(|sheet| &sheet.kind);
    match kind {
        Some(Kind::Returns) => "returns",
        Some(kind) => entity_of(kind).map_or("files", Entity::name),
        None => "files",
    }
}

fn why(sheet: &Sheet<'_>, group: &[&Sheet<'_>]) -> String {
    let what = match sheet.kind {
        Kind::Sales => "a row has a day, an article and a quantity or an amount: sales",
        Kind::Returns => "the headings speak of returns, with a day, an article and a quantity",
        Kind::Products => "one row per article, with what describes it",
        Kind::Customers => "one row per customer, with what describes one",
        Kind::Stores => "one row per store, with what describes it",
        Kind::StockLevels => "articles with the number on hand",
        Kind::StockMovements => "articles with a day, a signed quantity and the kind of movement",
        Kind::Named(Entity::Suppliers) => "one row per supplier, with its lead time or least order",
        Kind::Named(Entity::LedgerEntries) => "a row has a day, an account and an amount: postings",
        Kind::Named(Entity::LoyaltyEvents) => "a row has a customer, a day and points",
        Kind::Named(Entity::Targets) => "a row has a metric, a period and a value: targets",
        Kind::Named(Entity::CalendarEvents) => "a row has a day, a name and a kind: events",
        Kind::Named(Entity::ExchangeRates) => "a row has a day, a currency and a rate",
        _ => "",
    };
    match group.len() {
        1 => what.to_owned(),
        count => format!("{what}; {count} files with the same headings"),
    }
}

/// Columns that headings name directly.
pub(super) fn plain_columns(shop: &Shop<'_>, sheet: &Sheet<'_>, entity: Entity) -> Vec<ProposedColumn> {
    let mut taken: Vec<usize> = Vec::new();
    let mut columns = Vec::new();
    for (column, wanted) in accepted(entity) {
        let place = match *column {
            "stock_code" => product_key(shop, sheet).or_else(|| sheet.find(wanted)),
            _ => sheet.find(wanted),
        };
        // An article without a number is known by its name; then the name is both.
        let Some(place) = place.filter(|place| !taken.contains(place) || *column == "description") else {
            continue;
        };
        let Some(profile) = sheet.column(place) else { continue };
        taken.push(place);
        let (shows, fits) = shown(shop, sheet, entity, column, place);
        let by_name = *column == "stock_code" && sheet.concepts.get(place) == Some(&Some(C::ProductName));
        let confidence = match (fits, by_name) {
            (_, true) | (false, _) => Confidence::Unsure,
            _ if shows.is_empty() => Confidence::Likely,
            _ => Confidence::Sure,
        };
        let reason = if shows.is_empty() {
            "the heading says so".to_owned()
        } else {
            format!("the heading says so; {shows}")
        };
        let values = if *column == "kind" { super::extra::kinds(profile) } else { Default::default() };
        columns.push(ProposedColumn {
            column,
            origin: Origin::Heading(profile.heading.clone()),
            values,
            reason: if by_name {
                format!("there is no article number, so the name stands for it; {shows}")
            } else {
                reason
            },
            confidence,
        });
    }
    columns
}

/// Of several article keys, the one whose values the other files share.
fn product_key(shop: &Shop<'_>, sheet: &Sheet<'_>) -> Option<usize> {
    let own: Vec<usize> = (0..sheet.concepts.len())
        .filter(|index| sheet.concepts.get(*index) == Some(&Some(C::ProductId)))
        .collect();
    if own.len() < 2 {
        return own.first().copied();
    }
    let share = |index: &usize| {
        let column = sheet.column(*index)?;
        let others = shop.sheets.iter().filter(|other| other.index != sheet.index);
        let shares =
            others.filter_map(|other| Some(other.get(&[C::ProductId])?.sketch.share_in(&column.sketch)));
        shares.map(|share| (share * 1000.0) as u64).max()
    };
    own.into_iter().rev().max_by_key(|index| share(index))
}

/// What the values show about a choice, and whether they fit it.
fn shown(shop: &Shop<'_>, sheet: &Sheet<'_>, entity: Entity, column: &str, place: usize) -> (String, bool) {
    let Some(profile) = sheet.column(place) else { return (String::new(), true) };
    let rate =
        |rate: f64| if rate > 0.9995 { "all".to_owned() } else { format!("{:.1} % of the", rate * 100.0) };
    let type_of = entity.column(column).map(|column| column.field_type);
    match type_of {
        Some(FieldType::Date | FieldType::Timestamp) => {
            let old = profile.dates.two_digit_year;
            let told = format!("{} values are days", rate(profile.date_rate()));
            if old > 0 {
                (format!("{told}; {} have a year of two digits, which is not read", grouped(old)), false)
            } else {
                (told, true)
            }
        }
        Some(FieldType::Decimal | FieldType::Integer | FieldType::Rate) => {
            (format!("{} values are numbers", rate(profile.number_rate())), profile.number_rate() > 0.98)
        }
        Some(FieldType::Key) => (key_shown(shop, sheet, column, place), true),
        _ => (String::new(), true),
    }
}

/// How a key's values lie in the other files.
fn key_shown(shop: &Shop<'_>, sheet: &Sheet<'_>, column: &str, place: usize) -> String {
    let Some(profile) = sheet.column(place) else { return String::new() };
    let (concept, kind) = match column {
        "stock_code" => (C::ProductId, Kind::Products),
        "customer_id" => (C::CustomerId, Kind::Customers),
        "store_id" => (C::StoreId, Kind::Stores),
        _ => return different(sheet, profile),
    };
    let list = shop
        .of(&kind)
        .find(|other| other.index != sheet.index)
        .and_then(|other| Some((other, other.get(&[concept])?)));
    match list {
        Some((other, there)) => {
            let name = shop.names.get(other.index).map_or("", String::as_str);
            let share = profile.sketch.share_in(&there.sketch) * 100.0;
            format!("{share:.0} % of its {} values are in `{name}`", grouped(profile.distinct()))
        }
        None => different(sheet, profile),
    }
}

/// The number of different values, as far as the file was looked at.
fn different(sheet: &Sheet<'_>, profile: &ColumnProfile) -> String {
    let seen = if sheet.profile.is_whole() { "" } else { " in the rows looked at" };
    format!("{} different values{seen}", grouped(profile.distinct()))
}

/// Puts columns into the entity's order.
pub(super) fn sort(entity: Entity, columns: &mut [ProposedColumn]) {
    let place = |name: &str| entity.columns().iter().position(|column| column.name == name);
    columns.sort_by_key(|column| place(column.column));
}

/// Headings that nothing was made of.
pub(super) fn left(sheet: &Sheet<'_>, columns: &[ProposedColumn]) -> Vec<String> {
    let used = |heading: &str| {
        columns.iter().any(|column| match &column.origin {
            Origin::Heading(own) | Origin::Negated(own) => own == heading,
            Origin::Join(parts) => parts.iter().any(|part| part == heading),
            _ => false,
        })
    };
    sheet.profile.headings().into_iter().filter(|heading| !used(heading)).map(str::to_owned).collect()
}
