//! The tokens of an answer (MS-TDS 2.2.7), read off what has come so far.
//!
//! A token is read whole or not at all, so a reader that is dropped in the middle of a wait goes on where it was.

use super::cursor::{Cursor, Taken, Trouble, odd};
use super::kind::Type;
use super::value;

/// Most columns of an answer; the reader of files takes no more either.
const MAX_COLUMNS: u16 = 4_096;

/// A column of an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Column {
    pub(super) name: String,
    pub(super) kind: Type,
}

/// What the server says is wrong.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Told {
    pub(super) number: u32,
    /// How bad: 11 to 16 can be mended by whoever asks, from 20 on the line is cut.
    pub(super) class: u8,
    pub(super) message: String,
}

/// One token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Token {
    Columns(Vec<Column>),
    /// A row, written into the record.
    Row,
    Wrong(Told),
    /// The end of a statement; whether it ended because it was stopped.
    Done {
        was_stopped: bool,
    },
    SignedIn,
    /// The size of packets from now on.
    Size(usize),
    /// The transaction that is open now; 0: none.
    Transaction(u64),
    /// The server sends its client elsewhere.
    Elsewhere(String),
    /// Nothing that counts here.
    Other,
}

/// Reads the next token; a row is written into `record`.
pub(super) fn next(from: &mut Cursor<'_>, columns: &[Column], record: &mut Vec<u8>) -> Taken<Token> {
    match from.u8()? {
        0x81 => read_columns(from).map(Token::Columns),
        0xd1 => {
            row(from, columns, &[], record)?;
            Ok(Token::Row)
        }
        0xd2 => {
            let nulls = from.take(columns.len().div_ceil(8))?;
            row(from, columns, nulls, record)?;
            Ok(Token::Row)
        }
        0xfd..=0xff => {
            let status = from.u16()?;
            from.take(10)?;
            Ok(Token::Done { was_stopped: status & 0x20 != 0 })
        }
        0xaa => {
            let mut rest = sized(from)?;
            whole(wrong(&mut rest))
        }
        0xad => {
            sized(from)?;
            Ok(Token::SignedIn)
        }
        0xe3 => {
            let mut rest = sized(from)?;
            whole(change(&mut rest))
        }
        // Hints of the server, the order of rows, tables of a cursor, Windows' way of signing in.
        0xab | 0xa9 | 0xa4 | 0xa5 | 0xed => {
            sized(from)?;
            Ok(Token::Other)
        }
        // What a procedure gives back.
        0x79 => {
            from.take(4)?;
            Ok(Token::Other)
        }
        // State of the session, which is only sent if it was asked for.
        0xe4 | 0xee => {
            let length = from.u32()?;
            from.take(length as usize)?;
            Ok(Token::Other)
        }
        0xae => {
            while from.u8()? != 0xff {
                let length = from.u32()?;
                from.take(length as usize)?;
            }
            Ok(Token::Other)
        }
        other => odd(format!("the unknown token 0x{other:02x}")),
    }
}

/// A token that says how long it is.
fn sized<'a>(from: &mut Cursor<'a>) -> Taken<Cursor<'a>> {
    let length = from.u16()?;
    from.take(length.into()).map(Cursor)
}

/// What ends inside a token that is there as a whole is no matter of waiting.
fn whole<T>(read: Taken<T>) -> Taken<T> {
    read.map_err(|trouble| match trouble {
        Trouble::Short => Trouble::Odd("a token that ends too soon".to_owned()),
        odd => odd,
    })
}

fn read_columns(from: &mut Cursor<'_>) -> Taken<Vec<Column>> {
    let count = match from.u16()? {
        u16::MAX => 0,
        count if count > MAX_COLUMNS => return odd(format!("{count} columns")),
        count => count,
    };
    let mut columns = Vec::with_capacity(count.into());
    for _ in 0..count {
        // The user's type and flags.
        from.take(6)?;
        let kind = Type::read(from)?;
        columns.push(Column { kind, name: from.short_text()? });
    }
    Ok(columns)
}

