//! Prints what would be made of files: `cargo run --example propose -- FILE…`.

#![allow(clippy::print_stdout, clippy::result_large_err)]

use confect_domain::Problem;
use confect_ingest::{InputFile, profile_file};
use confect_project::propose::from_profiles;

fn main() -> Result<(), Problem> {
    let paths = std::env::args().skip(1);
    let files = paths.map(|path| InputFile { path: path.clone().into(), label: path });
    let profiles = files.map(|file| profile_file(&file)).collect::<Result<Vec<_>, _>>()?;
    let proposal = from_profiles(&profiles, "My shop");
    println!(
        "{}\n{}\n{}",
        proposal.report("shop").join("\n"),
        proposal.settings_toml(),
        proposal.sources_toml()
    );
    Ok(())
}
