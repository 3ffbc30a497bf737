//! What can be wrong with baskets, wishes or texts, told so that a person knows what to do.

use confect_domain::{Problem, ProblemKind};
use thiserror::Error;

/// Why there is no answer. Never a panic, however bad the input.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum BasketError {
    /// Nothing to look at.
    #[error("there are no baskets to look at")]
    NoBaskets {
        /// How many there were, all of them left out for their size.
        giants: usize,
    },
    /// A share must be above 0 and at most 1, a count at least 1.
    #[error("minimum support `{given}` is not {expected}")]
    SupportOutOfRange {
        /// As it was asked for.
        given: String,
        /// What would be right.
        expected: &'static str,
    },
    /// A share must be from 0 to 1.
    #[error("`{name}` of `{given}` is not between 0 and 1")]
    ShareOutOfRange {
        /// Which setting.
        name: &'static str,
        /// As it was asked for.
        given: String,
    },
    /// Lengths that no itemset can have.
    #[error("no itemset has between {min} and {max} items")]
    LengthOutOfRange {
        /// The least length asked for.
        min: usize,
        /// The greatest length asked for.
        max: usize,
    },
    /// An item number that was not announced.
    #[error("basket {basket} has item `{item}`, but items are below `{universe}`")]
    UnknownItem {
        /// The number.
        item: u32,
        /// Items must be smaller.
        universe: u32,
        /// Counted from 1.
        basket: usize,
    },
    /// More than 4,294,967,295 items in all baskets together.
    #[error("more than 4,294,967,295 items in the baskets; {baskets} baskets fitted")]
    TooMuchData {
        /// Baskets taken before it was full.
        baskets: usize,
    },
    /// The answer would not fit into the memory allowed.
    #[error("stopped: the itemsets take more than {megabytes} MB; {itemsets} were found until then")]
    TooManyItemsets {
        /// The limit.
        megabytes: usize,
        /// Found when it stopped.
        itemsets: u64,
    },
    /// The answer would not fit into the number of rules allowed.
    #[error("stopped: there are more than {limit} rules")]
    TooManyRules {
        /// The limit.
        limit: usize,
    },
    /// Closed sets nested more than a thousand deep: not data of a shop.
    #[error("stopped: the closed itemsets are nested more than 1,000 deep")]
    TooDeep,
    /// The caller asked to stop.
    #[error("the search was cancelled")]
    Cancelled,
    /// Rules need the counts of every part of an itemset.
    #[error("rules need all itemsets, not only the {given} ones or those of some lengths")]
    RulesNeedAllItemsets {
        /// What there is.
        given: &'static str,
    },
    /// The groups to compare must be 2 to 5.
    #[error("{given} groups to compare; it must be 2 to 5")]
    GroupCount {
        /// How many there are.
        given: usize,
    },
    /// The reader failed.
    #[error("cannot read line {line}: {reason}")]
    Unreadable {
        /// Counted from 1.
        line: usize,
        /// What the system says.
        reason: String,
    },
    /// A line that is longer than any basket.
    #[error("line {line} is longer than {limit} bytes")]
    LineTooLong {
        /// Counted from 1.
        line: usize,
        /// The limit.
        limit: usize,
    },
    /// In FIMI text every word is a whole number.
    #[error("line {line}, column {column}: `{token}` is not an item number")]
    NotANumber {
        /// Counted from 1.
        line: usize,
        /// In bytes, counted from 1.
        column: usize,
        /// What stands there, made printable.
        token: String,
    },
    /// A column that the heading does not have.
    #[error("line 1: there is no column `{column}`")]
    MissingColumn {
        /// What was asked for.
        column: String,
        /// What there is.
        present: Vec<String>,
        /// The one that looks most like it.
        nearest: Option<String>,
    },
    /// A line without the basket or the item.
    #[error("line {line} ends before `{column}`: field {expected} is missing, number of fields {fields}")]
    MissingField {
        /// Counted from 1, lines within quotes included.
        line: usize,
        /// What the line has.
        fields: usize,
        /// What is missing.
        column: String,
        /// Its place, counted from 1.
        expected: usize,
    },
}

