//! Any bytes in several encodings: nothing panics, and how they are cut into blocks changes nothing.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| confect_ingest::fuzzing::encoding(bytes));
