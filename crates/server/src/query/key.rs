//! The two halves of an officer's key: one seals and stands in the configuration, the other opens and is nowhere near a server.

use std::{
    fs::{self, OpenOptions},
    io::{self, Write},
    os::unix::fs::{OpenOptionsExt, PermissionsExt},
    path::Path,
};

use base64::prelude::{BASE64_STANDARD, Engine};
use sha2::{Digest, Sha256};
use tokio_rustls::rustls::crypto::{
    aws_lc_rs::hpke::DH_KEM_X25519_HKDF_SHA256_AES_256,
    hpke::{Hpke, HpkePrivateKey},
};

/// What both halves are called, with the id of the pair behind it.
const NAME: &str = "baton-queries-";
const PRIVATE: &str = "PRIVATE+KEY+";

/// How queries are sealed: HPKE in base mode with X25519, SHA-256 and AES-256-GCM. Source: RFC 9180, sections 5.1.1 and 7.
pub(super) fn suite() -> &'static dyn Hpke {
    DH_KEM_X25519_HKDF_SHA256_AES_256
}

/// Why a key cannot be used or made.
#[derive(Debug, thiserror::Error)]
pub enum KeyFault {
    /// The file cannot be read or made.
    #[error("cannot use the key file {0}")]
    File(String, #[source] io::Error),
    /// Others may read it.
    #[error("the key file {0} can be read by others: set its mode to 0600")]
    Shared(String),
    /// There is something else in it.
    #[error("{0} is no key that opens queries: `baton audit open --new FILE` makes one")]
    Form(String),
    /// There is a file of that name.
    #[error("{0} is there already, and is not written over")]
    There(String),
    /// None could be made.
    #[error("no key could be made")]
    Unmade,
}

/// The half that seals. It opens nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OfficerKey([u8; 32]);

impl OfficerKey {
    /// Reads what it prints as.
    ///
    /// # Errors
    /// What it should be.
    pub fn read(text: &str) -> Result<OfficerKey, String> {
        let key = named(text).and_then(|(id, key)| {
            let key = OfficerKey(key.try_into().ok()?);
            (key.id() == id).then_some(key)
        });
        key.ok_or_else(|| "this is no officer's key: `baton audit open --new FILE` makes one and prints it".to_owned())
    }

    /// By what the pair is known.
    #[must_use]
    pub fn id(&self) -> [u8; 4] {
        let hash = Sha256::digest(self.0);
        [hash[0], hash[1], hash[2], hash[3]]
    }

    pub(super) fn bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl std::fmt::Display for OfficerKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{NAME}{:08x}+{}", u32::from_be_bytes(self.id()), BASE64_STANDARD.encode(self.0))
    }
}

/// The half that opens, with the other one.
pub struct OpeningKey {
    private: HpkePrivateKey,
    public: OfficerKey,
}

impl OpeningKey {
    /// Makes a pair, and writes it into a file that is not there yet, for its owner alone.
    ///
    /// # Errors
    /// [`KeyFault`]
    pub fn make(path: &Path) -> Result<OpeningKey, KeyFault> {
        let shown = || path.display().to_string();
        let (public, private) = suite().generate_key_pair().map_err(|_| KeyFault::Unmade)?;
        let public = OfficerKey(public.0.try_into().map_err(|_| KeyFault::Unmade)?);
        let both = BASE64_STANDARD.encode([private.secret_bytes(), &public.0].concat());
        let text = format!("{PRIVATE}{NAME}{:08x}+{both}\n", u32::from_be_bytes(public.id()));
        let failed = |error: io::Error| match error.kind() {
            io::ErrorKind::AlreadyExists => KeyFault::There(shown()),
            _ => KeyFault::File(shown(), error),
        };
        let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path).map_err(failed)?;
        file.write_all(text.as_bytes()).and_then(|()| file.sync_all()).map_err(failed)?;
        Ok(OpeningKey { private, public })
    }

    /// Reads the file.
    ///
    /// # Errors
    /// [`KeyFault`]
    pub fn open(path: &Path) -> Result<OpeningKey, KeyFault> {
        let shown = || path.display().to_string();
        let unusable = |error| KeyFault::File(shown(), error);
        if fs::metadata(path).map_err(unusable)?.permissions().mode() & 0o077 != 0 {
            return Err(KeyFault::Shared(shown()));
        }
        OpeningKey::parse(&fs::read_to_string(path).map_err(unusable)?).ok_or_else(|| KeyFault::Form(shown()))
    }

    fn parse(text: &str) -> Option<OpeningKey> {
        let (id, both) = named(text.trim_end().strip_prefix(PRIVATE)?)?;
        let (private, public) = both.split_at_checked(32)?;
        let public = OfficerKey(public.try_into().ok()?);
        (public.id() == id).then(|| OpeningKey { private: private.to_vec().into(), public })
    }

    /// The half that is for the configuration.
    #[must_use]
    pub fn public(&self) -> &OfficerKey {
        &self.public
    }

    pub(super) fn private(&self) -> &HpkePrivateKey {
        &self.private
    }
}

/// The id of a pair and what stands behind it.
fn named(text: &str) -> Option<([u8; 4], Vec<u8>)> {
    let (id, key) = text.strip_prefix(NAME)?.split_once('+')?;
    let id = u32::from_str_radix(id, 16).ok()?.to_be_bytes();
    Some((id, BASE64_STANDARD.decode(key).ok()?))
}

#[cfg(test)]
mod tests {
    use std::{fs, os::unix::fs::PermissionsExt};

    use super::{KeyFault, OfficerKey, OpeningKey};

    #[test]
    fn a_pair_is_made_once_for_its_owner_alone_and_read_again() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("officer.key");
        let made = OpeningKey::make(&path).expect("it can be made");
        assert_eq!(fs::metadata(&path).expect("it is there").permissions().mode() & 0o777, 0o600);
        let text = made.public().to_string();
        assert_eq!(OfficerKey::read(&text).as_ref(), Ok(OpeningKey::open(&path).expect("it is there").public()));
        assert!(!fs::read_to_string(&path).expect("it is ours").contains(&text));
        assert!(matches!(OpeningKey::make(&path), Err(KeyFault::There(_))));
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).expect("it is ours");
        assert!(matches!(OpeningKey::open(&path), Err(KeyFault::Shared(_))));
    }

    #[test]
    fn another_text_is_no_key() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("officer.key");
        let text = OpeningKey::make(&path).expect("it can be made").public().to_string();
        let other = format!("baton-queries-00000000+{}", text.split_once('+').expect("it has one").1);
        for wrong in ["", "baton-queries-", &text[..text.len() - 4], &other, &text.to_uppercase()] {
            assert!(OfficerKey::read(wrong).is_err(), "{wrong}");
            fs::write(&path, format!("PRIVATE+KEY+{wrong}\n")).expect("it is ours");
            assert!(matches!(OpeningKey::open(&path), Err(KeyFault::Form(_))), "{wrong}");
        }
    }
}
