//! Columns that no heading names alone: receipt numbers of returns, amounts checked against quantities,
//! discounts, the day of a stock count, a name in two parts.

use super::concept::Concept as C;
use super::evidence;
use super::sheet::{Kind, Sheet};
use super::{Confidence, Origin, ProposedColumn, Shop};

fn made(column: &'static str, origin: Origin, reason: String, confidence: Confidence) -> ProposedColumn {
    ProposedColumn { column, origin, values: Default::default(), reason, confidence }
}

/// What sale lines need beyond their headings.
pub(super) fn sale_columns(sheet: &Sheet<'_>, columns: &mut Vec<ProposedColumn>) {
    let is_return = sheet.kind == Kind::Returns;
    if is_return {
        for held in columns.iter_mut().filter(|held| held.column == "quantity") {
            let positive = sheet
                .get(&[C::ReturnQuantity, C::Quantity])
                .is_some_and(|column| column.numbers.negative == 0);
            if let (Origin::Heading(heading), true) = (&held.origin, positive) {
                held.origin = Origin::Negated(heading.clone());
                held.reason =
                    "the file holds returns and its quantities are positive, so their sign is turned"
                        .to_owned();
            }
        }
        // A return that is booked with the original receipt's number would look like part of the sale.
        columns.retain(|held| held.column != "line_amount" || !is_return);
    }
    let has = |columns: &[ProposedColumn], name: &str| columns.iter().any(|held| held.column == name);
    if !has(columns, "invoice_no") {
        let (prefix, reason) = match is_return {
            true => ("RET-", "the file has no receipt number; each row becomes a return of its own"),
            false => (
                "ROW-",
                "the file has no receipt number; each row becomes a receipt of its own, so baskets mean nothing",
            ),
        };
        let confidence = if is_return { Confidence::Likely } else { Confidence::Unsure };
        columns.push(made("invoice_no", Origin::RowNumber(prefix.to_owned()), reason.to_owned(), confidence));
    }
    if !has(columns, "quantity") {
        let reason = "no column holds a quantity; each row is taken for one piece".to_owned();
        columns.push(made("quantity", Origin::Constant("1".to_owned()), reason, Confidence::Unsure));
    }
    amounts(sheet, columns);
    discount(sheet, columns);
}

/// Checks price and amount against the quantity.
fn amounts(sheet: &Sheet<'_>, columns: &mut [ProposedColumn]) {
    let (quantity, price, amount) =
        (sheet.find(&[C::Quantity]), sheet.find(&[C::Price]), sheet.find(&[C::LineAmount]));
    let (Some(quantity), Some(amount)) = (quantity, amount) else { return };
    let Some(column) = columns.iter_mut().find(|column| column.column == "line_amount") else { return };
    if let Some(share) = price.and_then(|price| evidence::multiplies(sheet, quantity, price, amount)) {
        column.reason = format!(
            "the heading says so; quantity × price is the amount in {:.0} % of the rows",
            share * 100.0
        );
        return;
    }
    match evidence::scales(sheet, quantity, amount) {
        Some((told, true)) => column.reason = format!("the heading says so; {told}"),
        Some((told, false)) => {
            column.reason =
                format!("the heading speaks of an amount, but {told}; if so, map it to `unit_price`");
            column.confidence = Confidence::Unsure;
        }
        None => {
            column.reason = "the heading says so; too few quantities above 1 to check it".to_owned();
            column.confidence = Confidence::Likely;
        }
    }
}

/// The discount: a rate or an amount, and whether the line's amount has it in it.
fn discount(sheet: &Sheet<'_>, columns: &mut Vec<ProposedColumn>) {
    let Some(place) = sheet.find(&[C::Discount]) else { return };
    let Some(profile) = sheet.column(place) else { return };
    let numbers = &profile.numbers;
    let heading = Origin::Heading(profile.heading.clone());
    let is_rate = numbers.percent > 0 || numbers.fraction == profile.filled;
    if !is_rate {
        let reason =
            "its values go beyond 1, so it is money; if it is a percentage, drop this line".to_owned();
        columns.push(made("discount_amount", heading, reason, Confidence::Unsure));
        return;
    }
    columns.push(made(
        "discount_rate",
        heading,
        "all its values lie from 0 to 1, so it is a rate".to_owned(),
        Confidence::Sure,
    ));
    let needed = (sheet.find(&[C::ProductId]), sheet.find(&[C::Quantity]), sheet.find(&[C::LineAmount]));
    let (Some(product), Some(quantity), Some(amount)) = needed else { return };
    let (taken, compared) = evidence::discount_taken(sheet, product, quantity, amount, place);
    let Some(line) = columns.iter_mut().find(|column| column.column == "line_amount") else { return };
    let (told, doubt) = match () {
        () if compared >= 20 && taken * 10 >= compared * 7 => (
            format!(
                "the discount is taken off: {taken} of {compared} pairs of lines of one article at different discounts agree"
            ),
            false,
        ),
        () => (
            format!(
                "taken to be what was paid, the discount already off: an article's price varies too much to check it ({taken} of {compared} pairs agree)"
            ),
            true,
        ),
    };
    line.reason = format!("{}; {told}", line.reason);
    if doubt {
        line.confidence = Confidence::Unsure;
    }
}

/// The day of a stock count that does not say it.
pub(super) fn as_of(shop: &Shop<'_>, columns: &[ProposedColumn]) -> Option<ProposedColumn> {
    let day = shop.last_sale.filter(|_| !columns.iter().any(|held| held.column == "as_of"))?;
    let reason = "the file has no day; the last day of the sales is taken".to_owned();
    Some(made("as_of", Origin::Constant(day.to_string()), reason, Confidence::Unsure))
}

/// A customer's name from its parts.
pub(super) fn joined_name(sheet: &Sheet<'_>, columns: &[ProposedColumn]) -> Option<ProposedColumn> {
    let parts: Vec<String> = [C::FirstName, C::LastName]
        .iter()
        .filter_map(|part| sheet.get(&[*part]))
        .map(|column| column.heading.clone())
        .collect();
    let has = columns.iter().any(|held| held.column == "name");
    let reason = "first and last name stand in two columns".to_owned();
    (!has && !parts.is_empty()).then(|| made("name", Origin::Join(parts), reason, Confidence::Sure))
}
