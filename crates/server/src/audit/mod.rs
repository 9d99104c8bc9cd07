//! `baton audit`: who looked at what, and whether the audit itself is what it was.

mod filters;
mod growth;
mod list;
mod looked;
mod open;
mod proof;
mod question;
mod redact;
mod restored;
mod rows;
mod saved;
mod text;
mod tree;
mod verify;
mod when;

use std::process::ExitCode;

use crate::operator;

pub use looked::{AuditError, Format, Looked, audit};
pub use question::{Asked, QuestionError};
pub use when::When;

/// Arguments of `baton audit`.
#[derive(Debug, clap::Args)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
#[command(after_help = "\
Examples:
  baton audit --config baton.toml --patient 9876543210
  echo 9876543210 | baton audit --config baton.toml --patient - --from 2026-01-01 --format json
  baton audit --config baton.toml --owner RR8 --from 2026-01-01 --until 2026-01-31 --type 736253002
  baton audit --config baton.toml --message 019abcde-f012-7345-89ab-cdef01234567
  baton audit list --config baton.toml --partner clinic-a --from 2026-01-01
  baton audit open --key officer.key --config baton.toml --from 2026-01-01
  baton audit redact --config baton.toml --before 2020-01-01
  baton audit verify --config baton.toml --checkpoint witness.txt
  baton audit proof 4711 --config baton.toml > proof.json
  baton audit proof --since saved.txt --config baton.toml > growth.json
  baton audit verify --proof proof.json --key baton-audit-1a2b3c4d+5e6f7a8b+AQ...

Prints lines oldest first: when, what and with which status; which organisation, system and user asked, and why; under which
message UUID (callers get it as details.text of each answer) and request id; and which pointers were shown or changed. With
--owner only that organisation's pointers are named. The number of a patient is never printed.

--message looks through all lines, which takes a while in a large audit; --all, --patient and --owner find theirs at once.

The question has a line in the audit itself.

Exit status: 0 answered, 1 there is no such message, 2 unusable configuration, store or question.")]
pub struct Args {
    #[command(subcommand)]
    part: Option<Part>,
    #[command(flatten)]
    looked: Looked,
}

#[derive(Debug, clap::Subcommand)]
enum Part {
    /// Whether all lines are as they were when they were signed; names the first that is not
    Verify(verify::VerifyArgs),
    /// Proves that a line is in the tree, without showing any other; or that the tree grew from an older one
    Proof(proof::ProofArgs),
    /// Goes on with an audit whose database was restored from a copy
    Restored(restored::RestoredArgs),
    /// Lists lines about referrals, logins, tokens and what operators did, by referral, partner, app, person and time
    List(list::ListArgs),
    /// Shows an officer what was searched for, with the key that this server has not; or makes that key
    Open(open::OpenArgs),
    /// Drops what is personal from lines of one referral, or of a time that is over; they can still be proven
    Redact(redact::RedactArgs),
    /// Prints the newest signed checkpoint of the tree
    Checkpoint(tree::At),
    /// Prints the public key with which checkpoints are checked
    Key(tree::At),
}

/// Does what the command line says.
#[must_use]
pub fn run(args: &Args) -> ExitCode {
    match &args.part {
        Some(Part::Verify(args)) => operator::run("audit verify", verify::verify(args)),
        Some(Part::List(args)) => operator::run("audit list", list::list(args)),
        Some(Part::Open(args)) => operator::run("audit open", open::open(args)),
        Some(Part::Redact(args)) => operator::run("audit redact", redact::redact(args)),
        Some(Part::Proof(args)) => operator::run("audit proof", proof::proof(args)),
        Some(Part::Restored(args)) => operator::run("audit restored", restored::restored(args)),
        Some(Part::Checkpoint(at)) => operator::run("audit checkpoint", tree::checkpoint(at)),
        Some(Part::Key(at)) => operator::run("audit key", tree::key(at)),
        None => operator::run("audit", looked::answer(&args.looked)),
    }
}
