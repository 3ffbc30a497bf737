//! A server that speaks as much TDS 7.4 as the tests ask for, written after MS-TDS; it is not Microsoft's.
//!
//! It signs everybody in, answers the questions of a beginning session, and hands every other statement to the test,
//! which gives the tokens of the answer, byte for byte. It notes the statements and the attentions that it gets.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use rustls::{ServerConfig, ServerConnection};

/// What comes back.
pub(crate) enum Reply {
    /// These tokens.
    Tokens(Vec<u8>),
    /// These tokens, again and again, until the client asks to stop.
    Endless(Vec<u8>),
    /// These tokens, and then nothing until the client asks to stop.
    Silent(Vec<u8>),
    /// These tokens, and the line is cut.
    Cut(Vec<u8>),
}

type Answer = dyn Fn(&str, usize) -> Reply + Send + Sync;

/// How the server is set up.
#[derive(Clone, Default)]
pub(crate) struct Setup {
    pub(crate) tls: Option<Arc<ServerConfig>>,
    /// Refuses to sign in with this error.
    pub(crate) refusal: Option<(u32, u8, &'static str)>,
    /// What the database says of its snapshots.
    pub(crate) snapshots: [i32; 2],
    /// The size of its packets.
    pub(crate) size: usize,
}

/// A running server.
pub(crate) struct Tds {
    port: u16,
    pub(crate) asked: Arc<Mutex<Vec<String>>>,
    pub(crate) attentions: Arc<AtomicUsize>,
    connections: Arc<AtomicUsize>,
}

impl Tds {
    /// A server whose database keeps snapshots. The test is told the number of the connection too.
    pub(crate) fn new(answer: impl Fn(&str, usize) -> Reply + Send + Sync + 'static) -> Self {
        Self::with(Setup { snapshots: [1, 0], size: 4_096, ..Setup::default() }, answer)
    }

    pub(crate) fn with(setup: Setup, answer: impl Fn(&str, usize) -> Reply + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let server = Self {
            port: listener.local_addr().expect("an address").port(),
            asked: Arc::default(),
            attentions: Arc::default(),
            connections: Arc::default(),
        };
        let (asked, attentions) = (Arc::clone(&server.asked), Arc::clone(&server.attentions));
        let (connections, answer) = (Arc::clone(&server.connections), Arc::new(answer));
        std::thread::spawn(move || {
            for tcp in listener.incoming() {
                let Ok(tcp) = tcp else { return };
                let talk = Talk {
                    wire: Wire { tcp, tls: None },
                    setup: setup.clone(),
                    answer: Arc::clone(&answer) as Arc<Answer>,
                    number: connections.fetch_add(1, Ordering::Relaxed),
                    asked: Arc::clone(&asked),
                    attentions: Arc::clone(&attentions),
                };
                // A client that goes away is no error of the test.
                std::thread::spawn(move || talk.run());
            }
        });
        server
    }

