//! `baton audit verify`: goes through all lines, the tree, and what was signed of it.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    process::ExitCode,
};

use baton_exchange::audit::{AuditRecord, Flaw, Hash, Leaf, Walk};
use baton_store::{Store, StoreError};

use super::{
    proof,
    saved::Saved,
    tree::{Opened, TreeError, told},
};
use crate::{
    operator::{Progress, counted},
    tree::{NoteFault, Verifier},
};

/// How many lines are read at once.
const PAGE: u32 = 1_000;

/// Arguments of `baton audit verify`.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Goes through all lines from the first one, so it takes a while in a large audit; the server may run meanwhile. Without a checkpoint
that was saved elsewhere nobody can see that the end of the audit was cut off together with its tree.

Exit status: 0 all is well, 1 something is wrong (the first line that is wrong is named), 2 it could not be looked at.")]
pub struct VerifyArgs {
    /// The configuration of the server, a TOML file
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Checkpoints that were saved elsewhere, one after the other, such as the file of a witness
    #[arg(long, value_name = "FILE", requires = "config")]
    checkpoint: Option<PathBuf>,
    /// The public key; without it, the one of the key file
    #[arg(long, value_name = "KEY")]
    key: Option<String>,
    /// A proof instead, of one line or of growth, which needs no store
    #[arg(long, value_name = "FILE", conflicts_with = "config", requires = "key")]
    proof: Option<PathBuf>,
}

/// Verifies what is asked for.
pub(super) async fn verify(args: &VerifyArgs) -> Result<ExitCode, TreeError> {
    if let (Some(file), Some(key)) = (&args.proof, &args.key) {
        return proof::check(file, key);
    }
    let Some(config) = &args.config else { return Err(TreeError::Nothing) };
    let opened = Opened::of(config, args.key.as_deref()).await?;
    let saved = args.checkpoint.as_deref().map(|file| saved(file, &opened.verifier)).transpose()?.unwrap_or_default();
    let signed = match signed(&opened, &saved).await? {
        Ok(signed) => signed,
        Err(wrong) => {
            println!("WRONG: {wrong}");
            return Ok(ExitCode::FAILURE);
        }
    };
    let mut progress = Progress::new("audit verify", signed.keys().last().copied());
    let walked = walk(&*opened.store, &signed, &mut progress).await?;
    progress.end();
    Ok(report(&walked, &signed, saved.len()))
}

/// Roots by size.
type Roots = BTreeMap<u64, Vec<Hash>>;

/// How far it went, what is wrong there, and how many lines are not in the tree yet.
struct Walked {
    size: u64,
    root: Hash,
    flaw: Option<Flaw>,
    newer: u64,
    /// From how many what is personal was dropped, and from how many the lines say so.
    redacted: u64,
    accounted: u64,
}

/// What a file of checkpoints says. That parts of it are none is said and no reason to stop.
fn saved(file: &Path, verifier: &Verifier) -> Result<Vec<(u64, Hash)>, TreeError> {
    let saved = Saved::read(file)?;
    if saved.torn > 0 {
        let shown = file.display();
        eprintln!("baton audit verify: {} parts of {shown} are no checkpoints and are left out", saved.torn);
    }
    saved.opened(file, verifier)
}

/// All that was signed, by the store and by what was saved. What does not count in the store, where there is something.
async fn signed(opened: &Opened, saved: &[(u64, Hash)]) -> Result<Result<Roots, String>, TreeError> {
    let (mut roots, mut after) = (Roots::new(), 0);
    for (size, root) in saved {
        roots.entry(*size).or_default().push(*root);
    }
    loop {
        let checkpoints = match opened.store.checkpoints(after, PAGE).await {
            Err(StoreError::Corrupt(_)) => {
                return Ok(Err(format!("a checkpoint in the store, of more than {} lines, is none", counted(after))));
            }
            checkpoints => checkpoints?,
        };
        let Some(last) = checkpoints.last() else { return Ok(Ok(roots)) };
        after = last.edge.size();
        for checkpoint in &checkpoints {
            let size = checkpoint.edge.size();
            let fault = match opened.verifier.opened(&checkpoint.note) {
                Ok(signed) if signed.size == size => {
                    roots.entry(size).or_default().push(signed.root);
                    continue;
                }
                Ok(_) => NoteFault::Form,
                Err(fault) => fault,
            };
            return Ok(Err(format!("the checkpoint of {} lines in the store does not count: {fault}", counted(size))));
        }
    }
}

