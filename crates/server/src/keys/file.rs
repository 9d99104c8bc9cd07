//! Private keys in files: PEM, for their owner alone, and never written over.

use std::{
    fs::{self, OpenOptions},
    io::{ErrorKind, Write},
    os::unix::fs::{OpenOptionsExt, PermissionsExt},
    path::Path,
};

use base64::{Engine, prelude::BASE64_STANDARD};
use baton_oauth::client_key::ClientKey;
use tokio_rustls::rustls::pki_types::{PrivateKeyDer, pem::PemObject};

use super::Unable;

/// As RFC 7468 wants lines.
const LINE_CHARS: usize = 64;

/// Reads a key. One that others may read is used all the same, with a word about it.
pub(super) fn read(path: &Path) -> Result<ClientKey, Unable> {
    let file = path.display().to_string();
    let failed = |source| Unable::File { what: "read", file: file.clone(), source };
    let text = fs::read(path).map_err(failed)?;
    let mode = fs::metadata(path).map_err(failed)?.permissions().mode();
    if mode & 0o077 != 0 {
        eprintln!("baton keys: {file} is open to others than its owner (mode {:o}): chmod 600", mode & 0o777);
    }
    let refused = |why: &str| Unable::Refused(format!("{file}: {why}"));
    let other =
        "this is no private key in PEM (PKCS #8): `openssl pkcs8 -topk8 -nocrypt -in FILE` makes one of other forms";
    match PrivateKeyDer::from_pem_slice(&text) {
        Ok(PrivateKeyDer::Pkcs8(der)) => {
            ClientKey::from_pkcs8(der.secret_pkcs8_der()).map_err(|error| refused(&error.to_string()))
        }
        Ok(_) | Err(_) => Err(refused(other)),
    }
}

/// Writes a key where no file is.
pub(super) fn write(path: &Path, pkcs8: &[u8]) -> Result<(), Unable> {
    let file = path.display().to_string();
    let failed = |source: std::io::Error| match source.kind() {
        ErrorKind::AlreadyExists => Unable::Refused(format!("{file} is there already, and is not written over")),
        _ => Unable::File { what: "write", file: file.clone(), source },
    };
    let mut made = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path).map_err(failed)?;
    made.write_all(pem(pkcs8).as_bytes()).and_then(|()| made.sync_all()).map_err(failed)
}

fn pem(pkcs8: &[u8]) -> String {
    let mut text = "-----BEGIN PRIVATE KEY-----\n".to_owned();
    let encoded = BASE64_STANDARD.encode(pkcs8);
    let mut rest = encoded.as_str();
    while !rest.is_empty() {
        let (line, after) = rest.split_at(LINE_CHARS.min(rest.len()));
        text.push_str(line);
        text.push('\n');
        rest = after;
    }
    text.push_str("-----END PRIVATE KEY-----\n");
    text
}
