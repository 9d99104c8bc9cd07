//! Who has which part in one referral, and what each part may do.
//! Source: Ontario eReferral 0.10 to 0.12, actors "RMS Source", "RMS Target", third party; seeds/003 "Update Referral".

use crate::{id::PartnerId, refusal::Refusal};

/// The part that a partner has in one referral. A system that may be both source and target is one of them per referral.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Part {
    /// It asked, and answers for what was asked.
    Source,
    /// It does what was asked, and answers for all that happens after the submission.
    Target,
    /// It was the target before the referral went on to another.
    FormerTarget,
    /// It is told what happens.
    ThirdParty,
}

impl Part {
    /// The word in columns.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Part::Source => "source",
            Part::Target => "target",
            Part::FormerTarget => "former-target",
            Part::ThirdParty => "third-party",
        }
    }

    /// The part of a word; nothing for other words.
    #[must_use]
    pub fn named(word: &str) -> Option<Part> {
        [Part::Source, Part::Target, Part::FormerTarget, Part::ThirdParty]
            .into_iter()
            .find(|part| part.as_str() == word)
    }
}

/// A partner and its part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Party {
    /// Who.
    pub partner: PartnerId,
    /// Its part.
    pub part: Part,
}

/// What somebody wants to do with a referral that is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Deed {
    /// Replace what was asked for.
    Change,
    /// Correct it at the target.
    Correct,
    /// Say where it is in its life.
    Move,
    /// Make, change or cancel an appointment.
    Book,
    /// Write to the target.
    Ask,
    /// Write to the source.
    Answer,
    /// Send it on to another target.
    Forward,
    /// Withdraw it, so that its personal data are cleared.
    Revoke,
    /// Tell something that moves nothing.
    Inform,
}

/// Decides whether a part may do a deed. The requester's data are the source's, all that happens after the submission is
/// the current target's, and both may send a referral on.
///
/// # Errors
/// [`Refusal::FormerTarget`], or [`Refusal::NotYourPart`] with the part that may.
pub fn may_do(part: Part, deed: Deed) -> Result<(), Refusal> {
    let needed = match (part, deed) {
        (Part::Source, Deed::Change | Deed::Ask | Deed::Forward | Deed::Revoke)
        | (Part::Target, Deed::Correct | Deed::Move | Deed::Book | Deed::Answer | Deed::Forward) => return Ok(()),
        (Part::FormerTarget, _) => return Err(Refusal::FormerTarget),
        (_, Deed::Change | Deed::Ask | Deed::Revoke) => Part::Source,
        (_, Deed::Correct | Deed::Move | Deed::Book | Deed::Answer | Deed::Forward) => Part::Target,
        (Part::Source | Part::Target | Part::ThirdParty, Deed::Inform) => return Ok(()),
    };
    Err(Refusal::NotYourPart { needed })
}

#[cfg(test)]
mod tests {
    use super::{Deed, Part, may_do};
    use crate::refusal::Refusal;

    #[test]
    fn a_former_target_does_nothing() {
        for deed in [Deed::Move, Deed::Book, Deed::Correct, Deed::Answer, Deed::Forward, Deed::Change, Deed::Revoke] {
            assert_eq!(may_do(Part::FormerTarget, deed), Err(Refusal::FormerTarget), "{deed:?}");
        }
    }

    #[test]
    fn a_third_party_changes_nothing() {
        for deed in [Deed::Move, Deed::Book, Deed::Correct, Deed::Answer, Deed::Forward, Deed::Change, Deed::Revoke] {
            assert!(may_do(Part::ThirdParty, deed).is_err(), "{deed:?}");
        }
    }

    #[test]
    fn what_happens_after_the_submission_is_the_targets() {
        for deed in [Deed::Move, Deed::Book, Deed::Correct, Deed::Answer] {
            assert_eq!(may_do(Part::Source, deed), Err(Refusal::NotYourPart { needed: Part::Target }), "{deed:?}");
            assert_eq!(may_do(Part::Target, deed), Ok(()), "{deed:?}");
        }
    }

    #[test]
    fn what_was_asked_is_the_sources() {
        for deed in [Deed::Change, Deed::Ask, Deed::Revoke] {
            assert_eq!(may_do(Part::Target, deed), Err(Refusal::NotYourPart { needed: Part::Source }), "{deed:?}");
            assert_eq!(may_do(Part::Source, deed), Ok(()), "{deed:?}");
        }
    }
}
