//! Against a real PostgreSQL: what is read, and what happens when it goes wrong (F65, F66, F69-F71).
//!
//! Skipped with a message where there is no server; see `confect_testkit::postgres`.

mod support;

use std::time::{Duration, Instant};

use confect_connect::Cause;
use confect_domain::ProblemKind;
use confect_domain::database::{DatabaseQuery, Overlap, Watermark};
use confect_testkit::postgres::{PASSWORD, Server};
use support::{Cut, Seen, Shop};

#[test]
fn values_are_written_as_the_reader_takes_them() {
    let Some(server) = Server::shared() else { return };
    let database = server.database("kinds");
    // Values and texts: PostgreSQL manual, chapter 8, with the settings of the session.
    database.run(
        "create type mood as enum ('glad', 'sad');
         create table kinds (id int, number numeric, real float8, moment timestamptz, plain timestamp, day date, list int[], word mood,
                             raw bytea, note text, flag bool, price money);
         insert into kinds values
         (1, 12.50, 0.1, '2024-03-31 02:30:00+01', '2024-03-31 02:30:00.25', '2024-02-29', '{1,2}', 'glad', '\\x00ff', 'a,\"b\"', true, 1234.5),
         (2, 'NaN', 'Infinity', 'infinity', '-infinity', 'infinity', '{}', null, '', '', false, -3),
         (3, 1e30, 1e-7, '0044-03-15 12:00:00+00 BC', null, null, null, null, null, E'two\nlines', null, null)",
    );
    // Settings of the user that would write other texts do not count.
    database.run(
        "alter role shop in database kinds set datestyle = 'German';
         alter role shop in database kinds set timezone = 'Asia/Kolkata';
         alter role shop in database kinds set bytea_output = 'escape'",
    );
    let shop = Shop::new(&database.url(), "select * from kinds order by id");
    let extract = shop.extract().expect("an extract");
    assert_eq!((extract.rows, extract.rows_read, extract.changed, extract.tries), (3, 3, true, 1));
    let expected = "\
id,number,real,moment,plain,day,list,word,raw,note,flag,price
1,12.50,0.1,2024-03-31 01:30:00+00,2024-03-31 02:30:00.25,2024-02-29,\"{1,2}\",glad,\\x00ff,\"a,\"\"b\"\"\",t,\"$1,234.50\"
2,NaN,Infinity,infinity,-infinity,infinity,{},,\\x,\"\",f,-$3.00
3,1000000000000000000000000000000,1e-07,0044-03-15 12:00:00+00 BC,,,,,,\"two
lines\",,
";
    assert_eq!(shop.text(), expected);
}

#[test]
fn the_same_rows_leave_the_file_as_it_is() {
    let Some(server) = Server::shared() else { return };
    let database = server.database("same");
    database.run("create table t as select n, 'x' || n as what from generate_series(1, 1000) n");
    let shop = Shop::table(&database.url(), "t");
    assert!(shop.extract().expect("an extract").changed);
    let before = shop.modified();
    // Every row is written anew and in another order, with the same values.
    database.run("begin; create table u as select * from t order by n desc; truncate t; insert into t select * from u; commit");
    assert!(database.run("select n from t limit 1") == "1000");
    let again = shop.extract().expect("an extract");
    assert_eq!((again.rows, again.rows_read, again.changed), (1000, 1000, false));
    assert_eq!(shop.modified(), before);
    database.run("update t set what = 'y' where n = 500");
    assert!(shop.extract().expect("an extract").changed);
}

#[test]
fn an_empty_table_is_a_heading() {
    let Some(server) = Server::shared() else { return };
    let database = server.database("nothing");
    database.run(
        "create schema \"Kasse 1\"; create table \"Kasse 1\".\"Sale\"\"s\" (id int, \"what, ever\" text)",
    );
    let mut shop = Shop::table(&database.url(), "x");
    shop.database.query = DatabaseQuery::Table(vec!["Kasse 1".to_owned(), "Sale\"s".to_owned()]);
    assert_eq!(shop.extract().expect("an extract").rows, 0);
    assert_eq!(shop.text(), "id,\"what, ever\"\n");
}

