//! Against a server that speaks TDS as Microsoft publishes it, in this process: what is read, and what happens when
//! it goes wrong (F65, F68-F71). Against a real one: `mssql_live.rs`.

mod support;

use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use confect_connect::Cause;
use confect_domain::ProblemKind;
use confect_domain::database::{DatabaseQuery, Overlap, Watermark};
use support::tds::{Reply, Setup, Tds, columns, done, error, hex, row, text};
use support::{Cut, Seen, Shop};

const INT: &[u8] = &[0x38];
/// `nvarchar(4000)`, Latin1_General_CI_AS.
const NVARCHAR: &[u8] = &[0xe7, 0x40, 0x1f, 9, 4, 0xd0, 0, 0x34];
/// `nvarchar(max)`.
const NVARCHAR_MAX: &[u8] = &[0xe7, 0xff, 0xff, 9, 4, 0xd0, 0, 0x34];

/// Whether only the columns are asked for.
fn is_look(asked: &str) -> bool {
    asked.contains("top (0)")
}

fn tokens(parts: &[Vec<u8>]) -> Reply {
    Reply::Tokens(parts.concat())
}

/// A table of numbers and texts.
fn numbered(rows: u32) -> Vec<u8> {
    let mut all = columns(&[("n", INT), ("what", NVARCHAR)]);
    for n in 1..=rows {
        all.extend_from_slice(&row(&[&n.to_le_bytes(), &text("xxxxxxxxxxxxxxxxxxxx")]));
    }
    [all, done(0)].concat()
}

