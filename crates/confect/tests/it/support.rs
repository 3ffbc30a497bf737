//! The small shop, and how its commands are run.
//!
//! | invoice | country | lines | worth |
//! |---|---|---|---|
//! | 536365 | United Kingdom | 6 × 2.55 + 10 × 1.85 | 33.80 |
//! | 536370 | France | 24 × 3.75 + postage 18.00 | 108.00 |
//! | 536371 | Germany | 6 × 2.95, written twice | 17.70 |
//! | C536379 | France | −4 × 3.75 | −15.00 |
//! | 536400 | United Kingdom | 2 × 2.55, no customer | 5.10 |
//! | 536401 | United Kingdom | a day that does not exist | – |
//!
//! Net sales 149.60: United Kingdom 38.90, France 93.00, Germany 17.70. Four orders.
//! Nine rows in = seven loaded + one set aside + one duplicate.

use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::OnceLock;

use serde_json::Value;
use tempfile::TempDir;

pub(crate) const SALES: &str = "\
InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country
536365,85123A,WHITE HANGING HEART,6,2011-11-01 08:26:00,2.55,17850,United Kingdom
536365,22633,HAND WARMER,10,2011-11-01 08:26:00,1.85,17850,United Kingdom
536370,22728,ALARM CLOCK,24,2011-11-02 08:45:00,3.75,12583,France
536370,POST,POSTAGE,1,2011-11-02 08:45:00,18.00,12583,France
536371,22326,TEA SET,6,2011-11-03 09:00:00,2.95,12662,Germany
536371,22326,TEA SET,6,2011-11-03 09:00:00,2.95,12662,Germany
C536379,22728,ALARM CLOCK,-4,2011-11-05 09:41:00,3.75,12583,France
536400,85123A,WHITE HANGING HEART,2,2011-11-08 12:00:00,2.55,,United Kingdom
536401,85123A,WHITE HANGING HEART,1,2011-11-31 08:00:00,2.55,17850,United Kingdom
";

pub(crate) const PASSWORD: &str = "vier lila Ofenrohre";

