//! `tkn-fuse`: hands the process's arguments and streams to [`tkn_fuse::run::run`].

use std::io;
use std::process::ExitCode;

use tkn_fuse::run::{Environment, run};

fn main() -> ExitCode {
    let environment = Environment::detect();
    ExitCode::from(run(
        std::env::args_os(),
        &mut io::stdin().lock(),
        &mut io::stdout().lock(),
        &mut io::stderr().lock(),
        &environment,
    ))
}
