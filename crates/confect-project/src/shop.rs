//! `confect.toml`: the shop, its pack, and the profiles of its sources.

use confect_domain::{Date, FiscalCalendar};
use serde::Deserialize;
use toml::Spanned;

use crate::error::ProjectError;
use crate::text_file::TextFile;

/// The shop itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shop {
    /// As it is shown.
    pub name: String,
    /// ISO 4217 code of the base currency.
    pub currency: String,
    /// The day after the last one to look at; `None`: the day after the latest sale.
    pub as_of: Option<Date>,
    /// When its fiscal years begin; with the calendar year unless it says otherwise.
    pub calendar: FiscalCalendar,
    /// Whether what is told of months (rules, cohorts, bridges) leaves out the month in progress.
    pub whole_months: bool,
}

/// `confect.toml`, checked as far as it can be by itself.
#[derive(Clone, Debug)]
pub(crate) struct Settings {
    pub(crate) shop: Shop,
    pub(crate) pack: Spanned<String>,
    pub(crate) profiles: Vec<Spanned<String>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SettingsFile {
    #[serde(default = "default_pack")]
    pack: Spanned<String>,
    #[serde(default)]
    profiles: Vec<Spanned<String>>,
    shop: ShopTable,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ShopTable {
    name: Spanned<String>,
    currency: Spanned<String>,
    as_of: Option<Spanned<Day>>,
    fiscal_year_start: Option<Spanned<i64>>,
    whole_months: Option<bool>,
}

/// A day, with or without quotes.
#[derive(Deserialize)]
#[serde(untagged)]
enum Day {
    Quoted(String),
    Plain(toml::value::Datetime),
}

fn default_pack() -> Spanned<String> {
    Spanned::new(0..0, "retail".to_owned())
}

/// Reads `confect.toml`; every mistake goes to `errors`, and what is left is used for further checks.
pub(crate) fn read_settings(file: &TextFile, errors: &mut Vec<ProjectError>) -> Option<Settings> {
    let settings: SettingsFile = match file.parse() {
        Ok(settings) => settings,
        Err(error) => {
            errors.push(error);
            return None;
        }
    };
    let table = settings.shop;
    let mut bad = |value: &str, place, expected| {
        errors.push(ProjectError::BadValue { place, value: value.to_owned(), expected });
    };
    let name = table.name.get_ref();
    if name.trim().is_empty() || name.chars().any(char::is_control) {
        bad(name, file.place_of(&table.name), "a shop's name");
    }
    let currency = table.currency.get_ref();
    if currency.len() != 3 || !currency.bytes().all(|byte| byte.is_ascii_uppercase()) {
        bad(currency, file.place_of(&table.currency), "a currency code such as `EUR`");
    }
    let as_of = table.as_of.and_then(|day| {
        let text = match day.get_ref() {
            Day::Quoted(text) => text.clone(),
            Day::Plain(date) => date.to_string(),
        };
        let date = Date::parse(&text);
        if date.is_none() {
            bad(&text, file.place_of(&day), "a day such as `2026-01-31`");
        }
        date
    });
    let calendar = table.fiscal_year_start.map_or(Some(FiscalCalendar::default()), |month| {
        let found = u32::try_from(*month.get_ref()).ok().and_then(FiscalCalendar::starting_in);
        if found.is_none() {
            let place = file.place_of(&month);
            errors.push(ProjectError::BadValue {
                place,
                value: month.get_ref().to_string(),
                expected: "a month from 1 to 12, that in which fiscal years start",
            });
        }
        found
    });
    let shop = Shop {
        name: table.name.into_inner().trim().to_owned(),
        currency: table.currency.into_inner(),
        as_of,
        calendar: calendar.unwrap_or_default(),
        whole_months: table.whole_months.unwrap_or(true),
    };
    Some(Settings { shop, pack: settings.pack, profiles: settings.profiles })
}