    pub(crate) fn url(&self) -> String {
        format!("sqlserver://shop:Zuckerguss-4711@127.0.0.1:{}/shop", self.port)
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    pub(crate) fn connections(&self) -> usize {
        self.connections.load(Ordering::Relaxed)
    }

    pub(crate) fn asked(&self) -> Vec<String> {
        self.asked.lock().expect("a lock").clone()
    }
}

struct Talk {
    wire: Wire,
    setup: Setup,
    answer: Arc<Answer>,
    number: usize,
    asked: Arc<Mutex<Vec<String>>>,
    attentions: Arc<AtomicUsize>,
}

impl Talk {
    fn run(mut self) -> Option<()> {
        self.wire.message()?;
        let encryption = if self.setup.tls.is_some() { 1 } else { 2 };
        let offer = [&[0, 0, 11, 0, 6, 1, 0, 17, 0, 1, 0xff, 16, 0, 0, 0, 0, 0][..], &[encryption]].concat();
        self.wire.send(4, &offer, 4_096)?;
        if let Some(config) = self.setup.tls.clone() {
            self.wire.secure(config)?;
        }
        self.wire.message()?;
        let size = self.setup.size;
        let said = match self.setup.refusal {
            Some((number, class, message)) => [error(number, class, message), done(2)].concat(),
            None => [change(4, size), signed_in(), done(0)].concat(),
        };
        self.wire.send(4, &said, 4_096)?;
        loop {
            let (kind, message) = self.wire.message()?;
            if kind == 6 {
                self.stopped()?;
                continue;
            }
            let text = utf16(message.get(22..)?);
            let reply = self.reply(&text);
            match reply {
                Reply::Tokens(tokens) => self.wire.send(4, &tokens, size)?,
                Reply::Cut(tokens) => {
                    let _ = self.wire.part(4, &tokens, size, false);
                    let _ = self.wire.tcp.shutdown(Shutdown::Both);
                    return None;
                }
                Reply::Silent(tokens) => {
                    self.wire.part(4, &tokens, size, false)?;
                    self.wait()?;
                }
                Reply::Endless(tokens) => {
                    self.wire.tcp.set_nonblocking(false).ok()?;
                    let tokens = tokens.repeat(200);
                    let waiting = self.wire.tcp.try_clone().ok()?;
                    loop {
                        self.wire.part(4, &tokens, size, false)?;
                        waiting.set_nonblocking(true).ok()?;
                        let has_come = waiting.peek(&mut [0]).is_ok_and(|read| read > 0);
                        waiting.set_nonblocking(false).ok()?;
                        if has_come {
                            break;
                        }
                    }
                    self.wait()?;
                }
            }
        }
    }

    fn reply(&self, text: &str) -> Reply {
        self.asked.lock().expect("a lock").push(text.to_owned());
        if text.starts_with("set transaction isolation") {
            let begun = [&[0xe3, 11, 0, 8, 8][..], &77_u64.to_le_bytes(), &[0]].concat();
            return Reply::Tokens([begun, done(0)].concat());
        }
        if text.starts_with("set ") || text.starts_with("if @@trancount") {
            return Reply::Tokens(done(0));
        }
        if text.contains("snapshot_isolation_state") {
            let [transaction, statement] = self.setup.snapshots.map(i32::to_le_bytes);
            let row = [&[0xd1][..], &transaction, &statement].concat();
            return Reply::Tokens([columns(&[("", &[0x38]), ("", &[0x38])]), row, done(0)].concat());
        }
        (self.answer)(text, self.number)
    }

    fn wait(&mut self) -> Option<()> {
        match self.wire.message()? {
            (6, _) => self.stopped(),
            _ => None,
        }
    }

    fn stopped(&mut self) -> Option<()> {
        self.attentions.fetch_add(1, Ordering::Relaxed);
        self.wire.send(4, &done(0x20), 4_096)
    }
}

/// Packets, encrypted or not.
struct Wire {
    tcp: TcpStream,
    tls: Option<Box<ServerConnection>>,
}

impl Wire {
    fn secure(&mut self, config: Arc<ServerConfig>) -> Option<()> {
        let mut tls = ServerConnection::new(config).ok()?;
        while tls.is_handshaking() {
            let (_, theirs) = self.message()?;
            let mut rest = theirs.as_slice();
            while !rest.is_empty() {
                tls.read_tls(&mut rest).ok()?;
                tls.process_new_packets().ok()?;
            }
            let mut ours = Vec::new();
            while tls.wants_write() {
                tls.write_tls(&mut ours).ok()?;
            }
            if !ours.is_empty() {
                // A small size: the certificate comes in several packets.
                self.send(0x12, &ours, 512)?;
            }
        }
        self.tls = Some(Box::new(tls));
        Some(())
    }

    fn message(&mut self) -> Option<(u8, Vec<u8>)> {
        let mut whole = Vec::new();
        loop {
            let mut header = [0; 8];
            self.read(&mut header)?;
            let mut part = vec![0; usize::from(u16::from_be_bytes([header[2], header[3]])) - 8];
            self.read(&mut part)?;
            whole.extend_from_slice(&part);
            if header[1] & 1 == 1 {
                return Some((header[0], whole));
            }
        }
    }

