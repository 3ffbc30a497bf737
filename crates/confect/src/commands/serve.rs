//! `serve`.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;

use confect_server::{ServeOptions, Server};

use super::{Outcome, one, open};
use crate::arguments::Serve;
use crate::printer::{Printer, note};

pub(super) fn run(root: &Path, serve: &Serve, printer: &Printer) -> Outcome {
    let shop = Arc::new(open(root)?);
    let options = ServeOptions {
        address: SocketAddr::new(serve.bind, serve.port),
        behind_proxy: serve.behind_proxy,
        web_dir: serve.web_dir.clone(),
        log: Arc::new(note),
    };
    let server = Server::bind(Arc::clone(&shop), &options).map_err(one)?;
    if !shop.is_published().map_err(one)? {
        printer.note("nothing is published yet; run `confect refresh`, and pages will show it");
    }
    if shop.users().map_err(one)?.is_empty() {
        printer.note("nobody can sign in yet; add a user with `confect user add NAME --role ROLE`");
    }
    printer.data(&format!("http://{}/", server.address().map_err(one)?));
    server.run().map_err(one)
}
