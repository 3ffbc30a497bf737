//! A call of a method: a model whose rows are not what its SQL delivers but what a method of this
//! program makes of them (scores, fits, rules), with the parameters that the project sets.
//!
//! Deliberately absent: which methods there are and what they take; the warehouse knows.

use std::collections::BTreeMap;

use crate::names::nearest;
use crate::problem::{Problem, ProblemKind, printable};

/// Which method makes a table of the rows that the model's SQL delivers.
#[derive(Clone, Debug, PartialEq)]
pub struct MethodCall {
    /// Name of the method, such as `rfm`.
    pub name: String,
    /// Which of the tables that the method makes; empty for its only or first one. Models with the
    /// same SQL, method and parameters share one run of it.
    pub part: String,
    /// What the project sets; what it leaves out has the method's defaults.
    pub parameters: Parameters,
    /// `file:line:column` of the call, for messages.
    pub place: String,
}

/// Named values of one call.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Parameters {
    entries: BTreeMap<String, Parameter>,
}

/// A value with the place where it stands.
#[derive(Clone, Debug, PartialEq)]
pub struct Parameter {
    /// The value.
    pub value: ParameterValue,
    /// `file:line:column`.
    pub place: String,
}

/// What a parameter may be.
#[derive(Clone, Debug, PartialEq)]
pub enum ParameterValue {
    /// Yes or no.
    Flag(bool),
    /// A whole number.
    Integer(i64),
    /// A number.
    Number(f64),
    /// A text.
    Text(String),
    /// Values in order.
    List(Vec<ParameterValue>),
    /// Named values.
    Table(BTreeMap<String, ParameterValue>),
}

impl ParameterValue {
    /// As people would write it.
    fn shown(&self) -> String {
        match self {
            Self::Flag(value) => value.to_string(),
            Self::Integer(value) => value.to_string(),
            Self::Number(value) => value.to_string(),
            Self::Text(value) => value.clone(),
            Self::List(values) => format!("a list of {}", values.len()),
            Self::Table(values) => format!("a table of {}", values.len()),
        }
    }

    /// The number, if it is one.
    pub fn as_number(&self) -> Option<f64> {
        match self {
            #[expect(clippy::cast_precision_loss, reason = "parameters are small numbers")]
            Self::Integer(value) => Some(*value as f64),
            Self::Number(value) => Some(*value),
            _ => None,
        }
    }

    /// The text, if it is one.
    pub fn as_text(&self) -> Option<&str> {
        if let Self::Text(text) = self { Some(text) } else { None }
    }
}

impl Parameters {
    /// Named values in any order; the last of a name stays.
    pub fn new(entries: impl IntoIterator<Item = (String, Parameter)>) -> Self {
        Self { entries: entries.into_iter().collect() }
    }

    /// The parameter as it stands, if it is set.
    pub fn get(&self, name: &str) -> Option<&Parameter> {
        self.entries.get(name)
    }

    /// Names and values, in order of the names.
    pub fn values(&self) -> impl Iterator<Item = (&str, &ParameterValue)> {
        self.entries.iter().map(|(name, parameter)| (name.as_str(), &parameter.value))
    }

    /// Refuses names that the method does not take.
    ///
    /// # Errors
    /// The first unknown name, with the nearest one that is known.
    pub fn only(&self, known: &[&str]) -> Result<(), Problem> {
        let Some((name, parameter)) = self.entries.iter().find(|(name, _)| !known.contains(&name.as_str()))
        else {
            return Ok(());
        };
        let message = format!("unknown parameter `{}`", printable(name));
        let problem =
            Problem::new(ProblemKind::Config, "unknown-parameter", message).with_detail(&*parameter.place);
        Err(match nearest(name, known.iter().copied()) {
            Some(near) => problem.with_hint(format!("did you mean `{near}`?")),
            None if known.is_empty() => problem.with_hint("this method takes no parameters"),
            None => problem.with_hint(format!("it takes: {}", known.join(", "))),
        })
    }

    /// A number between `least` and `most`, both included.
    ///
    /// # Errors
    /// Another type, or out of that range.
    pub fn number(&self, name: &str, default: f64, least: f64, most: f64) -> Result<f64, Problem> {
        let Some(parameter) = self.get(name) else { return Ok(default) };
        let within = |value: &f64| (least..=most).contains(value);
        let expected = || format!("a number from {least} to {most}");
        parameter.value.as_number().filter(within).ok_or_else(|| parameter.refused(name, &expected()))
    }