/// F65: a proxy cuts the line in the middle of row 700,000 or so; the second attempt is a new snapshot.
#[test]
fn a_cut_line_is_tried_again_from_the_beginning() {
    let Some(server) = Server::shared() else { return };
    let database = server.database("cut");
    database.run("create table t as select n, repeat('x', 20) as what from generate_series(1, 800000) n");
    let cut = Cut::new(server.port(), &[23_000_000, 300]);
    let shop = Shop::table(&database.url_at(cut.port()), "t");
    let seen = Seen::default();
    let extract = shop.extract_with(&seen).expect("an extract");
    assert_eq!((extract.rows, extract.tries), (800_000, 3));
    let retried = seen.retried.lock().expect("a lock").clone();
    assert_eq!(retried.len(), 2);
    let rows: u64 = retried[0].split_whitespace().find_map(|word| word.parse().ok()).expect("rows");
    assert!((600_000..800_000).contains(&rows), "{retried:?}");
    // No row twice, none missing: 1 + … + 800,000.
    let sum: u64 =
        shop.text().lines().skip(1).filter_map(|line| line.split(',').next()?.parse::<u64>().ok()).sum();
    assert_eq!(sum, 800_000 * 800_001 / 2);
    assert_eq!(shop.files(), ["till.csv", "till.json"]);
}

#[test]
fn a_line_that_always_breaks_leaves_the_last_extract() {
    let Some(server) = Server::shared() else { return };
    let database = server.database("broken");
    database.run("create table t as select n, repeat('x', 20) as what from generate_series(1, 100000) n");
    let shop = Shop::table(&database.url(), "t");
    shop.extract().expect("an extract");
    let before = shop.text();
    database.run("insert into t values (0, 'new')");
    let cut = Cut::new(server.port(), &[200_000; 9]);
    let shop = shop.at(&database.url_at(cut.port()));
    let error = shop.extract().expect_err("it fails");
    assert_eq!((error.cause, error.kind()), (Cause::Dropped, ProblemKind::Source));
    assert!(error.to_string().ends_with("; tried 5 times"), "{error}");
    assert_eq!(cut.connections(), 5);
    assert_eq!(shop.text(), before);
    assert_eq!(shop.files(), ["till.csv", "till.json"]);
}

/// F65: the server itself loses its processes.
#[test]
fn a_killed_backend_is_tried_again() {
    let Some(server) = Server::start("restart_after_crash = on") else { return };
    let database = server.database("killed");
    database.run("create table t as select n, repeat('x', 20) as what from generate_series(1, 300000) n");
    let shop = Shop::new(
        &database.url(),
        "select n, what, pg_sleep(case when n = 150000 then 1.5 else 0 end)::text as s from t",
    );
    let (error, extract) = std::thread::scope(|scope| {
        let seen = Seen::default();
        let work = scope.spawn(|| (shop.extract_with(&seen), seen));
        let running =
            "select pid from pg_stat_activity where application_name = 'confect' and query like 'copy%'";
        let pid = support::until(|| Some(database.run(running)).filter(|pid| !pid.is_empty()));
        let killed = std::process::Command::new("kill").args(["-9", &pid]).status().expect("kill");
        assert!(killed.success());
        let (extract, seen) = work.join().expect("no panic");
        (seen.retried.lock().expect("a lock").clone(), extract.expect("an extract"))
    });
    assert!(!error.is_empty() && extract.tries >= 2, "{error:?} {extract:?}");
    assert_eq!(extract.rows, 300_000);
    assert!(server.log().contains("was terminated by signal 9"), "{}", server.log());
}

