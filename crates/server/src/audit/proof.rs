//! `baton audit proof`: one line to show to somebody, with all that proves it, and nothing of the others; or that the audit only grew.

use std::{
    fs,
    path::{Path, PathBuf},
    process::ExitCode,
};

use base64::prelude::{BASE64_STANDARD, Engine};
use baton_exchange::audit::{Entry, Hash, Leaf, Prover, leaf, root_of};
use baton_store::{Store, StoreError};
use serde::{Deserialize, Serialize};

use super::{
    growth::{self, Growth},
    text::plain,
    tree::{Opened, TreeError, verifier},
};

/// How many leaves are read at once.
const PAGE: u32 = 10_000;

/// Arguments of `baton audit proof`.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Prints JSON. What a line says of a patient, and the request id that its caller chose, are not in it: only a salted hash of them is.
With --since it proves instead that the tree grew from the one of a checkpoint that was saved, and that nothing before it was changed
(of several in the file, the last). `baton audit verify --proof FILE --key KEY` checks either anywhere.

Exit status: 0 done, 1 there is no such line in the tree, or it did not grow from that one, 2 unusable configuration or store.")]
pub struct ProofArgs {
    /// The number of the line
    #[arg(value_name = "SEQ", required_unless_present = "since")]
    number: Option<u64>,
    /// Instead: a checkpoint that was saved earlier
    #[arg(long, value_name = "FILE", conflicts_with = "number")]
    since: Option<PathBuf>,
    /// The configuration of the server, a TOML file
    #[arg(long, value_name = "FILE")]
    config: PathBuf,
}

/// A proof as a file.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Proof {
    /// The number of the line.
    number: u64,
    /// What it says.
    open: String,
    /// A salted hash of the rest.
    withheld: String,
    /// Hashes beside the way to the root, from the leaf up.
    hashes: Vec<String>,
    /// What was signed.
    checkpoint: String,
}

/// Makes a proof.
pub(super) async fn proof(args: &ProofArgs) -> Result<ExitCode, TreeError> {
    match (args.number, &args.since) {
        (_, Some(since)) => growth::proof(&args.config, since).await,
        (number, None) => line(&args.config, number.unwrap_or_default()).await,
    }
}

/// Makes a proof of one line.
async fn line(config: &Path, number: u64) -> Result<ExitCode, TreeError> {
    let opened = Opened::of(config, None).await?;
    let newest = opened.store.tree().await?;
    let size = newest.as_ref().map_or(0, |checkpoint| checkpoint.edge.size());
    let lines = opened.store.audit(number.saturating_sub(1), 1).await?;
    let line = lines.first().filter(|(its, _)| *its == number);
    let prover = number.checked_sub(1).and_then(|index| Prover::of(index, size));
    let (Some(mut prover), Some((_, record)), Some(checkpoint)) = (prover, line, newest) else {
        eprintln!("baton audit proof: line {number} is not in the tree, which has {size} lines");
        return Ok(ExitCode::FAILURE);
    };
    let mut own: Option<Leaf> = None;
    leaves(&*opened.store, size, |its, leaf| {
        prover.add(leaf.hash);
        own = own.or((its == number).then_some(*leaf));
    })
    .await?;
    let entry = Entry::of(number, record);
    let withheld = own.and_then(|own| own.withheld(record, &entry)).unwrap_or_default();
    let hashes = prover.proof().iter().map(encoded).collect();
    let proof = Proof { number, open: entry.open, withheld: encoded(&withheld), hashes, checkpoint: checkpoint.note };
    if !proof.holds(&opened.verifier) {
        eprintln!("baton audit proof: line {number} is not the one in the tree: `baton audit verify` says more");
        return Ok(ExitCode::FAILURE);
    }
    println!("{}", serde_json::to_string_pretty(&proof).map_err(std::io::Error::from)?);
    Ok(ExitCode::SUCCESS)
}

/// Checks a proof in a file.
pub(super) fn check(file: &Path, key: &str) -> Result<ExitCode, TreeError> {
    let shown = || file.display().to_string();
    let verifier = verifier(key)?;
    let text = fs::read_to_string(file).map_err(|error| TreeError::Read(shown(), error))?;
    if let Ok(growth) = serde_json::from_str::<Growth>(&text) {
        return Ok(growth.told(&verifier));
    }
    let proof: Proof = serde_json::from_str(&text).map_err(|_| TreeError::NoProof(shown()))?;
    if !proof.holds(&verifier) {
        println!("WRONG: this does not prove that there is such a line");
        return Ok(ExitCode::FAILURE);
    }
    println!("well: line {} of the audit {} is\n{}", proof.number, verifier.name(), plain(&proof.open));
    Ok(ExitCode::SUCCESS)
}

impl Proof {
    fn holds(&self, verifier: &crate::tree::Verifier) -> bool {
        let hashes: Option<Vec<Hash>> = self.hashes.iter().map(|text| decoded(text)).collect();
        let (Ok(signed), Some(hashes), Some(withheld)) =
            (verifier.opened(&self.checkpoint), hashes, decoded(&self.withheld))
        else {
            return false;
        };
        let leaf = leaf(&self.open, withheld);
        let index = self.number.checked_sub(1);
        index.and_then(|index| root_of(index, signed.size, leaf, &hashes)) == Some(signed.root)
    }
}

/// Has all leaves of a tree of so many lines go by.
pub(super) async fn leaves(store: &dyn Store, size: u64, mut each: impl FnMut(u64, &Leaf)) -> Result<(), StoreError> {
    let mut after = 0;
    while after < size {
        let leaves = store.leaves(after, PAGE).await?;
        let Some((last, _)) = leaves.last() else { break };
        after = *last;
        leaves.iter().filter(|(its, _)| *its <= size).for_each(|(its, leaf)| each(*its, leaf));
    }
    Ok(())
}

pub(super) fn encoded(hash: &Hash) -> String {
    BASE64_STANDARD.encode(hash.0)
}

pub(super) fn decoded(text: &str) -> Option<Hash> {
    BASE64_STANDARD.decode(text).ok()?.try_into().ok().map(Hash)
}
