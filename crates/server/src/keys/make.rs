//! Makes a private key.

use std::path::PathBuf;

use aws_lc_rs::{
    encoding::{AsDer, Pkcs8V1Der},
    rsa::{self, KeySize},
    signature::{ECDSA_P384_SHA384_FIXED_SIGNING, EcdsaKeyPair},
};
use baton_oauth::client_key::ClientKey;

use super::{Unable, file, show};

/// Arguments of `baton keys new`.
#[derive(Debug, clap::Args)]
pub(super) struct NewArgs {
    /// What it signs with: ES384 (P-384) or RS384 (RSA, 3072 bits)
    #[arg(long, value_enum, default_value = "ES384")]
    alg: Alg,
    /// Where to write it; a file that is there is not written over
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
}

/// Algorithms of SMART Backend Services.
#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum Alg {
    #[value(name = "ES384")]
    Es384,
    #[value(name = "RS384")]
    Rs384,
}

pub(super) fn make(args: &NewArgs) -> Result<(), Unable> {
    let pkcs8 = match args.alg {
        Alg::Es384 => elliptic()?,
        Alg::Rs384 => rsa()?,
    };
    let key = ClientKey::from_pkcs8(&pkcs8)?;
    file::write(&args.out, &pkcs8)?;
    show(&key, &args.out)
}

fn elliptic() -> Result<Vec<u8>, Unable> {
    let pair = EcdsaKeyPair::generate(&ECDSA_P384_SHA384_FIXED_SIGNING).map_err(|_| Unable::Unmade)?;
    Ok(pair.to_pkcs8v1().map_err(|_| Unable::Unmade)?.as_ref().to_vec())
}

fn rsa() -> Result<Vec<u8>, Unable> {
    let pair = rsa::KeyPair::generate(KeySize::Rsa3072).map_err(|_| Unable::Unmade)?;
    let der = AsDer::<Pkcs8V1Der<'_>>::as_der(&pair).map_err(|_| Unable::Unmade)?;
    Ok(der.as_ref().to_vec())
}
