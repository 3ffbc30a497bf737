//! Conversations with a real server: written down once, told again without it.
//!
//! A file holds turns: `> …` is what we said (a statement, or `login`, whose bytes are nobody's business), the lines
//! below it what the server answered, packet by packet, in hexadecimal. Whoever tells it again insists on the very
//! statements, so a change of ours that the server was never asked is seen.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

/// A proxy that writes down what it hands on.
pub(crate) struct Recorder {
    port: u16,
    turns: Arc<Mutex<Vec<String>>>,
}

impl Recorder {
    pub(crate) fn new(server: String) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let turns: Arc<Mutex<Vec<String>>> = Arc::default();
        let noted = Arc::clone(&turns);
        std::thread::spawn(move || {
            let (mut client, _) = listener.accept().expect("a client");
            let mut server = TcpStream::connect(server).expect("a server");
            while let Some(packets) = message(&mut client) {
                let mut turn = vec![format!("> {}", said(&packets))];
                server.write_all(&packets.concat()).expect("sent");
                let answer = message(&mut server).expect("an answer");
                for packet in &answer {
                    turn.push(packet.iter().map(|byte| format!("{byte:02x}")).collect());
                }
                noted.lock().expect("a lock").push(turn.join("\n"));
                client.write_all(&answer.concat()).expect("sent");
            }
        });
        Self { port, turns }
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    pub(crate) fn save(&self, path: &Path) {
        std::fs::write(path, self.turns.lock().expect("a lock").join("\n") + "\n").expect("a file");
    }
}

/// Where conversations are kept.
pub(crate) fn path(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/conversations").join(name)
}

/// Tells a conversation again, to one client; gives its port.
pub(crate) fn replay(name: &str) -> u16 {
    let text = std::fs::read_to_string(path(name)).expect("a conversation");
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("an address").port();
    std::thread::spawn(move || {
        let (mut client, _) = listener.accept().expect("a client");
        let text = format!("\n{text}");
        for turn in text.split("\n> ").skip(1) {
            // A statement may have several lines; the answer begins where a line is a packet.
            let lines: Vec<&str> = turn.lines().collect();
            let start = lines.iter().position(|line| line.starts_with("040")).expect("an answer");
            let Some(packets) = message(&mut client) else { return };
            // A statement that was never asked gets no answer.
            if said(&packets) != lines[..start].join("\n") {
                return;
            }
            for packet in &lines[start..] {
                client.write_all(&super::tds::hex(packet)).expect("sent");
            }
        }
    });
    port
}

fn message(line: &mut TcpStream) -> Option<Vec<Vec<u8>>> {
    let mut packets = Vec::new();
    loop {
        let mut packet = vec![0; 8];
        line.read_exact(&mut packet).ok()?;
        let length = usize::from(u16::from_be_bytes([packet[2], packet[3]]));
        packet.resize(length, 0);
        line.read_exact(&mut packet[8..]).ok()?;
        let is_last = packet[1] & 1 == 1;
        packets.push(packet);
        if is_last {
            return Some(packets);
        }
    }
}

fn said(packets: &[Vec<u8>]) -> String {
    match packets[0][0] {
        0x12 => "offer".to_owned(),
        0x10 => "login".to_owned(),
        _ => {
            let whole: Vec<u8> = packets.iter().flat_map(|packet| packet[8..].to_vec()).collect();
            let units: Vec<u16> =
                whole[22..].chunks(2).map(|unit| u16::from_le_bytes([unit[0], unit[1]])).collect();
            String::from_utf16_lossy(&units)
        }
    }
}
