//! Where a server that runs as a process can be asked.

use std::{
    io::{BufRead as _, BufReader},
    process::Child,
};

/// The address that a started server tells on its standard output, which must be piped.
pub(crate) fn address(server: &mut Child) -> String {
    let mut line = String::new();
    let mut told = BufReader::new(server.stdout.take().unwrap());
    told.read_line(&mut line).unwrap();
    line.trim().rsplit(' ').next().unwrap().to_owned()
}