    /// A whole number between `least` and `most`, both included.
    ///
    /// # Errors
    /// Another type, or out of that range.
    pub fn integer(&self, name: &str, default: i64, least: i64, most: i64) -> Result<i64, Problem> {
        let Some(parameter) = self.get(name) else { return Ok(default) };
        match parameter.value {
            ParameterValue::Integer(value) if (least..=most).contains(&value) => Ok(value),
            _ => Err(parameter.refused(name, &format!("a whole number from {least} to {most}"))),
        }
    }

    /// Yes or no.
    ///
    /// # Errors
    /// Another type.
    pub fn flag(&self, name: &str, default: bool) -> Result<bool, Problem> {
        let Some(parameter) = self.get(name) else { return Ok(default) };
        match parameter.value {
            ParameterValue::Flag(value) => Ok(value),
            _ => Err(parameter.refused(name, "true or false")),
        }
    }

    /// One of some words.
    ///
    /// # Errors
    /// Another type or another word.
    pub fn word<'a>(&self, name: &str, default: &'a str, words: &[&'a str]) -> Result<&'a str, Problem> {
        let Some(parameter) = self.get(name) else { return Ok(default) };
        let given = parameter.value.as_text();
        words
            .iter()
            .find(|word| Some(**word) == given)
            .copied()
            .ok_or_else(|| parameter.refused(name, &format!("one of {}", words.join(", "))))
    }

    /// Numbers in order; `None` if it is not set.
    ///
    /// # Errors
    /// Another type, or a list that holds something else.
    pub fn numbers(&self, name: &str) -> Result<Option<Vec<f64>>, Problem> {
        let Some(parameter) = self.get(name) else { return Ok(None) };
        let list = if let ParameterValue::List(list) = &parameter.value { Some(list) } else { None };
        let numbers = list.and_then(|list| list.iter().map(ParameterValue::as_number).collect());
        numbers.map(Some).ok_or_else(|| parameter.refused(name, "a list of numbers"))
    }

    /// Texts in order; `None` if it is not set.
    ///
    /// # Errors
    /// Another type, or a list that holds something else.
    pub fn texts(&self, name: &str) -> Result<Option<Vec<String>>, Problem> {
        let Some(parameter) = self.get(name) else { return Ok(None) };
        let list = if let ParameterValue::List(list) = &parameter.value { Some(list) } else { None };
        let texts =
            list.and_then(|list| list.iter().map(|value| value.as_text().map(str::to_owned)).collect());
        texts.map(Some).ok_or_else(|| parameter.refused(name, "a list of texts"))
    }
}

impl Parameter {
    /// The problem that this value is not what the method takes.
    #[must_use]
    pub fn refused(&self, name: &str, expected: &str) -> Problem {
        let message = format!("parameter `{}` is `{}`", printable(name), printable(&self.value.shown()));
        Problem::new(ProblemKind::Config, "bad-parameter", message)
            .with_detail(&*self.place)
            .with_hint(format!("it takes {expected}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parameters(values: &[(&str, ParameterValue)]) -> Parameters {
        Parameters::new(values.iter().map(|(name, value)| {
            let place = "packs/retail/marts/x.toml:3:1".to_owned();
            ((*name).to_owned(), Parameter { value: value.clone(), place })
        }))
    }

    #[test]
    fn what_is_not_set_has_its_default_and_what_is_set_is_checked() {
        let given = parameters(&[
            ("bins", ParameterValue::Integer(5)),
            ("rate", ParameterValue::Number(1.5)),
            ("ties", ParameterValue::Text("split".to_owned())),
        ]);
        assert_eq!(given.integer("bins", 4, 2, 10), Ok(5));
        assert_eq!(given.integer("other", 4, 2, 10), Ok(4));
        let error = given.number("rate", 0.0, 0.0, 1.0).expect_err("out of range");
        assert_eq!(error.message, "parameter `rate` is `1.5`");
        assert_eq!(error.detail.as_deref(), Some("packs/retail/marts/x.toml:3:1"));
        let error = given.word("ties", "equal", &["equal", "ntile"]).expect_err("no such word");
        assert_eq!(error.hints, ["it takes one of equal, ntile"]);
    }

    #[test]
    fn a_misspelt_name_gets_the_nearest_one() {
        let given = parameters(&[("bin", ParameterValue::Integer(5))]);
        let error = given.only(&["bins", "weights"]).expect_err("unknown");
        assert_eq!(error.hints, ["did you mean `bins`?"]);
        assert!(given.only(&["bin"]).is_ok());
    }
}
