//! The `cuecard` command.

fn main() {}
