//! Bytes → UTF-8: byte order marks, declared encodings, and what is done with bytes that are not UTF-8.
//!
//! Encodings in which the structuring bytes are ASCII and every byte is one letter (windows-1252 and its
//! kin) are decoded record by record, so that offsets and raw records stay those of the file. All others
//! (UTF-16, Shift_JIS …) are converted as a stream before records are cut.

use encoding_rs::{CoderResult, Decoder, Encoding, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};

use super::splitter::Blocks;
use crate::error::IngestError;

/// How a file's bytes become text.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Reading {
    /// UTF-8, declared or marked: what is not UTF-8 is set aside.
    Utf8,
    /// UTF-8 as far as it goes; what else there is, is decided on the whole file.
    Undeclared,
    /// Decoded record by record.
    SingleByte(&'static Encoding),
    /// Converted before records are cut.
    Converted(&'static Encoding),
}

impl Reading {
    /// Name of the encoding, where it is known beforehand.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Utf8 | Self::Undeclared => "UTF-8",
            Self::SingleByte(encoding) | Self::Converted(encoding) => encoding.name(),
        }
    }

    /// The reading that a declared label asks for.
    pub(crate) fn declared(label: &str) -> Option<Self> {
        let encoding = Encoding::for_label(label.trim().as_bytes())?;
        Some(if encoding == UTF_8 {
            Self::Utf8
        } else if encoding.is_single_byte() && encoding.is_ascii_compatible() {
            Self::SingleByte(encoding)
        } else {
            Self::Converted(encoding)
        })
    }

    /// The reading that the first bytes of a file show, and the length of a UTF-8 byte order mark.
    ///
    /// UTF-16 without a mark shows in zero bytes at every second place.
    pub(crate) fn sniffed(bytes: &[u8]) -> (Self, usize) {
        match Encoding::for_bom(bytes) {
            Some((encoding, length)) if encoding == UTF_8 => (Self::Utf8, length),
            Some((encoding, _)) => (Self::Converted(encoding), 0),
            None => (utf16_without_mark(bytes).map_or(Self::Undeclared, Self::Converted), 0),
        }
    }
}

fn utf16_without_mark(bytes: &[u8]) -> Option<&'static Encoding> {
    let sample = &bytes[..bytes.len().min(4_096)];
    let zeros = |parity: usize| sample.iter().skip(parity).step_by(2).filter(|byte| **byte == 0).count();
    let (even, odd, half) = (zeros(0), zeros(1), sample.len() / 2);
    if half < 4 || (even + odd) * 10 < sample.len() * 4 {
        return None;
    }
    match () {
        () if odd * 10 >= half * 8 && even * 10 < half => Some(UTF_16LE),
        () if even * 10 >= half * 8 && odd * 10 < half => Some(UTF_16BE),
        () => None,
    }
}

/// Decodes one record or field in windows-1252 or its kin; `None` if a byte has no meaning there.
pub(crate) fn decode_single_byte<'a>(
    encoding: &'static Encoding,
    bytes: &'a [u8],
) -> Option<std::borrow::Cow<'a, str>> {
    // The standard maps the five holes of windows-1252 to control characters; no shop writes those.
    if encoding == WINDOWS_1252 && bytes.iter().any(|byte| matches!(byte, 0x81 | 0x8d | 0x8f | 0x90 | 0x9d)) {
        return None;
    }
    encoding.decode_without_bom_handling_and_without_replacement(bytes)
}

/// A stream converted to UTF-8; malformed parts become U+FFFD, which sets their record aside.
pub(crate) struct Converter<B> {
    blocks: B,
    decoder: Decoder,
    raw: Vec<u8>,
    text: String,
    finished: bool,
}

impl<B: Blocks> Converter<B> {
    pub(crate) fn new(blocks: B, encoding: &'static Encoding) -> Self {
        let decoder = encoding.new_decoder_with_bom_removal();
        Self { blocks, decoder, raw: Vec::new(), text: String::new(), finished: false }
    }

    pub(crate) fn inner(&self) -> &B {
        &self.blocks
    }

    /// Decodes `self.raw`, or ends the stream.
    fn decode(&mut self, last: bool) {
        let mut taken = 0;
        loop {
            let rest = &self.raw[taken..];
            self.text.reserve(self.decoder.max_utf8_buffer_length(rest.len()).unwrap_or(rest.len() * 3) + 16);
            let (result, read, _) = self.decoder.decode_to_string(rest, &mut self.text, last);
            taken += read;
            if result == CoderResult::InputEmpty {
                return;
            }
        }
    }
}

impl<B: Blocks> Blocks for Converter<B> {
    fn read_into(&mut self, buffer: &mut Vec<u8>, want: usize) -> Result<usize, IngestError> {
        self.text.clear();
        while self.text.is_empty() && !self.finished {
            self.raw.clear();
            self.finished = self.blocks.read_into(&mut self.raw, want.clamp(4, 1 << 18))? == 0;
            self.decode(self.finished);
        }
        buffer.extend_from_slice(self.text.as_bytes());
        Ok(self.text.len())
    }
}
