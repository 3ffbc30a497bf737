//! Files that grow piece by piece, plain or compressed.
//!
//! A compressed file is a row of gzip members, one for each piece, so that pieces are compressed where they are
//! made, on any thread; every gzip reader takes them as one.

use std::io::{self, Write};

use confect_domain::Date;
use flate2::Compression;
use flate2::write::GzEncoder;

/// Where files go.
pub trait Output {
    /// Makes or empties the file of that name.
    ///
    /// # Errors
    /// It cannot be made.
    fn create(&mut self, name: &str) -> io::Result<Box<dyn Write>>;
}

/// An output that remembers what it made.
pub(crate) struct Listed<'a> {
    pub(crate) output: &'a mut dyn Output,
    pub(crate) names: Vec<String>,
}

impl Output for Listed<'_> {
    fn create(&mut self, name: &str) -> io::Result<Box<dyn Write>> {
        self.names.push(name.to_owned());
        self.output.create(name)
    }
}

/// How files are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum FileFormat {
    /// Text, UTF-8, commas, line feeds.
    #[default]
    Csv,
    /// The same, compressed.
    CsvGz,
}

impl FileFormat {
    /// Each format with the word for it.
    pub const NAMES: [(&'static str, Self); 2] = [("csv", Self::Csv), ("csv.gz", Self::CsvGz)];

    pub(crate) fn name(self, stem: &str) -> String {
        match self {
            Self::Csv => format!("{stem}.csv"),
            Self::CsvGz => format!("{stem}.csv.gz"),
        }
    }

    /// A piece as it is written.
    pub(crate) fn packed(self, piece: Vec<u8>) -> io::Result<Vec<u8>> {
        match self {
            Self::CsvGz if !piece.is_empty() => {
                let mut encoder = GzEncoder::new(Vec::with_capacity(piece.len() / 4), Compression::fast());
                encoder.write_all(&piece)?;
                encoder.finish()
            }
            _ => Ok(piece),
        }
    }
}

/// Writes a file at once.
pub(crate) fn single(output: &mut dyn Output, stem: &str, text: &[u8], format: FileFormat) -> io::Result<()> {
    let mut file = output.create(&format.name(stem))?;
    file.write_all(&format.packed(text.to_vec())?)?;
    file.flush()
}

/// Files of one kind, one for each month.
pub(crate) struct Series {
    stem: &'static str,
    heading: &'static str,
    format: FileFormat,
    open: Option<(Date, Box<dyn Write>)>,
}

impl Series {
    pub(crate) fn new(stem: &'static str, heading: &'static str, format: FileFormat) -> Self {
        Self { stem, heading, format, open: None }
    }

    /// Appends a packed piece to the file of the month that starts on `start`.
    pub(crate) fn write(&mut self, output: &mut dyn Output, start: Date, piece: &[u8]) -> io::Result<()> {
        if self.open.as_ref().is_none_or(|(month, _)| *month != start) {
            self.finish()?;
            let day = start.to_string();
            let stem = format!("{}_{}", self.stem, day.get(..7).unwrap_or(&day));
            let mut file = output.create(&self.format.name(&stem))?;
            file.write_all(&self.format.packed(self.heading.as_bytes().to_vec())?)?;
            self.open = Some((start, file));
        }
        match &mut self.open {
            Some((_, file)) => file.write_all(piece),
            None => Ok(()),
        }
    }

    fn finish(&mut self) -> io::Result<()> {
        self.open.take().map_or(Ok(()), |(_, mut file)| file.flush())
    }

    /// Closes the last file.
    pub(crate) fn close(mut self) -> io::Result<()> {
        self.finish()
    }
}
