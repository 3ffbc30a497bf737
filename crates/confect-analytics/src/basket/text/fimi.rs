//! FIMI text: one basket a line, item numbers with blanks between (Goethals and Zaki, FIMI 2003).

use std::io::{BufRead, Read};

use confect_domain::problem::printable;
use hashbrown::HashMap;

use super::NamedBaskets;
use crate::basket::baskets::Baskets;
use crate::basket::error::BasketError;

/// Longer lines are no baskets.
const MAX_LINE: usize = 16 << 20;

/// Reads FIMI text. Blank lines are skipped and counted.
pub fn read_fimi(mut reader: impl BufRead) -> Result<NamedBaskets, BasketError> {
    let mut numbers: HashMap<u64, u32> = HashMap::new();
    let (mut names, mut flat, mut ends, mut skipped) = (Vec::new(), Vec::new(), Vec::new(), 0);
    let (mut text, mut line) = (Vec::new(), 0);
    loop {
        text.clear();
        line += 1;
        let read = (&mut reader).take(MAX_LINE as u64 + 1).read_until(b'\n', &mut text);
        match read {
            Ok(0) => break,
            Ok(length) if length > MAX_LINE => {
                return Err(BasketError::LineTooLong { line, limit: MAX_LINE });
            }
            Ok(_) => {}
            Err(error) => return Err(BasketError::Unreadable { line, reason: error.to_string() }),
        }
        let before = flat.len();
        let text = if line == 1 { text.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(&text) } else { &text };
        for (column, token) in tokens(text) {
            let item = number(token).ok_or_else(|| not_a_number(line, column, token))?;
            flat.push(*numbers.entry(item).or_insert_with(|| {
                names.push(item.to_string());
                names.len() as u32 - 1
            }));
        }
        if flat.len() == before {
            skipped += 1;
        } else {
            ends.push(flat.len());
        }
    }
    let mut baskets = Baskets::new(names.len() as u32);
    let mut from = 0;
    for end in ends {
        baskets.push(flat.get(from..end).unwrap_or_default())?;
        from = end;
    }
    Ok(NamedBaskets { baskets, items: names, periods: Vec::new(), skipped })
}

/// The words of a line and where they start, counted from 1.
fn tokens(line: &[u8]) -> impl Iterator<Item = (usize, &[u8])> {
    let mut at = 0;
    line.split(u8::is_ascii_whitespace).filter_map(move |token| {
        let column = at + 1;
        at += token.len() + 1;
        (!token.is_empty()).then_some((column, token))
    })
}

fn number(token: &[u8]) -> Option<u64> {
    token.iter().try_fold(0_u64, |number, digit| {
        let digit = digit.is_ascii_digit().then(|| u64::from(digit - b'0'))?;
        number.checked_mul(10)?.checked_add(digit)
    })
}

fn not_a_number(line: usize, column: usize, token: &[u8]) -> BasketError {
    BasketError::NotANumber { line, column, token: printable(&String::from_utf8_lossy(token)) }
}
