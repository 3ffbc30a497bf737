//! `customer`: everything about one customer, as a person reads it or as one object.

use std::path::Path;

use confect_domain::problem::printable;
use confect_service::{Answer, CustomerView, Shop};
use serde_json::{Value, json};

use super::{Outcome, ask, one, open};
use crate::arguments::{Customer, Format};
use crate::printer::Printer;
use crate::table::{grouped, money, table};

pub(super) fn run(root: &Path, customer: &Customer, printer: &Printer) -> Outcome {
    let shop: Shop = open(root)?;
    let access = ask::access(&shop, customer.user.as_deref())?;
    let view = shop.customer(&customer.id, &access).map_err(one)?;
    match customer.format {
        _ if customer.json => printer.data(&object(&view).to_string()),
        Format::Table => printer.data(&told(&view, &shop.info().currency)),
        format => ask::print(&view.summary, format, printer),
    }
    Ok(())
}

/// `{"customer": {…}, "scores": {…}, "value": {…}, "signals": {…}, "orders": […], "articles": […], "next_best": […]}`;
/// numbers as texts, null for what the viewer does not have.
fn object(view: &CustomerView) -> Value {
    let first = |answer: &Answer| answer.to_json().get(0).cloned().unwrap_or(Value::Null);
    json!({
        "customer": first(&view.summary),
        "scores": first(&view.scores),
        "value": first(&view.value),
        "signals": first(&view.signals),
        "orders": view.orders.to_json(),
        "articles": view.articles.to_json(),
        "next_best": view.next_best.to_json(),
    })
}