fn row(from: &mut Cursor<'_>, columns: &[Column], nulls: &[u8], record: &mut Vec<u8>) -> Taken<()> {
    record.clear();
    for (index, column) in columns.iter().enumerate() {
        if index > 0 {
            record.push(b',');
        }
        if nulls.get(index / 8).is_some_and(|byte| byte >> (index % 8) & 1 == 1) {
            continue;
        }
        if let Some(bytes) = column.kind.value(from)? {
            whole(value::write(column.kind.kind, &bytes, record)).map_err(|trouble| match trouble {
                Trouble::Odd(why) => Trouble::Odd(format!("{why} in the column `{}`", column.name)),
                short => short,
            })?;
        }
    }
    Ok(())
}

fn wrong(from: &mut Cursor<'_>) -> Taken<Token> {
    let (number, _state, class) = (from.u32()?, from.u8()?, from.u8()?);
    Ok(Token::Wrong(Told { number, class, message: from.text()? }))
}

/// Something of the session has changed (ENVCHANGE, MS-TDS 2.2.7.9).
fn change(from: &mut Cursor<'_>) -> Taken<Token> {
    match from.u8()? {
        4 => Ok(from.short_text()?.parse().map_or(Token::Other, Token::Size)),
        8 => match from.u8()? {
            8 => Ok(Token::Transaction(from.u64()?)),
            length => odd(format!("a transaction of {length} bytes")),
        },
        9 | 10 | 17 => Ok(Token::Transaction(0)),
        20 => {
            let (_length, _protocol, port) = (from.u16()?, from.u8()?, from.u16()?);
            Ok(Token::Elsewhere(format!("{}:{port}", from.text()?)))
        }
        _ => Ok(Token::Other),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// MS-TDS 4.7: the answer to `select 'foo' as 'bar'`.
    const PUBLISHED: &[u8] = &[
        0x81, 0x01, 0x00, 0x00, 0x00, 0x00, 0x00, 0x20, 0x00, 0xa7, 0x03, 0x00, 0x09, 0x04, 0xd0, 0x00, 0x34,
        0x03, 0x62, 0x00, 0x61, 0x00, 0x72, 0x00, 0xd1, 0x03, 0x00, 0x66, 0x6f, 0x6f, 0xfd, 0x10, 0x00, 0xc1,
        0x00, 0x01, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
    ];

    #[test]
    fn the_published_answer_is_read_as_it_comes() {
        let mut cursor = Cursor(PUBLISHED);
        let mut record = Vec::new();
        let Ok(Token::Columns(columns)) = next(&mut cursor, &[], &mut record) else { panic!("no columns") };
        assert_eq!((columns.len(), columns[0].name.as_str(), columns[0].kind.name()), (1, "bar", "varchar"));
        // Text of a code page is not read; the server is asked to convert it.
        let mut row = cursor;
        assert!(matches!(next(&mut row, &columns, &mut record), Err(Trouble::Odd(_))));
        let mut end = Cursor(cursor.0.get(6..).expect("the end"));
        assert_eq!(next(&mut end, &columns, &mut record), Ok(Token::Done { was_stopped: false }));
        assert!(end.0.is_empty());
        // A piece of a token is none yet, wherever it is cut.
        for length in 0..24 {
            let mut cut = Cursor(&PUBLISHED[..length]);
            assert_eq!(next(&mut cut, &[], &mut record), Err(Trouble::Short), "{length} bytes");
        }
    }

    proptest! {
        /// Whatever comes, it is read, waited for or refused.
        #[test]
        fn nothing_breaks_it(bytes in prop::collection::vec(any::<u8>(), 0..200), start in 0_usize..43) {
            let (mut columns, mut record) = (Vec::new(), Vec::new());
            let all = [PUBLISHED.get(..start).unwrap_or_default(), &bytes].concat();
            let mut cursor = Cursor(&all);
            while let Ok(token) = next(&mut cursor, &columns, &mut record) {
                if let Token::Columns(new) = token {
                    columns = new;
                }
            }
        }

        /// The same for values of every type.
        #[test]
        fn no_value_breaks_it(kind in prop::collection::vec(any::<u8>(), 12), bytes in prop::collection::vec(any::<u8>(), 0..60)) {
            if let Ok(kind) = Type::read(&mut Cursor(&kind)) {
                let columns = [Column { name: "a".to_owned(), kind }];
                let _ = row(&mut Cursor(&bytes), &columns, &[], &mut Vec::new());
            }
        }
    }
}
