//! Looks at the text of a query, so that nothing but one question can be made of it.
//!
//! SQL Server has no transaction that only reads, and takes several statements at a time, parted by nothing. But
//! what stands in parentheses behind a `from` can only be a question. So the query is put into parentheses, and
//! here it is seen to that it cannot get out: its own parentheses match, outside of texts, names and remarks.
//! A query that begins with `with` cannot stand in parentheses; its `with` is put before ours, after a look that it
//! holds nothing but names and parentheses.
//! Deliberately absent: whether it is SQL; the server knows.

use confect_domain::database::{DatabaseQuery, DatabaseSource};

/// A query in two parts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Parts {
    /// `with …`, or nothing.
    pub(super) before: String,
    /// What can stand in parentheses.
    pub(super) select: String,
}

/// What stands outside of all parentheses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Piece<'a> {
    Word(&'a str, usize),
    /// A name in quotes or brackets.
    Name,
    /// A pair of parentheses and all between.
    Group,
    Comma,
    Other,
}

/// Takes the query of a source apart; the error says what is wrong with it.
pub(super) fn parts(database: &DatabaseSource) -> Result<Parts, &'static str> {
    match &database.query {
        DatabaseQuery::Table(names) => {
            let quoted: Vec<String> = names.iter().map(|part| name(part)).collect();
            Ok(Parts { before: String::new(), select: format!("select * from {}", quoted.join(".")) })
        }
        DatabaseQuery::Select(text) => split(text),
    }
}

/// A name, quoted.
pub(super) fn name(text: &str) -> String {
    format!("[{}]", text.replace(']', "]]"))
}

fn split(text: &str) -> Result<Parts, &'static str> {
    let text = text.replace("\r\n", "\n");
    if text.contains('\r') {
        return Err("it has a line end of an old Mac");
    }
    let text = text.trim();
    let (pieces, end) = pieces(text)?;
    let text = text.get(..end).unwrap_or(text);
    let is_with = matches!(pieces.first(), Some(Piece::Word(word, _)) if word.eq_ignore_ascii_case("with"));
    let start = if is_with { end_of_with(&pieces)? } else { 0 };
    let (before, select) = text.split_at_checked(start).unwrap_or(("", text));
    Ok(Parts { before: before.to_owned(), select: select.to_owned() })
}

