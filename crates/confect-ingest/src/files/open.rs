//! One file: opened if it is a regular file, decompressed or converted, guarded against bombs, checked at the
//! end.

use std::fs::{File, Metadata};
use std::io::{self, BufReader, ErrorKind, Read, Seek, SeekFrom};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::SystemTime;

use super::{append, open_beneath};
use crate::convert::{Conversion, Failure, JsonReader, Keys, Notice, Opening, Origin, sniff_json};
use crate::error::IngestError;
use crate::spec::InputFile;
use crate::text::splitter::Blocks;

/// Below this much unpacked text no ratio is suspicious.
const BOMB_FLOOR_BYTES: u64 = 64 << 20;
/// gzip cannot exceed about 1,030:1; text of a shop reaches 30:1.
const GZIP_RATIO_MAX: u64 = 200;
/// A cumulative export repeats itself, and a long window finds that: ten copies of Online Retail make 92:1
/// (level 19, window of 27 bits), and the ratio grows with every copy.
const ZSTD_RATIO_MAX: u64 = 1_000;
/// Largest window that is accepted, as a power of two; the memory that decompression may take.
const ZSTD_WINDOW_LOG_MAX: u32 = 27;

/// How much is looked at to tell JSON from other text.
const HEAD_BYTES: usize = 4 << 10;
const KEYS_BLOCK_BYTES: usize = 1 << 20;

/// What makes a file the same file.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Identity {
    size: u64,
    modified: Option<SystemTime>,
    inode: (u64, u64),
}

impl Identity {
    /// Size on disk.
    pub(crate) fn size(&self) -> u64 {
        self.size
    }

    fn of(metadata: &Metadata) -> Self {
        Self { size: metadata.len(), modified: metadata.modified().ok(), inode: inode(metadata) }
    }
}

#[cfg(unix)]
fn inode(metadata: &Metadata) -> (u64, u64) {
    use std::os::unix::fs::MetadataExt;
    (metadata.dev(), metadata.ino())
}

