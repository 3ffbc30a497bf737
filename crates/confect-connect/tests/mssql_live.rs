//! Against a real server that speaks TDS, named by `CONFECT_TDS_URL` (`sqlserver://user:password@host:port/database`);
//! skipped with a message without it, or without FreeTDS' `tsql`, which fills the tables.
//!
//! The user must be allowed to create tables. `CONFECT_TDS_RECORD=1` writes the conversations anew that `replayed`
//! tells again everywhere else.

mod support;

use std::io::Write;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use confect_connect::Cause;
use confect_domain::database::{DatabaseQuery, Overlap, Watermark};
use support::talk::{Recorder, path, replay};
use support::{Cut, Seen, Shop};

/// A server for tests.
struct Live {
    url: String,
    user: String,
    password: String,
    host: String,
    port: u16,
    database: String,
}

impl Live {
    fn new() -> Option<Self> {
        let Ok(url) = std::env::var("CONFECT_TDS_URL") else {
            println!("skipped: `CONFECT_TDS_URL` names no server");
            return None;
        };
        if Command::new("tsql").arg("-C").output().is_err() {
            println!("skipped: no `tsql` (FreeTDS) on this machine");
            return None;
        }
        let rest = url.strip_prefix("sqlserver://").expect("an address");
        let (who, place) = rest.split_once('@').expect("a user");
        let (user, password) = who.split_once(':').expect("a password");
        let (host, database) = place.split_once('/').expect("a database");
        let (host, port) = host.split_once(':').expect("a port");
        let [user, password, host, database] = [user, password, host, database].map(str::to_owned);
        Some(Self { url: url.clone(), user, password, host, port: port.parse().expect("a port"), database })
    }

    fn url_at(&self, port: u16) -> String {
        self.url.replace(&format!(":{}/", self.port), &format!(":{port}/"))
    }

    /// Runs statements, parted by `go`.
    fn run(&self, sql: &str) -> String {
        let mut tsql = Command::new("tsql");
        tsql.args(["-H", &self.host, "-p", &self.port.to_string(), "-U", &self.user, "-P", &self.password]);
        tsql.args(["-D", &self.database, "-o", "qh"]).env("TDSVER", "7.4").env("LC_ALL", "C.UTF-8");
        let mut child =
            tsql.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("tsql");
        let text = format!("{sql}\ngo\nexit\n");
        child.stdin.take().expect("a pipe").write_all(text.as_bytes()).expect("written");
        let out = child.wait_with_output().expect("tsql ends");
        let all = String::from_utf8_lossy(&out.stdout).into_owned() + &String::from_utf8_lossy(&out.stderr);
        assert!(!all.contains("Msg "), "{sql}\n{all}");
        all
    }

    /// A table anew.
    fn table(&self, name: &str, rest: &str) {
        self.run(&format!("drop table if exists {name}\ngo\n{rest}"));
    }
}

/// Six places of a second, because Babelfish keeps no more; the seventh is seen to in `mssql.rs`.
const KINDS: &str = "create table confect_kinds (
  id int primary key, price money, small smallmoney, at datetime2(7), at3 datetime2(3), away datetimeoffset(7),
  old datetime, older smalldatetime, day date, clock time(7), dec decimal(38, 10), num numeric(9, 2), flag bit,
  guid uniqueidentifier, tiny tinyint, big bigint, f float, r real, narrow varchar(40), fixed char(6),
  wide nvarchar(40), note nvarchar(max), long varchar(max), raw varbinary(16), doc xml, [any] sql_variant,
  cyrillic varchar(40) collate cyrillic_general_ci_as)
