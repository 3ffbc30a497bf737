//! Any text as one of the numbers: nothing panics, and what was read can be written and read again.

#![no_main]

libfuzzer_sys::fuzz_target!(|text: &str| confect_ingest::fuzzing::number(text));
