//! `baton audit restored`: goes on with an audit that is shorter than what was signed, since its database was restored from a copy.

use std::{cmp::Ordering, ffi::OsString, fs, io, path::PathBuf, process::ExitCode};

use baton_exchange::{
    audit::{Deed, Edge, Operation},
    decision::{Batch, Change},
    id::{ExchangeId, Home, PartnerId},
};
use baton_store::{Committed, Store, StoreError};

use super::tree::{Opened, TreeError};
use crate::{
    clock::{Clock, beside},
    config::Config,
    operator::{counted, operated},
    tree::{Head, Signed, Signer, goes_on, sync_folder},
};

/// Arguments of `baton audit restored`.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
A server keeps the newest checkpoint that it saw beside the key file. Where the store has fewer lines than that, or others, its tree
stands still and the log says so. If you restored the database, say it with --accept: the checkpoint of what is lost is kept under
another name, and the tree goes on. Lines that were signed and are lost cannot come back, and whoever has a checkpoint of them will see
that they are gone: tell your auditors and witnesses. That you accepted it has a line in the audit. If you did not restore it, somebody cut the audit off.

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
    let edge = newest.map_or_else(Edge::default, |newest| newest.edge);
    let size = edge.size();
    let lost = match head.seen() {
        Some(seen) if is_lost(&*opened.store, seen, &edge).await? => Some(seen),
        Some(_) | None => None,
    };
    let Some(seen) = lost else {
        println!(
            "Nothing is lost: the tree has {} lines, and those that were seen here are among them.",
            counted(size)
        );
        return Ok(ExitCode::SUCCESS);
    };
    match seen.size.cmp(&size) {
        Ordering::Greater => {
            println!("Lines {} to {} were signed and are gone.", counted(size + 1), counted(seen.size));
        }
        Ordering::Equal => println!("The {} lines are not those that were signed.", counted(size)),
        Ordering::Less => {
            println!("The first {} of the {} lines are not those that were signed.", counted(seen.size), counted(size));
        }
    }
    if !args.accept {
        println!("If this database was restored from a copy, --accept goes on from here.");
        return Ok(ExitCode::FAILURE);
    }
    let mut lost: OsString = head.path().into();
    lost.push(format!(".lost-{}", seen.size));
    tell(&*opened.store, seen.size.saturating_sub(size)).await?;
    let lost = PathBuf::from(lost);
    // an earlier loss is not written over
    let moved = if lost.exists() { Err(io::ErrorKind::AlreadyExists.into()) } else { fs::rename(head.path(), &lost) };
    moved.map_err(|error| TreeError::Move(lost.display().to_string(), error))?;
    sync_folder(&lost).map_err(|error| TreeError::Move(lost.display().to_string(), error))?;
    println!("Accepted. What was signed of it is kept in {}.", lost.display());
    println!(
        "A server that runs here goes on within seconds. Each other machine has a file of its own: run this there, too."
    );
    Ok(ExitCode::SUCCESS)
}

/// Whether a tree is not the one that was seen, and has not grown from it either.
async fn is_lost(store: &dyn Store, seen: Signed, edge: &Edge) -> Result<bool, StoreError> {
    match seen.size.cmp(&edge.size()) {
        Ordering::Greater => Ok(true),
        Ordering::Equal => Ok(seen.root != edge.root()),
        Ordering::Less => Ok(!goes_on(store, Edge::default(), seen, edge).await?),
    }
}

/// Whoever says that so many lines are lost is remembered first: the file that moves is in no commit.
async fn tell(store: &dyn Store, lost: u64) -> Result<(), StoreError> {
    let (server, operation) = (ExchangeId::from(""), Operation { lines: lost, ..Operation::of(Deed::Restored) });
    let now = beside(store, Clock::of_machine()).await?.now();
    let line = operated(Home::of(&server, &PartnerId::from("")), &server, now, operation);
    match store.commit(Batch { asserts: Vec::new(), changes: vec![Change::PutAudit(line)] }).await? {
        Committed::Done => Ok(()),
        Committed::Outdated => Err(StoreError::Bug("a batch without asserts was outdated".to_owned())),
    }
}
