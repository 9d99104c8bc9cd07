use super::{
    Bucket, Entry, MasterKey, Ods, Pointer, PointerDecision, PointerId, PointerState, SubjectKey, Target, create,
    remove, replace, view, withdraw,
};
use crate::{
    access::{LocatorRole, System, may_act_as},
    decision::Assert,
    refusal::Refusal,
    time::Timestamp,
};

const NOW: Timestamp = Timestamp(2_000);

fn ods(code: &str) -> Ods {
    Ods::parse(code).expect(code)
}

fn subject() -> SubjectKey {
    SubjectKey::of("9876543210")
}

fn provider() -> System {
    System {
        partner: "rr8".into(),
        asid: "200000000118".to_owned(),
        ods: ods("RR8"),
        roles: vec![LocatorRole::Provider],
    }
}

fn entry() -> Entry {
    Entry {
        exchange: "nrl".into(),
        subject: subject(),
        custodian: ods("RR8"),
        record_type: "736253002".to_owned(),
        master: Some(MasterKey::of("s", "new")),
    }
}

fn pointer(state: PointerState) -> Pointer {
    Pointer {
        id: PointerId::new(subject(), [1; 16], [1; 10]),
        home: Bucket::of(subject()).home(&"nrl".into()),
        subject: subject(),
        custodian: ods("RR8"),
        record_type: "736253002".to_owned(),
        master: Some(MasterKey::of("s", "old")),
        state,
        version: 1,
        created: Timestamp(1_000),
        updated: Timestamp(1_000),
        body: Vec::new(),
    }
}

fn created() -> PointerDecision {
    create(entry(), false, &provider(), PointerId::new(subject(), [2; 16], [2; 10]), NOW).expect("nothing is wrong")
}

fn check_replace(target: Target, expected: Result<(), Refusal>) {
    assert_eq!(replace(created(), target, NOW).map(drop), expected);
}

fn found(pointer: Pointer) -> Target {
    Target { found: Some(pointer), expected: None }
}

#[test]
fn a_master_identifier_is_used_once() {
    let id = PointerId::new(subject(), [2; 16], [2; 10]);
    assert_eq!(create(entry(), true, &provider(), id, NOW), Err(Refusal::MasterIdentifierTaken));
}

/// Threat: T39
#[test]
fn nobody_makes_pointers_of_others() {
    let other = System { ods: ods("RXA"), ..provider() };
    let id = PointerId::new(subject(), [2; 16], [2; 10]);
    assert_eq!(create(entry(), false, &other, id, NOW), Err(Refusal::NotCustodian));
}

#[test]
fn a_new_pointer_is_current_in_version_1_while_its_identifier_is_unused() {
    let decision = created();
    let new = &decision.pointers[0];
    assert_eq!((new.state, new.version, new.created, new.updated), (PointerState::Current, 1, NOW, NOW));
    let master = MasterKey::of("s", "new");
    assert_eq!(decision.asserts, [Assert::NoPointer { home: new.home, subject: subject(), master }]);
}

/// Threat: T39
#[test]
fn only_a_current_pointer_of_the_same_patient_and_custodian_is_superseded() {
    check_replace(Target { found: None, expected: None }, Err(Refusal::SupersedesNothing));
    check_replace(found(pointer(PointerState::Removed)), Err(Refusal::SupersedesNothing));
    let other = Pointer { subject: SubjectKey::of("2686033207"), ..pointer(PointerState::Current) };
    check_replace(found(other), Err(Refusal::SupersedesOtherPatient));
    let other = Pointer { custodian: ods("RXA"), ..pointer(PointerState::Current) };
    check_replace(found(other), Err(Refusal::SupersedesOtherCustodian { custodian: ods("RR8") }));
    for state in [PointerState::Superseded, PointerState::EnteredInError] {
        check_replace(found(pointer(state)), Err(Refusal::NotCurrent));
    }
}

#[test]
fn a_pointer_that_is_named_twice_has_to_fit_both_names() {
    let expected = Some(MasterKey::of("s", "old"));
    let without = Pointer { master: None, ..pointer(PointerState::Current) };
    check_replace(Target { found: Some(without), expected }, Err(Refusal::SupersedesUnidentified));
    let other = Pointer { master: Some(MasterKey::of("s", "x")), ..pointer(PointerState::Current) };
    check_replace(Target { found: Some(other), expected }, Err(Refusal::SupersedesOtherIdentifier));
    check_replace(Target { found: Some(pointer(PointerState::Current)), expected }, Ok(()));
}

#[test]
fn the_new_pointer_and_the_superseded_one_are_one_decision() {
    let decision = replace(created(), found(pointer(PointerState::Current)), NOW).expect("it may");
    let states: Vec<_> = decision.pointers.iter().map(|pointer| (pointer.state, pointer.version)).collect();
    assert_eq!(states, [(PointerState::Current, 1), (PointerState::Superseded, 2)]);
    assert!(matches!(decision.asserts[..], [Assert::NoPointer { .. }, Assert::PointerAt { version: 1, .. }]));
}

#[test]
fn only_the_custodian_withdraws_and_only_what_is_current() {
    let other = System { ods: ods("RXA"), ..provider() };
    assert_eq!(withdraw(None, &provider(), NOW), Err(Refusal::NoSuchPointer));
    for state in PointerState::ALL {
        let expected = match state {
            PointerState::Removed => Refusal::NoSuchPointer,
            _ => Refusal::NotCustodian,
        };
        assert_eq!(withdraw(Some(pointer(state)), &other, NOW), Err(expected));
    }
    for state in [PointerState::Superseded, PointerState::EnteredInError] {
        assert_eq!(withdraw(Some(pointer(state)), &provider(), NOW), Err(Refusal::NotCurrent));
    }
    let decision = withdraw(Some(pointer(PointerState::Current)), &provider(), NOW).expect("it may");
    let withdrawn = &decision.pointers[0];
    assert_eq!((withdrawn.state, withdrawn.version), (PointerState::EnteredInError, 2));
    assert_eq!((withdrawn.created, withdrawn.updated), (Timestamp(1_000), NOW));
}

#[test]
fn a_pointer_is_removed_once_from_any_state_by_its_custodian() {
    let other = System { ods: ods("RXA"), ..provider() };
    for state in PointerState::ALL {
        let removed = remove(Some(pointer(state)), &provider(), NOW);
        match state {
            PointerState::Removed => assert_eq!(removed, Err(Refusal::NoSuchPointer)),
            _ => {
                assert_eq!(removed.expect("it may").pointers[0].state, PointerState::Removed);
                assert_eq!(remove(Some(pointer(state)), &other, NOW), Err(Refusal::NotCustodian));
            }
        }
    }
}

#[test]
fn only_a_current_pointer_is_shown() {
    let shown = PointerState::ALL.map(|state| view(Some(pointer(state))).map(drop));
    let expected = [Ok(()), Err(Refusal::NotCurrent), Err(Refusal::NotCurrent), Err(Refusal::NoSuchPointer)];
    assert_eq!(shown, expected);
    assert_eq!(view(None), Err(Refusal::NoSuchPointer));
}

#[test]
fn a_system_does_what_it_is_registered_for() {
    assert_eq!(may_act_as(&provider(), LocatorRole::Consumer), Err(Refusal::RoleMissing));
    assert_eq!(may_act_as(&provider(), LocatorRole::Provider), Ok(()));
}
