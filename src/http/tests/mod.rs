//! The face, driven without a network against an in-memory twin of the service.

mod accounts;
mod bench;
mod calls;
mod doors;
mod editors;
mod frames;
mod generate;
mod ingest;
mod insights;
mod network;
mod page;
mod reading;
mod refusals;
mod rights;
mod shelf;
mod twin;
