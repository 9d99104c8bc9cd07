//! A referral about somebody who does not exist, whose words stand nowhere else; and another one.

use baton_exchange::{
    decision::{Assert, Batch, Change},
    id::{ExchangeId, Home, MessageId, NoticeId, PartnerId, ReferralId},
    message::{CaseNames, ContentHash, Identity, MessageQuestion, Orphan, Receipt, ReceiptKey},
    notice::Notice,
    referral::{Course, Links, Papers, Part, Party, PatientKey, Realm, Referral, ReferralState, Stage, Stamps},
    resource::{IndexKey, NewResource},
    time::Timestamp,
};
use baton_testkit::residue::Scanner;

pub const NOW: Timestamp = Timestamp(1_768_000_000_000_000);

/// All that is personal. None of it is found by chance.
pub const CANARIES: &[(&str, &str)] = &[
    ("family", "Quillfeather"),
    ("given", "Ottolinde"),
    ("health number", "9434765919"),
    ("birth date", "1931-07-19"),
    ("address", "17 Heronsgate Mews"),
    ("phone", "416-555-0142"),
    ("free text", "recurrent vertigo after swimming"),
    ("attachment", "JVBERi0xLjcKJcanary"),
    ("note of the requester", "please call her daughter Wilmette"),
    ("free text of a message without its referral", "transport is arranged by Brackenbury"),
    ("text of a notice", "appointment with Dr Thistlewood"),
];

/// Finds all canaries.
pub fn scanner() -> Scanner {
    let scanner = Scanner::default()
        .dictionary(include_bytes!("../../data/dictionary-1.bin"))
        .dictionary(include_bytes!("../../data/dictionary-2.bin"));
    CANARIES.iter().fold(scanner, |scanner, (name, text)| scanner.text(name, text))
}

pub fn exchange() -> ExchangeId {
    ExchangeId::from("ontario")
}

pub fn home() -> Home {
    Home::shared(&exchange())
}

pub fn partner() -> PartnerId {
    PartnerId::from("clinic-a")
}

pub fn referral_id(number: u8) -> ReferralId {
    ReferralId([number; 16])
}

pub fn name(number: u8) -> IndexKey {
    IndexKey([number; 16])
}

fn key(text: &str) -> ReceiptKey {
    ReceiptKey::of(&exchange(), &partner(), "test", &[text])
}

fn referral(number: u8, version: u32, state: ReferralState) -> Referral {
    Referral {
        id: referral_id(number),
        home: home(),
        exchange: exchange(),
        source: partner(),
        request_id: format!("request-{number}"),
        patient: vec![PatientKey([1; 16])],
        state,
        version,
        sent: Some(NOW),
        changed: None,
        updated: NOW,
        course: Some(Course {
            parties: vec![Party { partner: partner(), part: Part::Source }],
            stage: Stage::Requested,
            realm: Realm::Live,
            links: Links::default(),
            stamps: Stamps::default(),
            stated: NOW,
            papers: Papers::default(),
        }),
    }
}

fn text(which: &str) -> &'static str {
    CANARIES.iter().find(|(name, _)| *name == which).unwrap().1
}

fn patient() -> Vec<u8> {
    format!(
        r#"{{"resourceType":"Patient","name":[{{"family":"{}","given":["{}"]}}],"identifier":[{{"value":"{}"}}],"birthDate":"{}","address":[{{"line":["{}"]}}],"telecom":[{{"value":"{}"}}]}}"#,
        text("family"),
        text("given"),
        text("health number"),
        text("birth date"),
        text("address"),
        text("phone")
    )
    .into_bytes()
}

fn request() -> Vec<u8> {
    format!(
        r#"{{"resourceType":"ServiceRequest","reasonCode":[{{"text":"{}"}}],"note":[{{"text":"{}"}}],"content":{{"data":"{}"}}}}"#,
        text("free text"),
        text("note of the requester"),
        text("attachment")
    )
    .into_bytes()
}

