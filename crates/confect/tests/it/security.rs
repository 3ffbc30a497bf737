//! Who gets in, and what each sees: sessions, other sites, headers, and row-level security everywhere.

use std::io::{BufRead, BufReader, Write};

use serde_json::Value;

use crate::support::{PASSWORD, Project, Server, kind, kpi, repository, shared};

fn credentials(user: &str, password: &str) -> String {
    serde_json::json!({ "user": user, "password": password }).to_string()
}

#[test]
fn every_route_but_the_public_ones_needs_a_session() {
    let source =
        std::fs::read_to_string(repository().join("crates/confect-server/src/routes.rs")).expect("the table");
    let table = |name: &str| -> Vec<(String, String)> {
        let body = source
            .split(&format!("const {name}:"))
            .nth(1)
            .and_then(|rest| rest.split("];").next())
            .expect("a table");
        let rows = body.lines().filter_map(|line| line.trim().strip_prefix("(\"")?.strip_suffix("\"),"));
        rows.filter_map(|row| row.split_once("\","))
            .map(|(method, path)| (method.to_owned(), path.trim().trim_matches('"').to_owned()))
            .collect()
    };
    let public = table("PUBLIC");
    let names: Vec<&str> = public.iter().map(|(_, path)| path.as_str()).collect();
    assert_eq!(names, ["/healthz", "/api/sign-in", "/sign-in"], "a new public route is a decision");
    let guarded = table("GUARDED");
    assert_eq!(guarded.len(), 20);
    let server = Server::start(shared(), &[]);
    for (method, path) in guarded {
        let path = path.replace("{id}", "overview").replace("{file}", "net_sales.csv");
        for cookie in ["", "sid=1234", &format!("sid={}", "0".repeat(64))] {
            let answer = if method == "GET" {
                server.get(&path, cookie, &[])
            } else {
                server.post(&path, "{}", cookie)
            };
            assert_eq!((answer.status, answer.code().as_str()), (401, "not-signed-in"), "{method} {path}");
        }
    }
}

#[test]
fn signing_in_and_out() {
    let project = Project::ready();
    let server = Server::start(&project, &[]);
    let answer = server.post("/api/sign-in", &credentials("mara", PASSWORD), "");
    assert_eq!(answer.status, 200, "{}", answer.body);
    assert_eq!(answer.json()["user"]["name"], "mara");
    let set = answer.header("set-cookie");
    assert!(set.starts_with("sid=") && set.contains("HttpOnly") && set.contains("SameSite=Strict"), "{set}");
    let cookie = answer.cookie();
    let session = server.get("/api/session", &cookie, &[]);
    assert_eq!((session.status, &session.json()["access"]["summary"]), (200, &Value::from("All rows")));
    assert_eq!(server.get("/api/pages", &cookie, &[]).json()[0]["id"], "overview");
    assert_eq!(server.post("/api/sign-out", "{}", &cookie).status, 204);
    assert_eq!(server.get("/api/session", &cookie, &[]).status, 401);
}

#[test]
fn wrong_passwords_tell_nothing_and_soon_have_to_wait() {
    let project = Project::ready();
    let server = Server::start(&project, &[]);
    let wrong = server.post("/api/sign-in", &credentials("mara", "wrong wrong wrong"), "");
    let unknown = server.post("/api/sign-in", &credentials("nobody", "wrong wrong wrong"), "");
    let without = server.post("/api/sign-in", &credentials("jean", "wrong wrong wrong"), "");
    for answer in [&wrong, &unknown, &without] {
        assert_eq!((answer.status, answer.code().as_str()), (401, "sign-in-failed"));
        assert_eq!(answer.json()["error"]["message"], wrong.json()["error"]["message"]);
    }
    let codes: Vec<u16> =
        (0..6).map(|_| server.post("/api/sign-in", &credentials("mara", "wrong"), "").status).collect();
    assert!(codes.ends_with(&[429]), "{codes:?}");
    let right = server.post("/api/sign-in", &credentials("mara", PASSWORD), "");
    assert_eq!((right.status, right.code().as_str()), (429, "too-many-attempts"));
    assert!(right.header("retry-after").parse::<u64>().is_ok_and(|seconds| seconds > 0));
}

