//! The pages in a real browser, against the real program with an invented shop.

use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use crate::steps::{Failure, Step, root};
use crate::web;

/// Where a browser usually is.
const CHROMIUM: &str = "/usr/bin/chromium";
/// Who signs in by password, into the invented shop only.
const USER: &str = "browser";
const PASSWORD: &str = "vier lila Ofenrohre";

/// Runs `web/e2e` if there is a browser; says so if there is none.
pub(crate) fn run() -> Result<(), Failure> {
    let Some(browser) = browser() else {
        println!("skipped: the tests in a browser; name one in CHROMIUM or install {CHROMIUM}");
        return Ok(());
    };
    println!("── start an invented shop for the browser");
    let shop = Shop::start()?;
    Step::new("test the pages in a browser", "npm")
        .arguments(["run", "e2e"])
        .folder(&web::folder())
        .environment("CHROMIUM", &browser)
        .environment("CONFECT_URL", &shop.address)
        .environment("CONFECT_SIGN_IN", &shop.link)
        .environment("CONFECT_USER", USER)
        .environment("CONFECT_PASSWORD", PASSWORD)
        .run()
}

fn browser() -> Option<String> {
    let named = std::env::var("CHROMIUM").ok().filter(|path| Path::new(path).exists());
    named.or_else(|| Path::new(CHROMIUM).exists().then(|| CHROMIUM.to_owned()))
}

/// `confect demo`, stopped when this goes.
struct Shop {
    program: Child,
    address: String,
    link: String,
}

impl Shop {
    fn start() -> Result<Self, Failure> {
        let target =
            std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), PathBuf::from);
        let program = target.join("debug").join("confect");
        // Below the target folder, so that the next run finds its tables and nothing is left elsewhere.
        let folder = target.join("e2e-shop");
        let mut child = Command::new(&program)
            .args(["demo", "--no-open", "--port", "0", "--dir"])
            .arg(&folder)
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|error| Failure(format!("cannot run `{}`: {error}", program.display())))?;
        let mut found =
            child.stdout.take().map(|out| words(BufReader::new(out))).unwrap_or_default().into_iter();
        let (Some(address), Some(link)) = (found.next(), found.next()) else {
            let _ = child.kill();
            return Err(Failure("`confect demo` did not come up".to_owned()));
        };
        let shop = Self { program: child, address, link };
        add_user(&program, &folder)?;
        Ok(shop)
    }
}

/// Adds the user with a password; one that a run before this has left is fine.
fn add_user(program: &Path, folder: &Path) -> Result<(), Failure> {
    let failed = |error| Failure(format!("cannot add a user: {error}"));
    let mut child = Command::new(program)
        .arg("-C")
        .arg(folder)
        .args(["user", "add", USER, "--role", "owner", "--password-stdin"])
        .stdin(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .map_err(failed)?;
    if let Some(mut pipe) = child.stdin.take() {
        pipe.write_all(PASSWORD.as_bytes()).map_err(failed)?;
    }
    child.wait().map_err(failed)?;
    Ok(())
}

/// The address and the link, which stand at the ends of the first two lines.
fn words(out: impl BufRead) -> Vec<String> {
    let lines = out.lines().map_while(Result::ok).take(2);
    lines.filter_map(|line| line.split_whitespace().next_back().map(str::to_owned)).collect()
}

impl Drop for Shop {
    fn drop(&mut self) {
        let _ = self.program.kill();
        let _ = self.program.wait();
    }
}
