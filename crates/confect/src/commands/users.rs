//! `user add|set|list|disable|enable|link`.

use std::collections::BTreeMap;
use std::io::{BufRead, Read};
use std::path::Path;

use confect_domain::{Problem, ProblemKind};
use confect_service::{Answer, NewUser, User};

use super::ask::print;
use super::{Outcome, one, open};
use crate::arguments::{self, Rights, UserAdd};
use crate::printer::Printer;

pub(super) fn run(root: &Path, command: arguments::User, printer: &Printer) -> Outcome {
    let shop = open(root)?;
    match command {
        arguments::User::Add(add) => {
            let user = shop.add_user(&new_user(add)?).map_err(one)?;
            printer.note(&format!("added user `{}` as {}", user.name, user.roles.join(", ")));
            if !user.has_password {
                printer.note(&format!("sign-in works by links: `confect user link {}`", user.name));
            }
        }
        arguments::User::Set(set) => {
            shop.set_roles(&set.name, &set.rights.roles, &attributes(&set.rights)).map_err(one)?;
            printer.note(&format!("user `{}` has new rights; all sessions ended", set.name));
        }
        arguments::User::List { format } => print(&listed(&shop.users().map_err(one)?), format, printer),
        arguments::User::Disable { name } => {
            shop.set_disabled(&name, true).map_err(one)?;
            printer.note(&format!("user `{name}` is disabled; all sessions ended"));
        }
        arguments::User::Enable { name } => {
            shop.set_disabled(&name, false).map_err(one)?;
            printer.note(&format!("user `{name}` may sign in again"));
        }
        arguments::User::Link { name, address } => {
            let token = shop.make_link(&name).map_err(one)?;
            printer.data(&format!("{}/sign-in?token={token}", address.trim_end_matches('/')));
            printer.note("good for 15 minutes, once");
        }
    }
    Ok(())
}

fn new_user(add: UserAdd) -> Result<NewUser, Vec<Problem>> {
    let password = if add.password_stdin { Some(read_password()?) } else { None };
    let attributes = attributes(&add.rights);
    Ok(NewUser {
        name: add.name,
        display_name: add.display_name,
        roles: add.rights.roles,
        attributes,
        password,
    })
}

/// The same name twice adds up.
fn attributes(rights: &Rights) -> BTreeMap<String, Vec<String>> {
    let mut all: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (name, values) in &rights.attributes {
        let values = values.split(',').map(str::trim).filter(|value| !value.is_empty()).map(str::to_owned);
        all.entry(name.clone()).or_default().extend(values);
    }
    all
}

fn read_password() -> Result<String, Vec<Problem>> {
    let mut line = String::new();
    let read = std::io::stdin().lock().take(4_096).read_line(&mut line);
    let password = line.trim_end_matches(['\n', '\r']);
    match read {
        Ok(_) if !password.is_empty() => Ok(password.to_owned()),
        _ => Err(one(Problem::new(ProblemKind::User, "no-password", "standard input holds no password")
            .with_hint("pipe it in: `confect user add NAME --role ROLE --password-stdin < FILE`"))),
    }
}

fn listed(users: &[User]) -> Answer {
    let columns = ["name", "display_name", "roles", "attributes", "sign_in", "created_at"];
    let row = |user: &User| {
        let attributes: Vec<String> =
            user.attributes.iter().map(|(name, values)| format!("{name}={}", values.join(","))).collect();
        let sign_in = match (user.disabled, user.has_password) {
            (true, _) => "off",
            (false, true) => "password, link",
            (false, false) => "link",
        };
        let texts = [
            user.name.clone(),
            user.display_name.clone(),
            user.roles.join(", "),
            attributes.join(" "),
            sign_in.to_owned(),
            user.created_at.clone(),
        ];
        texts.map(Some).to_vec()
    };
    Answer {
        columns: columns.map(str::to_owned).to_vec(),
        numeric: vec![false; columns.len()],
        rows: users.iter().map(row).collect(),
        truncated: false,
    }
}