fn receipt(number: u8, message: &str, request: Vec<u8>) -> Change {
    Change::PutReceipt(Receipt {
        id: MessageId(key(message).0),
        home: home(),
        exchange: exchange(),
        sender: partner(),
        referral: referral_id(number),
        event: "add-service-request".into(),
        identity: Identity { envelope: key(message), message: None, content: ContentHash([7; 32]) },
        request,
        status: 200,
        answer: br#"{"resourceType":"Bundle","type":"message"}"#.to_vec(),
        received: NOW,
        expires: NOW.plus_secs(3600),
    })
}

fn notice(number: u8, message: &str, body: String) -> Change {
    Change::PutNotice(Notice {
        id: NoticeId(key(message).0),
        home: home(),
        exchange: exchange(),
        partner: PartnerId::from("hospital-b"),
        referral: referral_id(number),
        event: "notify".into(),
        body: body.into_bytes(),
        created: NOW,
        due: NOW,
    })
}

fn resource(number: u8, resource_type: &str, body: Vec<u8>) -> NewResource {
    NewResource {
        resource_type: resource_type.into(),
        id: format!("{resource_type}-{number}"),
        body,
        keys: vec![IndexKey([number.wrapping_add(100); 16])],
    }
}

/// The submission.
pub fn submission(number: u8) -> Batch {
    let bodies = [patient(), request()].concat();
    Batch {
        asserts: vec![Assert::NoReferral { home: home(), request_id: format!("request-{number}") }],
        changes: vec![
            Change::PutReferral(referral(number, 1, ReferralState::Active)),
            Change::PutNames { home: home(), referral: referral_id(number), names: vec![name(number)] },
            Change::PutResources {
                home: home(),
                referral: referral_id(number),
                at: NOW,
                resources: vec![resource(number, "Patient", patient()), resource(number, "ServiceRequest", request())],
                left_out: Vec::new(),
            },
            receipt(number, &format!("submission-{number}"), bodies),
            notice(number, &format!("notice-{number}"), format!(r#"{{"text":"{}"}}"#, text("text of a notice"))),
        ],
    }
}

/// An update with the patient once more.
pub fn update(number: u8, version: u32) -> Batch {
    let seen = Assert::ReferralAt { home: home(), id: referral_id(number), version: version - 1 };
    Batch {
        asserts: vec![seen],
        changes: vec![
            Change::PutReferral(referral(number, version, ReferralState::Active)),
            Change::PutResources {
                home: home(),
                referral: referral_id(number),
                at: NOW.plus_secs(i64::from(version)),
                resources: vec![resource(number, "Patient", patient())],
                left_out: Vec::new(),
            },
            receipt(number, &format!("update-{number}-{version}"), patient()),
        ],
    }
}

/// A message that comes before the referral whose name it has.
pub fn early(number: u8) -> Batch {
    let orphan = Orphan {
        id: early_id(number),
        home: home(),
        exchange: exchange(),
        sender: partner(),
        envelope: key(&format!("early-{number}")),
        names: vec![name(number)],
        request: format!(r#"{{"text":"{}"}}"#, text("free text of a message without its referral")).into_bytes(),
        received: NOW,
        expires: NOW.plus_secs(3600),
    };
    Batch { asserts: Vec::new(), changes: vec![Change::PutOrphan(orphan)] }
}

pub fn early_id(number: u8) -> MessageId {
    MessageId([number.wrapping_add(50); 16])
}

/// The revoke, with an answer and a notice that say nothing about anybody.
pub fn revoke(number: u8, version: u32) -> Batch {
    let seen = Assert::ReferralAt { home: home(), id: referral_id(number), version: version - 1 };
    Batch {
        asserts: vec![seen],
        changes: vec![
            Change::Erase { home: home(), referral: referral_id(number) },
            Change::PutReferral(referral(number, version, ReferralState::Revoked)),
            receipt(number, &format!("revoke-{number}"), br#"{"resourceType":"Bundle","id":"revoke"}"#.to_vec()),
            notice(number, &format!("revoked-{number}"), r#"{"text":"a referral was revoked"}"#.into()),
        ],
    }
}

/// What is known about a message, and about the referral with this number.
pub fn question(number: u8, message: &str) -> MessageQuestion {
    MessageQuestion {
        home: home(),
        envelope: key(message),
        message: None,
        request_id: Some(format!("request-{number}")),
        names: Some(CaseNames { id: Some(referral_id(number)), keys: vec![name(number)], resource: None }),
        now: NOW,
    }
}
