//! The `cuecard` command: a thin shell around the library.

fn main() -> std::process::ExitCode {
    cuecard::cli::main()
}
