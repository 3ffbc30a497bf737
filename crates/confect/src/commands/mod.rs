//! The commands, by what they are about.

mod ask;
mod basket;
mod customer;
mod demo;
mod docs;
mod identity;
mod quarantine;
mod refresh;
mod serve;
mod setup;
mod users;

use std::path::Path;

use confect_domain::Problem;
use confect_service::Shop;

use crate::arguments::{Arguments, Command};
use crate::printer::Printer;

/// A command's end: nothing more to say, or all that went wrong.
pub(crate) type Outcome = Result<(), Vec<Problem>>;

/// Runs the command.
pub(crate) fn run(arguments: Arguments, printer: &Printer) -> Outcome {
    let root = arguments.directory.as_path();
    match arguments.command {
        Command::Demo(demo) => demo::run(&demo, printer),
        Command::Init(init) => setup::init(&init, printer),
        Command::Check => setup::check(root, printer),
        Command::Generate(generate) => setup::generate(&generate, printer),
        Command::Completions { shell } => setup::completions(shell, printer),
        Command::Refresh(refresh) => refresh::run(root, &refresh, printer),
        Command::Runs(runs) => refresh::runs(root, &runs, printer),
        Command::Serve(serve) => serve::run(root, &serve, printer),
        Command::Sql(sql) => ask::sql(root, &sql, printer),
        Command::Metric(metric) => ask::metric(root, &metric, printer),
        Command::Customer(customer) => customer::run(root, &customer, printer),
        Command::Docs(docs) => docs::run(root, &docs, printer),
        Command::Basket(basket) => basket::run(root, &basket, printer),
        Command::Identity(identity) => identity::run(root, &identity, printer),
        Command::Quarantine(quarantine) => quarantine::run(root, &quarantine, printer),
        Command::User(user) => users::run(root, user, printer),
    }
}

fn open(root: &Path) -> Result<Shop, Vec<Problem>> {
    Shop::open(root)
}

/// One problem as the list that commands end with.
fn one(problem: impl Into<Problem>) -> Vec<Problem> {
    vec![problem.into()]
}
