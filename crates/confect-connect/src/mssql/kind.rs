//! Types of columns, as the server tells them before the rows (TYPE_INFO, MS-TDS 2.2.5.4 to 2.2.5.6), and where a
//! value of one ends.

use std::borrow::Cow;

use super::cursor::{Cursor, Taken, odd};
use crate::shape::{Grows, Growth};

/// What a value is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Nothing,
    Bit,
    Integer,
    Float,
    /// `money` and `smallmoney`: ten-thousandths.
    Money,
    Decimal {
        scale: u8,
    },
    Guid,
    /// `datetime` and `smalldatetime`, by their length.
    DateTime,
    Date,
    Time {
        scale: u8,
    },
    DateTime2 {
        scale: u8,
    },
    DateTimeOffset {
        scale: u8,
    },
    /// `nvarchar`, `nchar`.
    Unicode,
    /// `varchar`, `char` of so many bytes, in the code page of the column's collation.
    Narrow {
        length: u16,
    },
    Binary,
    Xml,
    /// `geography`, `hierarchyid` and types made by users in the server.
    User,
    /// `text` and `ntext`.
    OldText,
    /// `image`.
    OldBinary,
    Variant,
}

/// How it is told where a value ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Frame {
    Fixed(usize),
    /// A length of one byte; zero is a null.
    Byte,
    /// A length of two bytes; 65,535 is a null.
    Short,
    Pieces,
    /// A length of four bytes; zero is a null.
    Long,
    /// A pointer, a moment, and a length of four bytes.
    Pointer,
}

/// A type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Type {
    pub(super) kind: Kind,
    frame: Frame,
    /// Bytes of the longest value; 65,535: no limit.
    length: u16,
}

/// Longest value with a frame of two bytes.
const LONGEST: u16 = 8_000;
const NO_LIMIT: u16 = u16::MAX;

impl Type {
    /// Reads a type.
    pub(super) fn read(from: &mut Cursor<'_>) -> Taken<Self> {
        let token = from.u8()?;
        let fixed = |kind, length| Ok(Self { kind, frame: Frame::Fixed(length), length: length as u16 });
        let of = |kind, frame, length| Ok(Self { kind, frame, length });
        match token {
            0x1f => fixed(Kind::Nothing, 0),
            0x30 => fixed(Kind::Integer, 1),
            0x32 => fixed(Kind::Bit, 1),
            0x34 => fixed(Kind::Integer, 2),
            0x38 => fixed(Kind::Integer, 4),
            0x7f => fixed(Kind::Integer, 8),
            0x3a => fixed(Kind::DateTime, 4),
            0x3d => fixed(Kind::DateTime, 8),
            0x3b => fixed(Kind::Float, 4),
            0x3e => fixed(Kind::Float, 8),
            0x3c => fixed(Kind::Money, 8),
            0x7a => fixed(Kind::Money, 4),
            0x24 | 0x26 | 0x68 | 0x6d | 0x6e | 0x6f => {
                let length = from.u8()?.into();
                let kind = match token {
                    0x24 => Kind::Guid,
                    0x26 => Kind::Integer,
                    0x68 => Kind::Bit,
                    0x6d => Kind::Float,
                    0x6e => Kind::Money,
                    _ => Kind::DateTime,
                };
                of(kind, Frame::Byte, length)
            }
            0x37 | 0x3f | 0x6a | 0x6c => {
                let (length, _precision) = (from.u8()?.into(), from.u8()?);
                of(Kind::Decimal { scale: from.u8()? }, Frame::Byte, length)
            }
            0x28 => of(Kind::Date, Frame::Byte, 3),
            0x29 => of(Kind::Time { scale: scale(from)? }, Frame::Byte, 5),
            0x2a => of(Kind::DateTime2 { scale: scale(from)? }, Frame::Byte, 8),
            0x2b => of(Kind::DateTimeOffset { scale: scale(from)? }, Frame::Byte, 10),
            0xa5 | 0xad | 0xa7 | 0xaf | 0xe7 | 0xef => {
                let length = from.u16()?;
                if matches!(token, 0xa7 | 0xaf | 0xe7 | 0xef) {
                    // The collation; text of code pages is asked for in UTF-16.
                    from.take(5)?;
                }
                let kind = match token {
                    0xa5 | 0xad => Kind::Binary,
                    0xa7 | 0xaf => Kind::Narrow { length },
                    _ => Kind::Unicode,
                };
                of(kind, if length == NO_LIMIT { Frame::Pieces } else { Frame::Short }, length)
            }
            0xf1 => {
                if from.u8()? != 0 {
                    // Its schema.
                    for _ in 0..2 {
                        from.short_text()?;
                    }
                    from.text()?;
                }
                of(Kind::Xml, Frame::Pieces, NO_LIMIT)
            }
            0xf0 => {
                let length = from.u16()?;
                for _ in 0..3 {
                    from.short_text()?;
                }
                from.text()?;
                of(Kind::User, Frame::Pieces, length)
            }
            0x22 | 0x23 | 0x63 => {
                from.u32()?;
                if token != 0x22 {
                    from.take(5)?;
                }
                // The name of its table.
                for _ in 0..from.u8()? {
                    from.text()?;
                }
                of(if token == 0x22 { Kind::OldBinary } else { Kind::OldText }, Frame::Pointer, NO_LIMIT)
            }
            0x62 => {
                from.u32()?;
                of(Kind::Variant, Frame::Long, NO_LIMIT)
            }
            other => odd(format!("a column of the unknown type 0x{other:02x}")),
        }
    }

