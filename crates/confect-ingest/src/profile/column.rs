//! What the values of one column show: how full it is, how many differ, and what they can be read as.

use std::collections::BTreeMap;

use confect_domain::Date;
use hashbrown::HashSet;

use super::sketch::{Sketch, hash};
use crate::cells::trim;
use crate::spec::ReadOptions;
use crate::values::date::{self, DateText};
use crate::values::number::{self, CURRENCIES};
use crate::values::{Trouble, boolean, key};

/// Different values up to which all of them are kept with their counts.
const KEPT_VALUES: usize = 64;
/// Different values that are counted; beyond, a column is simply full of different values.
const COUNTED_VALUES: usize = 1 << 18;

/// One column of a file.
#[derive(Clone, Debug, Default)]
pub struct ColumnProfile {
    /// As in the file, trimmed; may be empty or stand there twice.
    pub heading: String,
    /// Values that are not empty and no word such as `NULL`.
    pub filled: u64,
    /// Values that are.
    pub empty: u64,
    /// Different values, as a set that can be compared.
    pub sketch: Sketch,
    /// What speaks for numbers.
    pub numbers: NumberEvidence,
    /// What speaks for days.
    pub dates: DateEvidence,
    /// Words and their looks.
    pub words: Words,
    /// A few values in the order of the file.
    pub samples: Vec<String>,
    /// All values with their counts, most frequent first; empty if there are more than 64.
    pub values: Vec<(String, u64)>,
}

/// What speaks for numbers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NumberEvidence {
    /// Values that are numbers, however they are written.
    pub readable: u64,
    /// Whole numbers without any sign of decimals.
    pub whole: u64,
    /// Values that are numbers only with a decimal point.
    pub point: u64,
    /// Values that are numbers only with a decimal comma.
    pub comma: u64,
    /// Values such as `1,234` that are ambiguous.
    pub ambiguous: u64,
    /// Values below zero.
    pub negative: u64,
    /// Values with a percent sign.
    pub percent: u64,
    /// Values that start with a zero that is no number's: `00042`.
    pub leading_zero: u64,
    /// Values from 0 to 1.
    pub fraction: u64,
    /// Currencies written beside the numbers, with counts.
    pub currencies: BTreeMap<&'static str, u64>,
    /// Smallest and largest in ten-thousandths.
    pub range: Option<(i128, i128)>,
}

/// What speaks for days.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DateEvidence {
    /// Values that are days, however they are written.
    pub readable: u64,
    /// Values that say the same in every order: the year first, or the month as a word.
    pub plain: u64,
    /// Values that only fit day first.
    pub day_first: u64,
    /// Values that only fit month first.
    pub month_first: u64,
    /// Values that fit both and mean different days.
    pub both: u64,
    /// Values with a time of day that is not midnight.
    pub timed: u64,
    /// Values with an offset from UTC.
    pub offset: u64,
    /// Values with a year of two digits, which are not read.
    pub two_digit_year: u64,
    /// First and last day, if the month comes first where that matters, and if the day does.
    range_month_first: Option<(i32, i32)>,
    range_day_first: Option<(i32, i32)>,
}

impl DateEvidence {
    /// First and last day in that order of day and month.
    pub fn range(&self, day_first: bool) -> Option<(Date, Date)> {
        let range = if day_first { self.range_day_first } else { self.range_month_first };
        range.map(|(first, last)| (Date::from_days(first), Date::from_days(last)))
    }
}

/// Words and their looks.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Words {
    /// Values that hold a letter.
    pub lettered: u64,
    /// Values like an e-mail address.
    pub addresses: u64,
    /// Values with blanks at an end.
    pub padded: u64,
    /// Values whose letters are all capitals.
    pub capitals: u64,
    /// Whether all values mean yes or no.
    pub yes_no: bool,
    /// Length of the longest value, in letters.
    pub longest: usize,
    /// Different values that differ by case only, as far as `values` shows them.
    pub case_twins: usize,
}

