//! Questions of pages that no metric asks: SQL of the program's own with places for values.
//!
//! The text is `&'static str`, so that it is written in the program and never by a viewer; what a viewer chose
//! enters as an [`Argument`], as a literal. The answer runs under the viewer's policy like any other.

use confect_domain::Date;

use crate::access::{Access, AuthorisedQuery};
use crate::error::MetricError;
use crate::sql;

/// What stands for `{name}` in a statement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Argument<'a> {
    /// A value, as an escaped literal.
    Text(&'a str),
    /// A day.
    Day(Date),
    /// A whole number.
    Number(i64),
    /// SQL of the program's own, such as the column that a choice stands for.
    Part(&'static str),
}

impl Argument<'_> {
    fn sql(self) -> Result<String, MetricError> {
        match self {
            Self::Text(text) => sql::literal(text),
            Self::Day(day) => Ok(sql::date(day)),
            Self::Number(number) => Ok(number.to_string()),
            Self::Part(part) => Ok(part.to_owned()),
        }
    }
}

/// A statement with its arguments, to be run under the policy of `access`. Every `{name}` is replaced once, in
/// one pass: braces within a value stay what they are. One without an argument stays too, and does not parse.
///
/// # Errors
/// A NUL in a text.
pub fn authorise_statement(
    statement: &'static str,
    arguments: &[(&str, Argument<'_>)],
    access: &Access,
) -> Result<AuthorisedQuery, MetricError> {
    let mut text = String::with_capacity(statement.len() + 64);
    let mut rest = statement;
    while let Some((before, after)) = rest.split_once('{') {
        text.push_str(before);
        let Some((name, behind)) = after.split_once('}') else {
            rest = after;
            text.push('{');
            break;
        };
        match arguments.iter().find(|argument| argument.0 == name) {
            Some((_, argument)) => text.push_str(&argument.sql()?),
            None => text.extend(["{", name, "}"]),
        }
        rest = behind;
    }
    text.push_str(rest);
    Ok(AuthorisedQuery::compiled(text, Vec::new(), access))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_a_literal_and_never_a_place() {
        let arguments = [
            ("id", Argument::Text("x' or {limit} --")),
            ("limit", Argument::Number(5)),
            ("day", Argument::Day(Date::from_days(0))),
            ("column", Argument::Part("monetary")),
        ];
        let text = "select {column} from t where id = {id} and d = {day} limit {limit}";
        let query = authorise_statement(text, &arguments, &Access::owner()).expect("a query");
        assert_eq!(
            query.sql(),
            "select monetary from t where id = 'x'' or {limit} --' and d = date '1970-01-01' limit 5"
        );
        assert!(!query.is_adhoc());
    }

    #[test]
    fn nul_is_refused_and_what_has_no_argument_stays() {
        let refused = authorise_statement("{id}", &[("id", Argument::Text("a\0"))], &Access::owner());
        assert_eq!(refused.err(), Some(MetricError::NulInValue));
        let query = authorise_statement("{a} {b", &[], &Access::owner()).expect("a query");
        assert_eq!(query.sql(), "{a} {b");
    }
}
