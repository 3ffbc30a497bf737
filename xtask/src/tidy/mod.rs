//! The map and the house rules, checked.

mod files;
mod map;

use crate::steps::{Failure, root};

/// Prints every problem and fails if there is one.
pub(crate) fn run() -> Result<(), Failure> {
    println!("── tidy");
    let root = root();
    let mut problems = map::check(&root);
    problems.extend(files::check(&root));
    for problem in &problems {
        println!("{problem}");
    }
    match problems.len() {
        0 => {
            println!("── tidy: nothing to tidy");
            Ok(())
        }
        count => Err(Failure(format!("tidy found {count} problems"))),
    }
}