/// Goes from the first line to the last that was signed, and counts those behind it.
async fn walk(store: &dyn Store, signed: &Roots, progress: &mut Progress) -> Result<Walked, TreeError> {
    let last = signed.keys().last().copied().unwrap_or(0);
    let mut walk = Walk::default();
    let (mut flaw, mut doubted) = (None, None);
    while flaw.is_none() && walk.size() < last {
        let after = walk.size();
        let (lines, bad_line) = readable(after, |after, limit| store.audit(after, limit)).await?;
        let (leaves, bad_leaf) = readable(after, |after, limit| store.leaves(after, limit)).await?;
        flaw = page(&mut walk, &lines, &leaves, signed, last).err();
        // line and leaf are read one after the other, and may be redacted in between: then the next look finds both as they are
        if let Some(Flaw::LineChanged { number }) = flaw
            && doubted != Some(number)
        {
            (flaw, doubted) = (None, Some(number));
            continue;
        }
        let next = walk.size() + 1;
        if bad_line == Some(next) {
            flaw = Some(Flaw::LineChanged { number: next });
        } else if bad_leaf == Some(next) {
            flaw = Some(Flaw::LeafChanged { number: next });
        } else if after == walk.size() && flaw.is_none() {
            break;
        }
        progress.at(walk.size(), walk.size(), "lines");
    }
    let flaw = flaw.or_else(|| walk.end(last).err());
    let newer = if flaw.is_none() { newer(store, walk.size()).await? } else { Newer::default() };
    Ok(Walked {
        size: walk.size(),
        root: walk.root(),
        flaw: flaw.or(newer.gap),
        newer: newer.lines,
        redacted: walk.redacted(),
        accounted: walk.accounted() + newer.accounted,
    })
}

/// A page of what can be read, and the number of the first that was made unreadable behind it.
async fn readable<T, F>(after: u64, ask: impl Fn(u64, u32) -> F) -> Result<(Vec<(u64, T)>, Option<u64>), StoreError>
where
    F: Future<Output = Result<Vec<(u64, T)>, StoreError>>,
{
    match ask(after, PAGE).await {
        Err(StoreError::Corrupt(_)) => {}
        page => return page.map(|page| (page, None)),
    }
    let mut page: Vec<(u64, T)> = Vec::new();
    loop {
        let before = page.last().map_or(after, |(number, _)| *number);
        match ask(before, 1).await {
            Ok(one) if one.is_empty() => return Ok((page, None)),
            Ok(one) => page.extend(one),
            Err(StoreError::Corrupt(_)) => return Ok((page, Some(before + 1))),
            Err(error) => return Err(error),
        }
    }
}

fn page(
    walk: &mut Walk,
    lines: &[(u64, AuditRecord)],
    leaves: &[(u64, Leaf)],
    signed: &Roots,
    last: u64,
) -> Result<(), Flaw> {
    // when there are more of one than of the other, the rest of it is looked at in vain
    let (mut lines, mut leaves) = (lines.iter(), leaves.iter());
    while walk.size() < last {
        let (line, leaf) = (lines.next(), leaves.next());
        if line.is_none() && leaf.is_none() {
            return Ok(());
        }
        walk.step(line, leaf)?;
        for root in signed.get(&walk.size()).into_iter().flatten() {
            walk.meet(*root)?;
        }
    }
    Ok(())
}

/// Lines that are not in the tree yet, up to the first that is missing.
#[derive(Default)]
struct Newer {
    lines: u64,
    gap: Option<Flaw>,
    accounted: u64,
}

async fn newer(store: &dyn Store, size: u64) -> Result<Newer, TreeError> {
    let (mut newer, mut after) = (Newer::default(), size);
    loop {
        let (lines, bad) = readable(after, |after, limit| store.audit(after, limit)).await?;
        if lines.is_empty() {
            newer.gap = bad.map(|number| Flaw::LineChanged { number });
            return Ok(newer);
        }
        for (number, record) in lines {
            if number != after + 1 {
                return Ok(Newer { gap: Some(Flaw::LineMissing { number: after + 1 }), ..newer });
            }
            after = number;
            newer.lines += 1;
            newer.accounted += record.redacts();
        }
    }
}

fn report(walked: &Walked, signed: &Roots, saved: usize) -> ExitCode {
    let Walked { size, root, flaw, newer, redacted, accounted } = walked;
    if let Some(flaw) = flaw {
        println!("WRONG: {}", told(flaw));
        let sure = signed.range(..=*size).next_back().map_or(0, |(size, _)| *size);
        let sure = match flaw {
            Flaw::TreeChanged { first, .. } => first - 1,
            _ => sure,
        };
        match sure {
            0 => println!("No line is proven to be the one that was signed."),
            sure => println!("Lines 1 to {} are those that were signed.", counted(sure)),
        }
        return ExitCode::FAILURE;
    }
    if signed.is_empty() && *newer > 0 {
        println!("UNKNOWN: {} lines, and none is in a tree yet: a server that runs takes them in.", counted(*newer));
        return ExitCode::FAILURE;
    }
    if redacted > accounted {
        let (redacted, accounted) = (counted(*redacted), counted(*accounted));
        println!(
            "WRONG: {redacted} lines lost what was personal in them, and the audit accounts for {accounted} only: somebody did it \
             without `baton audit redact`"
        );
        return ExitCode::FAILURE;
    }
    println!("well: {} lines are as they were signed, root {root:?}", counted(*size));
    if *redacted > 0 {
        println!("{} of them were redacted: what was personal in them is gone, all else is proven", counted(*redacted));
    }
    println!("{} checkpoints in all, {} of them saved elsewhere", counted(signed.len() as u64), counted(saved as u64));
    if *newer > 0 {
        println!("{} lines are newer than the newest checkpoint", counted(*newer));
    }
    ExitCode::SUCCESS
}