go
insert into confect_kinds values (1, 922337203685477.5807, -214748.3648, '2024-03-31T02:30:00.123456', '2024-03-31T02:30:00.123',
  '2024-03-31T04:30:00.123456+02:00', '2024-03-31T02:30:00.007', '2024-03-31T02:30:00', '2024-02-29', '23:59:59.999999',
  -1234567890123456789012345678.0123456789, 12.50, 1, '6F9619FF-8B86-D011-B42D-00C04FC964FF', 255, -9223372036854775808,
  0.1, 0.1, 'a,\"b\"', 'ab', N'Käse', N'two
lines', 'long', 0x00ff, '<a>1</a>', convert(money, 1234.5678), N'Зефир')
go
insert into confect_kinds (id) values (2)
go
insert into confect_kinds (id, price, at, away, wide, note, [any], narrow) values (3, -0.0001, '0001-01-01', '2024-03-31T00:00:00.0000000-05:30',
  N'', N'🍰', convert(varchar(10), 'cake'), 'Törtchen')
go";

const EXPECTED: &str = "\
id,price,small,at,at3,away,old,older,day,clock,dec,num,flag,guid,tiny,big,f,r,narrow,fixed,wide,note,long,raw,doc,any,cyrillic
1,922337203685477.5807,-214748.3648,2024-03-31 02:30:00.1234560,2024-03-31 02:30:00.123,2024-03-31 04:30:00.1234560+02:00,2024-03-31 02:30:00.007,2024-03-31 02:30:00,2024-02-29,23:59:59.9999990,-1234567890123456789012345678.0123456789,12.50,1,6F9619FF-8B86-D011-B42D-00C04FC964FF,255,-9223372036854775808,0.1,0.1,\"a,\"\"b\"\"\",ab    ,Käse,\"two
lines\",long,0x00FF,<a>1</a>,1234.5678,Зефир
2,,,,,,,,,,,,,,,,,,,,,,,,,,
3,-0.0001,,0001-01-01 00:00:00.0000000,,2024-03-31 00:00:00.0000000-05:30,,,,,,,,,,,,,Törtchen,,\"\",🍰,,,,cake,
";

/// F68.
#[test]
fn values_are_written_exactly() {
    let Some(live) = Live::new() else { return };
    live.table("confect_kinds", KINDS);
    let mut shop = Shop::table(&live.url, "confect_kinds");
    shop.database.key = vec!["id".to_owned()];
    shop.extract().expect("an extract");
    let text = shop.text();
    for (ours, expected) in text.lines().zip(EXPECTED.lines()) {
        for (index, (cell, expected)) in ours.split(',').zip(expected.split(',')).enumerate() {
            assert_eq!(cell, expected, "cell {index} of {ours}");
        }
    }
    assert_eq!(text, EXPECTED);
    if std::env::var_os("CONFECT_TDS_RECORD").is_some() {
        let recorder = Recorder::new(format!("{}:{}", live.host, live.port));
        let mut shop = shop.clone().at(&live.url_at(recorder.port()));
        shop.full = true;
        shop.extract().expect("an extract");
        recorder.save(&path("kinds.txt"));
    }
}

/// F68, without a server: what a real one said when it was asked.
#[test]
fn a_recorded_conversation_makes_the_same_file() {
    let port = replay("kinds.txt");
    let mut shop = Shop::table(&format!("sqlserver://shop:x@127.0.0.1:{port}/shop"), "confect_kinds");
    shop.database.key = vec!["id".to_owned()];
    let extract = shop.extract().expect("an extract");
    assert_eq!((extract.rows, extract.tries), (3, 1));
    assert_eq!(shop.text(), EXPECTED);
}

/// F65: a proxy cuts the line about row 700,000.
#[test]
fn a_cut_line_is_tried_again_from_the_beginning() {
    let Some(live) = Live::new() else { return };
    live.table(
        "confect_many",
        "create table confect_many (n int primary key, what nvarchar(20))
go
insert into confect_many select n, N'xxxxxxxxxxxxxxxxxxxx' from (select a.n + 10 * b.n + 100 * c.n + 1000 * d.n + 10000 * e.n + 100000 * f.n + 1 as n
 from (values (0),(1),(2),(3),(4),(5),(6),(7),(8),(9)) a(n), (values (0),(1),(2),(3),(4),(5),(6),(7),(8),(9)) b(n),
 (values (0),(1),(2),(3),(4),(5),(6),(7),(8),(9)) c(n), (values (0),(1),(2),(3),(4),(5),(6),(7),(8),(9)) d(n),
 (values (0),(1),(2),(3),(4),(5),(6),(7),(8),(9)) e(n), (values (0),(1),(2),(3),(4),(5),(6),(7)) f(n)) x",
    );
    let shop = Shop::table(&live.url, "confect_many");
    let started = Instant::now();
    assert_eq!(shop.extract().expect("an extract").rows, 800_000);
    println!("800,000 rows in {:?}", started.elapsed());
    // A row is 47 bytes of tokens, and the headers of packets.
    let cut = Cut::new(live.port, &[33_000_000, 300]);
    let shop = shop.at(&live.url_at(cut.port()));
    let seen = Seen::default();
    let extract = shop.extract_with(&seen).expect("an extract");
    assert_eq!((extract.rows, extract.tries, extract.changed), (800_000, 3, false));
    let retried = seen.retried.lock().expect("a lock").clone();
    let rows: u64 = retried[0].split_whitespace().find_map(|word| word.parse().ok()).expect("rows");
    assert!((600_000..800_000).contains(&rows), "{retried:?}");
    let sum: u64 =
        shop.text().lines().skip(1).filter_map(|line| line.split(',').next()?.parse::<u64>().ok()).sum();
    assert_eq!(sum, 800_000 * 800_001 / 2);
}

/// F69.
#[test]
fn what_will_not_mend_itself_is_told_at_once() {
    let Some(live) = Live::new() else { return };
    let cases = [
        (live.url.replace(&format!(":{}@", live.password), ":falsch-Zuckerguss@"), "t", Cause::Login),
        (format!("{}_not", live.url), "t", Cause::NoSuchDatabase),
        (live.url.clone(), "confect_missing", Cause::Query),
    ];
    for (url, table, cause) in cases {
        let seen = Seen::default();
        let error = Shop::table(&url, table).extract_with(&seen).expect_err("it is refused");
        println!("{error}\n  hint: {}", error.hint.clone().unwrap_or_default());
        assert_eq!(error.cause, cause, "{error}");
        assert!(seen.retried.lock().expect("a lock").is_empty(), "{error} was tried again");
        assert!(!format!("{error} {error:?}").contains("Zuckerguss"), "{error}");
    }
    for (query, cause) in [
        ("select 1 as id, 2 as id", Cause::Columns),
        ("select 1", Cause::Columns),
        ("select 1 as id from", Cause::Query),
        ("select 1/0 as id", Cause::Query),
    ] {
        let error = Shop::new(&live.url, query).extract().expect_err("it is refused");
        println!("{query}: {error}");
        assert_eq!(error.cause, cause, "{query}: {error}");
    }
    let shop = Shop::new(
        &live.url,
        "with a (n) as (select 1), b as (select n + 1 as n from a) select * from b -- two;\n",
    );
    assert_eq!(shop.extract().expect("an extract").rows, 1);
    assert_eq!(shop.text(), "n\n2\n");
}

/// F70: the server stops at the attention; that it did is seen in how soon it answers to it.
#[test]
fn a_query_that_takes_too_long_is_stopped_on_the_server() {
    let Some(live) = Live::new() else { return };
    let ten = "(values (0),(1),(2),(3),(4),(5),(6),(7),(8),(9))";
    let tables: Vec<String> = "abcdefghijk".chars().map(|name| format!("{ten} {name}(n)")).collect();
    let long = format!("select count_big(*) as n from {} where a.n + k.n > 99", tables.join(", "));
    let started = Instant::now();
    Shop::new(&live.url, "select 1 as n").extract().expect("an extract");
    let usual = started.elapsed();
    let mut shop = Shop::new(&live.url, &long);
    shop.database.timeout = Duration::from_secs(2);
    let started = Instant::now();
    let error = shop.extract().expect_err("it takes too long");
    println!("{error}, after {:?}", started.elapsed());
    assert_eq!(error.cause, Cause::TimedOut);
    assert!(
        started.elapsed() < usual * 2 + Duration::from_secs(4),
        "{:?}, usually {usual:?}",
        started.elapsed()
    );
    assert!(shop.files().is_empty(), "{:?}", shop.files());
}

/// F71, with moments of every kind.
#[test]
fn a_watermark_reads_what_is_new() {
    let Some(live) = Live::new() else { return };
    for (name, kind) in [
        ("confect_w1", "datetime2(7)"),
        ("confect_w2", "datetime"),
        ("confect_w3", "datetimeoffset(7)"),
        ("confect_w4", "smalldatetime"),
        ("confect_w5", "date"),
    ] {
        live.table(
            name,
            &format!(
                "create table {name} (id int primary key, what nvarchar(20), at {kind})
go
insert into {name} select n, N'x', dateadd(hour, 24 * n, cast('2024-01-01T00:00:00' as datetime)) from (select a.n + 10 * b.n + 1 as n
 from (values (0),(1),(2),(3),(4),(5),(6),(7),(8),(9)) a(n), (values (0),(1),(2),(3),(4),(5),(6),(7),(8),(9)) b(n)) x"
            ),
        );
        let mut shop = Shop::table(&live.url, name);
        shop.database.query = DatabaseQuery::Table(vec!["dbo".to_owned(), name.to_owned()]);
        shop.database.key = vec!["id".to_owned()];
        let overlap = Some(Overlap::Time(Duration::from_secs(3 * 86_400)));
        shop.database.watermark = Some(Watermark { column: "at".to_owned(), overlap });
        assert_eq!(shop.extract().expect("an extract").rows, 100);
        // Three days back: the last four days.
        let same = shop.extract().expect("an extract");
        assert_eq!(
            (same.rows, same.rows_read, same.incremental, same.changed),
            (100, 4, true, false),
            "{kind}"
        );
        assert!(same.findings.is_empty(), "{:?}", same.findings);
        live.run(&format!(
            "insert into {name} values (500, N'new', '2024-04-12T10:00:00'), (501, N'empty', null)"
        ));
        let more = shop.extract().expect("an extract");
        assert_eq!((more.rows, more.rows_read, more.incremental), (102, 6, true), "{kind}");
        live.run(&format!("delete from {name} where at > '2024-03-01T00:00:00'"));
        let back = shop.extract().expect("an extract");
        // 2024-01-01 + 1 to 60 days is up to 2024-03-01, and the empty one.
        assert_eq!((back.rows, back.incremental), (61, false), "{kind}");
        assert_eq!(back.findings.first().map(|finding| finding.code), Some("watermark-backwards"));
    }
}
