//! Records of the text that a server copies out: commas, quotes doubled, `\n` after each record.
//!
//! The server quotes every field that needs it, so a line end is the record's exactly where an even number of
//! quotes stands before it. Fields are compared as they are written; nothing is unescaped.

/// Cuts a stream of pieces into records.
#[derive(Default)]
pub(crate) struct Cutter {
    /// The beginning of a record that goes on in the next piece.
    held: Vec<u8>,
    /// Whether the end of `held` is inside quotes.
    quoted: bool,
}

impl Cutter {
    /// Hands on every record that is complete, without its line end.
    pub(crate) fn feed<E>(
        &mut self,
        piece: &[u8],
        mut visit: impl FnMut(&[u8]) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut start = 0;
        for index in memchr::memchr2_iter(b'"', b'\n', piece) {
            match piece.get(index) {
                Some(b'"') => self.quoted = !self.quoted,
                Some(b'\n') if !self.quoted => {
                    let part = piece.get(start..index).unwrap_or_default();
                    if self.held.is_empty() {
                        visit(part)?;
                    } else {
                        self.held.extend_from_slice(part);
                        visit(&self.held)?;
                        self.held.clear();
                    }
                    start = index + 1;
                }
                _ => {}
            }
        }
        self.held.extend_from_slice(piece.get(start..).unwrap_or_default());
        Ok(())
    }

    /// Whether everything that was fed was handed on.
    pub(crate) fn is_at_end(&self) -> bool {
        self.held.is_empty()
    }
}

/// The fields of a record, as they are written, quotes and all.
pub(crate) fn fields(record: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut quoted = false;
    record.split(move |byte| {
        quoted ^= *byte == b'"';
        *byte == b',' && !quoted
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn cut(text: &[u8], size: usize) -> (Vec<Vec<u8>>, bool) {
        let (mut cutter, mut records) = (Cutter::default(), Vec::new());
        for piece in text.chunks(size) {
            let fed: Result<(), ()> = cutter.feed(piece, |record| {
                records.push(record.to_vec());
                Ok(())
            });
            assert!(fed.is_ok());
        }
        (records, cutter.is_at_end())
    }

    #[test]
    fn records_end_outside_quotes() {
        let text = b"a,b\n1,\"x\ny\"\n2,\"say \"\"hi\"\"\"\n,\n";
        for size in 1..text.len() {
            let (records, ended) = cut(text, size);
            let expected: [&[u8]; 4] = [b"a,b", b"1,\"x\ny\"", b"2,\"say \"\"hi\"\"\"", b","];
            assert_eq!(records, expected, "pieces of {size}");
            assert!(ended);
        }
        assert!(!cut(b"a,b\n1,", 3).1);
    }

    #[test]
    fn fields_keep_their_quotes() {
        let all: Vec<&[u8]> = fields(b"1,\"a,b\",,\"\"").collect();
        assert_eq!(all, [&b"1"[..], b"\"a,b\"", b"", b"\"\""]);
    }

    proptest! {
        /// Whatever is quoted as the server quotes comes back record by record and field by field.
        #[test]
        fn any_table_is_cut_as_it_was_written(
            rows in prop::collection::vec(prop::collection::vec("[a-z,\"\n\r;é ]{0,8}", 2..4), 1..12),
            size in 1_usize..40,
        ) {
            let quote = |field: &String| match field.contains([',', '"', '\n', '\r']) {
                true => format!("\"{}\"", field.replace('"', "\"\"")),
                false => field.clone(),
            };
            let quoted: Vec<Vec<String>> = rows.iter().map(|row| row.iter().map(quote).collect()).collect();
            let text: String = quoted.iter().map(|row| row.join(",") + "\n").collect();
            let (records, ended) = cut(text.as_bytes(), size);
            prop_assert!(ended);
            prop_assert_eq!(records.len(), rows.len());
            for (record, row) in records.iter().zip(&quoted) {
                let found: Vec<&[u8]> = fields(record).collect();
                let expected: Vec<&[u8]> = row.iter().map(String::as_bytes).collect();
                prop_assert_eq!(found, expected);
            }
        }
    }
}
