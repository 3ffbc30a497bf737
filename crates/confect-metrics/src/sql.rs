//! The two ways by which anything enters SQL text: as a quoted identifier or as an escaped literal.
//!
//! DataFusion, like PostgreSQL with standard strings, knows no backslash escapes: a quote is doubled
//! and everything else stands for itself. Every value of a viewer passes [`literal`]; every name comes
//! from the catalogue and still passes [`identifier`].

use confect_domain::{Date, Period};

use crate::error::MetricError;

/// `name` as a quoted identifier.
pub(crate) fn identifier(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// `table.column`, both quoted.
pub(crate) fn qualified(table: &str, column: &str) -> String {
    format!("{}.{}", identifier(table), identifier(column))
}

/// `text` as a string literal.
///
/// # Errors
/// A NUL is refused, because it ends a text in some readers.
pub(crate) fn literal(text: &str) -> Result<String, MetricError> {
    if text.contains('\0') {
        return Err(MetricError::NulInValue);
    }
    Ok(format!("'{}'", text.replace('\'', "''")))
}

/// A day as a date literal.
pub(crate) fn date(day: Date) -> String {
    format!("date '{day}'")
}

/// `column` lies in the half-open `period`.
pub(crate) fn within(column: &str, period: Period) -> String {
    format!("{column} >= {} and {column} < {}", date(period.from), date(period.to))
}

/// `column` equals one of `values`; without values nothing does.
pub(crate) fn one_of<'a>(
    column: &str,
    values: impl IntoIterator<Item = &'a str>,
) -> Result<String, MetricError> {
    let literals = values.into_iter().map(literal).collect::<Result<Vec<_>, _>>()?;
    if literals.is_empty() {
        return Ok("false".to_owned());
    }
    Ok(format!("{column} in ({})", literals.join(", ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The value of a literal as the engine's lexer reads it; `None` if it ends early or late.
    fn read_back(text: &str) -> Option<String> {
        let mut rest = text.strip_prefix('\'')?;
        let mut value = String::new();
        loop {
            let quote = rest.find('\'')?;
            value.push_str(&rest[..quote]);
            rest = &rest[quote + 1..];
            match rest.strip_prefix('\'') {
                Some(after) => {
                    value.push('\'');
                    rest = after;
                }
                None => return rest.is_empty().then_some(value),
            }
        }
    }

    #[test]
    fn a_literal_stays_a_literal_whatever_stands_in_it() {
        let cases = [
            "",
            "'",
            "''",
            "N' OR '1'='1",
            "x'; drop table fact_sales; --",
            "/* */",
            "\\'",
            "\\",
            "it\u{2019}s",
            "\u{202e}evil",
            "line\nbreak",
            "日本語",
            "ʼ＇",
            "$$x$$",
            "%_",
            "France ",
            "\u{1}",
        ];
        for value in cases {
            let text = literal(value).expect("a literal");
            assert_eq!(read_back(&text).as_deref(), Some(value), "{value:?}");
        }
        assert_eq!(literal("a\0b"), Err(MetricError::NulInValue));
    }

    #[test]
    fn an_identifier_cannot_end_early_and_no_values_match_nothing() {
        assert_eq!(identifier("a\" b"), "\"a\"\" b\"");
        assert_eq!(one_of("c", []), Ok("false".to_owned()));
        assert_eq!(one_of("c", ["a", "b'"]), Ok("c in ('a', 'b''')".to_owned()));
    }
}
