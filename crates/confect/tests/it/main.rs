//! Whole commands: the real `confect` binary on a small shop that is written out here, and the real
//! server over HTTP. The numbers expected are worked out by hand in [`support`].
//!
//! Messages are compared with `tests/golden/messages/cli_*.txt`; `CONFECT_BLESS=1` accepts new ones.

mod basket;
mod commands;
mod customer_pages;
mod customers;
mod databases;
mod deliveries;
mod docs;
mod entities;
mod generate;
mod identity;
mod increment;
mod messages;
mod pages;
mod planted;
mod quality;
mod real_data;
mod recovery;
mod security;
mod support;
mod unknown_shops;
