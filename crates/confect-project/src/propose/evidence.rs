//! What columns show together: whether an amount grows with the quantity, whether the discount is in it,
//! whether one column depends on another; the order of dates, the last sale, the currency.
//!
//! Works on the rows that profiles keep. Numbers are approximate here, because they decide and are not kept.

use std::collections::BTreeMap;

use confect_domain::{Date, Entity};
use confect_ingest::{ColumnProfile, DateOrder};

use super::concept::Concept;
use super::parts::grouped;
use super::sheet::{Kind, Sheet};
use super::{Confidence, Shop};

/// Rows or keys below which nothing is proved.
const FEW: usize = 8;

/// A number of the sample.
fn number(text: &str, comma: bool) -> Option<f64> {
    let plain: String =
        text.chars().filter(|letter| letter.is_ascii_digit() || matches!(letter, '.' | ',' | '-')).collect();
    let plain = if comma { plain.replace('.', "").replace(',', ".") } else { plain.replace(',', "") };
    plain.parse().ok()
}

fn uses_comma(column: &ColumnProfile) -> bool {
    column.numbers.comma > column.numbers.point
}

/// The numbers of a column, row by row.
fn numbers(sheet: &Sheet<'_>, column: usize) -> Vec<Option<f64>> {
    let comma = sheet.column(column).is_some_and(uses_comma);
    (0..sheet.profile.sample.len())
        .map(|row| number(sheet.profile.sample.value(row, column), comma))
        .collect()
}

/// How many times larger the amount is at the larger quantities than its ratio at one: about 1 means that it
/// is the amount of a line, about 1/quantity that it is a price. Answers the sentence to tell, and whether
/// it is a line's amount.
pub(super) fn scales(sheet: &Sheet<'_>, quantity: usize, amount: usize) -> Option<(String, bool)> {
    let (quantities, amounts) = (numbers(sheet, quantity), numbers(sheet, amount));
    let mut means: BTreeMap<i64, (f64, usize)> = BTreeMap::new();
    for (quantity, amount) in quantities.iter().zip(&amounts) {
        if let (Some(quantity), Some(amount)) = (quantity, amount)
            && *quantity >= 1.0
            && quantity.fract() == 0.0
        {
            let held = means.entry(*quantity as i64).or_default();
            *held = (held.0 + amount, held.1 + 1);
        }
    }
    let (one, count_one) = means.get(&1).copied().filter(|(_, count)| *count >= FEW)?;
    // The largest quantity that is frequent enough tells most.
    let (many, (sum, count)) = means.iter().rev().find(|(quantity, held)| **quantity > 1 && held.1 >= FEW)?;
    let ratio = (sum / *count as f64) / (one / count_one as f64);
    let is_line = ratio > 1.0 + (*many as f64 - 1.0) * 0.4;
    let name = sheet.column(amount).map_or("", |column| column.heading.as_str());
    let told = format!("its mean at quantity {many} is {ratio:.1} times that at quantity 1");
    let says = if is_line { "so it is the amount of the line" } else { "so it is a price of one piece" };
    Some((format!("`{name}`: {told}, {says}"), is_line))
}

/// Share of rows in which quantity × price is the amount.
pub(super) fn multiplies(sheet: &Sheet<'_>, quantity: usize, price: usize, amount: usize) -> Option<f64> {
    let (quantities, prices, amounts) =
        (numbers(sheet, quantity), numbers(sheet, price), numbers(sheet, amount));
    let rows = quantities.iter().zip(&prices).zip(&amounts);
    let known: Vec<bool> = rows
        .filter_map(|((quantity, price), amount)| {
            Some((*quantity.as_ref()?, *price.as_ref()?, *amount.as_ref()?))
        })
        .map(|(quantity, price, amount)| (quantity * price - amount).abs() <= 0.011 + amount.abs() * 0.002)
        .collect();
    let hits = known.iter().filter(|hit| **hit).count();
    (known.len() >= FEW).then(|| hits as f64 / known.len() as f64)
}

