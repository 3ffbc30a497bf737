//! Text of one value → typed value, or what is wrong with it in a shop owner's words.
//!
//! Values come trimmed and are never null words. Nothing rounds and nothing is guessed: what can be read in
//! two ways is trouble. Deliberately absent: where the value stands.

pub(crate) mod boolean;
pub(crate) mod contact;
pub(crate) mod date;
pub(crate) mod invisible;
pub(crate) mod key;
pub(crate) mod mojibake;
pub(crate) mod number;
pub(crate) mod rules;
pub(crate) mod word;
pub(crate) mod zone;

use confect_domain::Date;

use crate::spec::DateOrder;

/// What is wrong with a record or value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Trouble {
    NotANumber,
    NotFinite,
    Scientific,
    /// `1,234`: a thousand or one and a bit.
    AmbiguousNumber,
    /// `1.234,56` where the comma is not declared to be the decimal sign.
    OtherDecimalSign,
    NotWhole,
    TooBig,
    TooManyPlaces,
    NotADate,
    NoSuchDay,
    NoSuchTime,
    TwoDigitYear,
    SerialDate,
    AmbiguousDate,
    OtherDateOrder(DateOrder),
    NotBoolean,
    /// None of the words that the column knows.
    UnknownWord(&'static [&'static str]),
    NotAPeriod,
    NotAFactor,
    ScientificKey,
    MissingKey,
    MissingValue,
    TooFewFields,
    TooManyFields,
    StrayQuote,
    UnclosedQuote,
    BadEncoding,
    ControlByte,
    FieldTooLong,
    RecordTooLong,
    /// A row of totals.
    Footer,
    /// Before the earliest day that the source allows.
    TooEarly(Date),
    /// After the latest.
    TooLate(Date),
    /// Breaks a rule.
    Rule(&'static rules::Rule),
    /// A line of a JSON file that is none.
    NotAnObject,
    /// A cell of a workbook such as `#REF!`.
    NoResult,
    /// A member whose key is there again further down.
    RepeatedKey,
}

