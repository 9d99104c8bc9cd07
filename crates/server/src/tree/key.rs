//! The key with which checkpoints are signed, and what others need to check them.
//! Source: C2SP signed-note, "Ed25519 signatures"; the texts of keys are those of Go's `note` package.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, ErrorKind, Write},
    os::unix::fs::{OpenOptionsExt, PermissionsExt},
    path::Path,
};

use aws_lc_rs::signature::{ED25519, Ed25519KeyPair, KeyPair, UnparsedPublicKey};
use base64::prelude::{BASE64_STANDARD, Engine};
use sha2::{Digest, Sha256};

use super::note::NoteFault;
use crate::clock::random_id;

/// The kind of a key in a note: Ed25519.
const KIND: u8 = 1;
const PRIVATE: &str = "PRIVATE+KEY+";

/// Why there is no key.
#[derive(Debug, thiserror::Error)]
pub enum KeyFault {
    /// The file cannot be read or made.
    #[error("cannot use the audit's key file {0}")]
    File(String, #[source] io::Error),
    /// Others may read it.
    #[error("the audit's key file {0} can be read by others: set its mode to 0600")]
    Shared(String),
    /// There is something else in it.
    #[error("{0} is no key file of an audit")]
    Form(String),
    /// There was one once: another one would not go on with what was signed.
    #[error(
        "the audit was signed with a key, and its file {0} is not there: bring it back, no other key goes on with this tree"
    )]
    Gone(String),
    /// What was last seen is nothing that this key signed.
    #[error("{0} does not hold the newest checkpoint that this key signed: {1}")]
    Head(String, #[source] NoteFault),
}

/// Signs checkpoints.
pub struct Signer {
    pair: Ed25519KeyPair,
    verifier: Verifier,
}

impl Signer {
    /// The key in a file, which is made when there is none.
    ///
    /// # Errors
    /// [`KeyFault`]
    pub fn open_or_make(path: &Path) -> Result<Signer, KeyFault> {
        let shown = path.display().to_string();
        match Signer::open(path) {
            Err(KeyFault::File(_, error)) if error.kind() == ErrorKind::NotFound => {}
            opened => return opened,
        }
        make(path).map_err(|error| KeyFault::File(shown, error))?;
        Signer::open(path)
    }

    /// The key in a file.
    ///
    /// # Errors
    /// [`KeyFault`]
    pub fn open(path: &Path) -> Result<Signer, KeyFault> {
        let shown = || path.display().to_string();
        let unusable = |error| KeyFault::File(shown(), error);
        let metadata = fs::metadata(path).map_err(unusable)?;
        if metadata.permissions().mode() & 0o077 != 0 {
            return Err(KeyFault::Shared(shown()));
        }
        let text = fs::read_to_string(path).map_err(unusable)?;
        Signer::parse(text.trim_end()).ok_or_else(|| KeyFault::Form(shown()))
    }

    fn parse(text: &str) -> Option<Signer> {
        let (name, id, seed) = parts(text.strip_prefix(PRIVATE)?)?;
        let signer = Signer::of(name, &seed)?;
        (signer.verifier.id == id).then_some(signer)
    }

    fn of(name: &str, seed: &[u8; 32]) -> Option<Signer> {
        let pair = Ed25519KeyPair::from_seed_unchecked(seed).ok()?;
        let verifier = Verifier::of(name, pair.public_key().as_ref().try_into().ok()?);
        Some(Signer { pair, verifier })
    }

    /// What others need to check what it signs.
    #[must_use]
    pub fn verifier(&self) -> &Verifier {
        &self.verifier
    }

    /// A secret that everybody has who has the key, and nobody else: the hash of a signature that is shown to nobody. No checkpoint
    /// begins like what is signed for it.
    #[must_use]
    pub fn secret(&self, purpose: &str) -> [u8; 32] {
        Sha256::digest(self.sign(&format!("\nbaton secret for {purpose}\n"))).into()
    }

    pub(super) fn sign(&self, text: &str) -> Vec<u8> {
        self.pair.sign(text.as_bytes()).as_ref().to_vec()
    }
}

/// Checks what was signed with a key. Prints as others take it: its name, its id, and the public key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verifier {
    name: String,
    id: [u8; 4],
    key: [u8; 32],
}

impl Verifier {
    fn of(name: &str, key: [u8; 32]) -> Verifier {
        let hash = Sha256::new().chain_update(name).chain_update([b'\n', KIND]).chain_update(key).finalize();
        Verifier { name: name.to_owned(), id: [hash[0], hash[1], hash[2], hash[3]], key }
    }

    /// Reads what it prints as.
    #[must_use]
    pub fn parse(text: &str) -> Option<Verifier> {
        let (name, id, key) = parts(text)?;
        Some(Verifier::of(name, key)).filter(|verifier| verifier.id == id)
    }