/// Whether the discount is already taken off the amount: an article's amount per piece at different
/// discounts tells. Answers how many pairs of lines say yes and how many were compared.
pub(super) fn discount_taken(
    sheet: &Sheet<'_>,
    product: usize,
    quantity: usize,
    amount: usize,
    discount: usize,
) -> (usize, usize) {
    let (quantities, amounts, discounts) =
        (numbers(sheet, quantity), numbers(sheet, amount), numbers(sheet, discount));
    let mut by_article: BTreeMap<&str, Vec<(f64, f64)>> = BTreeMap::new();
    for row in 0..sheet.profile.sample.len() {
        let value = |list: &[Option<f64>]| list.get(row).copied().flatten();
        if let (Some(quantity), Some(amount), Some(discount)) =
            (value(&quantities), value(&amounts), value(&discounts))
            && quantity > 0.0
            && discount < 1.0
        {
            by_article
                .entry(sheet.profile.sample.value(row, product))
                .or_default()
                .push((amount / quantity, discount));
        }
    }
    let (mut taken, mut compared) = (0, 0);
    for lines in by_article.values() {
        for pair in lines.windows(2) {
            if let [(one, first), (other, second)] = pair
                && (first - second).abs() > 0.001
                && *other > 0.0
            {
                compared += 1;
                let expected = (1.0 - first) / (1.0 - second);
                taken += usize::from((one / other / expected - 1.0).abs() < 0.01);
            }
        }
    }
    (taken, compared)
}

/// Share of keys with one value only, among keys that stand in several rows; 1 if there are none.
pub(super) fn depends(sheet: &Sheet<'_>, key: usize, column: usize) -> f64 {
    let mut values: BTreeMap<&str, (&str, usize, bool)> = BTreeMap::new();
    for row in 0..sheet.profile.sample.len() {
        let (key, value) = (sheet.profile.sample.value(row, key), sheet.profile.sample.value(row, column));
        let held = values.entry(key).or_insert((value, 0, true));
        *held = (held.0, held.1 + 1, held.2 && held.0 == value);
    }
    let several: Vec<bool> = values.values().filter(|held| held.1 > 1).map(|held| held.2).collect();
    let steady = several.iter().filter(|steady| **steady).count();
    if several.is_empty() { 1.0 } else { steady as f64 / several.len() as f64 }
}

