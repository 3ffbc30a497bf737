//! `demo`: an invented shop from nothing to its dashboards.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use confect_domain::{Problem, ProblemKind};
use confect_server::{ServeOptions, Server};
use confect_service::{GenerateSpec, NewUser, Shop, create_shop, generate_into};

use super::refresh::refresh_shop;
use super::{Outcome, one, open};
use crate::arguments::Demo;
use crate::printer::{Printer, note};

const SHOP_NAME: &str = "Sweet corner";
/// Number of the Harbour shop.
const HARBOUR: &str = "S02";

pub(super) fn run(demo: &Demo, printer: &Printer) -> Outcome {
    let place = Place::new(demo.dir.as_deref())?;
    if !place.folder.join("confect.toml").is_file() {
        printer.note("inventing a group of confectioners: five stores, a web shop and two years of trade");
        create_shop(&place.folder, "generated", Some(SHOP_NAME)).map_err(one)?;
        generate_into(&place.folder.join("data"), &GenerateSpec::default()).map_err(one)?;
    }
    let shop = Arc::new(open(&place.folder)?);
    let options = ServeOptions {
        address: SocketAddr::from((Ipv4Addr::LOCALHOST, demo.port)),
        behind_proxy: false,
        web_dir: demo.web_dir.clone(),
        log: Arc::new(note),
    };
    // The port first: a refresh for nothing would be a pity.
    let server = Server::bind(Arc::clone(&shop), &options).map_err(one)?;
    refresh_shop(&shop, false, printer)?;
    add_users(&shop)?;
    let address = format!("http://{}", server.address().map_err(one)?);
    let link = format!("{address}/sign-in?token={}", shop.make_link("demo").map_err(one)?);
    printer.data(&format!(
        "Confect is ready at {address}/\nSign in with this link (once, within 15 minutes): {link}"
    ));
    printer.note(&format!("the shop is in `{}`; Ctrl-C stops it", place.folder.display()));
    if !demo.no_open && printer.is_watched() {
        open_browser(&link);
    }
    server.run().map_err(one)
}

/// `demo` sees everything, `harbour` one shop, to see the difference.
fn add_users(shop: &Shop) -> Outcome {
    let known = shop.users().map_err(one)?;
    let roles = shop.role_names();
    let users = [
        ("demo", "Demo", "owner", None),
        ("harbour", "Manager of the Harbour shop", "store_manager", Some(("stores", HARBOUR))),
    ];
    for (name, display_name, role, attribute) in users {
        if known.iter().any(|user| user.name == name) || !roles.iter().any(|other| other == role) {
            continue;
        }
        let new = NewUser {
            name: name.to_owned(),
            display_name: Some(display_name.to_owned()),
            roles: vec![role.to_owned()],
            attributes: attribute
                .map(|(name, value)| (name.to_owned(), vec![value.to_owned()]))
                .into_iter()
                .collect(),
            password: None,
        };
        shop.add_user(&new).map_err(one)?;
    }
    Ok(())
}

/// Where the shop is; a folder of our own making goes away with us.
struct Place {
    folder: PathBuf,
    is_ours: bool,
}

impl Place {
    fn new(wanted: Option<&Path>) -> Result<Self, Vec<Problem>> {
        if let Some(folder) = wanted {
            return Ok(Self { folder: folder.to_owned(), is_ours: false });
        }
        let folder = std::env::temp_dir().join(format!("confect-demo-{}", std::process::id()));
        // Making it must be what brings it into being: in a shared folder somebody may have been first.
        std::fs::create_dir(&folder).map_err(|error| {
            let message = format!("cannot create `{}`: {error}", folder.display());
            one(Problem::new(ProblemKind::Storage, "demo-folder", message)
                .with_hint("name a folder with `--dir`"))
        })?;
        Ok(Self { folder, is_ours: true })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        if self.is_ours {
            let _ = std::fs::remove_dir_all(&self.folder);
        }
    }
}

/// Tries; a machine without a browser is fine.
fn open_browser(link: &str) {
    let program = if cfg!(target_os = "macos") { "open" } else { "xdg-open" };
    let quiet = std::process::Stdio::null;
    let _ =
        std::process::Command::new(program).arg(link).stdout(quiet()).stderr(quiet()).stdin(quiet()).spawn();
}
