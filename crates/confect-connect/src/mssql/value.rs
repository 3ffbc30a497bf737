//! Values → text, exactly (MS-TDS 2.2.5.5).
//!
//! Money and decimals are written from their whole numbers, so nothing is rounded. Moments are written with as many
//! places as their type has; `datetimeoffset` as the local time and its offset. Binary is written as the server
//! writes it (`0x00FF`), a `uniqueidentifier` too, in capitals; a bit is `1` or `0`.

use confect_domain::calendar::Date;

use super::cursor::{Cursor, Taken, odd, utf16};
use super::kind::Kind;

/// Days from 1970-01-01 back to 0001-01-01 and to 1900-01-01.
const YEAR_1: i64 = -719_162;
const YEAR_1900: i64 = -25_567;
const MINUTE: u64 = 60;
const DAY: u64 = 86_400;

/// Appends a value as a field of a record: quoted where it has to be, and where it is an empty text.
pub(super) fn write(kind: Kind, bytes: &[u8], record: &mut Vec<u8>) -> Taken<()> {
    let text = text(kind, bytes)?;
    field(&text, record);
    Ok(())
}

/// Appends a field.
pub(super) fn field(text: &str, record: &mut Vec<u8>) {
    let is_plain = !text.is_empty() && memchr::memchr2(b',', b'"', text.as_bytes()).is_none();
    if is_plain && memchr::memchr2(b'\n', b'\r', text.as_bytes()).is_none() {
        record.extend_from_slice(text.as_bytes());
        return;
    }
    record.push(b'"');
    for byte in text.bytes() {
        if byte == b'"' {
            record.push(b'"');
        }
        record.push(byte);
    }
    record.push(b'"');
}

fn text(kind: Kind, bytes: &[u8]) -> Taken<String> {
    let mut from = Cursor(bytes);
    let text = match kind {
        Kind::Unicode | Kind::Xml => {
            if !bytes.len().is_multiple_of(2) {
                return odd("text with half a unit");
            }
            utf16(bytes)
        }
        Kind::Bit => u8::from(from.u8()? != 0).to_string(),
        Kind::Integer => match bytes.len() {
            1 => from.u8()?.to_string(),
            _ => integer(bytes)?.to_string(),
        },
        Kind::Float => float(bytes)?,
        Kind::Money => money(bytes)?,
        Kind::Decimal { scale } => decimal(bytes, scale)?,
        Kind::Guid => guid(bytes)?,
        Kind::DateTime => moment_of_old(bytes)?,
        Kind::Date => day(three(bytes)?.into())?,
        Kind::Time { scale } => clock(ticks(bytes)?, scale)?,
        Kind::DateTime2 { scale } => {
            let (time, date) = bytes.split_at_checked(bytes.len().saturating_sub(3)).unwrap_or_default();
            format!("{} {}", day(three(date)?.into())?, clock(ticks(time)?, scale)?)
        }
        Kind::DateTimeOffset { scale } => with_offset(bytes, scale)?,
        Kind::Binary => hex(bytes),
        Kind::Variant => variant(bytes)?,
        Kind::Nothing => String::new(),
        Kind::Narrow { .. } | Kind::User | Kind::OldText | Kind::OldBinary => {
            return odd("a value that was to be converted and was not");
        }
    };
    Ok(text)
}

/// A whole number with its sign, of two, four or eight bytes.
fn integer(bytes: &[u8]) -> Taken<i64> {
    let mut from = Cursor(bytes);
    match bytes.len() {
        2 => Ok(from.i16()?.into()),
        4 => Ok(from.i32()?.into()),
        8 => Ok(from.u64()?.cast_signed()),
        length => odd(format!("a number of {length} bytes")),
    }
}

