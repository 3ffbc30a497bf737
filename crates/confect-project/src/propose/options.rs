//! How a source's text is to be taken: encoding, dates, decimals, repeated lines, missing prices.

use confect_domain::Entity;

use super::concept::Concept as C;
use super::evidence;
use super::parts::grouped;
use super::sheet::Sheet;
use super::{Confidence, Origin, ProposedColumn, ProposedOption, Shop, SourceOption};

/// The options of a source.
pub(super) fn options(
    shop: &Shop<'_>,
    group: &[&Sheet<'_>],
    sheet: &Sheet<'_>,
    entity: Entity,
    columns: &[ProposedColumn],
) -> Vec<ProposedOption> {
    let mut options = read_options(shop, group, columns);
    let has = |name: &str| columns.iter().any(|column| column.column == name);
    if entity == Entity::SaleLines {
        options.push(deduplicate(sheet, has("line_no")));
        if !has("unit_price") && !has("line_amount") {
            let known = shop.has_list_price();
            let reason = match known {
                true => "the file has no price; the article's list price stands in".to_owned(),
                false => "the file has no price, and no article list has one: sales will be worth nothing"
                    .to_owned(),
            };
            let confidence = if known { Confidence::Likely } else { Confidence::Unsure };
            options.push(ProposedOption { option: SourceOption::PriceFromProducts, reason, confidence });
        }
    }
    options
}

/// Options that follow from how values are written.
pub(super) fn read_options(
    shop: &Shop<'_>,
    group: &[&Sheet<'_>],
    columns: &[ProposedColumn],
) -> Vec<ProposedOption> {
    let mut options = Vec::new();
    let mapped = |heading: &str| {
        columns.iter().any(
            |column| matches!(&column.origin, Origin::Heading(own) | Origin::Negated(own) if own == heading),
        )
    };
    let profiles: Vec<_> = group
        .iter()
        .flat_map(|sheet| &sheet.profile.columns)
        .filter(|column| mapped(&column.heading))
        .collect();
    if group.iter().all(|sheet| sheet.profile.encoding == "windows-1252") {
        let reason = "some letters are not UTF-8".to_owned();
        options.push(ProposedOption {
            option: SourceOption::Encoding("windows-1252".to_owned()),
            reason,
            confidence: Confidence::Likely,
        });
    }
    let days: Vec<_> = profiles.iter().filter(|column| column.date_rate() > 0.5).copied().collect();
    if let Some((order, reason, confidence)) = evidence::date_order(&days, shop.order) {
        options.push(ProposedOption { option: SourceOption::DateOrder(order), reason, confidence });
    }
    let (timed, fixed) = days
        .iter()
        .fold((0, 0), |(timed, fixed), column| (timed + column.dates.timed, fixed + column.dates.offset));
    if timed > fixed {
        let reason = "times are written without a zone and kept as written; set the shop's own, such as `Europe/Berlin`".to_owned();
        options.push(ProposedOption {
            option: SourceOption::Zone("UTC".to_owned()),
            reason,
            confidence: Confidence::Unsure,
        });
    }
    let (comma, point) = profiles
        .iter()
        .fold((0, 0), |(comma, point), column| (comma + column.numbers.comma, point + column.numbers.point));
    if comma > 0 && comma > point {
        let reason = format!("{} values only read so, {} only with a point", grouped(comma), grouped(point));
        let confidence = if point == 0 { Confidence::Sure } else { Confidence::Unsure };
        options.push(ProposedOption { option: SourceOption::DecimalComma, reason, confidence });
    }
    options
}

/// Whether equal lines are one line exported twice, or two sales.
fn deduplicate(sheet: &Sheet<'_>, numbered: bool) -> ProposedOption {
    let timed = sheet.get(&[C::SaleDate, C::Date]).is_some_and(|column| column.dates.timed > 0);
    let row = sheet.get(&[C::RowNo]).filter(|column| column.uniqueness() > 0.999);
    let (value, reason) = match () {
        () if numbered => {
            (true, "lines are numbered: a line that stands there twice was exported twice".to_owned())
        }
        () if row.is_some() => {
            (true, "rows are numbered: a line that stands there twice was exported twice".to_owned())
        }
        () if timed => {
            (true, "lines carry a time of day: a line that stands there twice was exported twice".to_owned())
        }
        () => (
            false,
            "there is neither a line number nor a time of day: the same article twice is two sales"
                .to_owned(),
        ),
    };
    ProposedOption { option: SourceOption::Deduplicate(value), reason, confidence: Confidence::Likely }
}
