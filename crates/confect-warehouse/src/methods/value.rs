//! `value`: who will buy again, how often and for how much; the card of the model; how it did on held-out days.
//!
//! Reads rows of `customer_orders`. Parts: the customers, `card` and `calibration`.

use std::collections::BTreeMap;

use arrow::array::RecordBatch;
use confect_analytics::clv::{
    ClvOptions, CustomerValues, Holdout, MOST_COMPARED, MarginRate, ModelCard, ModelChoice, Parameter,
    PurchaseKind, value_customers,
};
use confect_domain::{Date, Parameters, Problem};
use xxhash_rust::xxh3::xxh3_64;

use super::orders::{Orders, notes};
use super::{MethodError, MethodOutput, columns};

const PARAMETERS: [&str; 10] = [
    "model",
    "months",
    "month_days",
    "unit_days",
    "monthly_discount",
    "margin_rate",
    "min_repeat_customers",
    "prior_sd",
    "holdout_days",
    "compare",
];
pub(super) fn check(parameters: &Parameters) -> Result<(), Problem> {
    options(parameters, Date::from_days(0)).map(|_| ())
}

fn options(parameters: &Parameters, observed_to: Date) -> Result<ClvOptions, Problem> {
    parameters.only(&PARAMETERS)?;
    let usual = ClvOptions::observed_to(observed_to);
    let model = match parameters.word("model", "auto", &["auto", "mbg", "bg", "pareto"])? {
        "mbg" => ModelChoice::Only(PurchaseKind::Mbg),
        "bg" => ModelChoice::Only(PurchaseKind::Bg),
        "pareto" => ModelChoice::Only(PurchaseKind::Pareto),
        _ => ModelChoice::Auto,
    };
    let margin = match parameters.get("margin_rate") {
        Some(_) => MarginRate::Fixed(parameters.number("margin_rate", 1.0, -10.0, 10.0)?),
        None => MarginRate::FromOrders,
    };
    let prior_sd = match parameters.get("prior_sd") {
        Some(_) => Some(parameters.number("prior_sd", 1.0, 1e-3, 1e3)?),
        None => None,
    };
    let holdout_days = parameters.integer("holdout_days", 91, 0, 100_000)?;
    let least = parameters.integer("min_repeat_customers", 50, 1, 1_000_000_000)?;
    let options = ClvOptions {
        model,
        margin,
        prior_sd,
        months: u32::try_from(parameters.integer("months", 12, 1, 1_200)?).unwrap_or(12),
        month_days: parameters.number("month_days", usual.month_days, 1.0, 1e4)?,
        unit_days: parameters.number("unit_days", usual.unit_days, 1e-3, 1e4)?,
        monthly_discount: parameters.number("monthly_discount", usual.monthly_discount, 0.0, 10.0)?,
        min_repeat_customers: usize::try_from(least).unwrap_or(50),
        holdout_days: i32::try_from(holdout_days).ok().filter(|days| *days > 0),
        compare: parameters.flag("compare", true)?,
        ..usual
    };
    options.check().map(|()| options)
}

pub(super) fn run(orders: &Orders, parameters: &Parameters) -> Result<MethodOutput, MethodError> {
    let observed_to = orders.as_of.map_or(Date::from_days(0), |as_of| as_of.plus_days(-1));
    let options = options(parameters, observed_to)?;
    let values = value_customers(&orders.list, &options)?;
    let mut card = CardRows::default();
    if orders.as_of.is_some() {
        card.tell(&values);
        if options.compare {
            card.compare(&values);
        }
        card.caveats(&values.card);
    }
    let parts = BTreeMap::from([
        ("", customers(orders, &values)?),
        ("card", card.table()?),
        ("calibration", calibration(values.card.holdout.as_ref())?),
    ]);
    Ok(MethodOutput { parts, findings: notes(&values.card.caveats, "value") })
}

/// `mbg-nbd 2011-12-09 1a2b3c4d`: the model, what it has seen, and what came out.
fn model_id(card: &ModelCard) -> String {
    let numbers = card.purchases.iter().chain(&card.spend).map(|parameter| format!("{:e};", parameter.value));
    let text = format!("{}{}{}", numbers.collect::<String>(), card.margin_rate, card.monthly_discount);
    let name = card.model.to_lowercase().replace(['/', ' '], "-");
    format!("{name} {} {:08x}", card.observed_to, xxh3_64(text.as_bytes()) >> 32)
}

