//! Names of people in the form in which they are compared.
//!
//! `Dr. Doe, Jane`, `JANE  DOE` and `doe jane` are one name: words without case, accents, titles and order.
//! `Jr.`, `III` and the like stay, since they tell father and son apart.
//! Deliberately absent: nicknames (`Bob`, `Robert`), and which word is the family name where no comma says so.

use std::fmt::Write as _;
use std::ops::Range;

use super::fold::fold_into;

/// In front of a name.
fn is_title(word: &str) -> bool {
    matches!(
        word,
        "mr" | "mrs"
            | "ms"
            | "miss"
            | "mx"
            | "messrs"
            | "dr"
            | "prof"
            | "professor"
            | "sir"
            | "madam"
            | "madame"
            | "mme"
            | "mlle"
            | "monsieur"
            | "herr"
            | "frau"
            | "sr"
            | "sra"
            | "srta"
            | "senor"
            | "senora"
    )
}

/// Behind a name, as words: dots have become blanks.
const CREDENTIALS: [&[&str]; 12] = [
    &["phd"],
    &["ph", "d"],
    &["md"],
    &["m", "d"],
    &["dds"],
    &["d", "d", "s"],
    &["dvm"],
    &["esq"],
    &["mba"],
    &["msc"],
    &["bsc"],
    &["cpa"],
];
const GENERATIONS: [&str; 5] = ["jr", "sr", "ii", "iii", "iv"];

/// A name taken apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::identity) struct Name {
    /// Words, sorted; at least one.
    pub(in crate::identity) words: Vec<String>,
    /// `jr`, `iii` …
    pub(in crate::identity) generation: Option<&'static str>,
}

/// Takes names apart; keeps its buffers, because a shop has millions of names.
#[derive(Debug, Default)]
pub(in crate::identity) struct NameParser {
    text: String,
    words: Vec<Range<usize>>,
    generation: Option<&'static str>,
}

impl NameParser {
    /// Appends the words, sorted and with a blank between them, to `out`; `false` if the name is not full.
    pub(in crate::identity) fn full_key(&mut self, raw: &str, out: &mut String) -> bool {
        self.parse(raw);
        let is_long = |word: &&Range<usize>| {
            self.text.get((*word).clone()).is_some_and(|text| text.chars().nth(1).is_some())
        };
        if self.words.iter().filter(is_long).count() < 2 {
            return false;
        }
        for (index, word) in self.words.iter().enumerate() {
            if index > 0 {
                out.push(' ');
            }
            out.push_str(self.text.get(word.clone()).unwrap_or(""));
        }
        if let Some(generation) = self.generation {
            let _ = write!(out, " #{generation}");
        }
        true
    }

    /// The name, or `None` if there are no letters in it.
    pub(in crate::identity) fn name(&mut self, raw: &str) -> Option<Name> {
        self.parse(raw);
        let words = self.words.iter().filter_map(|word| self.text.get(word.clone()));
        let words: Vec<String> = words.map(str::to_owned).collect();
        (!words.is_empty()).then_some(Name { words, generation: self.generation })
    }

    /// Leaves the sorted words in `self.words`.
    fn parse(&mut self, raw: &str) {
        self.read(raw, true);
        if self.words.is_empty() {
            // Nothing but titles: then they are the name.
            self.read(raw, false);
        }
        let text = &self.text;
        self.words.sort_unstable_by(|left, right| text.get(left.clone()).cmp(&text.get(right.clone())));
    }

    fn read(&mut self, raw: &str, strips: bool) {
        self.text.clear();
        self.words.clear();
        self.generation = None;
        for (index, part) in raw.split(',').enumerate() {
            let first = self.words.len();
            self.read_words(part);
            if strips {
                self.strip_behind(first, index > 0);
                self.strip_front(first);
            }
        }
    }

    fn read_words(&mut self, part: &str) {
        self.text.push(' ');
        let mut start = self.text.len();
        fold_into(part, &mut self.text);
        let folded = self.text.as_bytes().iter().enumerate().skip(start);
        for (end, _) in folded.filter(|(_, byte)| **byte == b' ') {
            self.words.push(start..end);
            start = end + 1;
        }
        if start < self.text.len() {
            self.words.push(start..self.text.len());
        }
    }

    /// Credentials and generations behind the words from `first` on; all of them only in a part of their own.
    fn strip_behind(&mut self, first: usize, may_empty: bool) {
        let fewest = first + usize::from(!may_empty);
        loop {
            let word = |back: usize| {
                let range = self.words.get(self.words.len().checked_sub(back)?)?;
                self.text.get(range.clone())
            };
            let room = self.words.len().saturating_sub(fewest);
            // Nothing of the kind is longer; almost every family name is.
            if room == 0 || word(1).is_none_or(|word| word.len() > 3) {
                return;
            }
            let generation = GENERATIONS.into_iter().find(|generation| word(1) == Some(generation));
            if let Some(generation) = generation {
                self.generation = Some(generation);
                self.words.pop();
                continue;
            }
            let ends_with = |credential: &&&[&str]| {
                credential.len() <= room
                    && credential.iter().rev().enumerate().all(|(back, part)| word(back + 1) == Some(part))
            };
            match CREDENTIALS.iter().find(ends_with) {
                Some(credential) => self.words.truncate(self.words.len() - credential.len()),
                None => return,
            }
        }
    }

    fn strip_front(&mut self, first: usize) {
        let words = self.words.iter().skip(first).map_while(|word| self.text.get(word.clone()));
        let titles = words.take_while(|word| is_title(word)).count();
        if titles > 0 {
            self.words.drain(first..first + titles);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_take_one_form() {
        let mut parser = NameParser::default();
        for (typed, expected, generation) in [
            ("Jane Doe", "doe jane", None),
            ("  DOE,   Jane ", "doe jane", None),
            ("Doe, Dr. Jane", "doe jane", None),
            ("Mrs. Prof. Jane Doe, PhD", "doe jane", None),
            ("Jane Doe Ph.D.", "doe jane", None),
            ("Jané Dœ", "doe jane", None),
            ("Jane Doe, M.D.", "doe jane", None),
            ("John Smith Jr.", "john smith", Some("jr")),
            ("Smith, John, III", "john smith", Some("iii")),
            ("John Smith, Sr.", "john smith", Some("sr")),
            ("Sr. Juan Gamble", "gamble juan", None),
            ("Gamble, Sr. Juan", "gamble juan", None),
            ("O'Brien-Smith, Anne", "anne obrien smith", None),
            ("Dr.", "dr", None),
            ("王小明", "王小明", None),
        ] {
            let name = parser.name(typed).expect("a name");
            assert_eq!((name.words.join(" ").as_str(), name.generation), (expected, generation), "{typed}");
        }
        for nothing in ["", " ", "--", ", ,"] {
            assert_eq!(parser.name(nothing), None, "{nothing:?}");
        }
    }

    #[test]
    fn only_a_full_name_is_a_key() {
        let mut parser = NameParser::default();
        for (typed, expected) in [
            ("Jane Doe", Some("doe jane")),
            ("John Smith Jr", Some("john smith #jr")),
            ("J. Doe", None),
            ("Jane", None),
            ("", None),
        ] {
            let mut out = String::new();
            assert_eq!(parser.full_key(typed, &mut out).then_some(out.as_str()), expected, "{typed}");
        }
    }
}
