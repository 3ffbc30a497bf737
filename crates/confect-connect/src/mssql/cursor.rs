//! Reads numbers and pieces off the front of what has come so far.

use std::borrow::Cow;

/// Why something cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Trouble {
    /// More has to come first.
    Short,
    /// It is not as the protocol says.
    Odd(String),
}

pub(super) type Taken<T> = Result<T, Trouble>;

/// Something that no server sends.
pub(super) fn odd<T>(what: impl Into<String>) -> Taken<T> {
    Err(Trouble::Odd(what.into()))
}

/// What is left.
#[derive(Clone, Copy, Debug)]
pub(super) struct Cursor<'a>(pub(super) &'a [u8]);

impl<'a> Cursor<'a> {
    /// The next `length` bytes.
    pub(super) fn take(&mut self, length: usize) -> Taken<&'a [u8]> {
        let (piece, rest) = self.0.split_at_checked(length).ok_or(Trouble::Short)?;
        self.0 = rest;
        Ok(piece)
    }

    fn array<const LENGTH: usize>(&mut self) -> Taken<[u8; LENGTH]> {
        let (piece, rest) = self.0.split_first_chunk().ok_or(Trouble::Short)?;
        self.0 = rest;
        Ok(*piece)
    }

    pub(super) fn u8(&mut self) -> Taken<u8> {
        self.array().map(u8::from_le_bytes)
    }

    pub(super) fn u16(&mut self) -> Taken<u16> {
        self.array().map(u16::from_le_bytes)
    }

    pub(super) fn i16(&mut self) -> Taken<i16> {
        self.array().map(i16::from_le_bytes)
    }

    pub(super) fn u32(&mut self) -> Taken<u32> {
        self.array().map(u32::from_le_bytes)
    }

    pub(super) fn i32(&mut self) -> Taken<i32> {
        self.array().map(i32::from_le_bytes)
    }

    pub(super) fn u64(&mut self) -> Taken<u64> {
        self.array().map(u64::from_le_bytes)
    }

    /// `length` units of UTF-16; a half character becomes U+FFFD.
    fn units(&mut self, length: usize) -> Taken<String> {
        Ok(utf16(self.take(length.saturating_mul(2))?))
    }

    /// B_VARCHAR: at most 255 units.
    pub(super) fn short_text(&mut self) -> Taken<String> {
        let length = self.u8()?;
        self.units(length.into())
    }

    /// US_VARCHAR: at most 65,535 units.
    pub(super) fn text(&mut self) -> Taken<String> {
        let length = self.u16()?;
        self.units(length.into())
    }

    /// A value in pieces (PLP, MS-TDS 2.2.5.2.3); `None`: a null.
    pub(super) fn pieces(&mut self) -> Taken<Option<Cow<'a, [u8]>>> {
        if self.u64()? == u64::MAX {
            return Ok(None);
        }
        let mut whole = Cow::Borrowed(&[][..]);
        loop {
            let length = self.u32()? as usize;
            if length == 0 {
                return Ok(Some(whole));
            }
            let piece = self.take(length)?;
            if whole.is_empty() {
                whole = Cow::Borrowed(piece);
            } else {
                whole.to_mut().extend_from_slice(piece);
            }
        }
    }
}

/// Text of UTF-16, least byte first; a half character becomes U+FFFD.
pub(super) fn utf16(bytes: &[u8]) -> String {
    let units = bytes.chunks_exact(2).map(|unit| match unit {
        [low, high] => u16::from_le_bytes([*low, *high]),
        _ => 0,
    });
    char::decode_utf16(units).map(|unit| unit.unwrap_or(char::REPLACEMENT_CHARACTER)).collect()
}
