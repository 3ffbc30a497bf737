//! A page's parameters, read strictly: what is not understood is refused, never ignored, so that nobody
//! mistakes unfiltered numbers for filtered ones.

use confect_domain::names::nearest;
use confect_domain::problem::printable;
use confect_domain::{Date, Period};
use confect_metrics::{Catalogue, Comparison, Filter, Range};
use confect_project::Page;

use crate::error::ServiceError;

/// Values of one filter.
const MAX_VALUES: usize = 1_000;
/// Bytes of one value.
const MAX_VALUE_BYTES: usize = 400;
/// Parameters that are the page's own and mean nothing here.
const OF_THE_PAGE: [&str; 6] = ["sort", "show", "print", "link", "view", "sheet"];

/// What a request asks of a page.
pub(super) struct PageRequest {
    pub(super) range: Range,
    pub(super) compare: Comparison,
    /// In the page's order; only those with values.
    pub(super) filters: Vec<Filter>,
}

impl PageRequest {
    pub(super) fn parse(
        page: &Page,
        catalogue: &Catalogue,
        parameters: &[(String, String)],
    ) -> Result<Self, ServiceError> {
        let mut filters: Vec<Filter> =
            page.filters.iter().map(|id| Filter { dimension: id.clone(), values: Vec::new() }).collect();
        for (name, value) in parameters {
            if ["range", "from", "to", "compare"].contains(&name.as_str())
                || OF_THE_PAGE.contains(&name.as_str())
            {
                continue;
            }
            match filters.iter_mut().find(|filter| filter.dimension == *name) {
                Some(filter) => add(filter, value)?,
                None => return Err(unknown(name, page, catalogue)),
            }
        }
        filters.retain(|filter| !filter.values.is_empty());
        let one = |name: &str| {
            parameters.iter().rev().find(|(other, _)| other == name).map(|(_, value)| value.as_str())
        };
        let compare = one("compare").unwrap_or("last-year");
        Ok(Self {
            range: range(one("range").unwrap_or("last-12-months"), one("from"), one("to"))?,
            compare: Comparison::from_name(compare)
                .map_err(|error| bad("compare", error.to_string(), None))?,
            filters,
        })
    }
}

fn range(name: &str, from: Option<&str>, to: Option<&str>) -> Result<Range, ServiceError> {
    let days = if name == "custom" { Some(custom(from, to)?) } else { None };
    Range::from_name(name, days).map_err(|_| {
        bad("range", "is not known".to_owned(), Some("use last-12-months, last-90-days, last-28-days, last-7-days, month-to-date, quarter-to-date, year-to-date, previous-month, all or custom"))
    })
}

fn custom(from: Option<&str>, to: Option<&str>) -> Result<Period, ServiceError> {
    let day = |name: &str, text: Option<&str>| {
        let day = text.and_then(Date::parse).filter(|day| (1900..=2200).contains(&day.ymd().0));
        day.ok_or_else(|| bad(name, "is not a day".to_owned(), Some("write it as YYYY-MM-DD")))
    };
    let (from, to) = (day("from", from)?, day("to", to)?);
    Period::new(from, to).ok_or_else(|| {
        bad("to", "does not lie after `from`".to_owned(), Some("`to` is the first day after the period"))
    })
}

fn add(filter: &mut Filter, value: &str) -> Result<(), ServiceError> {
    if value.len() > MAX_VALUE_BYTES || value.contains('\0') {
        return Err(bad(&filter.dimension, "has a value that is too long or no text".to_owned(), None));
    }
    if filter.values.len() >= MAX_VALUES {
        return Err(bad(&filter.dimension, format!("has more than {MAX_VALUES} values"), None));
    }
    if !filter.values.iter().any(|other| other == value) {
        filter.values.push(value.to_owned());
    }
    Ok(())
}

fn unknown(name: &str, page: &Page, catalogue: &Catalogue) -> ServiceError {
    if let Some(dimension) = catalogue.dimension(name) {
        return bad(name, format!("cannot filter this page: it has no filter `{}`", dimension.name), None);
    }
    let known = page.filters.iter().map(String::as_str).chain(["range", "from", "to", "compare"]);
    let hint = nearest(name, known).map(|near| format!("did you mean `{near}`?"));
    ServiceError::BadParameter { name: printable(name), why: "is not known".to_owned(), hint }
}

fn bad(name: &str, why: String, hint: Option<&str>) -> ServiceError {
    ServiceError::BadParameter { name: name.to_owned(), why, hint: hint.map(str::to_owned) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(query: &[(&str, &str)]) -> Result<PageRequest, ServiceError> {
        let page = Page {
            id: "overview".into(),
            title: "Overview".into(),
            group: String::new(),
            icon: String::new(),
            filters: vec!["country".into(), "store".into()],
            tiles: Vec::new(),
        };
        let catalogue = Catalogue::new(vec![], vec![], vec![], vec![]).expect("an empty catalogue");
        let pairs: Vec<_> =
            query.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        PageRequest::parse(&page, &catalogue, &pairs)
    }

    #[test]
    fn repeated_parameters_add_up_and_defaults_hold() {
        let request =
            parse(&[("country", "France"), ("country", "Spain"), ("country", "France"), ("sort", "-x")])
                .expect("fine");
        assert_eq!(request.range, Range::Last12Months);
        assert_eq!(request.compare, Comparison::LastYear);
        assert_eq!(request.filters.len(), 1);
        assert_eq!(request.filters[0].values, ["France", "Spain"]);
    }

    #[test]
    fn what_is_not_understood_is_refused() {
        let long = "x".repeat(500);
        for query in [
            vec![("contry", "France")],
            vec![("range", "last-month")],
            vec![("compare", "budget")],
            vec![("range", "custom")],
            vec![("range", "custom"), ("from", "2026-01-01"), ("to", "2026-01-01")],
            vec![("range", "custom"), ("from", "2026-02-30"), ("to", "2026-03-01")],
            vec![("country", long.as_str())],
            vec![("country", "a\0b")],
            vec![("policy", "everything")],
        ] {
            assert!(matches!(parse(&query), Err(ServiceError::BadParameter { .. })), "{query:?}");
        }
        let Err(ServiceError::BadParameter { hint, .. }) = parse(&[("contry", "France")]) else {
            panic!("refused")
        };
        assert_eq!(hint.as_deref(), Some("did you mean `country`?"));
    }
}