/// The shortest text that is the same number again.
fn float(bytes: &[u8]) -> Taken<String> {
    let mut from = Cursor(bytes);
    let (value, plain, short) = match bytes.len() {
        4 => {
            let value = f32::from_bits(from.u32()?);
            (f64::from(value), value.to_string(), format!("{value:e}"))
        }
        8 => {
            let value = f64::from_bits(from.u64()?);
            (value, value.to_string(), format!("{value:e}"))
        }
        length => return odd(format!("a number of {length} bytes")),
    };
    let is_plain = value == 0.0 || (1e-5..1e16).contains(&value.abs());
    Ok(if is_plain { plain } else { short })
}

/// Ten-thousandths, the upper half first.
fn money(bytes: &[u8]) -> Taken<String> {
    let mut from = Cursor(bytes);
    let whole = match bytes.len() {
        4 => i64::from(from.i32()?),
        8 => {
            let (high, low) = (from.u32()?, from.u32()?);
            ((u64::from(high) << 32) | u64::from(low)).cast_signed()
        }
        length => return odd(format!("an amount of {length} bytes")),
    };
    Ok(scaled(whole < 0, whole.unsigned_abs().into(), 4))
}

/// A sign (1: not negative) and up to sixteen bytes of a whole number.
fn decimal(bytes: &[u8], scale: u8) -> Taken<String> {
    let (Some((sign, digits)), true) = (bytes.split_first(), bytes.len() <= 17 && scale <= 38) else {
        return odd(format!("a decimal of {} bytes and {scale} places", bytes.len()));
    };
    let mut whole = [0; 16];
    for (to, from) in whole.iter_mut().zip(digits) {
        *to = *from;
    }
    Ok(scaled(*sign == 0, u128::from_le_bytes(whole), scale))
}

fn scaled(is_negative: bool, whole: u128, scale: u8) -> String {
    let scale = usize::from(scale);
    let mut digits = format!("{whole:0>width$}", width = scale + 1);
    if scale > 0 {
        digits.insert(digits.len() - scale, '.');
    }
    if is_negative && whole > 0 {
        digits.insert(0, '-');
    }
    digits
}

/// The first three parts are numbers, least byte first; the rest are bytes.
fn guid(bytes: &[u8]) -> Taken<String> {
    let [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p] = bytes else {
        return odd(format!("a `uniqueidentifier` of {} bytes", bytes.len()));
    };
    let group = |bytes: &[&u8]| bytes.iter().map(|byte| format!("{byte:02X}")).collect::<String>();
    let groups =
        [group(&[d, c, b, a]), group(&[f, e]), group(&[h, g]), group(&[i, j]), group(&[k, l, m, n, o, p])];
    Ok(groups.join("-"))
}

fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
    let digit = |half: u8| char::from(DIGITS.get(usize::from(half)).copied().unwrap_or_default());
    let mut text = String::with_capacity(2 + bytes.len() * 2);
    text.push_str("0x");
    for byte in bytes {
        text.push(digit(byte >> 4));
        text.push(digit(byte & 15));
    }
    text
}

/// `datetime`: days from 1900 and three-hundredths of a second; `smalldatetime`: days and minutes.
fn moment_of_old(bytes: &[u8]) -> Taken<String> {
    let mut from = Cursor(bytes);
    match bytes.len() {
        4 => {
            let (days, minutes) = (i64::from(from.u16()?), u64::from(from.u16()?));
            Ok(format!("{} {}", day(days + YEAR_1900 - YEAR_1)?, clock(minutes * MINUTE, 0)?))
        }
        8 => {
            let (days, parts) = (i64::from(from.i32()?), u64::from(from.u32()?));
            // Shown as .000, .003 and .007, as the server does.
            Ok(format!("{} {}", day(days + YEAR_1900 - YEAR_1)?, clock((parts * 10 + 1) / 3, 3)?))
        }
        length => odd(format!("a moment of {length} bytes")),
    }
}

