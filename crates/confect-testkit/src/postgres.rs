//! A private PostgreSQL for tests: a cluster in a temporary folder, on a loopback port, gone with the test.
//!
//! The server's programs are looked for in `PATH` and where Debian keeps them; where there are none,
//! [`Server::start`] says so and gives `None`, and the test is skipped. PostgreSQL refuses to run as root, so
//! root starts it as the user `postgres` or `nobody`.
//! A shell stands between: when the test process ends, however it ends, its pipe closes, and the shell stops the
//! server and removes the folder.

use std::fs;
use std::io::Write;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

/// Password of the user `shop`.
pub const PASSWORD: &str = "Zuckerguss-4711";

const CONFIGURATION: &str = "
listen_addresses = '127.0.0.1'
fsync = off
full_page_writes = off
shared_buffers = 16MB
max_connections = 40
log_min_messages = error
lc_messages = 'C'
";

/// Waits for its pipe to close; then the server goes, and its folder. A signal to the whole group, such as
/// Ctrl-C, ends the test, and the shell notices by its pipe.
const WATCH: &str = r#"
trap "" INT TERM HUP
"$1" -D "$2/data" -p "$3" -k "$2" >"$2/log" 2>&1 &
server=$!
cat >/dev/null
kill -INT $server; wait $server; rm -rf "$2"
"#;

/// A running server.
#[derive(Debug)]
pub struct Server {
    folder: PathBuf,
    port: u16,
    programs: PathBuf,
    watch: Child,
}

impl Server {
    /// The one server of this test process, started when it is first asked for; `None`, with a printed
    /// message, where there is no PostgreSQL.
    pub fn shared() -> Option<&'static Self> {
        static SHARED: OnceLock<Option<Server>> = OnceLock::new();
        SHARED.get_or_init(|| Self::start("")).as_ref()
    }

    /// A server of its own, with further lines of configuration.
    #[allow(clippy::print_stdout, reason = "only tests call it, and a skipped test says so")]
    pub fn start(configuration: &str) -> Option<Self> {
        let Some(programs) = programs() else {
            println!("skipped: no PostgreSQL server (`initdb`, `postgres`, `psql`) on this machine");
            return None;
        };
        Some(Self::start_from(programs, configuration).expect("PostgreSQL starts"))
    }

    fn start_from(programs: PathBuf, configuration: &str) -> std::io::Result<Self> {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        // Short, because the path of a socket has at most 107 bytes.
        let folder = std::env::temp_dir().join(format!("confect-pg-{}-{number}", std::process::id()));
        fs::create_dir(&folder)?;
        fs::write(folder.join("password"), PASSWORD)?;
        give_away(&folder)?;
        give_away(&folder.join("password"))?;
        let mut initdb = as_user(&programs.join("initdb"), &folder);
        initdb.args(["-U", "shop", "-E", "UTF8", "--locale=C", "--no-sync", "-A", "scram-sha-256"]);
        initdb.arg("--pwfile").arg(folder.join("password")).arg("-D").arg(folder.join("data"));
        let made = initdb.output()?;
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        let mut file = fs::File::options().append(true).open(folder.join("data/postgresql.conf"))?;
        file.write_all(format!("{CONFIGURATION}{configuration}\n").as_bytes())?;
        let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let mut watch = as_user(Path::new("sh"), &folder);
        watch.args(["-c", WATCH, "sh"]).arg(programs.join("postgres")).arg(&folder).arg(port.to_string());
        let watch = watch.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null()).spawn()?;
        let server = Self { folder, port, programs, watch };
        server.wait();
        Ok(server)
    }

    fn wait(&self) {
        let until = Instant::now() + Duration::from_secs(30);
        while !self.log().contains("database system is ready to accept connections") {
            assert!(Instant::now() < until, "PostgreSQL does not start:\n{}", self.log());
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// A new, empty database.
    pub fn database(&self, name: &str) -> Database<'_> {
        let database = Database { server: self, name: name.to_owned() };
        Database { server: self, name: "postgres".to_owned() }.run(&format!("create database {name}"));
        database
    }

    /// What the server wrote so far.
    pub fn log(&self) -> String {
        fs::read_to_string(self.folder.join("log")).unwrap_or_default()
    }

    /// The loopback port.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Its folder; `data` below it is the cluster.
    pub fn folder(&self) -> &Path {
        &self.folder
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Closes the pipe.
        drop(self.watch.stdin.take());
        let _ = self.watch.wait();
    }
}

/// A database of the server.
#[derive(Debug)]
pub struct Database<'a> {
    server: &'a Server,
    name: String,
}

impl Database<'_> {
    /// Its address, over the loopback, as the user `shop`.
    pub fn url(&self) -> String {
        self.url_at(self.server.port)
    }

    /// The same at another port, such as that of a proxy.
    pub fn url_at(&self, port: u16) -> String {
        format!("postgres://shop:{PASSWORD}@127.0.0.1:{port}/{}", self.name)
    }

    /// Runs statements and gives the rows of the last one, cells parted by `|`.
    pub fn run(&self, sql: &str) -> String {
        let mut psql = Command::new(self.server.programs.join("psql"));
        psql.args(["-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-f", "-", &self.url()]);
        let piped = psql.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = piped.spawn().expect("psql starts");
        child.stdin.take().expect("a pipe").write_all(sql.as_bytes()).expect("written");
        let out = child.wait_with_output().expect("psql ends");
        assert!(out.status.success(), "{sql}\n{}", String::from_utf8_lossy(&out.stderr));
        String::from_utf8_lossy(&out.stdout).trim_end().to_owned()
    }
}

/// The folder of the server's programs.
fn programs() -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut folders: Vec<PathBuf> = std::env::split_paths(&path).collect();
    let versions = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    folders.extend(versions.map(|entry| entry.path().join("bin")));
    // A link in `PATH` leads to the folder that has all of them.
    let real = folders.iter().filter_map(|folder| folder.join("initdb").canonicalize().ok());
    let found = real.filter_map(|program| program.parent().map(Path::to_owned));
    found.into_iter().find(|folder| folder.join("postgres").is_file() && folder.join("psql").is_file())
}

/// A program as a user that PostgreSQL accepts, with its own folder as home.
fn as_user(program: &Path, folder: &Path) -> Command {
    let mut command = Command::new(program);
    command.current_dir(folder).env("HOME", folder).env("LC_ALL", "C");
    #[cfg(unix)]
    if let Some((user, group)) = other_user() {
        use std::os::unix::process::CommandExt;
        command.uid(user).gid(group);
    }
    command
}

fn give_away(path: &Path) -> std::io::Result<()> {
    #[cfg(unix)]
    if let Some((user, group)) = other_user() {
        std::os::unix::fs::chown(path, Some(user), Some(group))?;
    }
    let _ = path;
    Ok(())
}

/// Whom root becomes: `postgres`, or else `nobody`; `None` for everybody else.
#[cfg(unix)]
fn other_user() -> Option<(u32, u32)> {
    use std::os::unix::fs::MetadataExt;
    let me = fs::metadata("/proc/self").ok()?.uid();
    if me != 0 {
        return None;
    }
    let users = fs::read_to_string("/etc/passwd").ok()?;
    let ids = |name: &str| {
        let line = users.lines().find(|line| line.split(':').next() == Some(name))?;
        let mut cells = line.split(':').skip(2);
        Some((cells.next()?.parse().ok()?, cells.next()?.parse().ok()?))
    };
    ids("postgres").or_else(|| ids("nobody"))
}