    /// The name under which it signs, and that of the tree.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    pub(super) fn id(&self) -> [u8; 4] {
        self.id
    }

    pub(super) fn has_signed(&self, text: &str, signature: &[u8]) -> bool {
        UnparsedPublicKey::new(&ED25519, self.key).verify(text.as_bytes(), signature).is_ok()
    }
}

impl std::fmt::Display for Verifier {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&joined(&self.name, self.id, &self.key))
    }
}

fn joined(name: &str, id: [u8; 4], key: &[u8; 32]) -> String {
    let key = BASE64_STANDARD.encode([&[KIND], &key[..]].concat());
    format!("{name}+{:08x}+{key}", u32::from_be_bytes(id))
}

fn parts(text: &str) -> Option<(&str, [u8; 4], [u8; 32])> {
    let (name, rest) = text.split_once('+')?;
    let (id, key) = rest.split_once('+')?;
    let id = u32::from_str_radix(id, 16).ok()?.to_be_bytes();
    match BASE64_STANDARD.decode(key).ok()?.split_first()? {
        (&KIND, key) if !name.is_empty() => Some((name, id, key.try_into().ok()?)),
        _ => None,
    }
}

/// Makes a key file. Of two processes that do so at once one makes it, and both read that one.
fn make(path: &Path) -> io::Result<()> {
    let mut seed = [0; 32];
    getrandom::fill(&mut seed).map_err(|_| io::Error::other("the system has no randomness"))?;
    let damaged = || io::Error::other("the key cannot be used");
    let nameless = Signer::of("", &seed).ok_or_else(damaged)?;
    // the name is that of this tree alone, whatever the server is called
    let hash = Sha256::digest(nameless.verifier.key);
    let name = format!("baton-audit-{:08x}", u32::from_be_bytes([hash[0], hash[1], hash[2], hash[3]]));
    let signer = Signer::of(&name, &seed).ok_or_else(damaged)?;
    let text = format!("{PRIVATE}{}\n", joined(&name, signer.verifier.id, &seed));
    write_private(path, &text, |new, path| match fs::hard_link(new, path) {
        Err(error) if error.kind() != ErrorKind::AlreadyExists => Err(error),
        _ => fs::remove_file(new),
    })
}

/// Writes a file for its owner alone: first beside its place, then `put` there, all of it durable when this returns.
pub(super) fn write_private(
    path: &Path,
    text: &str,
    put: impl FnOnce(&Path, &Path) -> io::Result<()>,
) -> io::Result<()> {
    let mut new = path.as_os_str().to_owned();
    // a process in a container has the number of the one before it
    new.push(format!(".{}", random_id()));
    let new = Path::new(&new);
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(new)?;
    let written = file.write_all(text.as_bytes()).and_then(|()| file.sync_all()).and_then(|()| put(new, path));
    if let Err(error) = written {
        // what stays behind does no harm, and the first fault says more
        let _ = fs::remove_file(new);
        return Err(error);
    }
    sync_folder(path)
}

/// Makes what was done to the name of a file durable.
pub(crate) fn sync_folder(path: &Path) -> io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    File::open(folder)?.sync_all()
}

#[cfg(test)]
mod tests {
    use std::{fs, os::unix::fs::PermissionsExt};

    use super::{KeyFault, Signer, Verifier};

    #[test]
    fn a_key_file_is_made_once_for_the_owner_alone() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("key");
        let made = Signer::open_or_make(&path).expect("it can be made");
        let again = Signer::open_or_make(&path).expect("it is there");
        assert_eq!(made.verifier(), again.verifier());
        assert_eq!(fs::metadata(&path).expect("it is there").permissions().mode() & 0o777, 0o600);
        assert_eq!(fs::read_dir(folder.path()).expect("it is ours").count(), 1);
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).expect("it is ours");
        assert!(matches!(Signer::open(&path), Err(KeyFault::Shared(_))));
    }

    #[test]
    fn another_file_is_no_key() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("key");
        for text in ["", "PRIVATE+KEY+a+00000000+AQ==", "a+b+c"] {
            fs::write(&path, text).expect("the folder is ours");
            fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).expect("it is ours");
            assert!(matches!(Signer::open_or_make(&path), Err(KeyFault::Form(_))), "{text}");
        }
    }

    /// A key of the documentation of Go's `note`.
    #[test]
    fn a_public_key_is_read_as_it_is_printed() {
        let text = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
        let verifier = Verifier::parse(text).expect("it is one");
        assert_eq!((verifier.to_string().as_str(), verifier.name()), (text, "PeterNeumann"));
        assert!(Verifier::parse(&text.replace("c74f20a3", "c74f20a4")).is_none());
        let note =
            "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n";
        let signature = "x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=";
        let signature = base64::Engine::decode(&base64::prelude::BASE64_STANDARD, signature).expect("it is base64");
        assert_eq!(signature[..4], verifier.id());
        assert!(verifier.has_signed(note, &signature[4..]));
        assert!(!verifier.has_signed("another\n", &signature[4..]));
    }
}
