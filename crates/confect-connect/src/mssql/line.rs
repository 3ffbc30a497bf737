//! Packets (MS-TDS 2.2.3) over a line, encrypted or not.
//!
//! The handshake of TLS travels inside packets; from then on packets travel inside TLS (MS-TDS 3.2.5.2). Only
//! TLS 1.2 is offered: with 1.3 servers want the whole connection inside it (TDS 8.0).
//! Everything that was read is kept here, so a reader that is dropped in the middle loses nothing.

use std::io::{Error, ErrorKind, Read, Write};
use std::net::SocketAddr;
use std::sync::Arc;

use rustls::pki_types::ServerName;
use rustls::{ClientConfig, ClientConnection};
use tokio::net::TcpStream;

/// Kinds of packets.
pub(super) const BATCH: u8 = 0x01;
pub(super) const ATTENTION: u8 = 0x06;
pub(super) const LOGIN: u8 = 0x10;
pub(super) const PRELOGIN: u8 = 0x12;

const HEADER: usize = 8;
const LAST: u8 = 0x01;
/// Size of packets until the server says another.
const FIRST_SIZE: usize = 4_096;
/// Size of packets that is asked for: the largest that servers keep in their common memory.
pub(super) const SIZE: u32 = 8_000;

/// A connected line.
pub(super) struct Line {
    tcp: TcpStream,
    tls: Option<Box<ClientConnection>>,
    /// Size of packets, header included.
    size: usize,
    /// Bytes of packets, decrypted, that were not taken yet.
    held: Vec<u8>,
    chunk: Vec<u8>,
    /// Whether a message is half sent.
    is_sending: bool,
}

impl Line {
    /// Connects to an address that was checked.
    pub(super) async fn open(address: SocketAddr) -> Result<Self, Error> {
        let tcp = TcpStream::connect(address).await?;
        tcp.set_nodelay(true)?;
        let (held, chunk) = (Vec::new(), vec![0; 1 << 16]);
        Ok(Self { tcp, tls: None, size: FIRST_SIZE, held, chunk, is_sending: false })
    }

    /// The server has agreed on another size of packets.
    pub(super) fn set_size(&mut self, size: usize) {
        if (512..=32_767).contains(&size) {
            self.size = size;
        }
    }

    /// Whether nothing more can be sent, because a message was left half sent.
    pub(super) fn is_sending(&self) -> bool {
        self.is_sending
    }

    /// Encrypts the line; the name is the one that the certificate must have.
    pub(super) async fn secure(&mut self, config: ClientConfig, host: &str) -> Result<(), Error> {
        let name = ServerName::try_from(host.to_owned()).map_err(Error::other)?;
        let mut tls = ClientConnection::new(Arc::new(config), name).map_err(Error::other)?;
        while tls.is_handshaking() {
            let mut ours = Vec::new();
            while tls.wants_write() {
                tls.write_tls(&mut ours)?;
            }
            if !ours.is_empty() {
                self.send(PRELOGIN, &ours).await?;
            }
            if !tls.is_handshaking() {
                break;
            }
            let mut theirs = Vec::new();
            self.receive(&mut theirs).await?;
            let mut rest = theirs.as_slice();
            while !rest.is_empty() {
                tls.read_tls(&mut rest)?;
                if let Err(error) = tls.process_new_packets() {
                    // The server is told why.
                    let mut alert = Vec::new();
                    while tls.wants_write() {
                        tls.write_tls(&mut alert)?;
                    }
                    let _ = self.send(PRELOGIN, &alert).await;
                    return Err(Error::new(ErrorKind::InvalidData, error));
                }
            }
        }
        self.tls = Some(Box::new(tls));
        Ok(())
    }

