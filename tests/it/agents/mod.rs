//! The tool face for AI agents as its clients see it: over HTTP and over stdio, by every kind of key.

mod budget;
mod door;
mod leaks;
mod parity;
mod pipe;
mod poison;
mod reliance;
mod tools;
mod trail;
mod world;
