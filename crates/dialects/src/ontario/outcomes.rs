//! The guide's table of refusals, read once.
//! Source: outcomes.toml beside this file, which names its own.

use std::sync::LazyLock;

use crate::outcomes::{Outcome, Outcomes};

/// How the guide words each refusal.
pub(crate) fn outcomes() -> &'static Outcomes<Outcome> {
    static OUTCOMES: LazyLock<Outcomes<Outcome>> = LazyLock::new(|| {
        toml::from_str(include_str!("outcomes.toml")).expect("the table is part of the program, and a test reads it")
    });
    &OUTCOMES
}

#[cfg(test)]
mod tests {
    use baton_exchange::{
        referral::{Part, Stage},
        refusal::Refusal,
    };

    use crate::{Dialect, refuse};

    #[track_caller]
    fn check(refusal: &Refusal, status: u16, code: &str, says: &str) {
        let refused = refuse(Dialect::Ontario, refusal);
        let finding = &refused.findings[0];
        assert_eq!((refused.status, finding.rule.code.as_str()), (status, code), "{refusal:?}");
        assert!(finding.diagnostics.contains(says), "{}", finding.diagnostics);
    }

    #[test]
    fn what_a_referral_does_not_allow_is_worded() {
        check(&Refusal::Gone, 410, "deleted", "nothing to read");
        check(&Refusal::FormerTarget, 403, "forbidden", "the target that it went to");
        check(&Refusal::NotYourPart { needed: Part::Source }, 403, "forbidden", "not its source");
        check(&Refusal::NotYourPart { needed: Part::Target }, 403, "forbidden", "not its target");
        check(&Refusal::EventNotYours { event: "add-\u{7f}".to_owned() }, 403, "forbidden", "add-?");
        check(&Refusal::UnknownReferral { request_id: "1".to_owned() }, 404, "not-found", "1");
        check(&Refusal::OtherPatient, 422, "business-rule", "");
        check(&Refusal::Outdated, 409, "conflict", "");
    }

    #[test]
    fn a_move_that_is_closed_says_which_are_open() {
        let refusal = Refusal::NoSuchMove { from: Stage::EnteredInError, to: Stage::Accepted };
        check(&refusal, 422, "business-rule", "cannot become accepted: it may become entered-in-error");
    }

    #[test]
    fn what_a_change_by_address_gets_wrong_is_worded() {
        check(&Refusal::VersionOutdated, 412, "conflict", "read it again");
        check(&Refusal::SeveralReferrals, 412, "conflict", "no other has");
        check(&Refusal::AddressMismatch, 400, "value", "in the address");
    }

    #[test]
    fn why_a_paper_does_not_come_is_worded() {
        check(&Refusal::PaperElsewhere, 404, "not-found", "attachment.url");
        check(&Refusal::PaperUnavailable { status: Some(403) }, 502, "transient", "answered 403");
        check(&Refusal::PaperUnavailable { status: None }, 502, "transient", "try again later");
        check(&Refusal::PaperTooLarge { bytes_max: 7 }, 502, "too-long", "7 bytes");
        check(&Refusal::PaperHarmful, 502, "security", "a program");
    }
}