    /// Sends a message in as many packets as it takes.
    pub(super) async fn send(&mut self, kind: u8, message: &[u8]) -> Result<(), Error> {
        self.is_sending = true;
        let room = self.size - HEADER;
        let mut rest = message;
        let mut number = 1_u8;
        loop {
            let (part, more) = rest.split_at(rest.len().min(room));
            let length = (part.len() + HEADER) as u16;
            let [high, low] = length.to_be_bytes();
            let status = if more.is_empty() { LAST } else { 0 };
            let mut packet = vec![kind, status, high, low, 0, 0, number, 0];
            packet.extend_from_slice(part);
            self.write(&packet).await?;
            if more.is_empty() {
                break;
            }
            (rest, number) = (more, number.wrapping_add(1));
        }
        self.is_sending = false;
        Ok(())
    }

    /// Appends what the next packet carries; whether it was the last one of its message.
    pub(super) async fn receive(&mut self, into: &mut Vec<u8>) -> Result<bool, Error> {
        loop {
            if let Some([_, status, high, low, ..]) = self.held.get(..HEADER) {
                let (status, length) = (*status, usize::from(u16::from_be_bytes([*high, *low])));
                if length < HEADER {
                    return Err(Error::new(ErrorKind::Unsupported, "a packet without a header"));
                }
                if let Some(payload) = self.held.get(HEADER..length) {
                    into.extend_from_slice(payload);
                    self.held.drain(..length);
                    return Ok(status & LAST != 0);
                }
            }
            self.fill().await?;
        }
    }

    /// Waits for more bytes.
    async fn fill(&mut self) -> Result<(), Error> {
        // A server that always has more would never let a deadline or a cancelled refresh be looked at.
        tokio::task::yield_now().await;
        loop {
            if let Some(tls) = &mut self.tls {
                match tls.reader().read(&mut self.chunk) {
                    Ok(0) => return Err(ErrorKind::UnexpectedEof.into()),
                    Ok(read) => {
                        self.held.extend_from_slice(self.chunk.get(..read).unwrap_or_default());
                        return Ok(());
                    }
                    Err(error) if error.kind() == ErrorKind::WouldBlock => {}
                    Err(error) => return Err(error),
                }
            }
            self.tcp.readable().await?;
            let read = match self.tcp.try_read(&mut self.chunk) {
                Ok(0) => return Err(ErrorKind::UnexpectedEof.into()),
                Ok(read) => read,
                Err(error) if error.kind() == ErrorKind::WouldBlock => continue,
                Err(error) => return Err(error),
            };
            let mut came = self.chunk.get(..read).unwrap_or_default();
            let Some(tls) = &mut self.tls else {
                self.held.extend_from_slice(came);
                return Ok(());
            };
            while !came.is_empty() {
                tls.read_tls(&mut came)?;
                tls.process_new_packets().map_err(|error| Error::new(ErrorKind::InvalidData, error))?;
                // What was decrypted is taken at once, so that there is room for more.
                let mut plain = tls.reader();
                loop {
                    let before = self.held.len();
                    self.held.resize(before + (1 << 14), 0);
                    let read = match plain.read(self.held.get_mut(before..).unwrap_or_default()) {
                        Ok(read) => read,
                        Err(error) if error.kind() == ErrorKind::WouldBlock => 0,
                        Err(error) => {
                            self.held.truncate(before);
                            return Err(error);
                        }
                    };
                    self.held.truncate(before + read);
                    if read == 0 {
                        break;
                    }
                }
            }
            if self.held.len() >= HEADER {
                return Ok(());
            }
        }
    }

    async fn write(&mut self, plain: &[u8]) -> Result<(), Error> {
        let Some(tls) = &mut self.tls else { return write_all(&self.tcp, plain).await };
        for piece in plain.chunks(1 << 14) {
            tls.writer().write_all(piece)?;
            let mut sealed = Vec::with_capacity(piece.len() + 64);
            while tls.wants_write() {
                tls.write_tls(&mut sealed)?;
            }
            write_all(&self.tcp, &sealed).await?;
        }
        Ok(())
    }
}

async fn write_all(tcp: &TcpStream, mut bytes: &[u8]) -> Result<(), Error> {
    while !bytes.is_empty() {
        tcp.writable().await?;
        match tcp.try_write(bytes) {
            Ok(written) => bytes = bytes.get(written..).unwrap_or_default(),
            Err(error) if error.kind() == ErrorKind::WouldBlock => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}
