//! The tools for AI agents as clients see them: over HTTP and over stdio, with every kind of key.

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