impl Trouble {
    /// The stable code.
    pub(crate) const fn code(self) -> &'static str {
        match self {
            Self::NotANumber | Self::NotFinite | Self::Scientific | Self::AmbiguousNumber => "bad-number",
            Self::OtherDecimalSign | Self::NotWhole => "bad-number",
            Self::TooBig | Self::TooManyPlaces => "overflow",
            Self::NotADate | Self::NoSuchDay | Self::NoSuchTime | Self::TwoDigitYear => "bad-date",
            Self::SerialDate | Self::AmbiguousDate | Self::OtherDateOrder(_) => "bad-date",
            Self::NotBoolean => "bad-boolean",
            Self::UnknownWord(_) => "unknown-word",
            Self::NotAPeriod => "bad-period",
            Self::NotAFactor => "bad-number",
            Self::ScientificKey => "bad-key",
            Self::MissingKey => "missing-key",
            Self::MissingValue => "missing-value",
            Self::TooFewFields => "too-few-fields",
            Self::TooManyFields => "too-many-fields",
            Self::StrayQuote => "stray-quote",
            Self::UnclosedQuote => "unclosed-quote",
            Self::BadEncoding => "bad-encoding",
            Self::ControlByte => "control-byte",
            Self::FieldTooLong => "field-too-long",
            Self::RecordTooLong => "record-too-long",
            Self::Footer => "footer-row",
            Self::TooEarly(_) | Self::TooLate(_) => "date-out-of-range",
            Self::Rule(rule) => rule.name,
            Self::NotAnObject => "bad-json",
            Self::NoResult => "formula-error",
            Self::RepeatedKey => "key-repeated",
        }
    }

    /// What is wrong, as the end of a sentence that starts with the value.
    pub(crate) fn message(self) -> String {
        let text = match self {
            Self::NotANumber => "is not a number",
            Self::NotFinite => "is not a finite number",
            Self::Scientific => "is a number in scientific notation, which has lost digits",
            Self::AmbiguousNumber => {
                "can be read in two ways: its mark may be a decimal sign or group thousands"
            }
            Self::OtherDecimalSign => "uses the comma as decimal sign, which the source does not declare",
            Self::NotWhole => "is not a whole number",
            Self::TooBig => "is too big: at most 14 digits before and 4 after the decimal sign",
            Self::TooManyPlaces => "has more than four decimal places",
            Self::NotADate => "is not a date",
            Self::NoSuchDay => "is a day that does not exist",
            Self::NoSuchTime => "has a time of day that does not exist",
            Self::TwoDigitYear => "has a year of two digits",
            Self::SerialDate => "looks like a day number of a spreadsheet",
            Self::AmbiguousDate => "can be read with the day or the month first",
            Self::OtherDateOrder(order) => return format!("does not fit the order {}", order.words()),
            Self::NotBoolean => "is neither yes nor no",
            Self::UnknownWord(words) => return format!("is none of {}", words.join(", ")),
            Self::NotAPeriod => "is not a year, half, quarter, month, week or day",
            Self::NotAFactor => "is not a positive number with at most ten places",
            Self::ScientificKey => "is an identifier that a spreadsheet turned into a rounded number",
            Self::MissingKey => "is missing, and a row cannot be placed without it",
            Self::MissingValue => "is missing, and a row says nothing without it",
            Self::TooFewFields => "has fewer fields than the header",
            Self::TooManyFields => "has more fields than the header",
            Self::StrayQuote => "has a quotation mark where none may stand",
            Self::UnclosedQuote => "opens a quotation mark that is never closed",
            Self::BadEncoding => "has bytes that are no letters in the file's encoding",
            Self::ControlByte => "has control characters",
            Self::FieldTooLong => "has a field of more than 1 MiB",
            Self::RecordTooLong => "is longer than 16 MiB",
            Self::Footer => "is a total, not a record",
            Self::TooEarly(day) => {
                return format!("is before {day}, the earliest day that the source allows");
            }
            Self::TooLate(day) => return format!("is after {day}, the latest day that there can be"),
            Self::Rule(rule) => rule.message,
            Self::NotAnObject => "is no JSON object",
            Self::NoResult => "has a formula without a usable result",
            Self::RepeatedKey => "is there again further down in the file, and the last line counts",
        };
        text.to_owned()
    }

    /// What to do, in one sentence.
    pub(crate) const fn remedy(self) -> &'static str {
        match self {
            Self::NotANumber | Self::NotFinite | Self::NotWhole => {
                "correct the number in the system it was exported from"
            }
            Self::Scientific => "format the column as a plain number before exporting",
            Self::AmbiguousNumber => {
                "export numbers without thousands marks, or set `decimal_comma` in the source"
            }
            Self::OtherDecimalSign => {
                "set `decimal_comma = true` in the source if all its numbers are written so"
            }
            Self::TooBig => "check for a slipped key; amounts this big cannot be stored exactly",
            Self::TooManyPlaces => "round the column to four places before exporting",
            Self::NotADate | Self::NoSuchDay | Self::NoSuchTime => {
                "correct the date in the system it was exported from"
            }
            Self::TwoDigitYear => "export dates with four-digit years",
            Self::SerialDate => "format the column as a date (2024-12-31) before exporting",
            Self::AmbiguousDate => "set `date_order` in the source",
            Self::OtherDateOrder(_) => {
                "correct the date, or set `date_order` in the source if the order is wrong"
            }
            Self::NotBoolean => "write yes or no, or add the word under `values` in the mapping",
            Self::UnknownWord(_) => "say under `[source.values]` of the mapping which word it stands for",
            Self::NotAPeriod => "write 2026, 2026-H1, 2026-Q1, 2026-03, 2026-W07 or 2026-03-15",
            Self::NotAFactor => {
                "write it as 1.0835, or set `decimal_comma = true` in the source if it is written 1,0835"
            }
            Self::ScientificKey => "format the column as text before exporting, so that every digit is kept",
            Self::MissingKey => "fill it in the system it was exported from",
            Self::MissingValue => "fill it in the system it was exported from",
            Self::TooFewFields => "look for a line break or a missing delimiter in this row",
            Self::TooManyFields => {
                "look for a delimiter inside a value; such values must stand in quotation marks"
            }
            Self::StrayQuote => {
                "double quotation marks inside a value and put the whole value in quotation marks"
            }
            Self::UnclosedQuote => "close the quotation mark, or remove it",
            Self::BadEncoding => "export as UTF-8, or set `encoding` in the source",
            Self::ControlByte => "remove the invisible characters from this row",
            Self::Footer => "nothing has to be done; totals are computed, never loaded",
            Self::TooEarly(_) => "correct the date, or set `earliest_date` in the source",
            Self::TooLate(_) => "correct the date, or the clock of the till",
            Self::Rule(rule) => rule.remedy,
            Self::NotAnObject => "look for a cut line or a missing quotation mark in the export",
            Self::NoResult => "correct the formula, let the program calculate the sheet and save it again",
            Self::RepeatedKey => {
                "list each one once; or set `first_per_key = true` in the source if it repeats them on purpose"
            }
            Self::FieldTooLong | Self::RecordTooLong => {
                "look for a missing quotation mark or line end in this row"
            }
        }
    }
}
