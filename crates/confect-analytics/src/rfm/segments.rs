//! Which name each triple of scores has; checked when read: each triple once, none left out.

use std::collections::BTreeMap;

use confect_domain::{Problem, ProblemKind};

/// A name for every triple of scores.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SegmentMap {
    bins: u8,
    names: Vec<String>,
    /// Index of the name of each triple, by recency, then frequency, then monetary score.
    cells: Vec<u16>,
}

impl SegmentMap {
    /// The map of 125 triples and eleven names.
    pub fn standard() -> Self {
        Self::shipped(include_str!("segments.csv"))
    }

    /// The map of ten names by recency and frequency only.
    pub fn by_recency_and_frequency() -> Self {
        Self::shipped(include_str!("segments_rf.csv"))
    }

    /// A test reads both; the empty map that stands in for a failure names nothing.
    fn shipped(text: &str) -> Self {
        Self::parse(text, 5).unwrap_or(Self { bins: 5, names: Vec::new(), cells: Vec::new() })
    }

    /// Reads lines `scores,name`: one character per score, a digit, a set such as `[45]`, or `*` for any.
    /// Empty lines and lines that start with `#` are skipped.
    ///
    /// # Errors
    /// A [`Problem`] that names the line, or the triples that are missing or there twice.
    pub fn parse(text: &str, bins: u8) -> Result<Self, Problem> {
        let problem = |message: String| Problem::new(ProblemKind::Config, "segment-map", message);
        if !(2..=9).contains(&bins) {
            return Err(problem(format!("a map for {bins} scores, expected 2 to 9")));
        }
        let mut names: Vec<String> = Vec::new();
        let mut cells: BTreeMap<[u8; 3], u16> = BTreeMap::new();
        for (number, line) in text.lines().enumerate() {
            let line = line.trim();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let place = number + 1;
            let parts = line.split_once(',').map(|(scores, name)| (scores.trim(), name.trim()));
            let (scores, name) = parts
                .filter(|(_, name)| !name.is_empty())
                .ok_or_else(|| problem(format!("line {place}: `{line}`, expected `scores,name`")))?;
            let sets = pattern(scores, bins).ok_or_else(|| {
                problem(format!("line {place}: `{scores}`, expected three scores of 1 to {bins}"))
                    .with_hint("a score is a digit, a set such as `[45]`, or `*`")
            })?;
            let index = names.iter().position(|known| known == name).unwrap_or_else(|| {
                names.push(name.to_owned());
                names.len() - 1
            });
            for triple in triples(&sets) {
                if cells.insert(triple, index as u16).is_some() {
                    return Err(problem(format!("line {place}: `{}` has a name already", code(triple))));
                }
            }
        }
        let every: Vec<u8> = (1..=bins).collect();
        let all = triples(&[every.clone(), every.clone(), every]);
        let missing: Vec<String> =
            all.iter().filter(|triple| !cells.contains_key(*triple)).map(|triple| code(*triple)).collect();
        if let Some(first) = missing.first() {
            let count = missing.len();
            return Err(problem(format!("{count} of {} triples have no name, such as `{first}`", all.len()))
                .with_detail(missing.join(" ")));
        }
        Ok(Self { bins, names, cells: cells.into_values().collect() })
    }

    /// The number of scores it is for.
    pub fn bins(&self) -> u8 {
        self.bins
    }

    /// The names, in the order of their first lines.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// Index into [`names`](Self::names) of a triple of scores from 1 to [`bins`](Self::bins).
    pub fn index(&self, r: u8, f: u8, m: u8) -> u16 {
        let digit = |score: u8| usize::from(score.clamp(1, self.bins) - 1);
        let bins = usize::from(self.bins);
        self.cells.get((digit(r) * bins + digit(f)) * bins + digit(m)).copied().unwrap_or_default()
    }

    /// The name at an index; empty for one that is not there.
    pub fn name(&self, index: u16) -> &str {
        self.names.get(usize::from(index)).map_or("", String::as_str)
    }
}

fn code(triple: [u8; 3]) -> String {
    triple.iter().map(u8::to_string).collect()
}

fn triples(sets: &[Vec<u8>; 3]) -> Vec<[u8; 3]> {
    let [first, second, third] = sets;
    let pairs = first.iter().flat_map(|r| second.iter().map(move |f| (*r, *f)));
    pairs.flat_map(|(r, f)| third.iter().map(move |m| [r, f, *m])).collect()
}

/// The scores that each of the three characters or sets allows.
fn pattern(text: &str, bins: u8) -> Option<[Vec<u8>; 3]> {
    let digit = |letter: char| {
        letter.to_digit(10).map(|digit| digit as u8).filter(|digit| (1..=bins).contains(digit))
    };
    let (mut sets, mut rest) = (Vec::new(), text);
    while let Some(letter) = rest.chars().next() {
        rest = &rest[letter.len_utf8()..];
        sets.push(match letter {
            '*' => (1..=bins).collect(),
            '[' => {
                let (inside, after) = rest.split_once(']')?;
                rest = after;
                inside.chars().map(digit).collect::<Option<Vec<u8>>>()?
            }
            letter => vec![digit(letter)?],
        });
    }
    sets.try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::SegmentMap;

    #[test]
    fn the_shipped_maps_name_every_triple() {
        let standard = SegmentMap::standard();
        assert_eq!(standard.names().len(), 11);
        let name = |r, f, m| standard.name(standard.index(r, f, m));
        assert_eq!(name(5, 5, 5), "Champions");
        assert_eq!(name(1, 4, 5), "At Risk");
        assert_eq!(name(1, 1, 3), "Can't Lose Them");
        assert_eq!(name(3, 1, 1), "New Customers");
        assert_eq!(name(1, 1, 1), "Lost");
        let rf = SegmentMap::by_recency_and_frequency();
        assert_eq!(rf.names().len(), 10);
        assert_eq!(rf.name(rf.index(4, 1, 5)), "Promising");
    }

    #[test]
    fn maps_that_are_not_total_are_refused() {
        let message = |text: &str| SegmentMap::parse(text, 2).expect_err("refused").message;
        assert_eq!(message("1**,a\n22*,b"), "2 of 8 triples have no name, such as `211`");
        assert_eq!(message("***,a\n222,b"), "line 2: `222` has a name already");
        assert_eq!(message("13*,a"), "line 1: `13*`, expected three scores of 1 to 2");
        assert_eq!(message("1**"), "line 1: `1**`, expected `scores,name`");
        assert_eq!(message("1[2*,é"), "line 1: `1[2*`, expected three scores of 1 to 2");
        assert!(SegmentMap::parse("# all\n\n***,é", 2).is_ok());
    }
}
