//! The socket: binding it, the connections' limits, and stopping without cutting answers short.

use std::convert::Infallible;
use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use confect_domain::{Problem, ProblemKind};
use confect_service::Shop;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tower::ServiceExt;

use crate::app::{App, Peer, ServeOptions};
use crate::routes;

/// Connections at once.
const MAX_CONNECTIONS: usize = 1_000;
/// Longest wait for the headers of a request, also between two requests.
const HEADER_TIME: Duration = Duration::from_secs(60);
/// Bytes of a request's line and headers.
const MAX_HEADER: usize = 24 << 10;
/// Longest wait for answers under way when stopping.
const STOP_TIME: Duration = Duration::from_secs(10);

/// Why the server cannot start or go on.
#[derive(Debug, thiserror::Error)]
pub enum ServerError {
    /// Somebody else listens there.
    #[error("port {port} is in use")]
    PortTaken {
        /// The port that was asked for.
        port: u16,
        /// The next one that is free.
        free: Option<u16>,
    },
    /// An address that others can reach, without HTTPS in front.
    #[error("`{0}` can be reached from other machines, and this server speaks plain HTTP")]
    OpenAddress(IpAddr),
    /// The address cannot be listened on.
    #[error("cannot listen on `{address}`: {source}")]
    Bind {
        /// The address.
        address: SocketAddr,
        /// What the system said.
        source: io::Error,
    },
    /// Threads or sockets failed.
    #[error("the server failed: {0}")]
    Runtime(#[from] io::Error),
    /// The folder for `--web-dir` holds no page.
    #[error("`{0}` has no file `index.html`")]
    NoPage(String),
}

impl From<ServerError> for Problem {
    fn from(error: ServerError) -> Self {
        let problem = |code| Self::new(ProblemKind::User, code, error.to_string());
        match &error {
            ServerError::PortTaken { free: Some(free), .. } => problem("port-taken")
                .with_hint(format!("another program listens there; use `--port {free}`, which is free")),
            ServerError::PortTaken { .. } => {
                problem("port-taken").with_hint("another program listens there; use another `--port`")
            }
            ServerError::OpenAddress(_) => problem("open-address")
                .with_hint("let a proxy that speaks HTTPS forward to 127.0.0.1")
                .with_hint("or add `--behind-proxy` if such a proxy is in front of this address"),
            ServerError::Bind { .. } => problem("cannot-listen"),
            ServerError::NoPage(_) => problem("no-page").with_hint("build the pages with `cargo xtask web`"),
            ServerError::Runtime(_) => Self::new(ProblemKind::Internal, "server-failed", error.to_string()),
        }
    }
}

/// A server that listens but does not answer yet.
pub struct Server {
    listener: TcpListener,
    app: App,
}

impl Server {
    /// Takes the port.
    ///
    /// # Errors
    /// The port is taken, or the address may not be used.
    pub fn bind(shop: Arc<Shop>, options: &ServeOptions) -> Result<Self, ServerError> {
        let address = options.address;
        if !address.ip().is_loopback() && !options.behind_proxy {
            return Err(ServerError::OpenAddress(address.ip()));
        }
        if let Some(folder) = options.web_dir.as_ref().filter(|folder| !folder.join("index.html").is_file()) {
            return Err(ServerError::NoPage(folder.display().to_string()));
        }
        let listener = TcpListener::bind(address).map_err(|source| match source.kind() {
            io::ErrorKind::AddrInUse => {
                ServerError::PortTaken { port: address.port(), free: free_port(address.port()) }
            }
            _ => ServerError::Bind { address, source },
        })?;
        listener.set_nonblocking(true)?;
        Ok(Self { listener, app: App::new(shop, options) })
    }

    /// Where it listens; tells the port that the system chose for port 0.
    ///
    /// # Errors
    /// The system does not say.
    pub fn address(&self) -> Result<SocketAddr, ServerError> {
        Ok(self.listener.local_addr()?)
    }

    /// Answers until the process is asked to stop (Ctrl-C, SIGTERM), then finishes what is under way.
    ///
    /// # Errors
    /// Threads or the socket fail.
    pub fn run(self) -> Result<(), ServerError> {
        let runtime =
            tokio::runtime::Builder::new_multi_thread().enable_all().thread_name("confect-http").build()?;
        let result = runtime.block_on(answer(self.listener, self.app));
        runtime.shutdown_timeout(Duration::from_secs(2));
        Ok(result?)
    }
}

fn free_port(taken: u16) -> Option<u16> {
    let is_free = |port: &u16| TcpListener::bind((Ipv4Addr::LOCALHOST, *port)).is_ok();
    (taken.checked_add(1)?..=taken.saturating_add(50)).find(is_free)
}

async fn answer(listener: TcpListener, app: App) -> io::Result<()> {
    let listener = tokio::net::TcpListener::from_std(listener)?;
    let log = Arc::clone(&app.log);
    let router = routes::router(app);
    let places = Arc::new(Semaphore::new(MAX_CONNECTIONS));
    let open = GracefulShutdown::new();
    let mut stop = std::pin::pin!(stop_asked());
    loop {
        let place = tokio::select! {
            place = Arc::clone(&places).acquire_owned() => place.map_err(io::Error::other)?,
            () = &mut stop => break,
        };
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, peer)) => connect(stream, peer, router.clone(), &open, place),
                // Out of file handles, or a peer that hung up at once: neither is a reason to stop.
                Err(_) => tokio::time::sleep(Duration::from_millis(50)).await,
            },
            () = &mut stop => break,
        }
    }
    drop(listener);
    log("stopping");
    let _ = tokio::time::timeout(STOP_TIME, open.shutdown()).await;
    Ok(())
}

fn connect(
    stream: tokio::net::TcpStream,
    peer: SocketAddr,
    router: Router,
    open: &GracefulShutdown,
    place: OwnedSemaphorePermit,
) {
    let service = hyper::service::service_fn(move |request: hyper::Request<Incoming>| {
        let mut request = request.map(Body::new);
        request.extensions_mut().insert(Peer(peer.ip()));
        let router = router.clone();
        async move { Ok::<_, Infallible>(router.oneshot(request).await.unwrap_or_else(|never| match never {})) }
    });
    // Small answers must not wait for more to send.
    let _ = stream.set_nodelay(true);
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEADER_TIME)
        .max_buf_size(MAX_HEADER)
        .max_headers(100)
        .serve_connection(TokioIo::new(stream), service);
    let connection = open.watch(connection);
    tokio::spawn(async move {
        // A connection that breaks off is the peer's affair.
        let _ = connection.await;
        drop(place);
    });
}

#[cfg(unix)]
async fn stop_asked() {
    let mut terminate = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()).ok();
    let terminated = async {
        match terminate.as_mut() {
            Some(signal) => {
                signal.recv().await;
            }
            None => std::future::pending().await,
        }
    };
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        () = terminated => {}
    }
}

#[cfg(not(unix))]
async fn stop_asked() {
    let _ = tokio::signal::ctrl_c().await;
}