/// F68: the types as the server tells them, what is asked of it then, and what the file holds.
#[test]
fn every_type_is_written_exactly() {
    let server = Tds::new(|asked, _| {
        if is_look(asked) {
            return tokens(&[
                columns(&[
                    ("price", &[0x6e, 8]),
                    ("small", &[0x7a]),
                    ("at", &[0x2a, 7]),
                    ("off", &[0x29 + 2, 3]),
                    ("old", &[0x6f, 8]),
                    ("day", &[0x28]),
                    ("time", &[0x29, 0]),
                    ("dec", &[0x6c, 9, 18, 4]),
                    // Cyrillic_General_CI_AS, code page 1251, 40 and then 5,000 characters.
                    ("narrow", &[0xa7, 40, 0, 0x19, 4, 0xd0, 0, 0]),
                    ("long]", &[0xa7, 0x88, 0x13, 0x19, 4, 0xd0, 0, 0]),
                    ("note", NVARCHAR_MAX),
                    ("raw", &[0xa5, 16, 0]),
                    ("guid", &[0x24, 16]),
                    ("any", &[0x62, 0x49, 0x1f, 0, 0]),
                    ("doc", &[0xf1, 0]),
                    (
                        "place",
                        &hex("f0 ffff 00 03 730079007300 09 670065006f00670072006100700068007900 0000"),
                    ),
                    // `text` of the table `t`, and `image`.
                    ("older", &hex("23 ffffff7f 0904d00034 01 0100 7400")),
                    ("picture", &hex("22 ffffff7f 01 0100 7400")),
                    ("flag", &[0x68, 1]),
                    ("tiny", &[0x26, 1]),
                    ("real", &[0x6d, 4]),
                ]),
                done(0),
            ]);
        }
        let max: &[u8] = NVARCHAR_MAX;
        let head = columns(&[
            ("price", &[0x6e, 8]),
            ("small", &[0x7a]),
            ("at", &[0x2a, 7]),
            ("off", &[0x29 + 2, 3]),
            ("old", &[0x6f, 8]),
            ("day", &[0x28]),
            ("time", &[0x29, 0]),
            ("dec", &[0x6c, 9, 18, 4]),
            ("narrow", NVARCHAR),
            ("long]", max),
            ("note", max),
            ("raw", &[0xa5, 16, 0]),
            ("guid", &[0x24, 16]),
            ("any", &[0x62, 0x49, 0x1f, 0, 0]),
            ("doc", max),
            ("place", max),
            ("older", max),
            ("picture", &[0xa5, 0xff, 0xff]),
            ("flag", &[0x68, 1]),
            ("tiny", &[0x26, 1]),
            ("real", &[0x6d, 4]),
        ]);
        // A long text in two pieces, its whole length unknown before.
        let pieces = |one: &str, two: &str| {
            let piece = |part: &str| {
                let units: Vec<u8> = part.encode_utf16().flat_map(u16::to_le_bytes).collect();
                [&(units.len() as u32).to_le_bytes()[..], &units].concat()
            };
            // A piece without anything would be the end.
            let parts: Vec<_> = [one, two].into_iter().filter(|part| !part.is_empty()).map(piece).collect();
            [&hex("feffffffffffffff")[..], &parts.concat(), &[0; 4]].concat()
        };
        let first = row(&[
            &hex("08 ffffff7f ffffffff"),
            &hex("00000080"),
            &hex("08 87da7df414 9f460b"),
            // 00:30:00.123 UTC is 1,800,123 thousandths, 0x1b77bb; two hours ahead.
            &hex("09 bb771b00 9f460b 7800"),
            &hex("08 44b10000 e2322900"),
            &hex("03 9f460b"),
            // 23:59:59
            &hex("03 7f5101"),
            &hex("05 00 39300000"),
            &text("Зефир, \"ванильный\""),
            &pieces("Käse", "\nTörtchen"),
            &pieces("🍰", ""),
            &hex("0200 00ff"),
            &hex("10 ff19966f 868b 11d0 b42d 00c04fc964ff"),
            &hex("0a000000 3c00 00000000 a85ebc00"),
            &pieces("<a/>", ""),
            &pieces("POINT (1 2)", ""),
            &pieces("", ""),
            &hex("feffffffffffffff 02000000 1234 00000000"),
            &[1, 1],
            &[1, 255],
            &hex("04 cdcccc3d"),
        ]);
        // Everything but the two that cannot be null is null: a bitmap says so.
        let second = [&hex("d2 fdff1f")[..], &hex("01000000")].concat();
        tokens(&[head, first, second, done(0)])
    });
    let shop = Shop::table(&server.url(), "kinds");
    let extract = shop.extract().expect("an extract");
    assert_eq!((extract.rows, extract.tries, extract.findings.len()), (2, 1, 0));
    let expected = "\
price,small,at,off,old,day,time,dec,narrow,long],note,raw,guid,any,doc,place,older,picture,flag,tiny,real
922337203685477.5807,-214748.3648,2024-03-31 02:30:00.1234567,2024-03-31 02:30:00.123+02:00,2024-03-31 02:30:00.007,2024-03-31,23:59:59,-1.2345,\"Зефир, \"\"ванильный\"\"\",\"Käse
Törtchen\",🍰,0x00FF,6F9619FF-8B86-D011-B42D-00C04FC964FF,1234.5000,<a/>,POINT (1 2),\"\",0x1234,1,255,0.1
,0.0001,,,,,,,,,,,,,,,,,,,
";
    assert_eq!(shop.text(), expected);
    let asked = server.asked();
    let last = asked.iter().find(|asked| asked.contains("convert(nvarchar(40)")).expect("the question");
    for part in [
        "convert(nvarchar(40), [narrow]) as [narrow]",
        "convert(nvarchar(max), [long]]]) as [long]]]",
        ", [note], [raw], [guid], case when sql_variant_property([any], 'BaseType') in ('char', 'varchar')",
        "convert(nvarchar(max), [doc]) as [doc], convert(nvarchar(max), [place]) as [place]",
        "convert(nvarchar(max), [older]) as [older], convert(varbinary(max), [picture]) as [picture]",
        "select [price], [small], [at], ",
    ] {
        assert!(last.contains(part), "{part}\n{last}");
    }
    assert!(asked.iter().any(|asked| asked == "set transaction isolation level snapshot; begin transaction"));
    // Nothing is ever kept.
    assert_eq!(asked.last().map(String::as_str), Some("if @@trancount > 0 rollback transaction"));
    assert!(!asked.iter().any(|asked| asked.contains("commit ") || asked.ends_with("commit")));
}