/// F69, at the network: each says in one line what is wrong, nothing is tried twice, and no secret shows.
#[test]
fn what_will_not_mend_itself_is_told_at_once() {
    let Some(server) = Server::shared() else { return };
    let database = server.database("refused");
    database.run(
        "create table t (id int); create table hidden (id int); create role guest login password 'guest-Zuckerguss';
         grant select on t to guest; create role late login password 'late-Zuckerguss' valid until '2020-01-01'",
    );
    let port = server.port();
    let cases = [
        (format!("postgres://shop:falsch-{PASSWORD}@127.0.0.1:{port}/refused"), "t", Cause::Login),
        (format!("postgres://late:late-Zuckerguss@127.0.0.1:{port}/refused"), "t", Cause::Login),
        (format!("postgres://shop@127.0.0.1:{port}/refused"), "t", Cause::Login),
        (format!("postgres://shop:{PASSWORD}@no-such-host.invalid:{port}/refused"), "t", Cause::HostUnknown),
        (format!("postgres://shop:{PASSWORD}@127.0.0.1:{port}/nowhere"), "t", Cause::NoSuchDatabase),
        (format!("postgres://guest:guest-Zuckerguss@127.0.0.1:{port}/refused"), "hidden", Cause::Permission),
        (format!("postgres://shop:{PASSWORD}@127.0.0.1:{port}/refused"), "missing", Cause::Query),
        (
            format!("postgres://shop:{PASSWORD}@127.0.0.1:{port}/refused?sslmode=require"),
            "t",
            Cause::Certificate,
        ),
        (format!("postgres://shop:{PASSWORD}@/refused?host=/no/such/socket"), "t", Cause::Address),
        (format!("postgres:///refused?host=/no/such&user=shop&password={PASSWORD}"), "t", Cause::Unreachable),
    ];
    for (url, table, cause) in cases {
        let started = Instant::now();
        let seen = Seen::default();
        let error = Shop::table(&url, table).extract_with(&seen).expect_err("it is refused");
        println!("{error}\n  hint: {}", error.hint.clone().unwrap_or_default());
        assert_eq!(error.cause, cause, "{error}");
        assert!(seen.retried.lock().expect("a lock").is_empty(), "{error} was tried again");
        assert!(!format!("{error} {error:?}").contains("Zuckerguss"), "{error}");
        assert!(!error.to_string().contains('\n'));
        let kind = if matches!(cause, Cause::Query | Cause::Address) {
            ProblemKind::Config
        } else {
            ProblemKind::Source
        };
        assert_eq!(error.kind(), kind, "{error}");
        assert!(started.elapsed() < Duration::from_secs(10), "{error} took {:?}", started.elapsed());
    }
}

/// F69: nobody listens; tried five times, with pauses.
#[test]
fn a_closed_port_is_tried_five_times() {
    let Some(_) = Server::shared() else { return };
    let port =
        std::net::TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("an address").port();
    let shop = Shop::table(&format!("postgres://shop:x@127.0.0.1:{port}/shop"), "t");
    let seen = Seen::default();
    let error = shop.extract_with(&seen).expect_err("nobody listens");
    assert_eq!(error.cause, Cause::Unreachable);
    assert_eq!(seen.retried.lock().expect("a lock").len(), 4);
}

/// F69: the certificate of the server is checked: its authority, its name, its end.
#[test]
fn certificates_are_checked() {
    let Some(authority) = support::Authority::new() else { return };
    let good = authority.certificate("localhost", 30);
    let Some(server) = Server::start("ssl = off") else { return };
    let database = server.database("safe");
    database.run("create table t as select 1 as id");
    let install = |certificate: &support::Certificate| {
        support::give_certificate(server.folder(), certificate);
        database.run("alter system set ssl = on");
        database.run("select pg_reload_conf(), pg_sleep(0.5)");
    };
    install(&good);
    let port = server.port();
    let ca = authority.path();
    let url = |host: &str, rest: &str| {
        format!("postgres://shop:{PASSWORD}@{host}:{port}/safe?sslmode=verify-full{rest}")
    };
    let own = format!("&sslrootcert={}", ca.display());
    let shop = Shop::new(
        &url("localhost", &own),
        "select id, (select ssl from pg_stat_ssl where pid = pg_backend_pid())::text as ssl from t",
    );
    assert_eq!(shop.extract().expect("an extract").rows, 1);
    assert_eq!(shop.text(), "id,ssl\n1,true\n");
    let refused = |url: &str| {
        let error = Shop::table(url, "t").extract().expect_err("it is not safe");
        println!("{error}");
        assert_eq!((error.cause, error.kind()), (Cause::Certificate, ProblemKind::Source), "{error}");
        error.to_string()
    };
    assert!(refused(&url("localhost", "")).contains("UnknownIssuer"));
    assert!(refused(&url("127.0.0.1", &own)).contains("not valid for name"));
    install(&authority.certificate("localhost", -1));
    assert!(refused(&url("localhost", &own)).contains("Expired"));
}

