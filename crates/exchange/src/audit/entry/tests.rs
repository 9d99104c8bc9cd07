use super::{Entry, Salt};
use crate::{
    audit::{
        Actor, Agent, AuditAction, AuditRecord, Audited, AuditedPointer, Deed, Errand, Hash, Interaction, Operation,
        PointerAccess, Query, Sealed, Visit, leaf,
    },
    id::{Home, MessageId, ReferralId},
    pointer::{Ods, PointerId, SubjectKey},
    time::Timestamp,
};

fn record(what: Audited) -> AuditRecord {
    AuditRecord {
        home: Home(-3),
        at: Timestamp(1_768_487_400_000_001),
        exchange: "ontario".into(),
        partner: Some("centre \"e\"\n".into()),
        actor: Actor::default(),
        message: MessageId([1; 16]),
        request_id: "r-1".to_owned(),
        query: None,
        what,
    }
}

fn visit() -> Audited {
    let referrals = vec![ReferralId([2; 16]), ReferralId([3; 16])];
    let resource_type = "Task".to_owned();
    Audited::Visit(Visit { errand: Errand::Read, status: 200, code: String::new(), resource_type, referrals })
}

fn access(subject: Option<SubjectKey>) -> Audited {
    let custodian = Ods::parse("RR8").unwrap();
    let pointer = AuditedPointer { id: PointerId([9; 26]), custodian, record_type: "7".to_owned() };
    Audited::Pointers(PointerAccess {
        interaction: Interaction::Search,
        status: 200,
        code: String::new(),
        subject,
        pointers: vec![pointer],
        agent: Agent { user: "u".to_owned(), ..Agent::default() },
    })
}

#[test]
fn a_line_is_a_text_that_can_be_read_in_one_way_only() {
    let open = Entry::of(7, &record(visit())).open;
    let expected = concat!(
        r#"["baton-audit/1",7,-3,1768487400000001,"2026-01-15T14:30:00.000Z","ontario","centre \"e\"\u000a","#,
        r#""01010101-0101-0101-0101-010101010101","visit","read",200,"","Task","#,
        r#"["02020202-0202-0202-0202-020202020202","03030303-0303-0303-0303-030303030303"]]"#
    );
    assert_eq!(open, expected);
}