#[cfg(not(unix))]
fn inode(_metadata: &Metadata) -> (u64, u64) {
    (0, 0)
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Compression {
    None,
    Gzip,
    Zstd,
}

/// An opened file that gives unpacked bytes.
pub(crate) struct OpenFile {
    label: String,
    path: std::path::PathBuf,
    identity: Identity,
    body: Body,
    compression: Compression,
    /// Bytes read from disk.
    packed: Arc<AtomicU64>,
    unpacked: u64,
    /// The first bytes, which were read to find out whether they are JSON.
    head: Vec<u8>,
    json: Option<Json>,
    origin: Option<Origin>,
}

enum Body {
    Text(Box<dyn Read + Send>),
    Child(Box<Conversion>),
}

/// JSON that is converted on the way.
struct Json {
    reader: JsonReader,
    /// What was written and not handed on yet, and from where.
    text: Vec<u8>,
    at: usize,
    keys: Arc<Keys>,
    is_finished: bool,
}

/// Opens a regular file and finds out its format.
pub(crate) fn open(input: &InputFile, opening: &Opening) -> Result<OpenFile, IngestError> {
    if let Some(parked) = opening.unpark(&input.path) {
        return Ok(parked);
    }
    let mut file = open_packed(input, opening)?;
    if file.origin.is_some() {
        return Ok(file);
    }
    file.fill_head()?;
    let Some(is_list) = sniff_json(&file.head) else { return Ok(file) };
    let size = file.identity.size;
    let keys = match opening.known_keys(&input.path, size) {
        Some(keys) => keys,
        None => {
            let keys = Arc::new(collect_keys(input, opening, is_list)?);
            opening.keep_keys(&input.path, size, &keys);
            keys
        }
    };
    let reader = JsonReader::for_records(is_list, Arc::clone(&keys), opening.decimal_comma)
        .map_err(|failure| file.unconverted(failure))?;
    file.json = Some(Json { reader, text: Vec::new(), at: 0, keys, is_finished: false });
    file.origin = Some(Origin::Json);
    Ok(file)
}

/// Goes through a JSON file for the keys of its objects.
fn collect_keys(input: &InputFile, opening: &Opening, is_list: bool) -> Result<Keys, IngestError> {
    let _waiting = opening.wait();
    let mut file = open_packed(input, opening)?;
    let mut keys = JsonReader::for_keys(is_list);
    let mut block = Vec::new();
    loop {
        if opening.is_cancelled() {
            return Err(opening.cancelled());
        }
        block.clear();
        let read = file.read_unpacked(&mut block, KEYS_BLOCK_BYTES)?;
        let outcome = if read == 0 { keys.finish() } else { keys.feed(&block) };
        outcome.map_err(|failure| file.unconverted(failure))?;
        if read == 0 {
            return Ok(keys.into_keys());
        }
    }
}

/// Opens a regular file; a workbook or Parquet file by a child that converts it.
fn open_packed(input: &InputFile, opening: &Opening) -> Result<OpenFile, IngestError> {
    let label = input.label.clone();
    // Asked before opening for a clear word about sockets and devices, which cannot be opened or should not;
    // and after, because it may have been replaced meanwhile. Opening itself never waits.
    let before = std::fs::metadata(&input.path).map_err(|error| unreadable(&label, &error))?;
    if !before.is_file() {
        return Err(IngestError::NotAFile { file: label, what: kind_of(&before) });
    }
    let mut file = open_beneath(&input.path, &opening.inside).map_err(|error| unreadable(&label, &error))?;
    let metadata = file.metadata().map_err(|error| unreadable(&label, &error))?;
    if !metadata.is_file() {
        return Err(IngestError::NotAFile { file: label, what: kind_of(&metadata) });
    }
    let identity = Identity::of(&metadata);
    let mut magic = Vec::with_capacity(8);
    append(&mut file, &mut magic, 8).map_err(|error| unreadable(&label, &error))?;
    file.seek(SeekFrom::Start(0)).map_err(|error| unreadable(&label, &error))?;
    if let Some(format) = other_format(&magic) {
        return Err(IngestError::NotText { file: label, format });
    }
    let packed = Arc::new(AtomicU64::new(0));
    let (origin, compression) = (origin_of(&magic), compression_of(&magic));
    let body = match origin {
        Some(origin) => Body::Child(Box::new(Conversion::start(file, &label, origin, opening)?)),
        None => {
            let reader = unpacker(file, &packed, compression);
            Body::Text(reader.map_err(|error| unreadable(&label, &error))?)
        }
    };
    Ok(OpenFile {
        label,
        path: input.path.clone(),
        identity,
        body,
        compression,
        packed,
        unpacked: 0,
        head: Vec::new(),
        json: None,
        origin,
    })
}

/// Formats that a child converts.
fn origin_of(magic: &[u8]) -> Option<Origin> {
    match magic {
        [b'P', b'K', 3, 4, ..] | [b'P', b'K', 5, 6, ..] => Some(Origin::Workbook),
        [0xd0, 0xcf, 0x11, 0xe0, ..] => Some(Origin::OldWorkbook),
        [b'P', b'A', b'R', b'1', ..] => Some(Origin::Parquet),
        _ => None,
    }
}

fn unpacker(
    file: File,
    packed: &Arc<AtomicU64>,
    compression: Compression,
) -> io::Result<Box<dyn Read + Send>> {
    let counted = |file| Counted { file, packed: Arc::clone(packed) };
    Ok(match compression {
        Compression::None => Box::new(file),
        Compression::Gzip => {
            Box::new(flate2::bufread::MultiGzDecoder::new(BufReader::with_capacity(1 << 17, counted(file))))
        }
        Compression::Zstd => {
            let mut decoder = zstd::stream::read::Decoder::new(counted(file))?;
            decoder.window_log_max(ZSTD_WINDOW_LOG_MAX)?;
            Box::new(decoder)
        }
    })
}

fn compression_of(magic: &[u8]) -> Compression {
    match magic {
        [0x1f, 0x8b, ..] => Compression::Gzip,
        // A zstd frame, or a skippable frame before one.
        [0x28, 0xb5, 0x2f, 0xfd, ..] | [0x50..=0x5f, 0x2a, 0x4d, 0x18, ..] => Compression::Zstd,
        _ => Compression::None,
    }
}

/// Formats that turn up in inboxes under the name of a CSV file.
fn other_format(magic: &[u8]) -> Option<&'static str> {
    match magic {
        [b'%', b'P', b'D', b'F', ..] => Some("a PDF"),
        [b'7', b'z', 0xbc, 0xaf, ..] => Some("a 7-Zip archive"),
        [b'B', b'Z', b'h', b'1'..=b'9', 0x31, 0x41, ..] => Some("a bzip2 archive"),
        [0xfd, b'7', b'z', b'X', b'Z', ..] => Some("an xz archive"),
        _ => None,
    }
}