/// A value over many packets, and a heading with signs.
#[test]
fn a_long_text_comes_whole() {
    let long = "Käse,\"\n".repeat(30_000);
    let units: Vec<u8> = long.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let setup = Setup { snapshots: [1, 1], size: 512, ..Setup::default() };
    let server = Tds::with(setup, move |asked, _| {
        let head = columns(&[("a,b", NVARCHAR_MAX)]);
        let length = (units.len() as u32).to_le_bytes();
        let value = [&(units.len() as u64).to_le_bytes()[..], &length, &units, &[0; 4]].concat();
        let rows = if is_look(asked) { Vec::new() } else { row(&[&value]) };
        tokens(&[head, rows, done(0)])
    });
    let shop = Shop::table(&server.url(), "notes");
    assert_eq!(shop.extract().expect("an extract").rows, 1);
    // More than 500 line ends are put on one line, as for any database.
    let flat = long.replace('\n', " ").replace('"', "\"\"");
    assert_eq!(shop.text(), format!("\"a,b\"\n\"{flat}\"\n"));
}

/// F65: the line is cut in the middle of the rows, twice; the third attempt is a transaction of its own.
#[test]
fn a_cut_line_is_tried_again_from_the_beginning() {
    let server = Tds::new(|asked, _| Reply::Tokens(numbered(if is_look(asked) { 0 } else { 100_000 })));
    let cut = Cut::new(server.port(), &[3_000_000, 300]);
    let shop = Shop::table(&server.url().replace(&server.port().to_string(), &cut.port().to_string()), "t");
    let seen = Seen::default();
    let extract = shop.extract_with(&seen).expect("an extract");
    assert_eq!((extract.rows, extract.tries), (100_000, 3));
    let retried = seen.retried.lock().expect("a lock").clone();
    let rows: u64 = retried[0].split_whitespace().find_map(|word| word.parse().ok()).expect("rows");
    assert!((40_000..100_000).contains(&rows), "{retried:?}");
    let sum: u64 =
        shop.text().lines().skip(1).filter_map(|line| line.split(',').next()?.parse::<u64>().ok()).sum();
    assert_eq!(sum, 100_000 * 100_001 / 2);
    assert_eq!(shop.files(), ["till.csv", "till.json"]);
    // Always cut: the last extract stays.
    let before = shop.text();
    let server = Tds::new(|asked, _| match is_look(asked) {
        true => Reply::Tokens(numbered(0)),
        false => Reply::Cut(numbered(5)),
    });
    let error = shop.clone().at(&server.url()).extract().expect_err("it fails");
    assert_eq!((error.cause, error.kind()), (Cause::Dropped, ProblemKind::Source));
    assert!(error.to_string().ends_with("; tried 5 times"), "{error}");
    assert_eq!((server.connections(), shop.text()), (5, before));
    assert_eq!(shop.files(), ["till.csv", "till.json"]);
}