#[test]
fn a_link_works_once_and_a_disabled_user_is_out_at_once() {
    let project = Project::ready();
    let server = Server::start(&project, &[]);
    let link = project.fine(&["user", "link", "jean", "--address", &server.address]);
    let path = link.trim().strip_prefix(&server.address).expect("a link");
    let first = server.get(path, "", &[]);
    assert_eq!((first.status, first.header("location")), (303, "/"));
    let second = server.get(path, "", &[]);
    assert_eq!(
        (second.status, second.header("location"), second.header("set-cookie")),
        (303, "/?link=expired", "")
    );
    assert_eq!(server.get("/api/session", &first.cookie(), &[]).status, 200);
    project.fine(&["user", "disable", "jean"]);
    assert_eq!(server.get("/api/session", &first.cookie(), &[]).status, 401);
}

#[test]
fn other_sites_cannot_act_for_a_user() {
    let server = Server::start(shared(), &[]);
    let cookie = server.sign_in(shared(), "mara");
    let own = server.address.clone();
    let refused: [&[(&str, &str)]; 5] = [
        &[("sec-fetch-site", "cross-site")],
        &[("sec-fetch-site", "same-site")],
        &[("origin", "https://evil.example")],
        &[("origin", "null")],
        &[],
    ];
    for headers in refused {
        let headers = [headers, &[("cookie", cookie.as_str())]].concat();
        let answer = server.post_with("/api/sign-out", "{}", &headers);
        assert_eq!((answer.status, answer.code().as_str()), (403, "cross-site"), "{headers:?}");
    }
    let renamed = server.get("/api/session", &cookie, &[("host", "evil.example")]);
    assert_eq!((renamed.status, renamed.code().as_str()), (421, "unknown-host"));
    assert_eq!(server.get("/api/session", &cookie, &[]).status, 200, "still signed in");
    let allowed = server.post_with("/api/sign-out", "{}", &[("origin", &own), ("cookie", &cookie)]);
    assert_eq!(allowed.status, 204);
}