/// F70: the server is asked to stop; that it did is seen in its list of sessions and in its log.
#[test]
fn a_query_that_takes_too_long_is_stopped_on_the_server() {
    let Some(server) = Server::start("") else { return };
    let database = server.database("slow");
    let mut shop = Shop::new(&database.url(), "select 1 as id, pg_sleep(120)::text as s");
    shop.database.timeout = Duration::from_secs(1);
    let started = Instant::now();
    let error = shop.extract().expect_err("it takes too long");
    assert!(started.elapsed() < Duration::from_secs(3), "{:?}", started.elapsed());
    assert_eq!((error.cause, error.kind(), error.passing), (Cause::TimedOut, ProblemKind::Source, false));
    let sessions = "select count(*) from pg_stat_activity where application_name = 'confect'";
    support::until(|| (database.run(sessions) == "0").then_some(()));
    // "due to statement timeout" would be the server's own belt.
    assert!(server.log().contains("canceling statement due to user request"), "{}", server.log());
}

#[test]
fn cancelling_takes_less_than_two_seconds() {
    let Some(server) = Server::shared() else { return };
    let database = server.database("cancelled");
    let shop =
        Shop::new(&database.url(), "select n, pg_sleep(0.001)::text as s from generate_series(1, 1000000) n");
    let seen = Seen::default();
    std::thread::scope(|scope| {
        let work = scope.spawn(|| shop.extract_with(&seen));
        let running = "select pid from pg_stat_activity where datname = 'cancelled' and query like 'copy%'";
        support::until(|| (!database.run(running).is_empty()).then_some(()));
        seen.cancel.store(true, std::sync::atomic::Ordering::Relaxed);
        let asked = Instant::now();
        let error = work.join().expect("no panic").expect_err("cancelled");
        assert!(asked.elapsed() < Duration::from_secs(2), "{:?}", asked.elapsed());
        assert_eq!(error.cause, Cause::Cancelled);
        support::until(|| database.run(running).is_empty().then_some(()));
    });
    assert!(shop.files().is_empty(), "{:?}", shop.files());
}

#[test]
fn a_query_cannot_write() {
    let Some(server) = Server::shared() else { return };
    let database = server.database("readonly");
    database.run("create table t (id int); create function f() returns int language sql as 'insert into t values (1) returning id'");
    for query in [
        "select f() as id",
        "with w as (insert into t values (1) returning id) select * from w",
        "select 1 as id) as x; drop table t; --",
        "select 1 as id) to program 'touch x'; --",
    ] {
        let error = Shop::new(&database.url(), query).extract().expect_err("it is refused");
        assert_eq!(error.cause, Cause::Query, "{query}: {error}");
    }
    assert_eq!(database.run("select count(*) from t"), "0");
    let shop = Shop::new(&database.url(), "select 1 as id, 2 as id");
    let error = shop.extract().expect_err("two columns of one name");
    assert_eq!(
        (error.cause, error.message.as_str()),
        (Cause::Columns, "the query gives two columns named `id`")
    );
    // A comment at the end does not swallow what is put behind, a semicolon is taken off.
    assert_eq!(Shop::new(&database.url(), "select 1 as id -- one").extract().expect("an extract").rows, 1);
    assert_eq!(Shop::new(&database.url(), "select 1 as id;\n").extract().expect("an extract").rows, 1);
}

fn watermarked(url: &str, column: &str) -> Shop {
    let mut shop = Shop::table(url, "t");
    shop.database.key = vec!["id".to_owned()];
    shop.database.watermark = Some(Watermark {
        column: column.to_owned(),
        overlap: Some(Overlap::Time(Duration::from_secs(3_600))),
    });
    shop
}

