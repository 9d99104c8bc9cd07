//! The smallest things that a store takes. What a case is about it says itself; the rest is here.

use baton_exchange::{
    audit::{Agent, AuditAction, AuditRecord, Audited, AuditedPointer, Errand, Interaction, PointerAccess, Visit},
    decision::{Assert, Batch, Change},
    id::{ExchangeId, Home, MessageId, NoticeId, PartnerId, ReferralId},
    message::{ContentHash, Identity, MessageQuestion, Receipt, ReceiptKey},
    notice::Notice,
    pointer::{Bucket, MasterKey, Ods, Pointer, PointerId, PointerName, PointerSearch, PointerState, SubjectKey},
    referral::{PatientKey, Referral, ReferralState},
    resource::{IndexKey, NewResource},
    time::Timestamp,
};
use baton_store::{Page, PageToken, ResourceQuestion, SearchQuestion};

/// The moment at which everything happens.
pub const NOW: Timestamp = Timestamp(1_768_000_000_000_000);

pub fn secs(number: i64) -> Timestamp {
    NOW.plus_secs(number)
}

pub fn exchange() -> ExchangeId {
    ExchangeId::from("netsmart")
}

pub fn partner(name: &str) -> PartnerId {
    PartnerId::from(name)
}

pub fn home() -> Home {
    home_of("clinic-a")
}

pub fn home_of(name: &str) -> Home {
    Home::of(&exchange(), &partner(name))
}

/// A time-ordered id.
pub fn id(kind: u8, number: u32) -> [u8; 16] {
    let mut id = [0; 16];
    id[0] = kind;
    id[12..].copy_from_slice(&number.to_be_bytes());
    id
}

pub fn referral_id(number: u32) -> ReferralId {
    ReferralId(id(1, number))
}

pub fn notice_id(number: u32) -> NoticeId {
    NoticeId(id(3, number))
}

pub fn key(name: &str) -> ReceiptKey {
    ReceiptKey::of(&exchange(), &partner("clinic-a"), "test", &[name])
}

/// A receipt that is known by its envelope only, for an hour.
pub fn receipt(envelope: &str) -> Receipt {
    Receipt {
        id: MessageId(id(2, 1)),
        home: home(),
        exchange: exchange(),
        sender: partner("clinic-a"),
        referral: referral_id(1),
        event: "submit-service-request".into(),
        identity: Identity { envelope: key(envelope), message: None, content: ContentHash([7; 32]) },
        request: br#"{"resourceType":"Bundle","type":"message","id":"1"}"#.to_vec(),
        status: 200,
        answer: br#"{"resourceType":"Bundle","type":"message","id":"2"}"#.to_vec(),
        received: NOW,
        expires: secs(3600),
    }
}

/// A referral in its first version.
pub fn referral(number: u32) -> Referral {
    Referral {
        id: referral_id(number),
        home: home(),
        exchange: exchange(),
        source: partner("clinic-a"),
        request_id: format!("sr-{number}"),
        patient: vec![PatientKey([1; 16]), PatientKey([2; 16])],
        state: ReferralState::Active,
        version: 1,
        sent: Some(secs(-2)),
        changed: None,
        updated: NOW,
        course: None,
    }
}

pub fn audit(number: u32) -> AuditRecord {
    AuditRecord {
        home: home(),
        at: NOW,
        exchange: exchange(),
        partner: Some(partner("clinic-a")),
        actor: baton_exchange::audit::Actor::default(),
        message: MessageId(id(2, number)),
        request_id: format!("request-{number}"),
        query: None,
        what: Audited::Referral { action: AuditAction::Submitted, referral: referral_id(number) },
    }
}

pub fn locator() -> ExchangeId {
    ExchangeId::from("nrl")
}

pub fn ods(code: &str) -> Ods {
    Ods::parse(code).unwrap()
}

pub fn master(name: &str) -> MasterKey {
    MasterKey::of("urn:ietf:rfc:3986", name)
}

/// A patient. All of them have their pointers in the same home.
pub fn subject(number: u8) -> SubjectKey {
    let mut key = [number; 16];
    key[..2].copy_from_slice(&[7, 7]);
    SubjectKey(key)
}

/// Where a patient's pointers live.
pub fn home_of_subject(subject: SubjectKey) -> Home {
    Bucket::of(subject).home(&locator())
}

/// A pointer in its first version, about the first patient.
pub fn pointer(number: u32) -> Pointer {
    pointer_about(subject(1), number)
}

