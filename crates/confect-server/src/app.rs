//! What every handler shares.

use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;

use confect_service::{ServiceError, Shop};

use crate::failure::Failure;
use crate::limits::Limits;
use crate::web::Web;

/// Takes one line for the log.
pub type Log = Arc<dyn Fn(&str) + Send + Sync>;

/// How to serve.
#[derive(Clone)]
pub struct ServeOptions {
    /// Where to listen. Anything but the machine itself needs `behind_proxy`.
    pub address: SocketAddr,
    /// Whether a proxy in front speaks HTTPS to the browsers: cookies are then marked secure.
    pub behind_proxy: bool,
    /// A folder with the dashboard's files, instead of those built in.
    pub web_dir: Option<PathBuf>,
    /// Takes lines for the log.
    pub log: Log,
}

/// The state of the server; cheap to clone.
#[derive(Clone)]
pub(crate) struct App {
    pub(crate) shop: Arc<Shop>,
    pub(crate) web: Arc<Web>,
    pub(crate) limits: Arc<Limits>,
    pub(crate) behind_proxy: bool,
    pub(crate) log: Log,
}

/// Who is at the other end of the connection.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Peer(pub(crate) IpAddr);

impl App {
    pub(crate) fn new(shop: Arc<Shop>, options: &ServeOptions) -> Self {
        let web = options.web_dir.clone().map_or(Web::Embedded, Web::Folder);
        Self {
            shop,
            web: Arc::new(web),
            limits: Arc::new(Limits::new()),
            behind_proxy: options.behind_proxy,
            log: Arc::clone(&options.log),
        }
    }

    /// Runs something that blocks: the state database, a password's hash.
    pub(crate) async fn blocking<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Shop) -> Result<T, ServiceError> + Send + 'static,
    ) -> Result<T, Failure> {
        let shop = Arc::clone(&self.shop);
        match tokio::task::spawn_blocking(move || work(&shop)).await {
            Ok(result) => result.map_err(Failure::from),
            Err(error) => Err(Failure::internal(format!("a task ended: {error}"))),
        }
    }
}
