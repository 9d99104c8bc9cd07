//! A checkpoint as a text that anybody can check. Source: C2SP tlog-checkpoint and signed-note.

use base64::prelude::{BASE64_STANDARD, Engine};
use baton_exchange::audit::{Edge, Hash};

use super::key::{Signer, Verifier};

/// What begins the line of a signature.
const SIGNATURE: &str = "\u{2014} ";

/// What was signed: that the tree had this root when it had so many leaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Signed {
    /// How many leaves.
    pub size: u64,
    /// The root over them.
    pub root: Hash,
}

/// Why a checkpoint does not count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoteFault {
    /// It is none.
    #[error("it is no checkpoint")]
    Form,
    /// Another key signed it, or it is of another tree.
    #[error("it is not of this tree and not signed with its key")]
    OtherKey,
    /// What is signed is not what stands there.
    #[error("its signature is wrong")]
    Signature,
}

impl Signer {
    /// A signed checkpoint of a tree.
    #[must_use]
    pub fn checkpoint(&self, edge: &Edge) -> String {
        let name = self.verifier().name();
        let text = format!("{name}\n{}\n{}\n", edge.size(), BASE64_STANDARD.encode(edge.root().0));
        let signature = [&self.verifier().id()[..], &self.sign(&text)].concat();
        format!("{text}\n{SIGNATURE}{name} {}\n", BASE64_STANDARD.encode(signature))
    }
}

impl Verifier {
    /// What a checkpoint says, when this key signed it. Signatures of others, such as witnesses, may stand beside.
    ///
    /// # Errors
    /// [`NoteFault`]
    pub fn opened(&self, note: &str) -> Result<Signed, NoteFault> {
        let (text, signatures) = note.split_once("\n\n").ok_or(NoteFault::Form)?;
        let text = format!("{text}\n");
        let signed = self.read(&text)?;
        let mut own = Vec::new();
        for line in signatures.strip_suffix('\n').ok_or(NoteFault::Form)?.split('\n') {
            let (name, signature) =
                line.strip_prefix(SIGNATURE).and_then(|rest| rest.split_once(' ')).ok_or(NoteFault::Form)?;
            let signature = BASE64_STANDARD.decode(signature).map_err(|_| NoteFault::Form)?;
            let (id, signature) = signature.split_at_checked(4).ok_or(NoteFault::Form)?;
            if name == self.name() && id == self.id() {
                own.push(signature.to_vec());
            }
        }
        match own.as_slice() {
            [] => Err(NoteFault::OtherKey),
            own if own.iter().all(|signature| self.has_signed(&text, signature)) => Ok(signed),
            _ => Err(NoteFault::Signature),
        }
    }

    fn read(&self, text: &str) -> Result<Signed, NoteFault> {
        let mut lines = text.split('\n');
        let mut line = || lines.next().ok_or(NoteFault::Form);
        let (name, size, root) = (line()?, line()?, line()?);
        if name != self.name() {
            return Err(NoteFault::OtherKey);
        }
        let number: u64 = size.parse().map_err(|_| NoteFault::Form)?;
        let root = BASE64_STANDARD.decode(root).ok().and_then(|root| root.try_into().ok()).ok_or(NoteFault::Form)?;
        // one number is written in one way
        if number.to_string() == size { Ok(Signed { size: number, root: Hash(root) }) } else { Err(NoteFault::Form) }
    }
}

#[cfg(test)]
mod tests {
    use super::{Edge, Hash, NoteFault, Signed, Signer};

    fn signer() -> (tempfile::TempDir, Signer) {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let signer = Signer::open_or_make(&folder.path().join("key")).expect("it can be made");
        (folder, signer)
    }

    fn edge() -> Edge {
        let mut edge = Edge::default();
        (0..5).for_each(|number| edge.add(Hash([number; 32])));
        edge
    }

    #[test]
    fn what_was_signed_is_read_again_also_with_the_signature_of_a_witness() {
        let (_folder, signer) = signer();
        let note = signer.checkpoint(&edge());
        let signed = Ok(Signed { size: 5, root: edge().root() });
        assert_eq!(signer.verifier().opened(&note), signed);
        assert_eq!(signer.verifier().opened(&format!("{note}\u{2014} witness AAAAAAAA\n")), signed);
    }

    #[test]
    fn whatever_is_changed_in_a_checkpoint_is_seen() {
        let (_folder, signer) = signer();
        let note = signer.checkpoint(&edge());
        for place in (0..note.len()).filter(|place| note.is_char_boundary(*place)) {
            for other in ["0", "A", "\n", " "] {
                let end = place + note[place..].chars().next().map_or(0, char::len_utf8);
                if note[place..end] != *other {
                    let changed = format!("{}{other}{}", &note[..place], &note[end..]);
                    assert!(signer.verifier().opened(&changed).is_err(), "{changed}");
                }
            }
            assert!(signer.verifier().opened(&note[..place]).is_err());
        }
    }

    #[test]
    fn the_key_of_another_tree_opens_nothing() {
        let ((_one, signer), (_other, other)) = (signer(), signer());
        let note = signer.checkpoint(&edge());
        assert_eq!(other.verifier().opened(&note), Err(NoteFault::OtherKey));
        let renamed = note.replace(signer.verifier().name(), other.verifier().name());
        assert_eq!(other.verifier().opened(&renamed), Err(NoteFault::OtherKey));
        assert_eq!(signer.verifier().opened("no checkpoint"), Err(NoteFault::Form));
    }
}