/// The order that all dates of the shop together show.
pub(super) fn shop_date_order(sheets: &[Sheet<'_>]) -> Option<DateOrder> {
    let columns = sheets.iter().flat_map(|sheet| &sheet.profile.columns);
    let (day, month) =
        columns.filter(|column| column.date_rate() > 0.5).fold((0, 0), |(day, month), column| {
            (day + column.dates.day_first, month + column.dates.month_first)
        });
    order_of(day, month)
}

fn order_of(day: u64, month: u64) -> Option<DateOrder> {
    match day.cmp(&month) {
        std::cmp::Ordering::Greater => Some(DateOrder::Dmy),
        std::cmp::Ordering::Less => Some(DateOrder::Mdy),
        std::cmp::Ordering::Equal => None,
    }
}

/// The order of the dates of these columns, with its proof; `None` if no date depends on it.
pub(super) fn date_order(
    columns: &[&ColumnProfile],
    shop: Option<DateOrder>,
) -> Option<(DateOrder, String, Confidence)> {
    let sum = |of: fn(&ColumnProfile) -> u64| columns.iter().map(|column| of(column)).sum::<u64>();
    let (day, month) = (sum(|column| column.dates.day_first), sum(|column| column.dates.month_first));
    let both = sum(|column| column.dates.both);
    if day + month + both == 0 {
        return None;
    }
    let proof = format!(
        "{} only fit day first, {} only month first, {} both",
        grouped(day),
        grouped(month),
        grouped(both)
    );
    let mixed = day > 0 && month > 0;
    Some(match (order_of(day, month), shop) {
        (Some(order), _) if mixed => {
            (order, format!("the dates are written in two ways: {proof}"), Confidence::Unsure)
        }
        (Some(order), _) => (order, format!("of the dates {proof}"), Confidence::Sure),
        (None, Some(order)) => {
            (order, format!("{proof}; the shop's other files have this order"), Confidence::Unsure)
        }
        (None, None) => (DateOrder::Dmy, format!("nothing shows the order: {proof}"), Confidence::Unsure),
    })
}

/// The last day of the sales files.
pub(super) fn last_sale(sheets: &[Sheet<'_>], order: Option<DateOrder>) -> Option<Date> {
    let sales = sheets.iter().filter(|sheet| sheet.kind == Kind::Sales);
    let days = sales.filter_map(|sheet| {
        let column = sheet.get(&[Concept::SaleDate, Concept::Date])?;
        let own = order_of(column.dates.day_first, column.dates.month_first).or(order);
        column.dates.range(own != Some(DateOrder::Mdy)).map(|range| range.1)
    });
    days.max_by_key(|day| day.days())
}

/// Countries by the names that exports give them, with their currency.
const COUNTRIES: &[(&str, &str)] = &[
    ("united kingdom", "GBP"),
    ("uk", "GBP"),
    ("gb", "GBP"),
    ("great britain", "GBP"),
    ("england", "GBP"),
    ("united states", "USD"),
    ("usa", "USD"),
    ("us", "USD"),
    ("united states of america", "USD"),
    ("germany", "EUR"),
    ("deutschland", "EUR"),
    ("de", "EUR"),
    ("france", "EUR"),
    ("fr", "EUR"),
    ("spain", "EUR"),
    ("españa", "EUR"),
    ("es", "EUR"),
    ("italy", "EUR"),
    ("italia", "EUR"),
    ("it", "EUR"),
    ("netherlands", "EUR"),
    ("nederland", "EUR"),
    ("nl", "EUR"),
    ("austria", "EUR"),
    ("österreich", "EUR"),
    ("belgium", "EUR"),
    ("ireland", "EUR"),
    ("eire", "EUR"),
    ("portugal", "EUR"),
    ("finland", "EUR"),
    ("switzerland", "CHF"),
    ("schweiz", "CHF"),
    ("suisse", "CHF"),
    ("sweden", "SEK"),
    ("norway", "NOK"),
    ("denmark", "DKK"),
    ("poland", "PLN"),
    ("canada", "CAD"),
    ("australia", "AUD"),
    ("japan", "JPY"),
    ("china", "CNY"),
    ("india", "INR"),
    ("brazil", "BRL"),
    ("brasil", "BRL"),
    ("mexico", "MXN"),
    ("méxico", "MXN"),
];

/// The shop's currency: signs beside prices, a column that says it, else the country most rows are of.
pub(super) fn currency(shop: &Shop<'_>) -> (String, String, Confidence) {
    use Concept as C;
    // Exchange rates name every currency but the shop's.
    let of_others = |kind: &Kind| matches!(kind, Kind::Useless(_) | Kind::Named(Entity::ExchangeRates));
    let read = || shop.sheets.iter().filter(|sheet| !of_others(&sheet.kind));
    let money = [C::Price, C::ListPrice, C::LineAmount, C::UnitCost, C::Discount, C::Tax];
    for sheet in read() {
        let columns = money.iter().filter_map(|wanted| sheet.get(&[*wanted]));
        for column in columns {
            if let Some((code, count)) = column.numbers.currencies.iter().max_by_key(|(_, count)| **count) {
                let reason = format!("`{}` writes it beside {} values", column.heading, grouped(*count));
                return ((*code).to_owned(), reason, Confidence::Sure);
            }
        }
        let stated = sheet.get(&[C::Currency]).and_then(|column| Some((column, column.values.first()?)));
        if let Some((column, (code, _))) =
            stated.filter(|(_, (code, _))| code.len() == 3 && code.chars().all(char::is_alphabetic))
        {
            return (
                code.to_uppercase(),
                format!("`{}` says so in most rows", column.heading),
                Confidence::Sure,
            );
        }
    }
    let mut countries: BTreeMap<&str, (u64, String)> = BTreeMap::new();
    for sheet in read().filter(|sheet| matches!(sheet.kind, Kind::Sales | Kind::Stores | Kind::Customers)) {
        for (value, count) in sheet.get(&[C::Country]).map_or(&[][..], |column| &column.values) {
            if let Some((_, code)) = COUNTRIES.iter().find(|(name, _)| *name == value.to_lowercase()) {
                let held = countries.entry(code).or_insert((0, value.clone()));
                held.0 += count;
            }
        }
    }
    let all: u64 = countries.values().map(|held| held.0).sum();
    if let Some((code, (count, country))) = countries.into_iter().max_by_key(|(_, held)| held.0)
        && count * 2 > all
    {
        let reason = format!("most rows are of `{country}`; no file names a currency");
        return (code.to_owned(), reason, Confidence::Likely);
    }
    elsewhere(shop)
}

/// A sign beside any number at all, else a guess.
fn elsewhere(shop: &Shop<'_>) -> (String, String, Confidence) {
    for column in shop.sheets.iter().flat_map(|sheet| &sheet.profile.columns) {
        if let Some((code, _)) = column.numbers.currencies.iter().max_by_key(|(_, count)| **count) {
            let reason = format!("only `{}`, which is no price, has its sign", column.heading);
            return ((*code).to_owned(), reason, Confidence::Unsure);
        }
    }
    ("EUR".to_owned(), "no file names a currency".to_owned(), Confidence::Unsure)
}
