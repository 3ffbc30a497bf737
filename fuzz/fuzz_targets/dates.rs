//! Any text as one of the dates: nothing panics, and what was read can be written and read again.

#![no_main]

libfuzzer_sys::fuzz_target!(|text: &str| confect_ingest::fuzzing::date(text));