#[test]
fn a_person_and_an_app_stand_behind_the_partner_in_a_form_of_their_own() {
    let with = |actor| Entry::of(7, &AuditRecord { actor, ..record(visit()) }).open;
    let both = with(Actor::person("p-1").through(Some("app")));
    assert!(both.starts_with(r#"["baton-audit/2",7,"#), "{both}");
    assert!(both.contains(r#""centre \"e\"\u000a","p-1","app","01010101-"#), "{both}");
    assert!(with(Actor::app("app")).contains(r#"\u000a",null,"app","01"#));
}

#[test]
fn a_query_stands_in_a_form_of_its_own_and_what_is_sealed_of_it_is_apart() {
    let with = |actor, sealed: Option<&[u8]>, what| {
        let sealed = sealed.map(|bytes| Sealed(bytes.to_vec()));
        let query = Some(Query { shape: "GET Task?_count=5".to_owned(), sealed });
        Entry::of(7, &AuditRecord { actor, query, ..record(what) })
    };
    let entry = with(Actor::default(), Some(&[0xAB, 1]), visit());
    assert!(entry.open.starts_with(r#"["baton-audit/3",7,"#), "{}", entry.open);
    assert!(entry.open.contains(r#"\u000a",null,null,"GET Task?_count=5","01010101-"#), "{}", entry.open);
    assert_eq!(entry.personal, r#"["r-1","ab01"]"#);
    let entry = with(Actor::app("app"), None, access(Some(SubjectKey([0xAB; 16]))));
    assert!(entry.open.contains(r#"null,"app","GET Task?"#), "{}", entry.open);
    assert_eq!(entry.personal, format!(r#"["r-1","{}",null]"#, "ab".repeat(16)));
}

#[test]
fn the_patient_and_what_the_caller_wrote_are_apart() {
    let entry = Entry::of(7, &record(access(Some(SubjectKey([0xAB; 16])))));
    assert_eq!(entry.personal, format!(r#"["r-1","{}"]"#, "ab".repeat(16)));
    assert!(!entry.open.contains("r-1") && !entry.open.contains("abab"));
    assert_eq!(Entry::of(7, &record(access(None))).personal, r#"["r-1",null]"#);
}

#[test]
fn a_leaf_is_the_same_with_the_personal_part_withheld() {
    let (entry, salt) = (Entry::of(7, &record(visit())), Salt([5; 16]));
    assert_eq!(leaf(&entry.open, entry.withheld(salt)), entry.leaf(salt));
    assert_ne!(entry.leaf(Salt([6; 16])), entry.leaf(salt));
}

#[test]
fn each_part_of_a_line_is_in_its_leaf() {
    let plain = record(visit());
    let changed = |change: &dyn Fn(&mut AuditRecord)| {
        let mut record = plain.clone();
        change(&mut record);
        Entry::of(7, &record).leaf(Salt([0; 16]))
    };
    let of_visit = |change: &dyn Fn(&mut Visit)| {
        changed(&|record| {
            let Audited::Visit(visit) = &mut record.what else { return };
            change(visit);
        })
    };
    let asked = |shape: &str, sealed: Option<&[u8]>| {
        let sealed = sealed.map(|bytes| Sealed(bytes.to_vec()));
        changed(&|record| record.query = Some(Query { shape: shape.to_owned(), sealed: sealed.clone() }))
    };
    let of_operation = |change: &dyn Fn(&mut Operation)| {
        let mut operation = Operation::of(Deed::Redacted);
        change(&mut operation);
        changed(&|record| record.what = Audited::Operator(operation.clone()))
    };
    let action = Audited::Referral { action: AuditAction::Moved, referral: ReferralId([2; 16]) };
    let mut leaves: Vec<Hash> = vec![
        changed(&|_| {}),
        Entry::of(8, &plain).leaf(Salt([0; 16])),
        changed(&|record| record.home = Home(3)),
        changed(&|record| record.at.0 += 1),
        changed(&|record| record.exchange = "x".into()),
        changed(&|record| record.partner = None),
        changed(&|record| record.partner = Some("".into())),
        changed(&|record| record.actor = Actor::person("a")),
        changed(&|record| record.actor = Actor::person("")),
        changed(&|record| record.actor = Actor::app("a")),
        changed(&|record| record.actor = Actor::person("a").through(Some("a"))),
        asked("", None),
        asked("GET Task?", None),
        asked("GET Task?", Some(&[])),
        asked("GET Task?", Some(&[1])),
        changed(&|record| record.message = MessageId([2; 16])),
        changed(&|record| record.request_id.push('1')),
        changed(&|record| record.what = action.clone()),
        changed(&|record| record.what = access(None)),
        changed(&|record| record.what = access(Some(SubjectKey([0; 16])))),
        of_operation(&|_| {}),
        of_operation(&|operation| operation.deed = Deed::Listed),
        of_operation(&|operation| operation.partner = Some("a".into())),
        of_operation(&|operation| operation.account = Some("a".to_owned())),
        of_operation(&|operation| operation.referral = Some(ReferralId([1; 16]))),
        of_operation(&|operation| operation.before = Some(Timestamp(0))),
        of_operation(&|operation| operation.lines = 1),
        of_visit(&|visit| visit.errand = Errand::History),
        of_visit(&|visit| visit.status = 404),
        of_visit(&|visit| visit.code.push('x')),
        of_visit(&|visit| visit.resource_type.clear()),
        of_visit(&|visit| visit.referrals.truncate(1)),
    ];
    let number = leaves.len();
    leaves.sort_by_key(|leaf| leaf.0);
    leaves.dedup();
    assert_eq!(leaves.len(), number);
}