fn unreadable(label: &str, error: &io::Error) -> IngestError {
    match error.kind() {
        ErrorKind::NotFound => IngestError::FileMissing { file: label.to_owned() },
        _ => IngestError::FileUnreadable { file: label.to_owned(), reason: error.to_string() },
    }
}

fn kind_of(metadata: &Metadata) -> &'static str {
    if metadata.is_dir() {
        return "directory";
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::FileTypeExt;
        let kind = metadata.file_type();
        if kind.is_fifo() {
            return "pipe";
        }
        if kind.is_socket() {
            return "socket";
        }
    }
    "device"
}

impl OpenFile {
    /// Label of the file.
    pub(crate) fn label(&self) -> &str {
        &self.label
    }

    /// What the file was when it was opened.
    pub(crate) fn identity(&self) -> &Identity {
        &self.identity
    }

    /// The format it was converted from.
    pub(crate) fn origin(&self) -> Option<Origin> {
        self.origin
    }

    /// Whether its text is longer than the file, because it is compressed or converted.
    pub(crate) fn is_packed(&self) -> bool {
        self.compression != Compression::None || matches!(self.body, Body::Child(_))
    }

    /// What was assumed when it was.
    pub(crate) fn notices(&mut self) -> Vec<Notice> {
        match (&mut self.body, &self.json) {
            (Body::Child(conversion), _) => conversion.notices(),
            (_, Some(json)) => json.keys.notices.clone(),
            _ => Vec::new(),
        }
    }

    /// What a Parquet file declares of its columns, a letter each.
    pub(crate) fn types(&self) -> String {
        match &self.body {
            Body::Child(conversion) => conversion.types(),
            Body::Text(_) => String::new(),
        }
    }

    /// Bytes read from disk so far; what a child has read is not known, so its text stands for it.
    pub(crate) fn packed(&self) -> u64 {
        match self.compression {
            _ if matches!(self.body, Body::Child(_)) => self.unpacked.min(self.identity.size),
            Compression::None => self.unpacked,
            _ => self.packed.load(Ordering::Relaxed),
        }
    }

    /// Whether the file at the path still is what was opened.
    ///
    /// # Errors
    /// [`IngestError::FileChanged`] if size, time of change or identity differ.
    pub(crate) fn check_unchanged(&self) -> Result<(), IngestError> {
        check_unchanged(&self.path, &self.label, &self.identity)
    }

    /// Hands the file to whoever opens it next, if that saves a conversion; `head` was read from it.
    pub(crate) fn park(mut self, head: Vec<u8>, opening: &Opening) {
        if matches!(self.body, Body::Child(_)) {
            self.unpacked = self.unpacked.saturating_sub(head.len() as u64);
            self.head = head;
            opening.park(self.path.clone(), self);
        }
    }

    fn unconverted(&self, failure: Failure) -> IngestError {
        let Failure { code, message, remedy } = failure;
        IngestError::Unconverted { file: self.label.clone(), code, message, remedy }
    }

