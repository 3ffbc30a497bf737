//! How much two names agree: word by word, since a family shares most letters of its names.
//!
//! Whole names compared by Jaro-Winkler (Winkler 1990) put `Anna Abel` and `Anton Abel` at 0.94; households
//! share phones, so each word must find its own counterpart: the same word, an initial of it, or a slip of it
//! (Jaro-Winkler of at least 0.88). Words that differ in the last letter only (`Mario`, `Maria`) are two names.

use super::normal::Name;

/// Jaro-Winkler from which two words are one with a slip.
const NEAR: f64 = 0.88;
/// Names of more words, and words of more letters, are only compared for being the same.
const MOST_WORDS: usize = 12;
const MOST_LETTERS: usize = 40;

/// How much two names agree, best first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Likeness {
    /// The same words.
    Same,
    /// One leaves words out or gives initials.
    Alike,
    /// One has a slip.
    Near,
    /// At least one has no name.
    Unknown,
    /// They share a word, as families do, or are of two generations.
    Related,
    /// Nothing in common.
    Different,
}

/// Compares two names; symmetric.
pub(super) fn compare_names(left: Option<&Name>, right: Option<&Name>) -> Likeness {
    let (Some(left), Some(right)) = (left, right) else { return Likeness::Unknown };
    if left.words == right.words {
        return if left.generation == right.generation { Likeness::Same } else { Likeness::Related };
    }
    let is_huge = |name: &Name| {
        name.words.len() > MOST_WORDS || name.words.iter().any(|word| word.len() > MOST_LETTERS * 4)
    };
    if is_huge(left) || is_huge(right) {
        return Likeness::Different;
    }
    let (shorter, longer) = if (left.words.len(), &left.words) <= (right.words.len(), &right.words) {
        (&left.words, &right.words)
    } else {
        (&right.words, &left.words)
    };
    match pair_up(shorter, longer) {
        Some(likeness) if left.generation == right.generation => likeness,
        Some(_) => Likeness::Related,
        None if touches(shorter, longer) => Likeness::Related,
        None => Likeness::Different,
    }
}

/// Finds a counterpart for each word of the shorter name; `None` if one has none, or if nothing but initials
/// and slips holds them together.
fn pair_up(shorter: &[String], longer: &[String]) -> Option<Likeness> {
    if shorter.len() < 2 {
        return None;
    }
    let mut is_taken = vec![false; longer.len()];
    let mut is_paired = vec![false; shorter.len()];
    let mut likeness = Likeness::Alike;
    let mut has_anchor = false;
    let ways: [fn(&str, &str) -> bool; 3] = [|left, right| left == right, is_initial, is_slip];
    for (way, matches) in ways.into_iter().enumerate() {
        for (word, is_paired) in shorter.iter().zip(&mut is_paired) {
            if *is_paired {
                continue;
            }
            let mut free = longer.iter().zip(&mut is_taken).filter(|(_, is_taken)| !**is_taken);
            if let Some((_, is_taken)) = free.find(|(other, _)| matches(word, other)) {
                (*is_taken, *is_paired) = (true, true);
                has_anchor |= way == 0 && word.chars().nth(1).is_some();
                if way == 2 {
                    likeness = Likeness::Near;
                }
            }
        }
    }
    (has_anchor && is_paired.into_iter().all(|is_paired| is_paired)).then_some(likeness)
}

fn touches(shorter: &[String], longer: &[String]) -> bool {
    shorter.iter().any(|word| {
        longer.iter().any(|other| word == other || is_initial(word, other) || is_slip(word, other))
    })
}

/// `j` and `jane`.
fn is_initial(left: &str, right: &str) -> bool {
    let (shorter, longer) = if left.len() <= right.len() { (left, right) } else { (right, left) };
    shorter.chars().nth(1).is_none() && longer.chars().nth(1).is_some() && longer.starts_with(shorter)
}

/// `catherine` and `katherine`, but not `mario` and `maria` or `daniel` and `daniela`.
fn is_slip(left: &str, right: &str) -> bool {
    let (left_letters, right_letters) = (left.chars().count(), right.chars().count());
    let shortest = left_letters.min(right_letters);
    if shortest < 4 || left_letters.max(right_letters) > MOST_LETTERS {
        return false;
    }
    let same = left.chars().zip(right.chars()).take_while(|(left, right)| left == right).count();
    let is_other_ending = same + 1 >= left_letters.max(right_letters);
    !is_other_ending && strsim::jaro_winkler(left, right) >= NEAR
}

#[cfg(test)]
mod tests {
    use super::super::normal::name_of;
    use super::*;

    #[test]
    fn names_agree_word_by_word() {
        for (left, right, expected) in [
            ("Jane Doe", "DOE, Jane", Likeness::Same),
            ("Jane Doe", "J. Doe", Likeness::Alike),
            ("Jane Doe", "Jane Mary Doe", Likeness::Alike),
            ("J. M. Doe", "Jane Mary Doe", Likeness::Alike),
            ("Catherine Doe", "Katherine Doe", Likeness::Near),
            ("Christopher Doe", "Christoper Doe", Likeness::Near),
            ("Müller Jane", "Mueller, Jane", Likeness::Near),
            ("Jane Doe", "John Doe", Likeness::Related),
            ("Anna Abel", "Anton Abel", Likeness::Related),
            ("Mario Rossi", "Maria Rossi", Likeness::Related),
            ("Daniel Roux", "Daniela Roux", Likeness::Related),
            ("Jane Doe", "Jane Miller", Likeness::Related),
            ("Jane", "Jane Doe", Likeness::Related),
            ("J. D.", "Jane Doe", Likeness::Related),
            ("John Smith", "John Smith Jr.", Likeness::Related),
            ("Jane Doe", "Max Power", Likeness::Different),
            ("Jane Doe", "", Likeness::Unknown),
        ] {
            let (one, other) = (name_of(left), name_of(right));
            assert_eq!(compare_names(one.as_ref(), other.as_ref()), expected, "{left} / {right}");
            assert_eq!(compare_names(other.as_ref(), one.as_ref()), expected, "{right} / {left}");
        }
    }
}