/// How a command ended.
pub(crate) struct Ran {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

/// Runs `confect` with these arguments.
pub(crate) fn confect(arguments: &[&str]) -> Ran {
    confect_with(arguments, "")
}

/// The same with something on standard input.
pub(crate) fn confect_with(arguments: &[&str], input: &str) -> Ran {
    let mut child = program(arguments).stdin(Stdio::piped()).spawn().expect("the program starts");
    let mut pipe = child.stdin.take().expect("a pipe");
    // A program that does not read its input may be gone already.
    let _ = pipe.write_all(input.as_bytes());
    drop(pipe);
    let Output { status, stdout, stderr } = child.wait_with_output().expect("the program ends");
    let text = |bytes| String::from_utf8(bytes).expect("text");
    Ran { code: status.code().unwrap_or(-1), out: text(stdout), err: text(stderr) }
}

fn program(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_confect"));
    command.args(arguments).env_remove("NO_COLOR").stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// A project in a folder of its own.
pub(crate) struct Project {
    folder: PathBuf,
    /// Removes the folder when this goes.
    _own: Option<TempDir>,
}

impl Project {
    /// Made from the template, with the small shop's sales in `data/` but not yet refreshed.
    pub(crate) fn new() -> Self {
        Self::empty("online-retail").with_sales()
    }

    /// A folder for a project that is yet to be made.
    pub(crate) fn folder() -> Self {
        let own = tempfile::tempdir().expect("a folder");
        Self { folder: own.path().join("shop"), _own: Some(own) }
    }

    /// Made from a template, without data.
    pub(crate) fn empty(template: &str) -> Self {
        let own = tempfile::tempdir().expect("a folder");
        Self { folder: own.path().to_owned(), _own: Some(own) }.made_from(template)
    }

    /// Made from a template without data, in a folder that stays.
    pub(crate) fn kept(folder: PathBuf, template: &str) -> Self {
        Self { folder, _own: None }.made_from(template)
    }

    /// Refreshed, with an owner `mara` and `jean`, who manages France.
    pub(crate) fn ready() -> Self {
        Self::new().with_users()
    }

    /// The full retailer of the test kit, not yet refreshed.
    pub(crate) fn full() -> Self {
        let own = tempfile::tempdir().expect("a folder");
        confect_testkit::write_full(own.path()).expect("the full retailer");
        Self { folder: own.path().to_owned(), _own: Some(own) }
    }

    fn made_from(self, template: &str) -> Self {
        let made = confect(&["init", self.text(), "--template", template, "--name", "Small shop"]);
        assert_eq!(made.code, 0, "{}", made.err);
        self
    }

    fn with_sales(self) -> Self {
        std::fs::write(self.path("data/sales.csv"), SALES).expect("a file");
        self
    }

    fn with_users(self) -> Self {
        self.fine(&["refresh"]);
        let add = self.run_with(&["user", "add", "mara", "--role", "owner", "--password-stdin"], PASSWORD);
        assert_eq!(add.code, 0, "{}", add.err);
        self.fine(&["user", "add", "jean", "--role", "country_manager", "--set", "countries=France"]);
        self
    }

    pub(crate) fn path(&self, relative: &str) -> PathBuf {
        self.folder.join(relative)
    }

    pub(crate) fn text(&self) -> &str {
        self.folder.to_str().expect("a path")
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Ran {
        self.run_with(arguments, "")
    }

    pub(crate) fn run_with(&self, arguments: &[&str], input: &str) -> Ran {
        confect_with(&[&["-C", self.text()], arguments].concat(), input)
    }

    /// What a command that must succeed prints.
    pub(crate) fn fine(&self, arguments: &[&str]) -> String {
        let ran = self.run(arguments);
        assert_eq!(ran.code, 0, "{arguments:?}: {}", ran.err);
        ran.out
    }

    /// CSV lines of a query, heading first.
    pub(crate) fn csv(&self, arguments: &[&str]) -> Vec<String> {
        let out = self.fine(&[arguments, &["--format", "csv"]].concat());
        out.lines().map(|line| line.trim_end().to_owned()).collect()
    }
}

/// One shop for all tests that only look.
pub(crate) fn shared() -> &'static Project {
    static SHARED: OnceLock<Project> = OnceLock::new();
    SHARED.get_or_init(|| {
        // Nothing drops a static: the folder of the last run is replaced instead.
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("shared-shop");
        let _ = std::fs::remove_dir_all(&folder);
        Project { folder, _own: None }.made_from("online-retail").with_sales().with_users()
    })
}

/// A server, stopped when this goes.
pub(crate) struct Server {
    program: Child,
    pub(crate) address: String,
    agent: ureq::Agent,
}

impl Server {
    pub(crate) fn start(project: &Project, arguments: &[&str]) -> Self {
        let arguments = [&["-C", project.text(), "serve", "--port", "0"], arguments].concat();
        let mut program = program(&arguments).stderr(Stdio::null()).spawn().expect("the server starts");
        let mut line = String::new();
        BufReader::new(program.stdout.take().expect("a pipe")).read_line(&mut line).expect("a line");
        let address = line.trim().trim_end_matches('/').to_owned();
        assert!(address.starts_with("http://127.0.0.1:"), "{address:?}");
        let config = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            // A server that answers before it has read a body closes; the next question must not be sent there.
            .max_idle_connections(0)
            .build();
        Self { program, address, agent: config.new_agent() }
    }

    /// `GET` with a cookie and further headers.
    pub(crate) fn get(&self, path: &str, cookie: &str, headers: &[(&str, &str)]) -> Answer {
        let mut request = self.agent.get(format!("{}{path}", self.address));
        for (name, value) in
            headers.iter().chain([("cookie", cookie)].iter().filter(|(_, value)| !value.is_empty()))
        {
            request = request.header(*name, *value);
        }
        Answer::of(request.call())
    }

    /// `POST` of JSON with exactly these headers beside it.
    pub(crate) fn post_with(&self, path: &str, body: &str, headers: &[(&str, &str)]) -> Answer {
        let mut request =
            self.agent.post(format!("{}{path}", self.address)).header("content-type", "application/json");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        Answer::of(request.send(body))
    }

    /// `POST` as the dashboard does it.
    pub(crate) fn post(&self, path: &str, body: &str, cookie: &str) -> Answer {
        self.post_with(path, body, &[("sec-fetch-site", "same-origin"), ("cookie", cookie)])
    }

    /// Signs in by a one-time link and returns the cookie.
    pub(crate) fn sign_in(&self, project: &Project, user: &str) -> String {
        let link = project.fine(&["user", "link", user, "--address", &self.address]);
        let path = link.trim().strip_prefix(&self.address).expect("a link to this server").to_owned();
        let answer = self.get(&path, "", &[]);
        assert_eq!((answer.status, answer.header("location")), (303, "/"));
        answer.cookie()
    }

    /// A page as JSON.
    pub(crate) fn page(&self, cookie: &str, query: &str) -> Value {
        let answer = self.get(&format!("/api/page/overview{query}"), cookie, &[]);
        assert_eq!(answer.status, 200, "{}", answer.body);
        answer.json()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.program.kill();
        let _ = self.program.wait();
    }
}

/// An answer, read to its end.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body: String,
    headers: Vec<(String, String)>,
}

impl Answer {
    fn of(result: Result<ureq::http::Response<ureq::Body>, ureq::Error>) -> Self {
        let mut response = result.expect("an answer");
        let text = |value: &ureq::http::HeaderValue| value.to_str().expect("text").to_owned();
        let headers =
            response.headers().iter().map(|(name, value)| (name.to_string(), text(value))).collect();
        Self {
            status: response.status().as_u16(),
            headers,
            body: response.body_mut().read_to_string().expect("a body"),
        }
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.iter().find(|(other, _)| other == name).map_or("", |(_, value)| value)
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.body))
    }

    /// The code of a failure.
    pub(crate) fn code(&self) -> String {
        self.json()["error"]["code"].as_str().unwrap_or_default().to_owned()
    }

    /// The cookie that it sets, as a browser sends it back.
    pub(crate) fn cookie(&self) -> String {
        self.header("set-cookie").split(';').next().unwrap_or_default().to_owned()
    }
}

/// The tile of that kind with that id.
pub(crate) fn tile<'a>(page: &'a Value, id: &str) -> &'a Value {
    page["tiles"].as_array().and_then(|tiles| tiles.iter().find(|tile| tile["id"] == id)).expect("a tile")
}

/// The first tile of that kind.
pub(crate) fn kind<'a>(page: &'a Value, kind: &str) -> &'a Value {
    page["tiles"].as_array().and_then(|tiles| tiles.iter().find(|tile| tile["kind"] == kind)).expect("a tile")
}

/// The number on the tile whose metric is `metric`.
pub(crate) fn kpi(page: &Value, metric: &str) -> String {
    let tiles = page["tiles"].as_array().expect("tiles");
    let tile =
        tiles.iter().find(|tile| tile["kind"] == "kpi" && tile["metric"]["id"] == metric).expect("a tile");
    tile["value"].as_str().unwrap_or("null").to_owned()
}

/// The repository.
pub(crate) fn repository() -> &'static Path {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.ancestors().nth(2).expect("the repository")
}