fn customers(orders: &Orders, values: &CustomerValues) -> Result<RecordBatch, MethodError> {
    let (rows, card) = (&values.rows, &values.card);
    let (id, name) = (model_id(card), model_name(card));
    let ends = |row: &confect_analytics::clv::CustomerValue| row.value_interval;
    columns::table(vec![
        ("customer_id", orders.ids(rows.iter().map(|row| row.customer))?),
        ("sole_country_key", columns::integers(rows.iter().map(|row| Some(orders.country(row.customer))))),
        ("model", columns::texts(rows.iter().map(|_| Some(&name)))),
        ("model_id", columns::texts(rows.iter().map(|_| Some(&id)))),
        ("repeat_days", columns::integers(rows.iter().map(|row| Some(row.repeats.into())))),
        ("p_alive", columns::decimals(rows.iter().map(|row| row.p_alive))?),
        ("expected_orders_12m", columns::decimals(rows.iter().map(|row| Some(row.expected_orders)))?),
        ("expected_order_value", columns::decimals(rows.iter().map(|row| Some(row.order_value)))?),
        ("clv_12m", columns::decimals(rows.iter().map(|row| Some(row.value)))?),
        ("clv_12m_low", columns::decimals(rows.iter().map(|row| ends(row).map(|ends| ends.0)))?),
        ("clv_12m_high", columns::decimals(rows.iter().map(|row| ends(row).map(|ends| ends.1)))?),
        ("historic_revenue", columns::amounts(rows.iter().map(|row| Some(row.historic_revenue)))?),
    ])
}

fn model_name(card: &ModelCard) -> String {
    if card.spend.is_empty() { card.model.to_owned() } else { format!("{} + Gamma-Gamma", card.model) }
}

fn calibration(holdout: Option<&Holdout>) -> Result<RecordBatch, MethodError> {
    let rows =
        || holdout.iter().flat_map(|holdout| holdout.buckets.iter().map(move |bucket| (*holdout, bucket)));
    columns::table(vec![
        ("repeat_days", columns::integers(rows().map(|(_, bucket)| Some(bucket.repeats.into())))),
        ("customers", columns::integers(rows().map(|(_, bucket)| i64::try_from(bucket.customers).ok()))),
        ("expected_orders", columns::decimals(rows().map(|(_, bucket)| Some(bucket.expected)))?),
        ("actual_orders", columns::decimals(rows().map(|(_, bucket)| Some(bucket.actual)))?),
        ("fitted_to", columns::days(rows().map(|(holdout, _)| Some(holdout.fitted_to)))),
        ("checked_to", columns::days(rows().map(|(holdout, _)| Some(holdout.checked_to)))),
    ])
}

/// One line of the card.
#[derive(Default)]
struct CardRow {
    section: &'static str,
    name: String,
    value: Option<f64>,
    low: Option<f64>,
    high: Option<f64>,
    standard_error: Option<f64>,
    words: Option<String>,
}

#[derive(Default)]
struct CardRows(Vec<CardRow>);

impl CardRows {
    fn number(&mut self, section: &'static str, name: &str, value: Option<f64>) {
        self.0.push(CardRow { section, name: name.to_owned(), value, ..CardRow::default() });
    }

    fn words(&mut self, section: &'static str, name: &str, words: String) {
        let words = Some(words);
        self.0.push(CardRow { section, name: name.to_owned(), words, ..CardRow::default() });
    }

    fn between(&mut self, name: &str, value: f64, ends: Option<(f64, f64)>) {
        self.number("model", name, Some(value));
        if let Some(row) = self.0.last_mut() {
            (row.low, row.high) = (ends.map(|ends| ends.0), ends.map(|ends| ends.1));
        }
    }

    fn parameters(&mut self, section: &'static str, parameters: &[Parameter]) {
        for parameter in parameters {
            self.0.push(CardRow {
                section,
                name: parameter.name.to_owned(),
                value: Some(parameter.value),
                standard_error: parameter.standard_error,
                words: parameter.at_edge.then(|| "at the edge of its range".to_owned()),
                ..CardRow::default()
            });
        }
    }