/// Where the question behind a `with` begins: `with name [(…)] as (…), … select`.
fn end_of_with(pieces: &[Piece<'_>]) -> Result<usize, &'static str> {
    const NOT_UNDERSTOOD: &str = "its `with` is not understood; make it a view";
    let mut rest = pieces.get(1..).unwrap_or_default();
    loop {
        rest = match rest {
            [Piece::Word(..) | Piece::Name, rest @ ..] => rest,
            _ => return Err(NOT_UNDERSTOOD),
        };
        if let [Piece::Group, more @ ..] = rest {
            rest = more;
        }
        rest = match rest {
            [Piece::Word(word, _), Piece::Group, rest @ ..] if word.eq_ignore_ascii_case("as") => rest,
            _ => return Err(NOT_UNDERSTOOD),
        };
        match rest {
            [Piece::Comma, more @ ..] => rest = more,
            [Piece::Word(word, start), ..] if word.eq_ignore_ascii_case("select") => return Ok(*start),
            _ => return Err(NOT_UNDERSTOOD),
        }
    }
}

/// What stands outside of all parentheses, remarks left out, and where the statement ends.
fn pieces(text: &str) -> Result<(Vec<Piece<'_>>, usize), &'static str> {
    let bytes = text.as_bytes();
    let (mut pieces, mut depth, mut at, mut end) = (Vec::new(), 0_u32, 0, None);
    let mut push = |depth: u32, piece| {
        if depth == 0 {
            pieces.push(piece);
        }
    };
    while let Some(byte) = bytes.get(at) {
        let rest = bytes.get(at..).unwrap_or_default();
        let is_remark = rest.starts_with(b"--") || rest.starts_with(b"/*");
        if end.is_some() && !is_remark && *byte != b';' && !byte.is_ascii_whitespace() {
            return Err("it holds more than one statement");
        }
        at += match byte {
            b'-' if rest.starts_with(b"--") => memchr::memchr(b'\n', rest).unwrap_or(rest.len()),
            b'/' if rest.starts_with(b"/*") => remark(rest)?,
            b'\'' | b'"' | b'[' => {
                push(depth, Piece::Name);
                quoted(rest, if *byte == b'[' { b']' } else { *byte })?
            }
            b'(' => {
                depth += 1;
                1
            }
            b')' => {
                depth = depth.checked_sub(1).ok_or("it closes a parenthesis that it does not open")?;
                push(depth, Piece::Group);
                1
            }
            b';' => {
                end = end.or(Some(at));
                1
            }
            b',' => {
                push(depth, Piece::Comma);
                1
            }
            byte if byte.is_ascii_whitespace() => 1,
            byte if is_of_word(*byte) => {
                let length = rest.iter().take_while(|byte| is_of_word(**byte)).count();
                push(depth, Piece::Word(text.get(at..at + length).unwrap_or_default(), at));
                length
            }
            _ => {
                push(depth, Piece::Other);
                1
            }
        };
    }
    if depth > 0 {
        Err("it opens a parenthesis that it does not close")
    } else {
        Ok((pieces, end.unwrap_or(text.len())))
    }
}

fn is_of_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || !byte.is_ascii() || matches!(byte, b'_' | b'@' | b'#' | b'$')
}

/// Length of a text or name in quotes, which are doubled inside.
fn quoted(text: &[u8], end: u8) -> Result<usize, &'static str> {
    let mut at = 1;
    while let Some(found) = memchr::memchr(end, text.get(at..).unwrap_or_default()) {
        at += found + 1;
        if text.get(at) != Some(&end) {
            return Ok(at);
        }
        at += 1;
    }
    Err("it opens a quote that it does not close")
}

/// Length of a remark, which may hold others.
fn remark(text: &[u8]) -> Result<usize, &'static str> {
    let (mut depth, mut at) = (0_u32, 0);
    while let Some(rest) = text.get(at..).filter(|rest| rest.len() >= 2) {
        if rest.starts_with(b"/*") {
            depth += 1;
            at += 2;
        } else if rest.starts_with(b"*/") {
            depth -= 1;
            at += 2;
            if depth == 0 {
                return Ok(at);
            }
        } else {
            at += 1;
        }
    }
    Err("it opens a remark that it does not close")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parted(text: &str) -> Result<(String, String), &'static str> {
        split(text).map(|parts| (parts.before, parts.select))
    }

    #[test]
    fn a_question_stays_in_its_parentheses() {
        for sound in [
            "select * from t",
            "select ')' as a, [b)]], c)] from t -- ) it's",
            "select \"a)\" from t /* ) /* ) */ ) */ where (a = 1) or (b in (select ')''))' from u))",
        ] {
            assert_eq!(parted(sound), Ok((String::new(), sound.to_owned())), "{sound}");
        }
        for ended in ["select 1 as id;\n", "select 1 as id; -- it's all;", "select 1 as id;; /* ; */"] {
            assert_eq!(parted(ended), Ok((String::new(), "select 1 as id".to_owned())), "{ended}");
        }
        for wrong in [
            "select 1 as id) as x drop table t select * from (select 1 as id",
            "select 1 as id) as x; drop table t; --",
            "select 1 as id; drop table t",
            "select '1) as x drop table t --",
            "select [1) as x drop table t --",
            "select 1 /* ) as x drop table t",
            "select 1 /* /* */ as id",
            "select 1 -- \r) as x drop table t",
            "select (1 as id",
        ] {
            assert!(parted(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_with_is_put_before() {
        let cases = [
            ("with a as (select 1 as x) select x from a", "with a as (select 1 as x) "),
            (
                "WITH a (x) AS (select 1), [b, c] as (select ')' y) /* ( */\nSELECT * from a, [b, c]",
                "WITH a (x) AS (select 1), [b, c] as (select ')' y) /* ( */\n",
            ),
        ];
        for (text, before) in cases {
            assert_eq!(parted(text).map(|parts| parts.0), Ok(before.to_owned()), "{text}");
        }
        for wrong in [
            "with a as (select 1 as x) delete from t select 1 as id",
            "with a as (select 1 as x) insert into t select x from a",
            "with a as (select 1 as x), select 1",
            "with a as (select 1 as x) exec f select 1",
            "with a delete from t select 1",
            "with",
        ] {
            assert!(parted(wrong).is_err(), "{wrong}");
        }
    }
}
