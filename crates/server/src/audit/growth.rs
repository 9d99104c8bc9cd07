//! `baton audit proof --since`: that the tree of now only grew from the one that somebody has a checkpoint of.

use std::{path::Path, process::ExitCode};

use baton_exchange::audit::{Extension, Hash, extends};
use serde::{Deserialize, Serialize};

use super::{
    proof::{decoded, encoded, leaves},
    saved::Saved,
    tree::{Opened, TreeError},
};
use crate::tree::{NoteFault, Verifier};

/// A proof of growth as a file.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Growth {
    /// What was signed earlier.
    older: String,
    /// The hashes that lead from there to the newer root.
    hashes: Vec<String>,
    /// What was signed later.
    checkpoint: String,
}

/// Makes a proof that the newest tree grew from that of the last checkpoint in a file.
pub(super) async fn proof(config: &Path, since: &Path) -> Result<ExitCode, TreeError> {
    let opened = Opened::of(config, None).await?;
    let shown = || since.display().to_string();
    let saved = Saved::read(since)?;
    let older = saved.notes.last().ok_or_else(|| TreeError::Saved(shown(), NoteFault::Form))?;
    let signed = opened.verifier.opened(older).map_err(|fault| TreeError::Saved(shown(), fault))?;
    let newest = opened.store.tree().await?;
    let size = newest.as_ref().map_or(0, |checkpoint| checkpoint.edge.size());
    let (Some(mut extension), Some(checkpoint)) = (Extension::of(signed.size, size), newest) else {
        eprintln!("baton audit proof: the checkpoint is of {} lines, and the tree has {size}", signed.size);
        return Ok(ExitCode::FAILURE);
    };
    leaves(&*opened.store, size, |_, leaf| extension.add(leaf.hash)).await?;
    let hashes = extension.proof().iter().map(encoded).collect();
    let proof = Growth { older: older.clone(), hashes, checkpoint: checkpoint.note };
    if proof.holds(&opened.verifier).is_none() {
        eprintln!(
            "baton audit proof: the tree did not grow from that one: `baton audit verify --checkpoint` says more"
        );
        return Ok(ExitCode::FAILURE);
    }
    println!("{}", serde_json::to_string_pretty(&proof).map_err(std::io::Error::from)?);
    Ok(ExitCode::SUCCESS)
}

impl Growth {
    /// Says whether it holds.
    pub(super) fn told(&self, verifier: &Verifier) -> ExitCode {
        let Some((older, newer)) = self.holds(verifier) else {
            println!("WRONG: this does not prove that the audit only grew");
            return ExitCode::FAILURE;
        };
        println!(
            "well: the audit {} grew from {older} lines to {newer}, and those {older} are what they were",
            verifier.name()
        );
        ExitCode::SUCCESS
    }

    /// From how many lines to how many, when it proves that.
    fn holds(&self, verifier: &Verifier) -> Option<(u64, u64)> {
        let hashes: Vec<Hash> = self.hashes.iter().map(|text| decoded(text)).collect::<Option<_>>()?;
        let (older, newer) = (verifier.opened(&self.older).ok()?, verifier.opened(&self.checkpoint).ok()?);
        extends((older.size, older.root), (newer.size, newer.root), &hashes).then_some((older.size, newer.size))
    }
}
