//! Writes an invented group into a folder and tells how long it took: `invent FOLDER LINES [THREADS] [csv|csv.gz]`.
//!
//! For measuring the generator without the engine; `confect generate` does the same.

use std::fs::File;
use std::io::{self, Write};
use std::path::PathBuf;
use std::time::Instant;

use confect_generate::{FileFormat, GenerateSpec, Output, generate};

struct Folder(PathBuf);

impl Output for Folder {
    fn create(&mut self, name: &str) -> io::Result<Box<dyn Write>> {
        Ok(Box::new(File::create(self.0.join(name))?))
    }
}

#[allow(clippy::print_stdout, clippy::disallowed_methods, reason = "a program that measures")]
fn main() -> io::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let folder = PathBuf::from(arguments.first().map_or("invented", String::as_str));
    std::fs::create_dir_all(&folder)?;
    let word = |index: usize| arguments.get(index).map_or("", String::as_str);
    let format = FileFormat::NAMES
        .iter()
        .find(|(name, _)| *name == word(3))
        .map_or_else(FileFormat::default, |(_, format)| *format);
    let spec = GenerateSpec {
        lines: word(1).parse().ok(),
        threads: word(2).parse().unwrap_or(0),
        format,
        ..GenerateSpec::default()
    };
    let start = Instant::now();
    let planted = generate(&spec, &mut Folder(folder))?;
    let seconds = start.elapsed().as_secs_f64();
    println!("{planted:?}");
    println!(
        "{} lines in {seconds:.2} s: {:.2} million a second",
        planted.lines,
        planted.lines as f64 / seconds / 1e6
    );
    Ok(())
}
