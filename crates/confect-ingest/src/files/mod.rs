//! Files → blocks of bytes: what may be opened, decompression, and whether a file stood still meanwhile.
//!
//! Magic bytes decide on the compression, never the file's name. Deliberately absent: text.

mod beneath;
mod open;

pub use beneath::open_beneath;
pub(crate) use open::{Identity, OpenFile, open};

use std::io::{self, Read};

use crate::convert::{Notice, Opening};
use crate::error::IngestError;
use crate::text::encoding::{Converter, Reading};
use crate::text::splitter::Blocks;

/// A file as the splitter reads it: UTF-8, or a superset of ASCII.
pub(crate) struct Input {
    bytes: Bytes,
    delivered: u64,
}

enum Bytes {
    Plain(Box<OpenFile>),
    Converted(Box<Converter<OpenFile>>),
}

impl Input {
    pub(crate) fn new(file: OpenFile, reading: Reading) -> Self {
        let bytes = match reading {
            Reading::Converted(encoding) => Bytes::Converted(Box::new(Converter::new(file, encoding))),
            _ => Bytes::Plain(Box::new(file)),
        };
        Self { bytes, delivered: 0 }
    }

    /// The file below.
    pub(crate) fn file(&self) -> &OpenFile {
        match &self.bytes {
            Bytes::Plain(file) => file,
            Bytes::Converted(converter) => converter.inner(),
        }
    }

    /// What was assumed when the file was converted.
    pub(crate) fn notices(&mut self) -> Vec<Notice> {
        match &mut self.bytes {
            Bytes::Plain(file) => file.notices(),
            Bytes::Converted(_) => Vec::new(),
        }
    }

    /// What the file declares of its columns, a letter each; asked after [`Self::notices`].
    pub(crate) fn types(&self) -> String {
        self.file().types()
    }

    /// Hands the file to whoever opens it next, if that saves a conversion; `head` was read from it.
    pub(crate) fn park(self, head: &[u8], opening: &Opening) {
        if let Bytes::Plain(file) = self.bytes {
            file.park(head.to_vec(), opening);
        }
    }

    /// Bytes handed on so far: the reader's own count, against which the account is checked.
    pub(crate) fn delivered(&self) -> u64 {
        self.delivered
    }
}

impl Blocks for Input {
    fn read_into(&mut self, buffer: &mut Vec<u8>, want: usize) -> Result<usize, IngestError> {
        let read = match &mut self.bytes {
            Bytes::Plain(file) => file.read_into(buffer, want)?,
            Bytes::Converted(converter) => converter.read_into(buffer, want)?,
        };
        self.delivered += read as u64;
        Ok(read)
    }
}

/// Reads at most `want` bytes into the spare room of `buffer`; 0 only at the end.
fn append(reader: &mut dyn Read, buffer: &mut Vec<u8>, want: usize) -> io::Result<usize> {
    buffer.reserve(want);
    reader.take(want as u64).read_to_end(buffer)
}