impl BasketError {
    /// Stable, kebab-case.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::NoBaskets { .. } => "no-baskets",
            Self::SupportOutOfRange { .. } => "support-out-of-range",
            Self::ShareOutOfRange { .. } => "share-out-of-range",
            Self::LengthOutOfRange { .. } => "length-out-of-range",
            Self::UnknownItem { .. } => "unknown-item",
            Self::TooMuchData { .. } => "too-much-data",
            Self::TooManyItemsets { .. } => "too-many-itemsets",
            Self::TooManyRules { .. } => "too-many-rules",
            Self::TooDeep => "too-deep",
            Self::Cancelled => "cancelled",
            Self::RulesNeedAllItemsets { .. } => "rules-need-all-itemsets",
            Self::GroupCount { .. } => "group-count",
            Self::Unreadable { .. } => "unreadable",
            Self::LineTooLong { .. } => "line-too-long",
            Self::NotANumber { .. } => "not-a-number",
            Self::MissingColumn { .. } => "missing-column",
            Self::MissingField { .. } => "missing-field",
        }
    }

    /// What to do about it, each one sentence.
    pub fn hints(&self) -> Vec<String> {
        let one = |text: &str| vec![text.to_owned()];
        match self {
            Self::NoBaskets { giants: 0 } => {
                one("look at the period and the filter: no receipt falls into them")
            }
            Self::NoBaskets { giants } => {
                vec![format!("every basket was left out for its size ({giants}); raise the limit of items")]
            }
            Self::SupportOutOfRange { .. } => {
                one("give a share such as `0.01` (one basket in a hundred) or a count such as `50`")
            }
            Self::ShareOutOfRange { .. } => one("give a share such as `0.25`"),
            Self::LengthOutOfRange { .. } => one("the least length is 1 or more and not above the greatest"),
            Self::UnknownItem { .. } => one("number the items from 0 and say how many there are"),
            Self::TooMuchData { .. } => one("look at fewer days, or at categories instead of articles"),
            Self::TooManyItemsets { .. } => vec![
                "raise the minimum support, or limit the length of itemsets".to_owned(),
                "closed or maximal itemsets say the same with far fewer sets".to_owned(),
            ],
            Self::TooManyRules { .. } => one("raise the minimum confidence, or the minimum support"),
            Self::TooDeep => one("raise the minimum support, or leave out large baskets"),
            Self::Cancelled => Vec::new(),
            Self::RulesNeedAllItemsets { .. } => one("ask for all itemsets of length 1 and up"),
            Self::GroupCount { .. } => one("put small groups together, or leave some out"),
            Self::Unreadable { .. } => one("look whether the file is whole"),
            Self::LineTooLong { .. } => one("one basket a line; is this a text file?"),
            Self::NotANumber { .. } => one(
                "FIMI text is one basket a line, item numbers with blanks between; for names use a CSV of \
                 basket and item",
            ),
            Self::MissingColumn { present, nearest, .. } => {
                let known = present.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
                let nearest = nearest.as_ref().map(|name| format!("did you mean `{name}`?"));
                nearest.into_iter().chain([format!("the heading has {known}")]).collect()
            }
            Self::MissingField { .. } => one("is another separator in use, or a quote not closed?"),
        }
    }

    const fn kind(&self) -> ProblemKind {
        match self {
            Self::SupportOutOfRange { .. }
            | Self::ShareOutOfRange { .. }
            | Self::LengthOutOfRange { .. }
            | Self::TooManyItemsets { .. }
            | Self::TooManyRules { .. }
            | Self::TooDeep
            | Self::Cancelled
            | Self::RulesNeedAllItemsets { .. }
            | Self::GroupCount { .. }
            | Self::MissingColumn { .. }
            | Self::NoBaskets { .. } => ProblemKind::User,
            Self::UnknownItem { .. } | Self::TooMuchData { .. } => ProblemKind::Data,
            Self::Unreadable { .. }
            | Self::LineTooLong { .. }
            | Self::NotANumber { .. }
            | Self::MissingField { .. } => ProblemKind::Source,
        }
    }
}

impl From<BasketError> for Problem {
    fn from(error: BasketError) -> Self {
        let mut problem = Self::new(error.kind(), error.code(), error.to_string());
        for hint in error.hints() {
            problem = problem.with_hint(hint);
        }
        problem
    }
}