    fn read(&mut self, into: &mut [u8]) -> Option<()> {
        match &mut self.tls {
            None => self.tcp.read_exact(into).ok(),
            Some(tls) => rustls::Stream::new(&mut **tls, &mut self.tcp).read_exact(into).ok(),
        }
    }

    fn send(&mut self, kind: u8, message: &[u8], size: usize) -> Option<()> {
        self.part(kind, message, size, true)
    }

    fn part(&mut self, kind: u8, message: &[u8], size: usize, is_whole: bool) -> Option<()> {
        let mut rest = message;
        loop {
            let (part, more) = rest.split_at(rest.len().min(size - 8));
            let status = u8::from(is_whole && more.is_empty());
            let [high, low] = ((part.len() + 8) as u16).to_be_bytes();
            let packet = [&[kind, status, high, low, 0, 0, 1, 0], part].concat();
            match &mut self.tls {
                None => self.tcp.write_all(&packet).ok()?,
                Some(tls) => rustls::Stream::new(&mut **tls, &mut self.tcp).write_all(&packet).ok()?,
            }
            if more.is_empty() {
                return Some(());
            }
            rest = more;
        }
    }
}

fn utf16(bytes: &[u8]) -> String {
    let units: Vec<u16> = bytes.chunks(2).map(|unit| u16::from_le_bytes([unit[0], unit[1]])).collect();
    String::from_utf16_lossy(&units)
}

fn units(text: &str) -> Vec<u8> {
    text.encode_utf16().flat_map(u16::to_le_bytes).collect()
}

/// Bytes written in hexadecimal, blanks between them.
pub(crate) fn hex(text: &str) -> Vec<u8> {
    let digits: Vec<char> = text.chars().filter(|sign| !sign.is_whitespace()).collect();
    let pairs = digits.chunks(2).map(|pair| pair.iter().collect::<String>());
    pairs.map(|pair| u8::from_str_radix(&pair, 16).expect("a byte")).collect()
}

/// The token that tells the columns: names and types.
pub(crate) fn columns(columns: &[(&str, &[u8])]) -> Vec<u8> {
    let mut token = vec![0x81];
    token.extend_from_slice(&(columns.len() as u16).to_le_bytes());
    for (name, kind) in columns {
        token.extend_from_slice(&[0, 0, 0, 0, 9, 0]);
        token.extend_from_slice(kind);
        token.push(name.encode_utf16().count() as u8);
        token.extend_from_slice(&units(name));
    }
    token
}

/// A row whose values are already as the protocol has them.
pub(crate) fn row(values: &[&[u8]]) -> Vec<u8> {
    [&[0xd1][..], &values.concat()].concat()
}

/// A short `nvarchar`.
pub(crate) fn text(text: &str) -> Vec<u8> {
    let units = units(text);
    [&(units.len() as u16).to_le_bytes()[..], &units].concat()
}

/// The end of a statement.
pub(crate) fn done(status: u16) -> Vec<u8> {
    [&[0xfd][..], &status.to_le_bytes(), &[0; 10]].concat()
}

/// What the server says is wrong.
pub(crate) fn error(number: u32, class: u8, message: &str) -> Vec<u8> {
    let mut rest = number.to_le_bytes().to_vec();
    rest.extend_from_slice(&[1, class]);
    rest.extend_from_slice(&(message.encode_utf16().count() as u16).to_le_bytes());
    rest.extend_from_slice(&units(message));
    // Server, procedure, line.
    rest.extend_from_slice(&[0, 0, 1, 0, 0, 0]);
    [&[0xaa][..], &(rest.len() as u16).to_le_bytes(), &rest].concat()
}

fn change(kind: u8, value: usize) -> Vec<u8> {
    let value = value.to_string();
    let mut rest = vec![kind, value.len() as u8];
    rest.extend_from_slice(&units(&value));
    rest.push(0);
    [&[0xe3][..], &(rest.len() as u16).to_le_bytes(), &rest].concat()
}

fn signed_in() -> Vec<u8> {
    let rest = [&[1, 0x74, 0, 0, 4, 3][..], &units("Own"), &[16, 0, 0, 0]].concat();
    [&[0xad][..], &(rest.len() as u16).to_le_bytes(), &rest].concat()
}
