//! Users: who may sign in, in which roles, with which attributes.

use std::collections::BTreeMap;

use rusqlite::{Connection, OptionalExtension, Row, Transaction, params};
use serde_json::json;

use super::guessable::objection;
use crate::clock::{self, Moment};
use crate::error::ServiceError;
use crate::shop::Shop;
use crate::state::audit::{Entry, append};

/// A user as it is stored, without its secrets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User {
    /// Unique.
    pub name: String,
    /// As pages call the user.
    pub display_name: String,
    /// Names of roles.
    pub roles: Vec<String>,
    /// Attributes that rules refer to.
    pub attributes: BTreeMap<String, Vec<String>>,
    /// Whether signing in is off.
    pub disabled: bool,
    /// Whether there is a password; without one only links let in.
    pub has_password: bool,
    /// RFC 3339.
    pub created_at: String,
}

/// A user to be added.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NewUser {
    /// Unique; lower case.
    pub name: String,
    /// By default the name.
    pub display_name: Option<String>,
    /// Names of roles, at least one.
    pub roles: Vec<String>,
    /// Attributes that rules refer to.
    pub attributes: BTreeMap<String, Vec<String>>,
    /// Without one only links let in.
    pub password: Option<String>,
}

impl Shop {
    /// Adds a user.
    ///
    /// # Errors
    /// A name that is taken or cannot be one, unknown roles or none, or a password that is easily guessed.
    pub fn add_user(&self, new: &NewUser) -> Result<User, ServiceError> {
        check_name(&new.name)?;
        self.check_roles(&new.roles)?;
        let shop = self.info().name;
        if let Some(why) =
            new.password.as_deref().and_then(|password| objection(password, &[&new.name, &shop]))
        {
            return Err(ServiceError::WeakPassword(why));
        }
        let hash = new.password.as_deref().map(|password| self.gate.hash(password)).transpose()?;
        let now = clock::now();
        self.state.write(|transaction| {
            if find(transaction, &new.name)?.is_some() {
                return Err(ServiceError::UserExists(new.name.clone()));
            }
            insert(transaction, now, new, hash.as_deref())?;
            let entry = Entry { actor: "owner", action: "user-add", object: &new.name, result: "ok" };
            append(transaction, now, &entry)?;
            find(transaction, &new.name)?.ok_or_else(|| ServiceError::Internal("the user is gone".to_owned()))
        })
    }

    /// All users by name.
    ///
    /// # Errors
    /// The state database fails.
    pub fn users(&self) -> Result<Vec<User>, ServiceError> {
        self.state.read(all)
    }

    /// The user of that name, disabled or not.
    ///
    /// # Errors
    /// There is none; names the nearest.
    pub fn user(&self, name: &str) -> Result<User, ServiceError> {
        self.state.read(|connection| known(connection, name))
    }

    /// Turns signing in off or on again; turning it off ends all sessions and links at once.
    ///
    /// # Errors
    /// There is no such user.
    pub fn set_disabled(&self, name: &str, disabled: bool) -> Result<(), ServiceError> {
        let now = clock::now();
        self.state.write(|transaction| {
            known(transaction, name)?;
            transaction.execute(
                "update users set disabled = ?2, changed_at = ?3 where name = ?1",
                params![name, disabled, now.seconds()],
            )?;
            end_all(transaction, name)?;
            let action = if disabled { "user-disable" } else { "user-enable" };
            append(transaction, now, &Entry { actor: "owner", action, object: name, result: "ok" })
        })
    }

    /// Gives a user other roles and attributes; ends all sessions at once.
    ///
    /// # Errors
    /// There is no such user, or a role is unknown.
    pub fn set_roles(
        &self,
        name: &str,
        roles: &[String],
        attributes: &BTreeMap<String, Vec<String>>,
    ) -> Result<(), ServiceError> {
        self.check_roles(roles)?;
        let now = clock::now();
        self.state.write(|transaction| {
            known(transaction, name)?;
            transaction.execute(
                "update users set roles = ?2, attributes = ?3, changed_at = ?4 where name = ?1",
                params![name, json!(roles).to_string(), json!(attributes).to_string(), now.seconds()],
            )?;
            end_all(transaction, name)?;
            append(
                transaction,
                now,
                &Entry { actor: "owner", action: "user-roles", object: name, result: "ok" },
            )
        })
    }

