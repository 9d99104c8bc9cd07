//! Signs an assertion, so that the first token can be asked for with curl.

use std::{
    io::{Write, stdout},
    path::PathBuf,
};

use baton_oauth::{assertion::ASSERTION_SECS_MAX, client_key::Claims};

use super::{Unable, file};
use crate::clock::{Clock, random_id};

/// Arguments of `baton keys assertion`.
#[derive(Debug, clap::Args)]
pub(super) struct AssertionArgs {
    /// The private key, a PEM file
    #[arg(long, value_name = "FILE")]
    key: PathBuf,
    /// The client id
    #[arg(long, value_name = "ID")]
    client: String,
    /// The server's public_url, or its token endpoint
    #[arg(long, value_name = "URL")]
    audience: String,
    /// How long it is good, in seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 60,
          value_parser = clap::value_parser!(u16).range(1..=ASSERTION_SECS_MAX))]
    secs: u16,
}

pub(super) fn print(args: &AssertionArgs) -> Result<(), Unable> {
    let key = file::read(&args.key)?;
    let (jti, now) = (random_id(), Clock::of_machine().now().secs());
    let claims = Claims { client_id: &args.client, audience: &args.audience, jti: &jti, now, secs: args.secs };
    writeln!(stdout(), "{}", key.assertion(&claims)?)?;
    Ok(())
}
