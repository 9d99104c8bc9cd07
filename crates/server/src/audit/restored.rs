//! `baton audit restored`: goes on with an audit that is shorter than what was signed, since its database was restored from a copy.

use std::{ffi::OsString, fs, io, path::PathBuf, process::ExitCode};

use super::tree::{Opened, TreeError};
use crate::{
    config::Config,
    operator::counted,
    tree::{Head, Signer},
};

/// Arguments of `baton audit restored`.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
A server keeps the newest checkpoint that it saw beside the key file. Where the store has fewer lines than that, or others, its tree
stands still and the log says so. If you restored the database, say it with --accept: the checkpoint of what is lost is kept under
another name, and the tree goes on. Lines that were signed and are lost cannot come back, and whoever has a checkpoint of them will see
that they are gone: tell your auditors and witnesses. If you did not restore it, somebody cut the audit off.

Exit status: 0 nothing is lost, or the loss is accepted, 1 something is lost, 2 unusable configuration, key or store.")]
pub struct RestoredArgs {
    /// The configuration of the server, a TOML file
    #[arg(long, value_name = "FILE")]
    config: PathBuf,
    /// Go on without what is lost
    #[arg(long)]
    accept: bool,
}

/// Says what is lost, and accepts it when asked to.
pub(super) async fn restored(args: &RestoredArgs) -> Result<ExitCode, TreeError> {
    let opened = Opened::of(&args.config, None).await?;
    let key_file = Config::load(&args.config)?.audit_key_file();
    let head = Head::open(&key_file, Signer::open(&key_file)?.verifier())?;
    let newest = opened.store.tree().await?;
    let (size, root) = newest.map_or((0, None), |newest| (newest.edge.size(), Some(newest.edge.root())));
    let Some(seen) = head.seen().filter(|seen| seen.size > size || seen.size == size && Some(seen.root) != root) else {
        println!("Nothing is lost: the tree has {} lines, and no larger one was seen here.", counted(size));
        return Ok(ExitCode::SUCCESS);
    };
    if seen.size == size {
        println!("The {} lines are not those that were signed.", counted(size));
    } else {
        println!("Lines {} to {} were signed and are gone.", counted(size + 1), counted(seen.size));
    }
    if !args.accept {
        println!("If this database was restored from a copy, --accept goes on from here.");
        return Ok(ExitCode::FAILURE);
    }
    let mut lost: OsString = head.path().into();
    lost.push(format!(".lost-{}", seen.size));
    let lost = PathBuf::from(lost);
    // an earlier loss is not written over
    let moved = if lost.exists() { Err(io::ErrorKind::AlreadyExists.into()) } else { fs::rename(head.path(), &lost) };
    moved.map_err(|error| TreeError::Move(lost.display().to_string(), error))?;
    println!("Accepted. What was signed of it is kept in {}.", lost.display());
    Ok(ExitCode::SUCCESS)
}
