//! The tables of the state database, version by version. A version that was released never changes.

use rusqlite::Connection;

use crate::error::ServiceError;

/// Each step takes the database from its index to the next version.
const STEPS: [&str; 2] = [
    "
create table runs (
    id integer primary key,
    started_at integer not null,
    finished_at integer,
    outcome text not null check (outcome in ('running', 'done', 'unchanged', 'failed')),
    publication integer,
    rows_in integer,
    rows_loaded integer,
    rows_quarantined integer,
    rows_deduplicated integer,
    seconds real,
    record text,
    problem text
) strict;

create table users (
    name text primary key,
    display_name text not null,
    password_hash text,
    roles text not null,
    attributes text not null,
    disabled integer not null default 0,
    created_at integer not null,
    changed_at integer not null
) strict;

create table links (
    token_hash blob primary key,
    user text not null references users (name) on delete cascade,
    created_at integer not null,
    expires_at integer not null,
    used_at integer
) strict;

create table sessions (
    token_hash blob primary key,
    user text not null references users (name) on delete cascade,
    address text not null,
    created_at integer not null,
    seen_at integer not null
) strict;
create index sessions_of_user on sessions (user, seen_at);

create table attempts (
    account text not null,
    address text not null,
    failures integer not null,
    last_at integer not null,
    primary key (account, address)
) strict;

create table audit (
    id integer primary key autoincrement,
    at integer not null,
    actor text not null,
    action text not null,
    object text not null,
    result text not null,
    hash blob not null
) strict;
create trigger audit_is_never_changed before update on audit
begin select raise(abort, 'the audit trail is append-only'); end;
create trigger audit_is_never_shortened before delete on audit
begin select raise(abort, 'the audit trail is append-only'); end;
",
    "
create table checks (
    run integer not null references runs (id) on delete cascade,
    table_name text not null,
    name text not null,
    severity text not null,
    failing_rows integer not null,
    message text,
    primary key (run, table_name, name)
) strict, without rowid;

create table quarantined (
    id text primary key,
    first_seen integer not null,
    last_seen integer not null,
    times_seen integer not null,
    state text not null check (state in ('open', 'ignored', 'fixed'))
) strict, without rowid;
",
];

/// Brings the database up to the newest version; refuses one that is newer.
pub(super) fn migrate(connection: &mut Connection) -> Result<(), ServiceError> {
    let known = STEPS.len() as i64;
    let transaction = connection.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
    let found: i64 = transaction.query_row("pragma user_version", [], |row| row.get(0))?;
    if found > known {
        return Err(ServiceError::DatabaseNewer { found, known });
    }
    for step in STEPS.iter().skip(usize::try_from(found).unwrap_or(0)) {
        transaction.execute_batch(step)?;
    }
    if found < known {
        transaction.pragma_update(None, "user_version", known)?;
    }
    Ok(transaction.commit()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_newer_database_is_left_alone() {
        let mut connection = Connection::open_in_memory().expect("memory");
        migrate(&mut connection).expect("a schema");
        migrate(&mut connection).expect("nothing to do");
        connection.pragma_update(None, "user_version", 99).expect("an update");
        assert!(matches!(migrate(&mut connection), Err(ServiceError::DatabaseNewer { found: 99, .. })));
    }
}