impl ColumnProfile {
    /// Share of rows with a value (0-1).
    pub fn fill_rate(&self) -> f64 {
        share(self.filled, self.filled + self.empty)
    }

    /// Number of different values looked at.
    pub fn distinct(&self) -> u64 {
        self.sketch.distinct()
    }

    /// Different values per value (0-1); 1 for a key.
    pub fn uniqueness(&self) -> f64 {
        share(self.distinct(), self.filled)
    }

    /// Share of the values that are numbers (0-1).
    pub fn number_rate(&self) -> f64 {
        share(self.numbers.readable, self.filled)
    }

    /// Share of the values that are days (0-1).
    pub fn date_rate(&self) -> f64 {
        share(self.dates.readable, self.filled)
    }

    /// Share of the values that are whole numbers (0-1).
    pub fn whole_rate(&self) -> f64 {
        share(self.numbers.whole, self.filled)
    }
}

fn share(part: u64, whole: u64) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}

/// A column under way.
pub(super) struct Tally {
    profile: ColumnProfile,
    seen: HashSet<u64>,
    values: Option<BTreeMap<String, u64>>,
    null_words: Vec<String>,
}

impl Tally {
    pub(super) fn new(heading: &str) -> Self {
        Self {
            profile: ColumnProfile { heading: heading.to_owned(), ..ColumnProfile::default() },
            seen: HashSet::new(),
            values: Some(BTreeMap::new()),
            null_words: ReadOptions::default().null_words,
        }
    }

    /// Looks at one value.
    pub(super) fn add(&mut self, cell: &str) {
        let text = trim(cell);
        if text.is_empty() || (text.len() <= 4 && self.null_words.iter().any(|word| word == text)) {
            self.profile.empty += 1;
            return;
        }
        let profile = &mut self.profile;
        profile.filled += 1;
        let padded = text.len() != cell.len();
        profile.words.padded += u64::from(padded);
        let is_new =
            self.seen.len() < COUNTED_VALUES && self.seen.insert(hash(key::parse(text).unwrap_or(text)));
        if is_new && profile.samples.len() < 5 {
            profile.samples.push(text.chars().take(60).collect());
        }
        if let Some(values) = &mut self.values {
            let room = values.len() < KEPT_VALUES;
            match values.get_mut(text) {
                Some(count) => *count += 1,
                None if room => {
                    values.insert(text.to_owned(), 1);
                }
                None => self.values = None,
            }
        }
        number(&mut profile.numbers, text);
        day(&mut profile.dates, text);
        words(&mut profile.words, text);
    }

    pub(super) fn finish(self) -> ColumnProfile {
        let Self { mut profile, seen, values, .. } = self;
        profile.sketch = Sketch::new(seen.into_iter().collect());
        let mut values: Vec<(String, u64)> = values.unwrap_or_default().into_iter().collect();
        profile.words.yes_no = !values.is_empty()
            && values.len() <= 2
            && values.iter().all(|(value, _)| boolean::parse(value).is_ok());
        let mut small: Vec<String> = values.iter().map(|(value, _)| value.to_lowercase()).collect();
        small.sort_unstable();
        small.dedup();
        profile.words.case_twins = values.len() - small.len();
        values.sort_by(|left, right| right.1.cmp(&left.1).then_with(|| left.0.cmp(&right.0)));
        profile.values = values;
        profile
    }
}