/// Lines of a name and what there is to say; what is not known is left out.
#[derive(Default)]
struct Lines(Vec<(&'static str, String)>);

impl Lines {
    fn add(&mut self, name: &'static str, told: Option<String>) {
        self.0.extend(told.map(|told| (name, told)));
    }
}

fn told(view: &CustomerView, currency: &str) -> String {
    let mut parts = vec![card(view, currency)];
    let list = |heading: &str, rows: String| format!("{heading}\n{rows}");
    if !view.orders.rows.is_empty() {
        parts.push(list("last orders", orders(&view.orders, currency)));
    }
    if !view.articles.rows.is_empty() {
        parts.push(list("favourite articles", articles(&view.articles, currency)));
    }
    parts.join("\n\n")
}

fn card(view: &CustomerView, currency: &str) -> String {
    let cell = |name: &str| view.summary.first(name);
    let text = |name: &str| cell(name).map(printable);
    let amount = |name: &str| cell(name).map(|amount| money(&places(amount, 2), currency));
    let mut lines = Lines::default();
    lines.add("customer", text("customer_id"));
    lines.add("country", text("country"));
    lines.add("loyalty tier", text("loyalty_tier"));
    lines.add("net sales", amount("monetary").map(|net| net_sales(net, view, currency)));
    lines.add("average order", amount("average_order_value"));
    lines.add("margin", amount("margin_amount"));
    lines.add("orders", text("frequency").map(|count| orders_told(&count, view)));
    lines.add("last purchase", last_purchase(view));
    lines.add("segment", segment(view));
    lines.add("next 12 months", ahead(view, currency));
    lines.add("risk", risk(view, currency));
    let whale = view.signals.first("is_whale") == Some("true");
    lines.add("whale", whale.then(|| "one of the few largest customers of the shop".to_owned()));
    let offer = view.next_best.first("stock_code").zip(view.next_best.first("reason"));
    lines.add("next best article", offer.map(|(code, why)| printable(&format!("{code}: {why}"))));
    let width = lines.0.iter().map(|(name, _)| name.len()).max().unwrap_or(0);
    let line = |(name, told): &(&str, String)| format!("{name:<width$}  {told}");
    lines.0.iter().map(line).collect::<Vec<_>>().join("\n")
}

fn net_sales(net: String, view: &CustomerView, currency: &str) -> String {
    let cell = |name: &str| view.summary.first(name);
    match (cell("sales_amount"), cell("returns_amount")) {
        (Some(sales), Some(returns)) if returns != "0" => {
            let (sales, returns) = (money(&places(sales, 2), currency), money(&places(returns, 2), currency));
            format!("{net}: sold {sales}, returned {returns}")
        }
        _ => net,
    }
}

fn orders_told(count: &str, view: &CustomerView) -> String {
    let count = grouped(count);
    match view.summary.first("days_between_orders") {
        Some(days) => format!("{count}, every {} days on average", places(days, 1)),
        None => count,
    }
}

fn last_purchase(view: &CustomerView) -> Option<String> {
    let cell = |name: &str| view.summary.first(name);
    let (last, first) = (cell("last_purchase_date")?, cell("first_purchase_date")?);
    let days = cell("recency_days")
        .map_or(String::new(), |days| format!(", {days} days before the end of the data"));
    Some(format!("{last}{days}; the first on {first}"))
}

/// `Champions (5-5-5), a month before Loyal`.
fn segment(view: &CustomerView) -> Option<String> {
    let cell = |name: &str| view.scores.first(name);
    let now = printable(cell("rfm_segment")?);
    let scores: Vec<&str> = ["r_score", "f_score", "m_score"].into_iter().filter_map(cell).collect();
    let before = match cell("previous_segment").map(printable) {
        Some(before) if before == now => ", as a month before".to_owned(),
        Some(before) => format!(", a month before {before}"),
        None => ", new within the month".to_owned(),
    };
    Some(format!("{now} ({}){before}", scores.join("-")))
}

fn ahead(view: &CustomerView, currency: &str) -> Option<String> {
    let cell = |name: &str| view.value.first(name);
    let amount = |name: &str| cell(name).map(|amount| money(&places(amount, 2), currency));
    let (orders, value) = (cell("expected_orders_12m")?, amount("clv_12m")?);
    let between = amount("clv_12m_low").zip(amount("clv_12m_high"));
    let between = between.map_or(String::new(), |(low, high)| format!(" ({low} to {high})"));
    Some(format!("{} orders expected, worth {value}{between}", places(orders, 1)))
}

fn risk(view: &CustomerView, currency: &str) -> Option<String> {
    let cell = |name: &str| view.signals.first(name);
    let gone =
        view.value.first("p_alive").map(|there| format!("{} that it is still a customer", percent(there)));
    let Some(reasons) = cell("risk_reasons").filter(|_| cell("is_at_risk") == Some("true")) else {
        return gone;
    };
    let stake = cell("at_stake")
        .map_or(String::new(), |stake| format!("; {} at stake", money(&places(stake, 2), currency)));
    let control =
        if cell("is_control") == Some("true") { "; in the control group: leave it alone" } else { "" };
    let gone = gone.map_or(String::new(), |gone| format!("{gone}; "));
    Some(format!("{gone}{}{stake}{control}", whole(reasons)))
}

/// Reasons are sentences of this program, longer than what [`printable`] keeps.
fn whole(text: &str) -> String {
    text.chars().filter(|letter| !letter.is_control()).collect()
}

fn orders(answer: &Answer, currency: &str) -> String {
    let names = ["date", "number", "amount", "pieces"].map(str::to_owned);
    let cell = |row: usize, name: &str| answer.column(name).and_then(|column| answer.cell(row, column));
    let row = |row: usize| {
        let returned = if cell(row, "is_purchase") == Some("false") { " (returned)" } else { "" };
        vec![
            cell(row, "order_date").map(str::to_owned),
            cell(row, "order_no").map(|number| format!("{number}{returned}")),
            cell(row, "revenue").map(|amount| money(&places(amount, 2), currency)),
            cell(row, "units").map(grouped),
        ]
    };
    table(&names, &[false, false, true, true], &(0..answer.rows.len()).map(row).collect::<Vec<_>>())
}

fn articles(answer: &Answer, currency: &str) -> String {
    let names = ["article", "name", "times", "amount"].map(str::to_owned);
    let cell = |row: usize, name: &str| answer.column(name).and_then(|column| answer.cell(row, column));
    let row = |row: usize| {
        vec![
            cell(row, "stock_code").map(str::to_owned),
            cell(row, "description").map(str::to_owned),
            cell(row, "purchases").map(grouped),
            cell(row, "revenue").map(|amount| money(&places(amount, 2), currency)),
        ]
    };
    table(&names, &[false, false, true, true], &(0..answer.rows.len()).map(row).collect::<Vec<_>>())
}

/// An exact number with at most so many places, rounded half away from 0.
fn places(number: &str, places: u32) -> String {
    let Some(scaled) = confect_domain::decimal::parse_scaled(number) else { return number.to_owned() };
    let step = 10_i128.pow(4_u32.saturating_sub(places));
    let half = if scaled < 0 { -(step / 2) } else { step / 2 };
    let rounded = scaled.saturating_add(half) / step * step;
    confect_domain::decimal::format_scaled(rounded, 4)
}

fn percent(share: &str) -> String {
    let Some(scaled) = confect_domain::decimal::parse_scaled(share) else { return share.to_owned() };
    format!("{} %", places(&confect_domain::decimal::format_scaled(scaled.saturating_mul(100), 4), 0))
}

#[cfg(test)]
mod tests {
    use super::{percent, places};

    #[test]
    fn numbers_are_rounded_by_their_digits() {
        assert_eq!(places("12.345", 2), "12.35");
        assert_eq!(places("-12.345", 2), "-12.35");
        assert_eq!(places("3.0000", 1), "3");
        assert_eq!(percent("0.345"), "35 %");
        assert_eq!(percent("1"), "100 %");
    }
}
