//! Changes the key that ID tokens are signed with.

use std::{
    io::{Write, stdout},
    path::PathBuf,
};

use super::Unable;
use crate::{
    clock::Clock,
    config::Config,
    log::with_sources,
    signing::{FileFault, RETIRED_SECS, has_another_owner, path_beside, rotate},
};

/// Arguments of `baton keys rotate`.
#[derive(Debug, clap::Args)]
pub(super) struct RotateArgs {
    /// The configuration of the server, a TOML file: it names the store
    #[arg(long, value_name = "FILE")]
    config: PathBuf,
}

pub(super) fn run(args: &RotateArgs) -> Result<(), Unable> {
    let config = Config::load(&args.config)?;
    let file = path_beside(&config.store.key_file());
    let rotated = rotate(&file, Clock::of_machine().now().secs()).map_err(|fault| match fault {
        FileFault::Io { what, file, source } => Unable::File { what, file, source },
        other @ (FileFault::Line { .. } | FileFault::Busy(_) | FileFault::Missing(_)) => {
            Unable::Refused(with_sources(&other))
        }
    })?;
    writeln!(stdout(), "{}", rotated.kid)?;
    let hours = RETIRED_SECS / 3600;
    eprintln!(
        "{}: this key signs ID tokens from now on, {} stay published beside it, {} were dropped (out of use for {hours} hours); a \
         running server takes it in with: kill -HUP PID",
        file.display(),
        rotated.retired,
        rotated.dropped,
    );
    let keys = config.store.key_file();
    if has_another_owner(&file, &keys) {
        eprintln!(
            "baton keys: {} has another owner than {}: a server that may read the one may not read the other, see chown",
            file.display(),
            keys.display(),
        );
    }
    Ok(())
}