#[test]
fn a_watermark_reads_what_is_new() {
    let Some(server) = Server::shared() else { return };
    let database = server.database("marked");
    database.run(
        "create table t (id int primary key, what text, at timestamptz);
         insert into t select n, 'x', timestamptz '2024-01-01' + n * interval '1 hour' from generate_series(1, 1000) n",
    );
    let shop = watermarked(&database.url(), "at");
    let sorted = |text: String| {
        let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
        lines.sort();
        lines
    };
    let is_right = |shop: &Shop| {
        let own = Shop::table(&database.url(), "t");
        own.extract().expect("an extract");
        assert_eq!(sorted(shop.text()), sorted(own.text()));
    };
    let first = shop.extract().expect("an extract");
    assert_eq!((first.rows, first.incremental, first.changed), (1000, false, true));
    // The last hour is read again: two rows, the same as before.
    let same = shop.extract().expect("an extract");
    assert_eq!((same.rows, same.rows_read, same.incremental, same.changed), (1000, 2, true, false));
    // New, changed, and committed late within the overlap.
    database.run(
        "insert into t values (2000, 'new', '2024-02-20'), (2001, 'late', timestamptz '2024-01-01' + 999.5 * interval '1 hour');
         update t set what = 'changed', at = '2024-02-21' where id = 7",
    );
    let more = shop.extract().expect("an extract");
    assert_eq!((more.rows, more.rows_read, more.incremental, more.changed), (1002, 5, true, true));
    assert!(more.findings.is_empty(), "{:?}", more.findings);
    is_right(&shop);
    // A deleted row is not new: the count tells, and everything is read again.
    database.run("delete from t where id = 5");
    let less = shop.extract().expect("an extract");
    assert_eq!((less.rows, less.incremental), (1001, false));
    assert_eq!(less.findings.iter().map(|finding| finding.code).collect::<Vec<_>>(), ["watermark-missed"]);
    is_right(&shop);
    // Asked for, everything is read, such as a change that did not move the watermark.
    database.run("update t set what = 'silent' where id = 6");
    assert_eq!(shop.extract().expect("an extract").rows_read, 1);
    let full = {
        let mut all = shop.clone();
        all.full = true;
        all
    }
    .extract()
    .expect("an extract");
    assert_eq!((full.rows_read, full.changed), (1001, true));
    is_right(&shop);
    // Without its note the extract is made anew.
    std::fs::remove_file(shop.path().with_extension("json")).expect("removed");
    assert_eq!(shop.extract().expect("an extract").rows_read, 1001);
}

/// F71.
#[test]
fn an_odd_watermark_is_told_and_nothing_is_lost() {
    let Some(server) = Server::shared() else { return };
    let database = server.database("odd");
    database.run(
        "create table t (id int primary key, what text, at timestamptz);
         insert into t select n, 'x', timestamptz '2024-01-01' + n * interval '1 day' from generate_series(1, 100) n",
    );
    let shop = watermarked(&database.url(), "at");
    let codes = |extract: &confect_connect::Extract| {
        extract.findings.iter().map(|finding| finding.code).collect::<Vec<_>>()
    };
    shop.extract().expect("an extract");
    // Without a watermark: read every time.
    database
        .run("insert into t values (200, 'empty', null); update t set at = null, what = 'y' where id = 3");
    let empty = shop.extract().expect("an extract");
    assert_eq!((empty.rows, empty.incremental, codes(&empty)), (101, true, vec!["watermark-empty"]));
    assert_eq!(empty.findings[0].rows, 2);
    assert!(shop.text().contains("200,empty,\n") && shop.text().contains("3,y,\n"));
    // An infinite one does not hold up the rest.
    database.run("insert into t values (300, 'always', 'infinity')");
    shop.extract().expect("an extract");
    database.run("insert into t values (301, 'after', '2024-05-01')");
    assert_eq!(shop.extract().expect("an extract").rows, 103);
    // Back: a restored database.
    database.run("delete from t where at >= '2024-03-01' and isfinite(at)");
    let back = shop.extract().expect("an extract");
    assert_eq!((back.incremental, codes(&back)), (false, vec!["watermark-backwards", "watermark-empty"]));
    // 2024-01-01 + n days < 2024-03-01: n = 1 to 59, of which one is empty, and 200 and 300.
    assert_eq!(back.rows, 61);
    let mut wrong = watermarked(&database.url(), "what");
    assert!(wrong.extract().expect_err("a text").message.contains("type `text`"));
    wrong = watermarked(&database.url(), "att");
    assert_eq!(wrong.extract().expect_err("no such column").hint.as_deref(), Some("did you mean `at`?"));
}

#[test]
fn a_number_may_be_a_watermark() {
    let Some(server) = Server::shared() else { return };
    let database = server.database("numbered");
    database.run("create table t (id int primary key, no smallint); insert into t select n, n from generate_series(1, 5000) n");
    let mut shop = watermarked(&database.url(), "no");
    shop.database.watermark = Some(Watermark { column: "no".to_owned(), overlap: None });
    shop.extract().expect("an extract");
    database.run("insert into t values (9000, 32767)");
    // From 5000 - 1000 on, both included.
    assert_eq!(shop.extract().expect("an extract").rows_read, 1002);
    assert_eq!(shop.extract().expect("an extract").rows_read, 1);
}
