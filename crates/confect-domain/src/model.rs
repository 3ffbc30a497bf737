//! A model: one table of the pack or the project, as SQL with its contract beside it; and a seed,
//! a small list that models may join.

use std::collections::BTreeMap;

use crate::contract::TableContract;
use crate::method::MethodCall;

/// One table built by SQL, or by a method from the rows that its SQL delivers.
#[derive(Clone, Debug, PartialEq)]
pub struct Model {
    /// What the table promises.
    pub contract: TableContract,
    /// The `select` that builds it. It names sources as `source_<entity>`, seeds as `seed_<name>`
    /// and other models by their table name.
    pub sql: String,
    /// What makes the table of the rows that the SQL delivers; `None`: they are the table.
    pub method: Option<MethodCall>,
    /// What a refresh does with the table when lines are added to its inputs.
    pub growth: Growth,
    /// Tables that a growing table joins, with their columns that rows are found by: a row that is there keeps
    /// as long as no joined row of its key changes.
    pub looks_up: BTreeMap<String, String>,
    /// Tables that a table of whole months, or one that goes by a key or month, joins, with the columns it reads of them: its
    /// rows stay as long as no row that was there changes in these.
    pub keeps: BTreeMap<String, Vec<String>>,
    /// The column of [`Growth::ByKey`] or [`Growth::ByMonth`].
    pub by_key: Option<String>,
    /// Where the SQL stands, for messages: `packs/retail/star/fact_sales.sql`.
    pub path: String,
}

/// How a table changes when its inputs get more rows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Growth {
    /// It is made anew from all rows.
    #[default]
    Rebuilt,
    /// Each row comes from one row of one growing input and from small tables: the rows of what is new are added.
    Rows,
    /// As [`Self::Rows`], but rows are sums over some input rows, and a key may come again with further ones:
    /// who reads the table adds up.
    Partials,
    /// It tells of whole months only (`settings.whole_months_to`): it stays until another month is over, a line
    /// of a month before is added, or a row that it joins changes.
    WholeMonths,
    /// Each row comes from the rows of its inputs that have the same value in one column, and from what it joins:
    /// those of keys that new rows name are made anew, the others stay.
    ByKey,
    /// Each row is about one month, which a column names: rows of months that are over stay as long as those of
    /// [`Self::WholeMonths`] would, those of the month in progress are made anew.
    ByMonth,
}

impl Growth {
    /// The words of `grows` in a contract.
    pub const WORDS: [(&str, Self); 2] = [("rows", Self::Rows), ("partials", Self::Partials)];
}

/// A small table of texts that ships with the pack or the project: `seed_<name>`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seed {
    /// Name without the prefix.
    pub name: String,
    /// Column names.
    pub columns: Vec<String>,
    /// Rows, each as long as `columns`; empty texts are null.
    pub rows: Vec<Vec<Option<String>>>,
}
