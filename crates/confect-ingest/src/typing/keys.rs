//! Columns of keys: what nobody sees is taken out, accents are put into one form, blanks around are told, and
//! forms are noted, so that `85123a` and `85123A` are found out. Keys keep their capital letters: whether the two are one is staging's.

use std::sync::Arc;

use arrow::array::{ArrayRef, StringViewBuilder};
use hashbrown::HashMap;
use unicode_normalization::{UnicodeNormalization, is_nfc};
use xxhash_rust::xxh3::xxh3_64;

use super::build::Walk;
use super::{Notes, NoticeKind};
use crate::layout::CellSource;
use crate::values::{Trouble, invisible, key};

/// Longer keys are compared as they are.
const FOLDED_BYTES_MAX: usize = 64;

/// One way in which a key with letters is written.
#[derive(Clone, Copy, Debug)]
pub(crate) struct KeyForm {
    /// Column of the entity.
    pub(crate) column: usize,
    /// The first row with it.
    pub(crate) row: usize,
    /// Hash of the key in lower case.
    pub(crate) folded: u64,
    /// Hash of the key as it stands.
    pub(crate) exact: u64,
}

/// The hash of a key with ASCII letters; `None` if it has none, so that there is only one way to write it.
fn exact_hash(key: &str) -> Option<u64> {
    let bytes = key.as_bytes();
    (bytes.len() <= FOLDED_BYTES_MAX && bytes.iter().any(u8::is_ascii_alphabetic)).then(|| xxh3_64(bytes))
}

/// The hash of the key in lower case.
fn folded_hash(key: &str) -> u64 {
    let bytes = key.as_bytes();
    let mut folded = [0; FOLDED_BYTES_MAX];
    for (to, from) in folded.iter_mut().zip(bytes) {
        *to = from.to_ascii_lowercase();
    }
    xxh3_64(folded.get(..bytes.len()).unwrap_or(bytes))
}

impl Walk<'_> {
    /// Builds a column of keys.
    pub(super) fn key(&self, notes: &mut Notes) -> ArrayRef {
        let mut builder = StringViewBuilder::with_capacity(self.cells.rows.len());
        let mut forms: HashMap<u64, KeyForm> = HashMap::new();
        let mut before = 0;
        let mut note_form = |row: usize, key: &str| {
            let Some(exact) = exact_hash(key).filter(|exact| *exact != before) else { return };
            before = exact;
            let form = || KeyForm { column: self.index, row, folded: folded_hash(key), exact };
            forms.entry(exact).or_insert_with(form);
        };
        self.each(notes, |cell, notes| {
            let Some(cell) = cell else {
                builder.append_null();
                return Ok(());
            };
            if let CellSource::Field(field) = self.source
                && self.cells.is_padded(cell.row, field)
            {
                notes.notice(NoticeKind::PaddedKey, self.index, cell.row, cell.text);
            }
            // Keys of digits, by far the most, have nothing to hide and one way to be written.
            if cell.text.bytes().all(|byte| byte.is_ascii_digit()) {
                builder.append_value(cell.text);
                return Ok(());
            }
            let plain = invisible::without(cell.text);
            let text = plain.as_deref().unwrap_or(cell.text);
            // `é` may be one letter or two; a key has it as one.
            let composed = (!text.is_ascii() && !is_nfc(text)).then(|| text.nfc().collect::<String>());
            let text = composed.as_deref().unwrap_or(text);
            if text.is_empty() {
                builder.append_null();
                return if self.column.entity.required { Err(Trouble::MissingKey) } else { Ok(()) };
            }
            if plain.is_some() {
                notes.notice(NoticeKind::HiddenInKey, self.index, cell.row, cell.text);
            }
            match key::parse(text) {
                Ok(key) => {
                    note_form(cell.row, key);
                    builder.append_value(key);
                    Ok(())
                }
                Err(trouble) => {
                    builder.append_null();
                    Err(trouble)
                }
            }
        });
        let mut forms: Vec<KeyForm> = forms.into_values().collect();
        forms.sort_unstable_by_key(|form| form.row);
        notes.forms.append(&mut forms);
        Arc::new(builder.finish())
    }
}