    /// Reads enough to tell JSON from other text.
    fn fill_head(&mut self) -> Result<(), IngestError> {
        let mut head = Vec::new();
        while head.len() < HEAD_BYTES {
            if self.read_unpacked(&mut head, HEAD_BYTES)? == 0 {
                break;
            }
        }
        self.head = head;
        Ok(())
    }

    /// Appends unpacked bytes.
    fn read_unpacked(&mut self, buffer: &mut Vec<u8>, want: usize) -> Result<usize, IngestError> {
        if !self.head.is_empty() {
            let read = self.head.len();
            buffer.append(&mut self.head);
            if matches!(self.body, Body::Child(_)) {
                self.unpacked += read as u64;
            }
            return Ok(read);
        }
        let read = match &mut self.body {
            Body::Child(conversion) => conversion.read_into(buffer, want)?,
            Body::Text(reader) => append(reader, buffer, want).map_err(|error| self.failed(&error))?,
        };
        self.unpacked += read as u64;
        if matches!(self.body, Body::Text(_)) {
            self.check_ratio()?;
        }
        Ok(read)
    }

    /// Appends text made of JSON.
    fn read_json(&mut self, buffer: &mut Vec<u8>, want: usize) -> Result<usize, IngestError> {
        let Some(mut json) = self.json.take() else { return Ok(0) };
        let outcome = self.convert_json(&mut json, buffer, want);
        self.json = Some(json);
        outcome
    }

    fn convert_json(
        &mut self,
        json: &mut Json,
        buffer: &mut Vec<u8>,
        want: usize,
    ) -> Result<usize, IngestError> {
        let mut block = Vec::new();
        while json.at == json.text.len() {
            if json.is_finished {
                return Ok(0);
            }
            block.clear();
            json.is_finished = self.read_unpacked(&mut block, want)? == 0;
            let outcome = if json.is_finished { json.reader.finish() } else { json.reader.feed(&block) };
            outcome.map_err(|failure| self.unconverted(failure))?;
            (json.text, json.at) = (json.reader.written(), 0);
        }
        let rest = json.text.get(json.at..).unwrap_or_default();
        let taken = rest.get(..want).unwrap_or(rest);
        buffer.extend_from_slice(taken);
        json.at += taken.len();
        Ok(taken.len())
    }

    fn failed(&self, error: &io::Error) -> IngestError {
        let file = self.label.clone();
        match (self.compression, error.kind()) {
            (Compression::None, _) => unreadable(&file, error),
            (_, ErrorKind::UnexpectedEof) => IngestError::Truncated { file },
            _ => IngestError::Damaged { file, reason: error.to_string() },
        }
    }

    fn check_ratio(&self) -> Result<(), IngestError> {
        let limit = match self.compression {
            Compression::None => return Ok(()),
            Compression::Gzip => GZIP_RATIO_MAX,
            Compression::Zstd => ZSTD_RATIO_MAX,
        };
        let allowed = self.packed().saturating_mul(limit).max(BOMB_FLOOR_BYTES);
        if self.unpacked > allowed {
            return Err(IngestError::Bomb { file: self.label.clone(), limit, unpacked: self.unpacked });
        }
        Ok(())
    }
}

fn check_unchanged(path: &Path, label: &str, identity: &Identity) -> Result<(), IngestError> {
    match std::fs::metadata(path) {
        Ok(metadata) if Identity::of(&metadata) == *identity => Ok(()),
        _ => Err(IngestError::FileChanged { file: label.to_owned() }),
    }
}

impl Blocks for OpenFile {
    fn read_into(&mut self, buffer: &mut Vec<u8>, want: usize) -> Result<usize, IngestError> {
        if self.json.is_some() { self.read_json(buffer, want) } else { self.read_unpacked(buffer, want) }
    }
}

/// A file that counts what is read from it.
struct Counted {
    file: File,
    packed: Arc<AtomicU64>,
}

impl Read for Counted {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.file.read(buffer)?;
        self.packed.fetch_add(read as u64, Ordering::Relaxed);
        Ok(read)
    }
}