    /// The bytes of the next value; `None`: a null.
    pub(super) fn value<'a>(&self, from: &mut Cursor<'a>) -> Taken<Option<Cow<'a, [u8]>>> {
        let length = match self.frame {
            Frame::Fixed(0) => return Ok(None),
            Frame::Fixed(length) => length,
            Frame::Byte => match from.u8()? {
                0 => return Ok(None),
                length => length.into(),
            },
            Frame::Short => match from.u16()? {
                NO_LIMIT => return Ok(None),
                length if length > LONGEST => return odd(format!("a value of {length} bytes")),
                length => length.into(),
            },
            Frame::Pieces => return from.pieces(),
            Frame::Long => match from.u32()? {
                0 => return Ok(None),
                length if length > LONGEST as u32 + 64 => return odd(format!("a value of {length} bytes")),
                length => length as usize,
            },
            Frame::Pointer => match from.u8()? {
                0 => return Ok(None),
                length => {
                    from.take(usize::from(length) + 8)?;
                    from.u32()? as usize
                }
            },
        };
        from.take(length).map(|value| Some(Cow::Borrowed(value)))
    }

    /// How the server calls it, about.
    pub(super) fn name(&self) -> &'static str {
        match self.kind {
            Kind::Nothing => "null",
            Kind::Bit => "bit",
            Kind::Integer => "int",
            Kind::Float => "float",
            Kind::Money => "money",
            Kind::Decimal { .. } => "decimal",
            Kind::Guid => "uniqueidentifier",
            Kind::DateTime if self.length == 4 => "smalldatetime",
            Kind::DateTime => "datetime",
            Kind::Date => "date",
            Kind::Time { .. } => "time",
            Kind::DateTime2 { .. } => "datetime2",
            Kind::DateTimeOffset { .. } => "datetimeoffset",
            Kind::Unicode => "nvarchar",
            Kind::Narrow { .. } => "varchar",
            Kind::Binary => "binary",
            Kind::Xml => "xml",
            Kind::User => "type of its own",
            Kind::OldText => "text",
            Kind::OldBinary => "image",
            Kind::Variant => "sql_variant",
        }
    }

    /// How it grows, if it can be a watermark; else its name.
    pub(super) fn growing(&self) -> Growth<'static> {
        match self.kind {
            Kind::Integer | Kind::Decimal { .. } => Ok(("decimal", Grows::Number)),
            Kind::DateTime | Kind::Date | Kind::DateTime2 { .. } | Kind::DateTimeOffset { .. } => {
                Ok((self.name(), Grows::Time))
            }
            _ => Err(self.name()),
        }
    }
}

fn scale(from: &mut Cursor<'_>) -> Taken<u8> {
    match from.u8()? {
        scale @ 0..=7 => Ok(scale),
        scale => odd(format!("a time with {scale} places")),
    }
}