fn number(evidence: &mut NumberEvidence, text: &str) {
    // Whatever is a number has a digit, and at most a currency's letters.
    let letters = text.bytes().filter(|byte| byte.is_ascii_alphabetic()).count();
    if letters > 5 || !text.bytes().any(|byte| byte.is_ascii_digit()) {
        return;
    }
    let percent = text.ends_with('%');
    let point = number::parse_decimal(text, false, percent);
    // Without any sign both readings are the same.
    let comma = if text.contains(['.', ',']) { number::parse_decimal(text, true, percent) } else { point };
    let amount = match (point, comma) {
        (Ok(amount), Ok(_)) => {
            evidence.whole += u64::from(amount.0 % 10_000 == 0 && !text.contains(['.', ',']));
            amount
        }
        (Ok(amount), Err(_)) => {
            evidence.point += 1;
            amount
        }
        (Err(_), Ok(amount)) => {
            evidence.comma += 1;
            amount
        }
        (Err(Trouble::AmbiguousNumber), _) | (_, Err(Trouble::AmbiguousNumber)) => {
            evidence.ambiguous += 1;
            return;
        }
        // `0.12345` is a number too, if not one that is read.
        _ => {
            evidence.point += u64::from(text.parse::<f64>().is_ok());
            evidence.readable += u64::from(text.parse::<f64>().is_ok());
            return;
        }
    };
    evidence.readable += 1;
    let bytes = text.as_bytes();
    evidence.leading_zero +=
        u64::from(bytes.len() > 1 && bytes.first() == Some(&b'0') && bytes.iter().all(u8::is_ascii_digit));
    evidence.negative += u64::from(amount.0 < 0);
    evidence.percent += u64::from(percent);
    evidence.fraction += u64::from((0..=10_000).contains(&amount.0));
    if let Some((code, _)) = amount.1.and_then(|index| CURRENCIES.get(index)) {
        *evidence.currencies.entry(code).or_default() += 1;
    }
    let (low, high) = evidence.range.unwrap_or((amount.0, amount.0));
    evidence.range = Some((low.min(amount.0), high.max(amount.0)));
}

fn day(evidence: &mut DateEvidence, text: &str) {
    if text.len() < 6 || !text.as_bytes().first().is_some_and(u8::is_ascii_digit) {
        return;
    }
    match date::parse(text) {
        Ok(DateText::Moment(moment)) => {
            evidence.plain += 1;
            evidence.timed += u64::from(moment.micros != 0);
            evidence.offset += u64::from(moment.offset.is_some());
            widen(&mut evidence.range_month_first, moment.days);
            widen(&mut evidence.range_day_first, moment.days);
        }
        Ok(DateText::Ordered(parts)) => {
            let day_first = parts.in_order(crate::spec::DateOrder::Dmy);
            let month_first = parts.in_order(crate::spec::DateOrder::Mdy);
            match (&day_first, &month_first) {
                (Ok(_), Err(_)) => evidence.day_first += 1,
                (Err(_), Ok(_)) => evidence.month_first += 1,
                (Ok(one), Ok(other)) if one != other => evidence.both += 1,
                _ => evidence.plain += 1,
            }
            let timed = day_first.or(month_first).is_ok_and(|moment| moment.micros != 0);
            evidence.timed += u64::from(timed);
            if let Ok(moment) = day_first {
                widen(&mut evidence.range_day_first, moment.days);
            }
            if let Ok(moment) = month_first {
                widen(&mut evidence.range_month_first, moment.days);
            }
        }
        Err(Trouble::TwoDigitYear) => {
            evidence.two_digit_year += 1;
            return;
        }
        Err(_) => return,
    }
    evidence.readable += 1;
}

fn widen(range: &mut Option<(i32, i32)>, day: i32) {
    if date::is_sentinel(day) {
        return;
    }
    let (first, last) = range.unwrap_or((day, day));
    *range = Some((first.min(day), last.max(day)));
}

fn words(words: &mut Words, text: &str) {
    let mut letters = text.chars().filter(|letter| letter.is_alphabetic()).peekable();
    let lettered = letters.peek().is_some();
    words.lettered += u64::from(lettered);
    words.capitals += u64::from(lettered && letters.all(char::is_uppercase));
    let address =
        text.split_once('@').is_some_and(|(before, after)| !before.is_empty() && after.contains('.'));
    words.addresses += u64::from(address);
    words.longest = words.longest.max(text.chars().count());
}