fn with_offset(bytes: &[u8], scale: u8) -> Taken<String> {
    let (rest, offset) = bytes.split_at_checked(bytes.len().saturating_sub(2)).unwrap_or_default();
    let (time, date) = rest.split_at_checked(rest.len().saturating_sub(3)).unwrap_or_default();
    let offset = i64::from(Cursor(offset).i16()?);
    let second = 10_i64.pow(scale.into());
    // What is stored is the moment in UTC.
    let local = ticks(time)?.cast_signed() + offset * 60 * second;
    let length = DAY.cast_signed() * second;
    let date = day(i64::from(three(date)?) + local.div_euclid(length))?;
    let time = clock(local.rem_euclid(length).cast_unsigned(), scale)?;
    let (sign, minutes) = (if offset < 0 { '-' } else { '+' }, offset.unsigned_abs());
    Ok(format!("{date} {time}{sign}{:02}:{:02}", minutes / 60, minutes % 60))
}

/// Three to five bytes of a time of day.
fn ticks(bytes: &[u8]) -> Taken<u64> {
    if !(3..=5).contains(&bytes.len()) {
        return odd(format!("a time of {} bytes", bytes.len()));
    }
    Ok(bytes.iter().rev().fold(0, |sum, byte| (sum << 8) | u64::from(*byte)))
}

fn three(bytes: &[u8]) -> Taken<u32> {
    match bytes {
        [low, middle, high] => Ok(u32::from_le_bytes([*low, *middle, *high, 0])),
        _ => odd(format!("a day of {} bytes", bytes.len())),
    }
}

/// A day, counted from 0001-01-01.
fn day(days: i64) -> Taken<String> {
    let days = i32::try_from(days + YEAR_1).ok().filter(|days| (-719_162..=2_932_896).contains(days));
    match days {
        Some(days) => Ok(Date::from_days(days).to_string()),
        None => odd("a day beyond the calendar"),
    }
}

/// A time of day of so many parts of a second.
fn clock(ticks: u64, scale: u8) -> Taken<String> {
    let second = 10_u64.pow(scale.into());
    let (seconds, fraction) = (ticks / second, ticks % second);
    // Babelfish rounds 23:59:59.9999999 up to 24:00:00; the reader of files sets such a value aside.
    if seconds > DAY {
        return odd("a time beyond midnight");
    }
    let text = format!("{:02}:{:02}:{:02}", seconds / 3_600, seconds / MINUTE % MINUTE, seconds % MINUTE);
    Ok(if scale == 0 { text } else { format!("{text}.{fraction:0width$}", width = scale.into()) })
}