/// F69: each in one line, nothing is tried twice, and no secret shows.
#[test]
fn what_will_not_mend_itself_is_told_at_once() {
    let refused = |number, class, message| {
        Tds::with(
            Setup { refusal: Some((number, class, message)), size: 4_096, ..Setup::default() },
            |_, _| Reply::Tokens(done(0)),
        )
    };
    let said = |number, class, message: &'static str| {
        Tds::new(move |_, _| Reply::Tokens([error(number, class, message), done(2)].concat()))
    };
    let cases = [
        (refused(18_456, 14, "Login failed for user 'shop'."), Cause::Login),
        (
            refused(
                18_487,
                14,
                "Login failed for user 'shop'.  Reason: The password of the account has expired.",
            ),
            Cause::Login,
        ),
        (
            refused(4_060, 11, "Cannot open database \"shop\" requested by the login. The login failed."),
            Cause::NoSuchDatabase,
        ),
        (
            said(
                229,
                14,
                "The SELECT permission was denied on the object 't', database 'shop', schema 'dbo'.",
            ),
            Cause::Permission,
        ),
        (said(208, 16, "Invalid object name 't'."), Cause::Query),
        (
            said(8_156, 16, "The column 'id' was specified multiple times for 'confect_source'."),
            Cause::Columns,
        ),
        (
            said(1_033, 15, "The ORDER BY clause is invalid in views, inline functions, derived tables, …"),
            Cause::Query,
        ),
    ];
    for (server, cause) in &cases {
        let seen = Seen::default();
        let error = Shop::table(&server.url(), "t").extract_with(&seen).expect_err("it is refused");
        println!("{error}\n  hint: {}", error.hint.clone().unwrap_or_default());
        assert_eq!(error.cause, *cause, "{error}");
        assert!(seen.retried.lock().expect("a lock").is_empty() && server.connections() == 1, "{error}");
        assert!(!format!("{error} {error:?}").contains("Zuckerguss") && !error.to_string().contains('\n'));
        let kind = match cause {
            Cause::Query | Cause::Columns => ProblemKind::Config,
            _ => ProblemKind::Source,
        };
        assert_eq!(error.kind(), kind, "{error}");
    }
    // What mends itself is tried again: a deadlock is one.
    let deadlock = said(1_205, 13, "Transaction (Process ID 52) was deadlocked …");
    assert_eq!(Shop::table(&deadlock.url(), "t").extract().expect_err("it fails").cause, Cause::Dropped);
    assert_eq!(deadlock.connections(), 5);
    // Nobody there; something else there.
    let hosts = [
        ("sqlserver://shop:x@no-such-host.invalid/shop".to_owned(), Cause::HostUnknown),
        ("sqlserver://shop:x@169.254.169.254/shop".to_owned(), Cause::HostUnknown),
    ];
    for (url, cause) in hosts {
        assert_eq!(Shop::table(&url, "t").extract().expect_err("refused").cause, cause);
    }
    let web = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = web.local_addr().expect("an address").port();
    std::thread::spawn(move || {
        use std::io::{Read, Write};
        for line in web.incoming().flatten() {
            let mut line = line;
            let _ = line.read(&mut [0; 512]);
            let _ = line.write_all(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n");
        }
    });
    let started = Instant::now();
    let mut shop = Shop::table(&format!("sqlserver://shop:x@127.0.0.1:{port}/shop"), "t");
    shop.database.timeout = Duration::from_secs(1);
    let error = shop.extract().expect_err("no database");
    assert_eq!(error.cause, Cause::Unreachable, "{error}");
    assert!(started.elapsed() < Duration::from_secs(30), "{:?}", started.elapsed());
}

/// F69: the certificate of the server is checked: its authority, its name, its end; and the line is encrypted.
#[test]
fn certificates_are_checked() {
    use rustls::pki_types::pem::PemObject;
    let Some(authority) = support::Authority::new() else { return };
    let serve = |certificate: &support::Certificate| {
        let chain =
            vec![rustls::pki_types::CertificateDer::from_pem_file(&certificate.certificate).expect("one")];
        let key = rustls::pki_types::PrivateKeyDer::from_pem_file(&certificate.key).expect("a key");
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let config = rustls::ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .expect("versions")
            .with_no_client_auth()
            .with_single_cert(chain, key)
            .expect("a configuration");
        let setup = Setup { tls: Some(Arc::new(config)), snapshots: [1, 0], size: 4_096, ..Setup::default() };
        Tds::with(setup, |asked, _| Reply::Tokens(numbered(if is_look(asked) { 0 } else { 20_000 })))
    };
    let url = |server: &Tds, host: &str, rest: &str| {
        format!("{}?sslmode=verify-full{rest}", server.url().replace("127.0.0.1", host))
    };
    let own = format!("&sslrootcert={}", authority.path().display());
    let good = serve(&authority.certificate("localhost", 30));
    let shop = Shop::table(&url(&good, "localhost", &own), "t");
    assert_eq!(shop.extract().expect("an extract").rows, 20_000);
    let refused = |server: &Tds, host: &str, rest: &str| {
        let error = Shop::table(&url(server, host, rest), "t").extract().expect_err("it is not safe");
        println!("{error}");
        assert_eq!((error.cause, error.kind()), (Cause::Certificate, ProblemKind::Source), "{error}");
        error.to_string()
    };
    assert!(refused(&good, "localhost", "").contains("UnknownIssuer"));
    assert!(refused(&good, "127.0.0.1", &own).contains("not valid for name"));
    assert!(refused(&serve(&authority.certificate("localhost", -1)), "localhost", &own).contains("Expired"));
    // One side wants encryption, the other one has none.
    let plain = Tds::new(|_, _| Reply::Tokens(done(0)));
    assert!(refused(&plain, "localhost", "").contains("offers no encryption"));
    assert_eq!(plain.asked().len(), 0);
    let error = Shop::table(&good.url(), "t").extract().expect_err("it is demanded");
    assert!(error.to_string().contains("demands encryption"), "{error}");
}

