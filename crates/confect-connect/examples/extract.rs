//! How fast a table is extracted: `extract FILE-WITH-ADDRESS TABLE`, into a temporary folder.
//!
//! Prints rows, megabytes, seconds and the largest memory of the process (Linux).

use std::path::Path;
use std::time::{Duration, Instant};

use confect_connect::{NoProgress, Request, Retry, extract};
use confect_domain::database::{DatabaseKind, DatabaseQuery, DatabaseSource, SecretRef};

#[allow(clippy::print_stdout, clippy::unwrap_used, reason = "a tool for people who measure")]
fn main() {
    let mut arguments = std::env::args().skip(1);
    let (address, table) = (arguments.next().unwrap(), arguments.next().unwrap());
    let address = Path::new(&address).canonicalize().unwrap();
    let text = std::fs::read_to_string(&address).unwrap();
    let kind = if text.starts_with("postgres") { DatabaseKind::Postgres } else { DatabaseKind::SqlServer };
    let database = DatabaseSource {
        kind,
        url: SecretRef::File(address.to_string_lossy().into_owned()),
        query: DatabaseQuery::Table(vec![table]),
        key: Vec::new(),
        watermark: None,
        timeout: Duration::from_secs(3_600),
        hosts: Vec::new(),
    };
    let root = std::env::temp_dir().join(format!("confect-extract-{}", std::process::id()));
    let request =
        Request { source: "measured", database: &database, root: &root, full: true, retry: Retry::default() };
    let started = Instant::now();
    let outcome = extract(&request, &NoProgress);
    let seconds = started.elapsed().as_secs_f64();
    let size = |path: &Path| std::fs::metadata(path).map_or(0, |file| file.len());
    let bytes = outcome.as_ref().map_or(0, |extract| size(&extract.path));
    let _ = std::fs::remove_dir_all(&root);
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let peak = status.lines().find(|line| line.starts_with("VmHWM")).unwrap_or("VmHWM: unknown");
    match outcome {
        Ok(extract) => {
            println!("{} rows, {} MB in {seconds:.2} s; {peak}", extract.rows, bytes / 1_000_000);
        }
        Err(error) => println!("{error}"),
    }
}