/// A value that brings its type along (MS-TDS 2.2.5.5.4).
fn variant(bytes: &[u8]) -> Taken<String> {
    let mut from = Cursor(bytes);
    let (token, properties) = (from.u8()?, from.u8()?);
    let mut properties = Cursor(from.take(properties.into())?);
    let kind = match token {
        0x30 | 0x34 | 0x38 | 0x7f => Kind::Integer,
        0x32 => Kind::Bit,
        0x3a | 0x3d => Kind::DateTime,
        0x3b | 0x3e => Kind::Float,
        0x3c | 0x7a => Kind::Money,
        0x24 => Kind::Guid,
        0x28 => Kind::Date,
        0x29 => Kind::Time { scale: properties.u8()? },
        0x2a => Kind::DateTime2 { scale: properties.u8()? },
        0x2b => Kind::DateTimeOffset { scale: properties.u8()? },
        0x6a | 0x6c => {
            let _precision = properties.u8()?;
            Kind::Decimal { scale: properties.u8()? }
        }
        0xa5 | 0xad => Kind::Binary,
        0xe7 | 0xef => Kind::Unicode,
        other => return odd(format!("a `sql_variant` of the unknown type 0x{other:02x}")),
    };
    match kind {
        Kind::Time { scale: 8.. } | Kind::DateTime2 { scale: 8.. } | Kind::DateTimeOffset { scale: 8.. } => {
            odd("a time with more than 7 places")
        }
        kind => text(kind, from.0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The bytes of a text in hexadecimal.
    fn bytes(hex: &str) -> Vec<u8> {
        let digits: Vec<u8> = hex.bytes().filter(|byte| *byte != b' ').collect();
        let pairs = digits.chunks(2).map(|pair| std::str::from_utf8(pair).expect("digits"));
        pairs.map(|pair| u8::from_str_radix(pair, 16).expect("a byte")).collect()
    }

    fn read(kind: Kind, hex: &str) -> String {
        text(kind, &bytes(hex)).unwrap_or_else(|trouble| panic!("{kind:?} {hex}: {trouble:?}"))
    }

    /// F68. The limits are those of Microsoft's manual, "money and smallmoney".
    #[test]
    fn money_is_exact_to_its_limits() {
        for (hex, expected) in [
            ("ffffff7f ffffffff", "922337203685477.5807"),
            ("00000080 00000000", "-922337203685477.5808"),
            ("ffffffff ffffffff", "-0.0001"),
            // 1,234.5 is 12,345,000 ten-thousandths: 0xbc5ea8.
            ("00000000 a85ebc00", "1234.5000"),
            // Nine hundred billion and a ten-thousandth: beyond what 53 bits of a floating number can tell apart.
            // 9,000,000,000,000,001 = 0x1ff973cafa8001.
            ("73f91f00 0180faca", "900000000000.0001"),
            ("ffffff7f", "214748.3647"),
            ("00000080", "-214748.3648"),
            ("00000000", "0.0000"),
        ] {
            assert_eq!(read(Kind::Money, hex), expected);
        }
    }

    #[test]
    fn decimals_are_exact() {
        let decimal = |scale, hex| read(Kind::Decimal { scale }, hex);
        assert_eq!(decimal(2, "01 e2040000"), "12.50");
        assert_eq!(decimal(4, "00 01000000"), "-0.0001");
        assert_eq!(decimal(0, "00 00000000"), "0");
        assert_eq!(decimal(38, "01 01000000 00000000 00000000 00000000"), format!("0.{}1", "0".repeat(37)));
        // 10^38 - 1, the largest decimal(38, 0).
        assert_eq!(decimal(0, "01 ffffffff 3f228a09 7ac4865a a84c3b4b"), "9".repeat(38));
    }

    /// F68. Ticks by hand: 02:30:00.1234567 is 90,001,234,567 tenths of a microsecond, 0x14f47dda87; 2024-03-31 is
    /// day 738,975 after 0001-01-01, 0x0b469f.
    #[test]
    fn moments_keep_every_place() {
        let time = "87da7df414";
        assert_eq!(read(Kind::Time { scale: 7 }, time), "02:30:00.1234567");
        assert_eq!(read(Kind::Date, "9f460b"), "2024-03-31");
        let moment = format!("{time} 9f460b");
        assert_eq!(read(Kind::DateTime2 { scale: 7 }, &moment), "2024-03-31 02:30:00.1234567");
        // The same moment in UTC, shown where clocks are two hours ahead, or five and a half behind.
        let offset = |minutes: &str| read(Kind::DateTimeOffset { scale: 7 }, &format!("{moment} {minutes}"));
        assert_eq!(offset("7800"), "2024-03-31 04:30:00.1234567+02:00");
        assert_eq!(offset("b6fe"), "2024-03-30 21:00:00.1234567-05:30");
        // 23:59:59, and the largest day.
        assert_eq!(read(Kind::DateTime2 { scale: 0 }, "7f5101 dab937"), "9999-12-31 23:59:59");
        assert_eq!(read(Kind::DateTime2 { scale: 0 }, "000000 000000"), "0001-01-01 00:00:00");
    }

    /// F68. Microsoft's manual, "datetime": rounded to .000, .003, .007; from 1753-01-01.
    #[test]
    fn old_moments_are_written_as_the_server_does() {
        // 2024-03-31 is day 45,380 after 1900-01-01, 0xb144; 02:30 is 2,700,000 three-hundredths, 0x2932e0.
        for (hex, expected) in [
            ("44b10000 e0322900", "2024-03-31 02:30:00.000"),
            ("44b10000 e1322900", "2024-03-31 02:30:00.003"),
            ("44b10000 e2322900", "2024-03-31 02:30:00.007"),
            ("44b10000 e3322900", "2024-03-31 02:30:00.010"),
            // 299 of 300 parts of the last second.
            ("44b10000 ff818b01", "2024-03-31 23:59:59.997"),
            ("462effff 00000000", "1753-01-01 00:00:00.000"),
            ("44b1 9600", "2024-03-31 02:30:00"),
        ] {
            assert_eq!(read(Kind::DateTime, hex), expected);
        }
    }

    #[test]
    fn other_values_are_written_as_the_server_does() {
        // Microsoft's manual, "uniqueidentifier": 6F9619FF-8B86-D011-B42D-00C04FC964FF.
        let guid = "ff19966f 868b 11d0 b42d 00c04fc964ff";
        assert_eq!(read(Kind::Guid, guid), "6F9619FF-8B86-D011-B42D-00C04FC964FF");
        assert_eq!(read(Kind::Binary, "00ff"), "0x00FF");
        assert_eq!(read(Kind::Binary, ""), "0x");
        assert_eq!(
            (read(Kind::Integer, "ff"), read(Kind::Integer, "ffff")),
            ("255".to_owned(), "-1".to_owned())
        );
        assert_eq!(read(Kind::Integer, "00000000 00000080"), i64::MIN.to_string());
        assert_eq!(read(Kind::Bit, "01"), "1");
        // 0.1, 1e300 and 0.1 in four bytes (IEEE 754).
        assert_eq!(read(Kind::Float, "9a9999999999b93f"), "0.1");
        assert_eq!(read(Kind::Float, "9c7500883ce4377e"), "1e300");
        assert_eq!(read(Kind::Float, "cdcccc3d"), "0.1");
        // "Käse 🍰", and a half of the cake.
        assert_eq!(read(Kind::Unicode, "4b00e40073006500 2000 3cd870df"), "Käse 🍰");
        assert_eq!(read(Kind::Unicode, "3cd8"), "\u{fffd}");
    }

    #[test]
    fn a_variant_is_what_it_holds() {
        assert_eq!(read(Kind::Variant, "3c00 00000000 a85ebc00"), "1234.5000");
        assert_eq!(read(Kind::Variant, "6c02 1202 01 e2040000"), "12.50");
        assert_eq!(read(Kind::Variant, "2a01 07 87da7df414 9f460b"), "2024-03-31 02:30:00.1234567");
        assert_eq!(read(Kind::Variant, "e707 0904d00034 0800 4b00e400"), "Kä");
        assert!(text(Kind::Variant, &bytes("a707 0904d00034 0800 e4")).is_err());
    }

    #[test]
    fn fields_are_quoted_where_they_must_be() {
        let quoted = |text: &str| {
            let mut record = Vec::new();
            field(text, &mut record);
            String::from_utf8(record).expect("text")
        };
        for (text, expected) in [
            ("", "\"\""),
            ("a b", "a b"),
            ("a,b", "\"a,b\""),
            ("a\"b", "\"a\"\"b\""),
            ("a\r\nb", "\"a\r\nb\""),
        ] {
            assert_eq!(quoted(text), expected);
        }
    }

    #[test]
    fn values_that_are_none_are_refused() {
        for (kind, hex) in [
            (Kind::Money, "00"),
            (Kind::Decimal { scale: 39 }, "01 01000000"),
            (Kind::Decimal { scale: 2 }, ""),
            (Kind::Date, "ffffff"),
            (Kind::Time { scale: 0 }, "ffffff"),
            (Kind::DateTime2 { scale: 7 }, "00"),
            (Kind::DateTimeOffset { scale: 7 }, "00"),
            (Kind::DateTime, "ffffff7f ffffffff"),
            (Kind::Guid, "00"),
            (Kind::Unicode, "00"),
            (Kind::Variant, "00"),
            (Kind::Variant, "2901 09 000000"),
        ] {
            assert!(text(kind, &bytes(hex)).is_err(), "{kind:?} {hex}");
        }
    }
}