/// F70: the server gets an attention, whether it is silent or in the middle of sending.
#[test]
fn a_query_that_takes_too_long_is_stopped_on_the_server() {
    for silent in [true, false] {
        let server = Tds::new(move |asked, _| match (is_look(asked), silent) {
            (true, _) => Reply::Tokens(numbered(0)),
            (_, true) => Reply::Silent(columns(&[("n", INT), ("what", NVARCHAR)])),
            // Rows without an end, the first one cut off its columns.
            (_, false) => Reply::Endless(
                [columns(&[("n", INT), ("what", NVARCHAR)]), row(&[&[1, 0, 0, 0], &text("x")])].concat(),
            ),
        });
        let mut shop = Shop::table(&server.url(), "t");
        shop.database.timeout = Duration::from_secs(1);
        let started = Instant::now();
        let error = shop.extract().expect_err("it takes too long");
        assert!(started.elapsed() < Duration::from_secs(3), "{:?}", started.elapsed());
        assert_eq!((error.cause, error.kind(), error.passing), (Cause::TimedOut, ProblemKind::Source, false));
        assert_eq!(server.attentions.load(Ordering::Relaxed), 1, "silent: {silent}");
        assert!(shop.files().is_empty(), "{:?}", shop.files());
    }
}

#[test]
fn cancelling_takes_less_than_two_seconds() {
    let server = Tds::new(|asked, _| match is_look(asked) {
        true => Reply::Tokens(numbered(0)),
        false => Reply::Silent(numbered(10)),
    });
    let shop = Shop::table(&server.url(), "t");
    let seen = Seen::default();
    std::thread::scope(|scope| {
        let work = scope.spawn(|| shop.extract_with(&seen));
        support::until(|| (server.asked().len() >= 5).then_some(()));
        seen.cancel.store(true, Ordering::Relaxed);
        let asked = Instant::now();
        let error = work.join().expect("no panic").expect_err("cancelled");
        assert!(asked.elapsed() < Duration::from_secs(2), "{:?}", asked.elapsed());
        assert_eq!(error.cause, Cause::Cancelled);
    });
    assert_eq!(server.attentions.load(Ordering::Relaxed), 1);
    assert!(shop.files().is_empty(), "{:?}", shop.files());
}

