//! What a query gives: its key, its watermark, and where that stands.
//!
//! Deliberately absent: how a kind of database names its types; a session says which of them can grow.

use confect_domain::database::{Overlap, Watermark};
use confect_domain::names::nearest;

use crate::Request;
use crate::error::{Cause, ConnectError};

/// How a day counts where no overlap is declared.
const DAY_SECONDS: u64 = 86_400;
const NUMBERS: u64 = 1_000;

/// How a watermark grows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Grows {
    Time,
    Number,
}

/// How the database calls a type that can grow, and how it does; or else how it calls the type.
pub(crate) type Growth<'a> = Result<(&'static str, Grows), &'a str>;

/// A watermark that the query has.
#[derive(Clone, Debug)]
pub(crate) struct Wm {
    pub(crate) column: String,
    /// As the database calls it.
    pub(crate) type_name: &'static str,
    pub(crate) grows: Grows,
    pub(crate) overlap: Option<Overlap>,
}

impl Wm {
    /// How far to look back: seconds, or a number.
    pub(crate) fn look_back(&self) -> u64 {
        match (self.grows, self.overlap) {
            (Grows::Time, Some(Overlap::Time(span))) => span.as_secs(),
            (Grows::Time, _) => DAY_SECONDS,
            (Grows::Number, Some(Overlap::Number(number))) => number,
            (Grows::Number, _) => NUMBERS,
        }
    }
}

/// What the query's columns are.
#[derive(Clone, Debug)]
pub(crate) struct Shape {
    pub(crate) key_names: Vec<String>,
    /// Places of the key's columns.
    pub(crate) key: Vec<usize>,
    pub(crate) watermark: Option<Wm>,
}

impl Shape {
    /// Finds key and watermark among the columns of the query: their names, and what they are if they can be
    /// a watermark, or else how the database calls the type.
    pub(crate) fn of(request: &Request<'_>, columns: &[(&str, Growth<'_>)]) -> Result<Self, ConnectError> {
        let wrong = |message: String| ConnectError::new(Cause::Columns, request.source, message);
        for (index, (name, _)) in columns.iter().enumerate() {
            if columns.iter().take(index).any(|(other, _)| other == name) {
                let message = format!("the query gives two columns named `{name}`");
                return Err(wrong(message).hint("name them apart with `as`"));
            }
        }
        let place = |name: &String| {
            columns.iter().position(|(known, _)| known == name).ok_or_else(|| {
                let error = wrong(format!("the query has no column `{name}`"));
                match nearest(name, columns.iter().map(|(known, _)| *known)) {
                    Some(near) => error.hint(format!("did you mean `{near}`?")),
                    None => error,
                }
            })
        };
        let key = request.database.key.iter().map(place).collect::<Result<Vec<_>, _>>()?;
        let watermark = match &request.database.watermark {
            Some(watermark) => {
                let index = place(&watermark.column)?;
                let kind = columns.get(index).map_or(Err(""), |column| column.1);
                Some(growing(watermark, kind).map_err(wrong)?)
            }
            None => None,
        };
        Ok(Self { key_names: request.database.key.clone(), key, watermark })
    }

    pub(crate) fn watermark_name(&self) -> &str {
        self.watermark.as_ref().map_or("", |watermark| &watermark.column)
    }
}

fn growing(watermark: &Watermark, kind: Growth<'_>) -> Result<Wm, String> {
    let column = &watermark.column;
    let (type_name, grows) = kind.map_err(|other| {
        format!("the watermark `{column}` is of the type `{other}`, not a moment, a day or a number")
    })?;
    match (grows, watermark.overlap) {
        (Grows::Time, Some(Overlap::Number(_))) => {
            Err(format!("the watermark `{column}` is a time, so `overlap` is a span such as `\"1 day\"`"))
        }
        (Grows::Number, Some(Overlap::Time(_))) => {
            Err(format!("the watermark `{column}` is a number, so `overlap` is one such as `1000`"))
        }
        (_, overlap) => Ok(Wm { column: column.clone(), type_name, grows, overlap }),
    }
}

/// Where the database stands, in this snapshot.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Standing {
    /// Rows of the query.
    pub(crate) rows: u64,
    /// Rows without a watermark.
    pub(crate) empty: u64,
    /// Highest watermark.
    pub(crate) top: Option<String>,
    /// Whether it is lower than last time, or gone.
    pub(crate) went_back: bool,
}