#[test]
fn answers_carry_their_headers_and_limits_hold() {
    let server = Server::start(shared(), &[]);
    for path in ["/healthz", "/", "/api/session", "/api/none", "/a/none/x.js"] {
        let answer = server.get(path, "", &[]);
        assert_eq!(answer.header("x-content-type-options"), "nosniff", "{path}");
        assert_eq!(answer.header("referrer-policy"), "no-referrer", "{path}");
        let policy = answer.header("content-security-policy");
        assert!(
            policy.contains("default-src 'none'") && policy.contains("frame-ancestors 'none'"),
            "{path}: {policy}"
        );
        let scripts = policy.split("script-src").nth(1).and_then(|rest| rest.split(';').next()).unwrap_or("");
        assert!(!scripts.contains("unsafe"), "{path}: {scripts}");
        assert_eq!(answer.header("access-control-allow-origin"), "", "{path}");
        assert_eq!(answer.header("x-request-id").len(), 16, "{path}");
        assert_eq!(answer.header("server"), "", "{path}");
    }
    assert_eq!(server.get("/healthz", "", &[]).body, "ok\n");
    assert_eq!(server.get("/a/none/x.js", "", &[]).status, 404, "never the page");
    assert_eq!(server.get("/api/session", "", &[]).header("cache-control"), "no-store");
    let failure = server.get("/api/none", "", &[]);
    assert_eq!(failure.json()["error"]["request_id"], failure.header("x-request-id"));
    let unknown_field = server.post("/api/sign-in", r#"{"user":"mara","password":"x","role":"owner"}"#, "");
    assert!((400..500).contains(&unknown_field.status));
    assert_eq!(announced(&server, 2 << 20), "HTTP/1.1 413 Payload Too Large");
    let long = server.get(&format!("/api/page/overview?country={}", "x".repeat(9_000)), "", &[]);
    assert!(matches!(long.status, 414 | 431), "{}", long.status);
    assert_eq!(server.post("/api/pages", "{}", "").status, 405);
}

/// The first line of the answer to a body that is announced and never sent.
fn announced(server: &Server, length: usize) -> String {
    let host = server.address.trim_start_matches("http://");
    let mut stream = std::net::TcpStream::connect(host).expect("a connection");
    let head = format!(
        "POST /api/sign-in HTTP/1.1\r\nhost: {host}\r\nsec-fetch-site: same-origin\r\n\
         content-type: application/json\r\ncontent-length: {length}\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).expect("a request");
    let mut line = String::new();
    BufReader::new(stream).read_line(&mut line).expect("an answer");
    line.trim().to_owned()
}

#[test]
fn a_manager_of_france_sees_france_and_nothing_else_anywhere() {
    let server = Server::start(shared(), &[]);
    let (mara, jean) = (server.sign_in(shared(), "mara"), server.sign_in(shared(), "jean"));
    // The owner first, so that a cache that mixes them up would show.
    assert_eq!(kpi(&server.page(&mara, ""), "net_sales"), "149.6");
    for query in ["", "?country=Germany&country=France", "?range=all"] {
        let page = server.page(&jean, query);
        assert_eq!(kpi(&page, "net_sales"), "93", "{query}");
        assert_eq!(kpi(&page, "orders"), "1", "{query}");
        assert_eq!(
            (&page["access"]["limited"], &page["access"]["summary"]),
            (&true.into(), &"Country is France".into())
        );
        let text = page["tiles"].to_string()
            + &page["filters"].as_array().map_or(String::new(), |filters| {
                filters.iter().map(|filter| filter["options"].to_string()).collect()
            });
        for hidden in ["Germany", "United Kingdom", "HAND WARMER", "22633", "TEA SET"] {
            assert!(!text.contains(hidden), "{query}: {hidden}");
        }
    }
    assert_eq!(kpi(&server.page(&jean, "?country=Germany"), "net_sales"), "0");
    assert_eq!(kpi(&server.page(&mara, ""), "net_sales"), "149.6", "the cache keeps them apart");
    let page = server.page(&jean, "");
    for tile in ["bars", "table", "trend"] {
        let id = kind(&page, tile)["id"].as_str().unwrap_or_default();
        let csv = server.get(&format!("/api/page/overview/tile/{id}.csv"), &jean, &[]);
        assert_eq!(csv.status, 200);
        assert!(!csv.body.contains("Germany") && !csv.body.contains("22633"), "{}", csv.body);
    }
}

#[test]
fn the_command_line_keeps_to_the_rules_as_well() {
    let as_jean = |query: &str| shared().csv(&["sql", "--as", "jean", query]);
    assert_eq!(as_jean("select distinct country from dim_country order by country"), ["country", "France"]);
    assert_eq!(as_jean("select count(*) as n from fact_sales"), ["n", "2"]);
    assert_eq!(as_jean("select count(*) as n from fact_sales where revenue < 50"), ["n", "1"]);
    assert_eq!(
        shared().csv(&["metric", "net_sales", "--by", "country", "--as", "jean"]),
        ["country,net_sales", "France,93"]
    );
    let own = shared().run(&["customer", "12583", "--as", "jean"]);
    assert_eq!(own.code, 0, "{}", own.err);
    let hidden = shared().run(&["customer", "12662", "--as", "jean"]);
    let absent = shared().run(&["customer", "99999", "--as", "jean"]);
    assert_eq!(hidden.code, absent.code);
    assert_eq!(hidden.err.replace("12662", "99999"), absent.err, "hidden and absent read the same");
    let private = shared().run(&["sql", "--as", "jean", "select * from quarantine"]);
    let unknown = shared().run(&["sql", "--as", "jean", "select * from quarantime"]);
    assert_eq!(
        (private.code, private.err.replace("quarantine", "x")),
        (unknown.code, unknown.err.replace("quarantime", "x"))
    );
    for text in [
        "explain select * from fact_sales",
        "show tables",
        "select * from information_schema.tables",
        "describe fact_sales",
    ] {
        let ran = shared().run(&["sql", "--as", "jean", text]);
        assert_eq!((ran.code, ran.out.as_str()), (2, ""), "{text}");
    }
    let failing =
        shared().run(&["sql", "--as", "jean", "select cast(stock_code as integer) from fact_sales"]);
    assert!(
        failing.code != 0 && !failing.err.contains("85123A") && !failing.err.contains("POST"),
        "{}",
        failing.err
    );
}

#[test]
fn roles_that_change_count_from_the_next_request() {
    let project = Project::ready();
    let server = Server::start(&project, &[]);
    let jean = server.sign_in(&project, "jean");
    assert_eq!(kpi(&server.page(&jean, ""), "net_sales"), "93");
    project.fine(&["user", "set", "jean", "--role", "country_manager", "--set", "countries=Germany"]);
    assert_eq!(server.get("/api/page/overview", &jean, &[]).status, 401, "the old session is over");
    let jean = server.sign_in(&project, "jean");
    assert_eq!(kpi(&server.page(&jean, ""), "net_sales"), "17.7");
    project.fine(&["user", "set", "jean", "--role", "country_manager"]);
    let jean = server.sign_in(&project, "jean");
    let page = server.page(&jean, "");
    assert!(["0", "null"].contains(&kpi(&page, "net_sales").as_str()), "no attribute, no rows");
}