/// F71: a table of numbers with a watermark that the test moves.
#[test]
fn a_watermark_reads_what_is_new() {
    type Rows = Vec<(i32, &'static str, Option<i32>)>;
    let table: Arc<Mutex<Rows>> = Arc::new(Mutex::new((1..=3_000).map(|n| (n, "x", Some(n))).collect()));
    let rows = Arc::clone(&table);
    let server = Tds::new(move |asked, _| {
        let rows = rows.lock().expect("a lock");
        let after = |start: &str| {
            let rest = &asked[asked.find(start)? + start.len()..];
            rest.split('\'').next()?.parse::<i32>().ok()
        };
        if asked.contains("count_big") {
            let top = rows.iter().filter_map(|row| row.2).max();
            let empty = rows.iter().filter(|row| row.2.is_none()).count() as i64;
            let back = after("max([no]) >= cast('").is_some_and(|from| top.is_none_or(|top| top < from));
            let head = columns(&[("", &[0x7f]), ("", &[0x7f]), ("", &[0x26, 4]), ("", INT)]);
            let top = top.map_or(vec![0], |top| [&[4][..], &top.to_le_bytes()].concat());
            let counts = (rows.len() as i64, empty);
            let line = row(&[
                &counts.0.to_le_bytes(),
                &counts.1.to_le_bytes(),
                &top,
                &i32::from(back).to_le_bytes(),
            ]);
            return tokens(&[head, line, done(0)]);
        }
        let mut all = columns(&[("id", INT), ("what", NVARCHAR), ("no", &[0x26, 4])]);
        let from = after("where [no] >= cast('").map(|from| from - 1_000);
        for (id, what, no) in rows.iter().filter(|_| !is_look(asked)) {
            if from.is_none() || no.is_none_or(|no| Some(no) >= from) {
                let no = no.map_or(vec![0], |no| [&[4][..], &no.to_le_bytes()].concat());
                all.extend_from_slice(&row(&[&id.to_le_bytes(), &text(what), &no]));
            }
        }
        tokens(&[all, done(0)])
    });
    let mut shop = Shop::table(&server.url(), "t");
    shop.database.key = vec!["id".to_owned()];
    shop.database.watermark = Some(Watermark { column: "no".to_owned(), overlap: None });
    let first = shop.extract().expect("an extract");
    assert_eq!((first.rows, first.incremental, first.changed), (3_000, false, true));
    // From 3000 - 1000 on, both included; the same rows again.
    let same = shop.extract().expect("an extract");
    assert_eq!((same.rows, same.rows_read, same.incremental, same.changed), (3_000, 1_001, true, false));
    let last = server.asked();
    let last = last.iter().rev().find(|asked| asked.contains("where [no]")).expect("a window");
    assert!(
        last.ends_with("where [no] >= cast('3000' as decimal(37, 0)) - 1000 or [no] is null order by [id]"),
        "{last}"
    );
    // New, changed, deleted, empty, back: each is seen.
    let codes = |extract: &confect_connect::Extract| {
        extract.findings.iter().map(|finding| finding.code).collect::<Vec<_>>()
    };
    table.lock().expect("a lock").push((4_000, "new", Some(3_500)));
    table.lock().expect("a lock")[6] = (7, "changed", Some(3_400));
    let more = shop.extract().expect("an extract");
    assert_eq!((more.rows, more.rows_read, more.incremental, codes(&more)), (3_001, 1_003, true, vec![]));
    table.lock().expect("a lock").remove(4);
    let less = shop.extract().expect("an extract");
    assert_eq!((less.rows, less.incremental, codes(&less)), (3_000, false, vec!["watermark-missed"]));
    table.lock().expect("a lock").push((5_000, "empty", None));
    let empty = shop.extract().expect("an extract");
    assert_eq!((empty.rows, empty.incremental, codes(&empty)), (3_001, true, vec!["watermark-empty"]));
    table.lock().expect("a lock").retain(|row| row.2.is_some_and(|no| no <= 2_000));
    let back = shop.extract().expect("an extract");
    assert_eq!((back.incremental, codes(&back)), (false, vec!["watermark-backwards"]));
    let text = shop.text();
    // 2,000 rows, but for the fifth, which is gone, and the seventh, which moved beyond and was cut off.
    assert_eq!((back.rows, text.lines().count()), (1_998, 1_999));
    // What cannot grow is told.
    shop.database.watermark = Some(Watermark { column: "what".to_owned(), overlap: None });
    assert!(shop.extract().expect_err("a text").message.contains("type `nvarchar`"));
    let hour = Some(Overlap::Time(Duration::from_secs(3_600)));
    shop.database.watermark = Some(Watermark { column: "no".to_owned(), overlap: hour });
    assert!(shop.extract().expect_err("a number").message.contains("is a number, so `overlap` is one"));
    shop.database.watermark = Some(Watermark { column: "noo".to_owned(), overlap: None });
    assert_eq!(shop.extract().expect_err("no such column").hint.as_deref(), Some("did you mean `no`?"));
}

#[test]
fn a_database_without_snapshots_is_told() {
    for (snapshots, level, says) in [
        ([0, 1], "read committed", "may be moments apart"),
        ([0, 0], "serializable", "had to wait"),
        // Being switched on or off.
        ([3, 0], "serializable", "had to wait"),
    ] {
        let setup = Setup { snapshots, size: 4_096, ..Setup::default() };
        let server = Tds::with(setup, |asked, _| Reply::Tokens(numbered(if is_look(asked) { 0 } else { 2 })));
        let extract = Shop::table(&server.url(), "t").extract().expect("an extract");
        assert_eq!(extract.rows, 2);
        assert_eq!(extract.findings.len(), 1);
        assert_eq!(extract.findings[0].code, "database-no-snapshot");
        assert!(extract.findings[0].message.contains(says), "{:?}", extract.findings);
        assert!(extract.findings[0].remedy.contains("allow_snapshot_isolation"));
        let begin = format!("set transaction isolation level {level}; begin transaction");
        assert!(server.asked().contains(&begin), "{:?}", server.asked());
    }
}

/// SQL Server has no read-only transactions: a query must be one question, which is seen to before it is sent.
#[test]
fn a_query_cannot_write() {
    let server = Tds::new(|_, _| Reply::Tokens(numbered(0)));
    for query in [
        "select 1 as id) as x drop table t select * from (select 1 as id",
        "select 1 as id; delete from t",
        "with a as (select 1 as x) delete from t select 1 as id",
        "select 1 as id /*",
    ] {
        let error = Shop::new(&server.url(), query).extract().expect_err("it is refused");
        assert_eq!((error.cause, error.kind()), (Cause::Query, ProblemKind::Config), "{query}: {error}");
    }
    assert_eq!(server.asked().len(), 0);
    let shop = Shop::new(&server.url(), "with a as (select 1 as n) select * from a -- all;\n");
    shop.extract().expect("an extract");
    let asked = server.asked();
    assert!(asked.contains(
        &"with a as (select 1 as n) select top (0) * from (\nselect * from a -- all;\n) as confect_source".to_owned()
    ), "{asked:?}");
    let mut shop = Shop::table(&server.url(), "x");
    shop.database.query = DatabaseQuery::Table(vec!["dbo".to_owned(), "a]; drop table t; --".to_owned()]);
    shop.extract().expect("an extract");
    assert!(
        server.asked().iter().any(|asked| asked.contains("select * from [dbo].[a]]; drop table t; --]\n"))
    );
}

/// An answer that is not as published is told, and never a panic or a half file.
#[test]
fn nonsense_is_told() {
    for wrong in [
        hex("07"),
        hex("81 ffff 00"),
        columns(&[("a", &[0xf3])]),
        [columns(&[("a", &[0x28])]), hex("d1 03 ffffff"), done(0)].concat(),
        [columns(&[("a", &[0x6e, 8])]), hex("d1 05 0000000000"), done(0)].concat(),
        [columns(&[("a", NVARCHAR)]), hex("d1 0300 414243"), done(0)].concat(),
        [columns(&[("a", INT)]), hex("d1 0000")].concat(),
        columns(&[("a", INT); 5_000]),
        hex("aa 0200 0100"),
    ] {
        let server = Tds::new(move |_, _| Reply::Tokens(wrong.clone()));
        let shop = Shop::table(&server.url(), "t");
        let error = shop.extract().expect_err("nonsense");
        println!("{error}");
        assert_eq!((error.cause, error.kind()), (Cause::Server, ProblemKind::Source), "{error}");
        assert!(shop.files().is_empty(), "{:?}", shop.files());
    }
}
