//! The oracle of messages of the Ontario guide: whose word each event is, as each version of the guide has it.
//! Source: spec of Ontario, 1.1, 1.7 and 3.

/// Who sends, as one referral sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sender {
    Source,
    Target,
    Former,
    Third,
    /// A source and a target of other referrals.
    OtherSource,
    OtherTarget,
}

pub const SENDERS: [Sender; 6] =
    [Sender::Source, Sender::Target, Sender::Former, Sender::Third, Sender::OtherSource, Sender::OtherTarget];

impl Sender {
    pub fn partner(self) -> &'static str {
        match self {
            Sender::Source => "source",
            Sender::Target | Sender::Former => "target",
            Sender::Third => "third",
            Sender::OtherSource => "other-source",
            Sender::OtherTarget => "other-target",
        }
    }
}

/// Partners and what they are: all of them speak the version that is looked at.
pub const PARTNERS: [(&str, &str); 6] = [
    ("source", "source"),
    ("target", "target"),
    ("next", "target"),
    ("third", "third-party"),
    ("other-source", "source"),
    ("other-target", "target"),
];

/// Whose word an event is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Word {
    /// A source's, for a referral that is not there yet.
    Opening,
    /// Of whoever has been told of a referral elsewhere: a source, a target or a third party.
    Known(&'static [&'static str]),
    Source,
    Target,
    Both,
    Third,
    /// Nobody's: what it says comes by PUT.
    Put,
}

const ALL_ROLES: &[&str] = &["source", "target", "third-party"];

/// Events, by whose word they are.
type Words = &'static [(Word, &'static [&'static str])];

/// The oracle: each event of a version, by whose word it is there.
pub fn words(version: &str) -> Words {
    match version {
        "0.10" => OF_010,
        "0.11" => OF_011,
        "erec" => OF_EREC,
        other => panic!("no words of {other}"),
    }
}

const OF_010: Words = &[
    (Word::Opening, &["add-service-request", "sof-enh-add-service-request", "cds-service-request"]),
    (Word::Known(ALL_ROLES), &["notify-add-service-request"]),
    (Word::Known(&["target"]), &["acknowledge-add-service-request", "acknowledge-service-request"]),
    // a source of 0.10 changes its referral by PUT; by message these are corrections
    (
        Word::Target,
        &[
            "update-service-request",
            "notify-update-service-request",
            "notify-update-service-requests",
            "update-patient-data",
            "notify-update-status",
            "update-status",
            "notify-add-appointment",
            "add-appointment",
            "notify-update-appointment",
            "update-appointment",
            "send-communication-from-provider",
            "communication-from-provider",
        ],
    ),
    (Word::Put, &["notify-update-servicerequest"]),
    (
        Word::Source,
        &[
            "revoke-service-request",
            "send-communication-from-requester",
            "send-communication-to-provider",
            "communication-from-requester",
        ],
    ),
    (Word::Both, &["notify-revoke-service-request"]),
];

const OF_011: Words = &[
    (Word::Opening, &["add-service-request", "add-servicerequest"]),
    (Word::Known(ALL_ROLES), &["notify-add-service-request"]),
    (Word::Known(&["source"]), &["notify-add-servicerequest"]),
    (
        Word::Source,
        &[
            "notify-update-servicerequest",
            "revoke-service-request",
            "terminate-servicerequest",
            "send-communication-from-requester",
        ],
    ),
    (
        Word::Target,
        &[
            "notify-data-correction",
            "notify-add-process-request",
            "notify-update-process-request",
            "notify-add-appointment",
            "send-communication-from-provider",
            "add-rfi",
        ],
    ),
    // what a target of 0.10 calls so is a correction
    (Word::Both, &["notify-update-service-request"]),
    (Word::Both, &["send-communication", "add-communication", "notify-report-service-request"]),
];

const OF_EREC: Words = &[
    (Word::Opening, &["add-service-request"]),
    (Word::Known(&["third-party"]), &["notify-add-service-record"]),
    (Word::Known(ALL_ROLES), &["notify-add-service-request"]),
    (Word::Source, &["revoke-service-request", "send-communication-from-requester"]),
    (
        Word::Target,
        &[
            "notify-data-correction",
            "notify-add-process-request",
            "notify-update-process-request",
            "notify-add-appointment",
            "send-communication-from-provider",
        ],
    ),
    (Word::Both, &["notify-update-service-request", "add-communication"]),
    (Word::Third, &["notify-update-service-record"]),
];

/// What somebody hears whose token is for messages.
pub fn expected(word: Word, sender: Sender) -> u16 {
    let role = PARTNERS.iter().find(|(partner, _)| *partner == sender.partner()).map_or("", |(_, role)| role);
    let (may_source, may_target) = match word {
        Word::Opening => {
            return if role != "source" {
                403
            } else if sender == Sender::Source {
                409
            } else {
                200
            };
        }
        Word::Known(roles) => return if roles.contains(&role) { 200 } else { 403 },
        Word::Third => return if role == "third-party" { 200 } else { 403 },
        Word::Put => return 403,
        Word::Source => (true, false),
        Word::Target => (false, true),
        Word::Both => (true, true),
    };
    match sender {
        Sender::Source if may_source => 200,
        Sender::Target if may_target => 200,
        // whoever might say it of a referral of theirs is not told of this one
        Sender::OtherSource if may_source => 404,
        Sender::OtherTarget if may_target => 404,
        _ => 403,
    }
}