    fn tell(&mut self, values: &CustomerValues) {
        let card = &values.card;
        self.words("model", "model", model_name(card));
        self.words("model", "model_id", model_id(card));
        self.words("model", "why", card.why.clone());
        self.number("model", "customers", Some(card.customers as f64));
        self.number("model", "repeat_customers", Some(card.repeat_customers as f64));
        if let Some(day) = card.first_day {
            self.words("model", "first_day", day.to_string());
        }
        self.words("model", "observed_to", card.observed_to.to_string());
        self.number("model", "unit_days", Some(card.unit_days));
        self.number("model", "months", Some(card.months.into()));
        self.number("model", "monthly_discount", Some(card.monthly_discount));
        self.number("model", "margin_rate", Some(card.margin_rate));
        self.between("expected_orders", card.expected_orders, card.expected_orders_interval);
        self.between("clv", card.value, card.value_interval);
        self.number("model", "log_likelihood", card.log_likelihood);
        self.number("model", "information_criterion", card.information_criterion);
        self.number("model", "evaluations", Some(card.evaluations.into()));
        self.number("model", "spend_correlation", card.spend_correlation);
        self.parameters("purchases", &card.purchases);
        self.parameters("spend", &card.spend);
        if let Some(holdout) = &card.holdout {
            self.holdout(holdout);
        }
    }

    fn holdout(&mut self, holdout: &Holdout) {
        let section = "holdout";
        self.words(section, "fitted_to", holdout.fitted_to.to_string());
        self.words(section, "checked_to", holdout.checked_to.to_string());
        self.number(section, "customers", Some(holdout.customers as f64));
        self.number(section, "expected_orders", Some(holdout.expected));
        self.number(section, "actual_orders", Some(holdout.actual as f64));
        self.number(section, "bias", holdout.bias());
        self.number(section, "mean_absolute_error", Some(holdout.mean_absolute_error));
        self.number(section, "root_mean_squared_error", Some(holdout.root_mean_squared_error));
        self.number(section, "correlation", holdout.correlation);
    }

    /// The other models on the same customers: smaller is better in the criterion.
    fn compare(&mut self, values: &CustomerValues) {
        if values.purchases.is_none() {
            return;
        }
        if values.card.customers > MOST_COMPARED {
            let words = format!("not fitted: more than {MOST_COMPARED} customers");
            return self.words("candidates", "others", words);
        }
        for (kind, fit) in &values.candidates {
            match fit {
                Ok(model) => {
                    let criterion = 4.0 * (model.customers as f64).ln() - 2.0 * model.fitted.log_likelihood;
                    self.number("candidates", kind.name(), Some(criterion));
                    let edge = model.fitted.at_edge.contains(&true);
                    if let Some(row) = self.0.last_mut().filter(|_| edge) {
                        row.words = Some("its maximum lies at the edge of a range".to_owned());
                    }
                }
                Err(caveat) => self.words("candidates", kind.name(), caveat.message.clone()),
            }
        }
    }

    fn caveats(&mut self, card: &ModelCard) {
        for caveat in &card.caveats {
            self.words("caveats", caveat.code, format!("{}; {}", caveat.message, caveat.remedy));
            if let Some(row) = self.0.last_mut() {
                row.value = Some(caveat.rows as f64);
            }
        }
    }

    fn table(&self) -> Result<RecordBatch, MethodError> {
        let rows = &self.0;
        columns::table(vec![
            ("position", columns::integers((1..).zip(rows).map(|(position, _)| Some(position)))),
            ("section", columns::texts(rows.iter().map(|row| Some(row.section)))),
            ("name", columns::texts(rows.iter().map(|row| Some(&row.name)))),
            ("value", columns::numbers(rows.iter().map(|row| row.value))),
            ("low", columns::numbers(rows.iter().map(|row| row.low))),
            ("high", columns::numbers(rows.iter().map(|row| row.high))),
            ("standard_error", columns::numbers(rows.iter().map(|row| row.standard_error))),
            ("words", columns::texts(rows.iter().map(|row| row.words.as_ref()))),
        ])
    }
}
