//! Any bytes as a workbook: looking at the zip and its sheets ends with an answer, soon and in little memory.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    // Refusing is an answer; only a panic, much memory or a long wait is a fault.
    let _ = confect_ingest::convert::prescan(bytes);
});
