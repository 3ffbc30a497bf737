//! What a table of the warehouse promises: its grain, key, columns, references and who may see it.
//!
//! A contract stands beside the SQL of its model and is checked on every row that is written.

use crate::finding::Severity;

/// Where a table stands in the flow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Layer {
    /// Cleaned and cast rows of one entity; lives during a refresh.
    Staging,
    /// Dimensions and facts.
    Star,
    /// Tables made for a topic.
    Marts,
}

impl Layer {
    /// Name of the folder that holds the layer's models.
    pub const fn folder(self) -> &'static str {
        match self {
            Self::Staging => "staging",
            Self::Star => "star",
            Self::Marts => "marts",
        }
    }
}

/// Who may see a table's rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TableAccess {
    /// The default: a viewer sees the rows that every rule of a grant admits; a table that lacks
    /// the key a rule speaks of shows nothing.
    Secured,
    /// Reference data: also shown to viewers whose rules speak of a dimension this table has no
    /// key of. A rule on the table itself, or on a key it does have, still applies.
    Public,
    /// Raw, staging, quarantine: in no viewer's catalogue.
    Private,
}

/// The type of a stored column.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ColumnType {
    /// Surrogate key, or a whole number. `Int64`.
    Integer,
    /// `Utf8`.
    Text,
    /// Exact number with four places. `Decimal128(18, 4)`.
    Decimal,
    /// A number of a statistical method: a parameter, a probability. Never money. `Float64`.
    Number,
    /// `Date32`.
    Date,
    /// UTC. `Timestamp(Microsecond, None)`.
    Timestamp,
    /// `Boolean`.
    Boolean,
}

impl ColumnType {
    /// Every type with the word that contracts use for it.
    pub const WORDS: [(&'static str, Self); 7] = [
        ("integer", Self::Integer),
        ("text", Self::Text),
        ("decimal", Self::Decimal),
        ("number", Self::Number),
        ("date", Self::Date),
        ("timestamp", Self::Timestamp),
        ("boolean", Self::Boolean),
    ];

    /// The type that a contract's word names.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::WORDS.iter().find(|(name, _)| *name == word).map(|(_, column_type)| *column_type)
    }
}

/// One column's promise.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ColumnContract {
    /// Column name.
    pub name: String,
    /// Stored type.
    pub column_type: ColumnType,
    /// Whether null is allowed.
    pub nullable: bool,
    /// What the column says, with its unit, in one sentence.
    pub about: String,
}

/// A column that holds the key of a dimension.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ForeignKey {
    /// The column here.
    pub column: String,
    /// The dimension whose first key column it refers to.
    pub references: String,
}

/// The values that a column may hold, beside null.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AcceptedValues {
    /// The column.
    pub column: String,
    /// The values as texts, as a CSV of the table would show them.
    pub values: Vec<String>,
    /// What another value means: a critical one stops the refresh, a warning is told.
    pub severity: Severity,
}

/// A table's whole promise.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TableContract {
    /// Table name.
    pub name: String,
    /// Place in the flow.
    pub layer: Layer,
    /// "one row per …"
    pub grain: String,
    /// Columns that are unique together and never null.
    pub key: Vec<String>,
    /// Columns by which stored rows are in order, before the key; what pages filter by comes first,
    /// so that whole groups of rows are skipped.
    pub order: Vec<String>,
    /// Who may see it.
    pub access: TableAccess,
    /// Columns in table order.
    pub columns: Vec<ColumnContract>,
    /// References that must be found.
    pub foreign_keys: Vec<ForeignKey>,
    /// Columns that hold certain values only.
    pub accepted: Vec<AcceptedValues>,
}

impl TableContract {
    /// The column that says on which day a row of a fact counts: the first date that rows are stored
    /// by, or `invoice_date`.
    pub fn day_column(&self) -> &str {
        let is_date = |name: &&String| {
            self.columns.iter().any(|held| held.name == **name && held.column_type == ColumnType::Date)
        };
        self.order.iter().find(is_date).map_or("invoice_date", String::as_str)
    }

    /// The column that holds the key of `dimension`, which may be the table's own key.
    pub fn key_of_dimension(&self, dimension: &str) -> Option<&str> {
        if self.name == dimension {
            return self.key.first().map(String::as_str);
        }
        self.foreign_keys.iter().find(|key| key.references == dimension).map(|key| key.column.as_str())
    }
}
