//! The HTTP interface, tested without a network over an in-memory fake of the service.

mod accounts;
mod bearer;
mod bench;
mod calls;
mod doors;
mod editors;
mod fake;
mod frames;
mod generate;
mod ingest;
mod insights;
mod limits;
mod login;
mod network;
mod page;
pub(crate) mod provider;
mod proxies;
mod reading;
mod refusals;
mod rights;
mod shelf;
mod vendors;
