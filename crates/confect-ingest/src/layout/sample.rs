//! The first bytes of a file: at least 100 KB, and more until there is a whole line.

use memchr::memchr2;

use crate::convert::{Notice, Opening, Origin};
use crate::error::IngestError;
use crate::files::{Identity, Input, open};
use crate::spec::InputFile;
use crate::text::MAX_RECORD_BYTES;
use crate::text::encoding::Reading;
use crate::text::splitter::Blocks;

/// How much is looked at.
const SAMPLE_BYTES: usize = 100 << 10;

/// The start of a file, ready to be cut into records.
pub(crate) struct Sample {
    pub(crate) bytes: Vec<u8>,
    /// Length of the byte order mark that `bytes` starts with.
    pub(crate) mark: usize,
    /// Whether `bytes` is the whole file.
    pub(crate) complete: bool,
    pub(crate) reading: Reading,
    pub(crate) assumed_utf16: bool,
    pub(crate) identity: Identity,
    /// Whether the text is longer than the file.
    pub(crate) is_packed: bool,
    /// Set if the file was converted.
    pub(crate) origin: Option<Origin>,
    /// What was assumed when it was.
    pub(crate) notices: Vec<Notice>,
    /// What the file declares of its columns, a letter each; empty if nothing.
    pub(crate) types: String,
}

pub(crate) fn read(
    declared: Option<Reading>,
    opening: &Opening,
    input: &InputFile,
) -> Result<Sample, IngestError> {
    let mut file = open(input, opening)?;
    let mut bytes = Vec::new();
    let mut complete = fill(&mut file, &mut bytes, SAMPLE_BYTES)?;
    let (origin, is_packed) = (file.origin(), file.is_packed());
    // What was converted is UTF-8 whatever was declared or seems to be.
    let (sniffed, mark) = if origin.is_some() { (Reading::Utf8, 0) } else { Reading::sniffed(&bytes) };
    let marked =
        origin.is_some() || mark > 0 || bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]);
    // A byte order mark is proof; it beats what was declared.
    let reading = if marked { sniffed } else { declared.unwrap_or(sniffed) };
    let identity = file.identity().clone();
    let mut source = Input::new(file, reading);
    if let Reading::Converted(_) = reading {
        source = Input::new(open(input, opening)?, reading);
        bytes.clear();
        complete = fill(&mut source, &mut bytes, SAMPLE_BYTES)?;
    }
    while !complete && memchr2(b'\n', b'\r', &bytes[mark.min(bytes.len())..]).is_none() {
        if bytes.len() >= MAX_RECORD_BYTES {
            return Err(IngestError::NoLineEnd { file: input.label.clone(), limit: MAX_RECORD_BYTES as u64 });
        }
        complete = fill(&mut source, &mut bytes, 1 << 20)?;
    }
    if complete && bytes[mark.min(bytes.len())..].iter().all(u8::is_ascii_whitespace) {
        return Err(IngestError::EmptyFile { file: input.label.clone(), bytes: bytes.len() as u64 });
    }
    let assumed_utf16 = matches!(reading, Reading::Converted(_)) && !marked && declared.is_none();
    let notices = source.notices();
    let types = source.types();
    source.park(&bytes, opening);
    Ok(Sample { bytes, mark, complete, reading, assumed_utf16, identity, is_packed, origin, notices, types })
}

/// Reads `want` bytes more; whether the file ends before.
fn fill(blocks: &mut impl Blocks, bytes: &mut Vec<u8>, want: usize) -> Result<bool, IngestError> {
    let goal = bytes.len() + want;
    while bytes.len() < goal {
        if blocks.read_into(bytes, goal - bytes.len())? == 0 {
            return Ok(true);
        }
    }
    Ok(false)
}
