//! The `cuecard` command: a thin shell around the library.

/// Gives memory back after an import; the C library's allocator keeps a third more of it, in arenas of each thread.
#[cfg(not(target_env = "msvc"))]
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

fn main() -> std::process::ExitCode {
    cuecard::cli::main()
}