/// A pointer in its first version. The higher its number, the later its id.
pub fn pointer_about(subject: SubjectKey, number: u32) -> Pointer {
    Pointer {
        id: PointerId::new(subject, id(4, number), [subject.0[15]; 10]),
        home: home_of_subject(subject),
        subject,
        custodian: ods("RR8"),
        record_type: "736253002".into(),
        master: Some(master(&format!("master-{number}"))),
        state: PointerState::Current,
        version: 1,
        created: NOW,
        updated: NOW,
        body: format!(r#"{{"resourceType":"DocumentReference","id":"pointer-{number}","status":"current"}}"#)
            .into_bytes(),
    }
}

/// The next version of a pointer.
pub fn moved(earlier: &Pointer, state: PointerState) -> Pointer {
    let version = earlier.version + 1;
    let body = format!(r#"{{"resourceType":"DocumentReference","meta":{{"versionId":"{version}"}}}}"#).into_bytes();
    Pointer { state, version, updated: secs(i64::from(version)), body, ..earlier.clone() }
}

pub fn by_id(pointer: &Pointer) -> PointerName {
    PointerName::Id { home: pointer.home, id: pointer.id }
}

pub fn by_master(subject: SubjectKey, name: &str) -> PointerName {
    PointerName::master(&locator(), subject, master(name))
}

/// Looks for all current pointers of a patient.
pub fn about(subject: SubjectKey) -> PointerSearch {
    PointerSearch { home: home_of_subject(subject), subject, custodian: None, record_type: None }
}

/// A line that tells who saw these pointers of a patient.
pub fn look(number: u32, subject: SubjectKey, pointers: &[Pointer]) -> AuditRecord {
    AuditRecord {
        home: home_of_subject(subject),
        at: secs(i64::from(number)),
        exchange: locator(),
        partner: None,
        actor: baton_exchange::audit::Actor::default(),
        message: MessageId(id(2, number)),
        request_id: String::new(),
        query: None,
        what: Audited::Pointers(PointerAccess {
            interaction: Interaction::Search,
            status: 200,
            code: String::new(),
            subject: Some(subject),
            pointers: pointers.iter().map(AuditedPointer::from).collect(),
            agent: Agent { system: "200000000117".into(), user: "somebody".into(), ..Agent::default() },
        }),
    }
}

/// A partner's visit that showed these referrals.
pub fn visit(number: u32, errand: Errand, shown: &[u32]) -> AuditRecord {
    let referrals = shown.iter().map(|number| referral_id(*number)).collect();
    let (code, resource_type) = ("not-found".to_owned(), "ServiceRequest".to_owned());
    AuditRecord { what: Audited::Visit(Visit { errand, status: 404, code, resource_type, referrals }), ..audit(number) }
}

/// A notice about a referral to a partner, due now.
pub fn notice(number: u32, about: u32, to: &str) -> Notice {
    Notice {
        id: notice_id(number),
        home: home(),
        exchange: exchange(),
        partner: partner(to),
        referral: referral_id(about),
        event: "notify-accepted".into(),
        body: format!(r#"{{"resourceType":"Bundle","type":"message","id":"notice-{number}"}}"#).into_bytes(),
        created: NOW,
        due: NOW,
    }
}

pub fn index_key(name: &str) -> IndexKey {
    IndexKey::identifier_value(name)
}

/// A resource that is found by these keys. Its body says when it was made.
pub fn resource(name: &str, note: &str, keys: &[&str]) -> NewResource {
    let (resource_type, id) = name.split_once('/').unwrap();
    let body = format!(r#"{{"resourceType":"{resource_type}","id":"{id}","note":"{note}"}}"#).into_bytes();
    let keys = keys.iter().map(|key| index_key(key)).collect();
    NewResource { resource_type: resource_type.into(), id: id.into(), body, keys }
}

/// Makes these the resources of a referral.
pub fn replace(referral: u32, resources: Vec<NewResource>) -> Change {
    Change::ReplaceResources { home: home(), referral: referral_id(referral), at: NOW, resources }
}

pub fn batch(changes: Vec<Change>) -> Batch {
    Batch { asserts: Vec::new(), changes }
}

/// A submission as the rules decide it.
pub fn submission(number: u32, resources: Vec<NewResource>) -> Batch {
    let envelope = format!("envelope-{number}");
    let asserts = vec![
        Assert::NoReceipt { keys: vec![key(&envelope)], now: NOW },
        Assert::NoReferral { home: home(), request_id: format!("sr-{number}") },
    ];
    let receipt = Receipt { referral: referral_id(number), id: MessageId(id(2, number)), ..receipt(&envelope) };
    let changes = vec![
        Change::PutReceipt(receipt),
        Change::PutReferral(referral(number)),
        replace(number, resources),
        Change::PutAudit(audit(number)),
    ];
    Batch { asserts, changes }
}

/// What is known of a message with this envelope, at this moment.
pub fn by_envelope(envelope: &str, now: Timestamp) -> MessageQuestion {
    MessageQuestion { home: home(), envelope: key(envelope), message: None, request_id: None, names: None, now }
}

pub fn the(name: &str) -> ResourceQuestion {
    let (resource_type, id) = name.split_once('/').unwrap();
    ResourceQuestion { home: home(), resource_type: resource_type.into(), id: id.into(), version: None, seen_by: None }
}

pub fn version_of(name: &str, version: u32) -> ResourceQuestion {
    ResourceQuestion { version: Some(version), ..the(name) }
}

pub fn all(resource_type: &str) -> SearchQuestion {
    SearchQuestion {
        home: home(),
        resource_type: resource_type.into(),
        ids: None,
        keys: Vec::new(),
        seen_by: None,
        within: Vec::new(),
    }
}

/// Looks for resources with one key of each set.
pub fn with_keys(resource_type: &str, sets: &[&[&str]]) -> SearchQuestion {
    let keys = sets.iter().map(|set| set.iter().map(|name| index_key(name)).collect()).collect();
    SearchQuestion { keys, ..all(resource_type) }
}

pub fn page(size: u32, after: Option<PageToken>) -> Page {
    Page { size, after }
}

pub fn text(body: &[u8]) -> String {
    String::from_utf8(body.to_vec()).unwrap()
}

/// One page for everything.
pub fn all_of<Place>() -> Page<Place> {
    Page { size: 10_000, after: None }
}
