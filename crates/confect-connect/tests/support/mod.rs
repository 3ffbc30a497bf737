//! A shop with one database source, a proxy that cuts lines, certificates.

#![allow(dead_code, reason = "each test file uses some of it")]
#![allow(clippy::print_stdout, reason = "a skipped test says so")]

pub(crate) mod talk;
pub(crate) mod tds;

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant, SystemTime};

use confect_connect::{ConnectError, Extract, ExtractProgress, Request, Retry, extract, extract_path};
use confect_domain::database::{DatabaseKind, DatabaseQuery, DatabaseSource, SecretRef};
use tempfile::TempDir;

/// A project's folder with the source `till`.
#[derive(Clone)]
pub(crate) struct Shop {
    root: Arc<TempDir>,
    pub(crate) database: DatabaseSource,
    pub(crate) full: bool,
}

impl Shop {
    pub(crate) fn new(url: &str, query: &str) -> Self {
        let root = tempfile::tempdir().expect("a folder");
        let database = DatabaseSource {
            kind: if url.starts_with("postgres") { DatabaseKind::Postgres } else { DatabaseKind::SqlServer },
            url: SecretRef::File("address".to_owned()),
            query: DatabaseQuery::Select(query.to_owned()),
            key: Vec::new(),
            watermark: None,
            timeout: Duration::from_secs(120),
            hosts: Vec::new(),
        };
        Self { root: Arc::new(root), database, full: false }.at(url)
    }

    pub(crate) fn table(url: &str, table: &str) -> Self {
        let shop = Self::new(url, "");
        Self {
            database: DatabaseSource { query: DatabaseQuery::Table(vec![table.to_owned()]), ..shop.database },
            ..shop
        }
    }

    /// The same shop with another address.
    pub(crate) fn at(self, url: &str) -> Self {
        let path = self.root.path().join("address");
        std::fs::write(&path, url).expect("a file");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).expect("a mode");
        }
        self
    }

    pub(crate) fn extract(&self) -> Result<Extract, ConnectError> {
        self.extract_with(&Seen::default())
    }

    pub(crate) fn extract_with(&self, seen: &Seen) -> Result<Extract, ConnectError> {
        let retry = Retry { attempts: 5, first_pause: Duration::from_millis(200) };
        let request = Request {
            source: "till",
            database: &self.database,
            root: self.root.path(),
            full: self.full,
            retry,
        };
        extract(&request, seen)
    }

    pub(crate) fn path(&self) -> PathBuf {
        extract_path(self.root.path(), "till")
    }

    pub(crate) fn text(&self) -> String {
        std::fs::read_to_string(self.path()).expect("an extract")
    }

    pub(crate) fn modified(&self) -> SystemTime {
        std::fs::metadata(self.path()).and_then(|metadata| metadata.modified()).expect("a time")
    }

    /// Names of all files of the folder of extracts.
    pub(crate) fn files(&self) -> Vec<String> {
        let folder = self.path().parent().expect("a folder").to_owned();
        let entries = std::fs::read_dir(folder).expect("a folder");
        let mut names: Vec<String> = entries
            .map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned())
            .collect();
        names.sort();
        names
    }
}

/// Notes what it is told.
#[derive(Default)]
pub(crate) struct Seen {
    pub(crate) retried: Mutex<Vec<String>>,
    pub(crate) cancel: AtomicBool,
}

impl ExtractProgress for Seen {
    fn retrying(&self, error: &ConnectError) {
        self.retried.lock().expect("a lock").push(error.to_string());
    }

    fn cancelled(&self) -> bool {
        self.cancel.load(Ordering::Relaxed)
    }
}

/// A proxy before the server that cuts its first connections after so many bytes of answer each.
pub(crate) struct Cut {
    port: u16,
    connections: Arc<AtomicUsize>,
}