    fn check_roles(&self, roles: &[String]) -> Result<(), ServiceError> {
        let known = self.role_names();
        if roles.is_empty() {
            return Err(ServiceError::NoRole(known));
        }
        match roles.iter().find(|role| !known.contains(role)) {
            Some(role) => Err(ServiceError::NoSuchRole { name: role.clone(), known }),
            None => Ok(()),
        }
    }
}

fn check_name(name: &str) -> Result<(), ServiceError> {
    let fits =
        |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit() || "._-@".contains(letter);
    let starts = name.starts_with(|letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit());
    // `owner` is who acts on the command line without a user; the audit trail must not mix them up.
    if starts && name.len() <= 64 && name.chars().all(fits) && name != "owner" {
        Ok(())
    } else {
        Err(ServiceError::BadUserName(confect_domain::problem::printable(name)))
    }
}

pub(super) fn insert(
    transaction: &Transaction<'_>,
    now: Moment,
    new: &NewUser,
    hash: Option<&str>,
) -> Result<(), ServiceError> {
    let display_name = new.display_name.as_ref().unwrap_or(&new.name);
    transaction.execute(
        "insert into users (name, display_name, password_hash, roles, attributes, created_at, changed_at)
         values (?1, ?2, ?3, ?4, ?5, ?6, ?6)",
        params![
            new.name,
            display_name,
            hash,
            json!(new.roles).to_string(),
            json!(new.attributes).to_string(),
            now.seconds()
        ],
    )?;
    Ok(())
}

const COLUMNS: &str =
    "name, display_name, roles, attributes, disabled, password_hash is not null, created_at";

pub(super) fn find(connection: &Connection, name: &str) -> Result<Option<User>, ServiceError> {
    let sql = format!("select {COLUMNS} from users where name = ?1");
    Ok(connection.query_row(&sql, params![name], user).optional()?)
}

fn all(connection: &Connection) -> Result<Vec<User>, ServiceError> {
    let mut statement = connection.prepare(&format!("select {COLUMNS} from users order by name"))?;
    let users = statement.query_map([], user)?.collect::<Result<Vec<_>, _>>()?;
    Ok(users)
}

pub(super) fn known(connection: &Connection, name: &str) -> Result<User, ServiceError> {
    match find(connection, name)? {
        Some(user) => Ok(user),
        None => Err(ServiceError::NoSuchUser {
            name: confect_domain::problem::printable(name),
            known: all(connection)?.into_iter().map(|user| user.name).collect(),
        }),
    }
}

/// Ends every session and makes every link useless.
pub(super) fn end_all(transaction: &Transaction<'_>, name: &str) -> Result<(), ServiceError> {
    transaction.execute("delete from sessions where user = ?1", params![name])?;
    transaction.execute("delete from links where user = ?1 and used_at is null", params![name])?;
    Ok(())
}

fn user(row: &Row<'_>) -> rusqlite::Result<User> {
    Ok(User {
        name: row.get(0)?,
        display_name: row.get(1)?,
        // A list that cannot be read gives no role, and so no rows.
        roles: strings(&row.get::<_, String>(2)?),
        attributes: attributes(&row.get::<_, String>(3)?),
        disabled: row.get(4)?,
        has_password: row.get(5)?,
        created_at: Moment::from_seconds(row.get(6)?).rfc3339(),
    })
}

fn strings(text: &str) -> Vec<String> {
    let value: serde_json::Value = serde_json::from_str(text).unwrap_or_default();
    texts(&value)
}

fn texts(value: &serde_json::Value) -> Vec<String> {
    value.as_array().into_iter().flatten().filter_map(|item| item.as_str().map(str::to_owned)).collect()
}

fn attributes(text: &str) -> BTreeMap<String, Vec<String>> {
    let value: serde_json::Value = serde_json::from_str(text).unwrap_or_default();
    value.as_object().into_iter().flatten().map(|(name, values)| (name.clone(), texts(values))).collect()
}
