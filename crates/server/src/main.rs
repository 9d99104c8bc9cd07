//! The program `baton`.

use std::process::ExitCode;

use baton_server::cli::{Cli, run};
use clap::Parser;

// trees are many small allocations of one request; the system's allocator is slower at that
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    run(Cli::parse())
}