impl Cut {
    pub(crate) fn new(server: u16, limits: &[u64]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let connections = Arc::new(AtomicUsize::new(0));
        let (counted, limits) = (Arc::clone(&connections), limits.to_vec());
        std::thread::spawn(move || {
            for line in listener.incoming() {
                let Ok(line) = line else { return };
                let number = counted.fetch_add(1, Ordering::Relaxed);
                let limit = limits.get(number).copied().unwrap_or(u64::MAX);
                let Ok(behind) = TcpStream::connect(("127.0.0.1", server)) else { return };
                let (mut up, mut down) =
                    (line.try_clone().expect("a line"), behind.try_clone().expect("a line"));
                std::thread::spawn(move || std::io::copy(&mut up, &mut down));
                std::thread::spawn(move || hand_on(behind, line, limit));
            }
        });
        Self { port, connections }
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    pub(crate) fn connections(&self) -> usize {
        self.connections.load(Ordering::Relaxed)
    }
}

fn hand_on(mut from: TcpStream, mut to: TcpStream, mut left: u64) {
    let mut buffer = [0; 16 << 10];
    while let Ok(read @ 1..) = from.read(&mut buffer) {
        let part = (read as u64).min(left) as usize;
        if to.write_all(&buffer[..part]).is_err() {
            break;
        }
        left -= part as u64;
        if left == 0 {
            break;
        }
    }
    let _ = to.shutdown(Shutdown::Both);
    let _ = from.shutdown(Shutdown::Both);
}

/// Asks ten times a second, for twenty seconds.
pub(crate) fn until<T>(mut ask: impl FnMut() -> Option<T>) -> T {
    let started = Instant::now();
    loop {
        if let Some(answer) = ask() {
            return answer;
        }
        assert!(started.elapsed() < Duration::from_secs(20), "it does not happen");
        std::thread::sleep(Duration::from_millis(100));
    }
}

/// An authority that signs certificates, made by `openssl`.
pub(crate) struct Authority {
    folder: TempDir,
}

/// A certificate and its key.
pub(crate) struct Certificate {
    pub(crate) certificate: PathBuf,
    pub(crate) key: PathBuf,
}

impl Authority {
    /// `None`, with a message, where there is no `openssl`.
    pub(crate) fn new() -> Option<Self> {
        if Command::new("openssl").arg("version").output().is_err() {
            println!("skipped: no `openssl` on this machine");
            return None;
        }
        let authority = Self { folder: tempfile::tempdir().expect("a folder") };
        authority.openssl("req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout ca.key -out ca.pem -subj /CN=Testers -days 30");
        Some(authority)
    }

    pub(crate) fn path(&self) -> PathBuf {
        self.folder.path().join("ca.pem")
    }

    /// A certificate for a host; a negative number of days makes one that ended yesterday.
    pub(crate) fn certificate(&self, host: &str, days: i32) -> Certificate {
        let name = format!("{host}{days}");
        std::fs::write(
            self.folder.path().join("ext"),
            format!("subjectAltName=DNS:{host}\nbasicConstraints=CA:FALSE\n"),
        )
        .expect("a file");
        self.openssl(&format!("req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout {name}.key -out {name}.csr -subj /CN={host}"));
        self.openssl(&format!("x509 -req -in {name}.csr -CA ca.pem -CAkey ca.key -CAcreateserial -extfile ext -days {days} -out {name}.pem"));
        let file = |end: &str| self.folder.path().join(format!("{name}.{end}"));
        Certificate { certificate: file("pem"), key: file("key") }
    }

    fn openssl(&self, arguments: &str) {
        let out = Command::new("openssl")
            .args(arguments.split_whitespace())
            .current_dir(self.folder.path())
            .output()
            .expect("openssl runs");
        assert!(out.status.success(), "{arguments}\n{}", String::from_utf8_lossy(&out.stderr));
    }
}

/// Puts a certificate where the server reads it, under its own user.
pub(crate) fn give_certificate(folder: &Path, certificate: &Certificate) {
    let data = folder.join("data");
    for (from, name) in [(&certificate.certificate, "server.crt"), (&certificate.key, "server.key")] {
        let to = data.join(name);
        std::fs::copy(from, &to).expect("a copy");
        #[cfg(unix)]
        {
            use std::os::unix::fs::{MetadataExt, PermissionsExt};
            std::fs::set_permissions(&to, std::fs::Permissions::from_mode(0o600)).expect("a mode");
            let owner = std::fs::metadata(&data).expect("metadata");
            if owner.uid() != std::fs::metadata(&to).expect("metadata").uid() {
                std::os::unix::fs::chown(&to, Some(owner.uid()), Some(owner.gid())).expect("given away");
            }
        }
    }
}
