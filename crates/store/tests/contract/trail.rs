//! The audit as those read it who may ask who looked at pointers.

use std::sync::Arc;

use baton_exchange::{
    audit::{AuditRecord, Audited, Interaction, TrailPatient, TrailQuestion, owned_part},
    decision::Change,
    pointer::{Pointer, SubjectKey},
};
use baton_store::{Committed, Page, Store};

use crate::sample::{
    all_of, audit, batch, exchange, home_of_subject, locator, look, ods, pointer, pointer_about, secs, subject,
};

/// Writes each line by itself.
async fn write(store: &Arc<dyn Store>, lines: Vec<AuditRecord>) {
    for line in lines {
        assert_eq!(store.commit(batch(vec![Change::PutAudit(line)])).await.unwrap(), Committed::Done);
    }
}

fn all() -> TrailQuestion {
    TrailQuestion { exchange: locator(), patient: None, owner: None, record_type: None, from: None, until: None }
}

fn about(subject: SubjectKey) -> TrailQuestion {
    TrailQuestion { patient: Some(TrailPatient { home: home_of_subject(subject), subject }), ..all() }
}

fn of(owner: &str) -> TrailQuestion {
    TrailQuestion { owner: Some(ods(owner)), ..all() }
}

/// The numbers of the lines that fit.
async fn numbers(store: &Arc<dyn Store>, question: TrailQuestion) -> Vec<u64> {
    store.trail(question, all_of()).await.unwrap().0.into_iter().map(|(number, _)| number).collect()
}

fn chart(number: u32) -> Pointer {
    Pointer { custodian: ods("RGD"), record_type: "1363501000000100".into(), ..pointer(number) }
}

/// Lines 1 to 6, at the seconds 1 to 6: a referral's, and looks at pointers of two owners and three patients.
async fn write_six(store: &Arc<dyn Store>) {
    let nobody = AuditRecord { home: home_of_subject(subject(1)), ..look(6, subject(3), &[]) };
    let lines = vec![
        audit(1),
        look(2, subject(1), &[pointer(1), pointer(2)]),
        look(3, subject(2), &[pointer_about(subject(2), 3)]),
        look(4, subject(1), &[pointer(1), chart(4)]),
        look(5, SubjectKey([8; 16]), &[Pointer { custodian: ods("RGD"), ..pointer_about(SubjectKey([8; 16]), 5) }]),
        nobody,
    ];
    write(store, lines).await;
}

pub async fn the_trail_of_an_unknown_patient_or_owner_is_empty(store: Arc<dyn Store>) {
    write_six(&store).await;
    for question in [about(subject(9)), of("RXA"), TrailQuestion { exchange: "other".into(), ..all() }] {
        assert!(numbers(&store, question).await.is_empty());
    }
}

pub async fn a_trail_has_the_lines_of_its_exchange_with_the_numbers_of_the_audit(store: Arc<dyn Store>) {
    write_six(&store).await;
    assert_eq!(numbers(&store, all()).await, [2, 3, 4, 5, 6]);
    assert_eq!(numbers(&store, TrailQuestion { exchange: exchange(), ..all() }).await, [1]);
    let lines = store.audit(0, 100).await.unwrap();
    assert_eq!(store.trail(all(), all_of()).await.unwrap().0, lines[1..]);
}

pub async fn a_patient_has_a_trail(store: Arc<dyn Store>) {
    write_six(&store).await;
    assert_eq!(numbers(&store, about(subject(1))).await, [2, 4]);
    assert_eq!(numbers(&store, about(SubjectKey([8; 16]))).await, [5]);
}

pub async fn an_owner_has_a_trail_over_all_patients_with_each_line_once(store: Arc<dyn Store>) {
    write_six(&store).await;
    assert_eq!(numbers(&store, of("RR8")).await, [2, 3, 4]);
    assert_eq!(numbers(&store, of("RGD")).await, [4, 5]);
}

pub async fn patient_and_owner_and_type_must_fit_together(store: Arc<dyn Store>) {
    write_six(&store).await;
    let both = TrailQuestion { owner: Some(ods("RGD")), ..about(subject(1)) };
    let charts = |owner: &str| TrailQuestion { record_type: Some("1363501000000100".into()), ..of(owner) };
    assert_eq!(numbers(&store, both).await, [4]);
    assert_eq!(numbers(&store, charts("RGD")).await, [4]);
    assert_eq!(numbers(&store, charts("RR8")).await, Vec::<u64>::new());
}

pub async fn a_trail_begins_at_a_moment_and_ends_before_one(store: Arc<dyn Store>) {
    write_six(&store).await;
    for question in [all(), of("RR8"), about(subject(1))] {
        let between = TrailQuestion { from: Some(secs(3)), until: Some(secs(5)), ..question.clone() };
        let mut expected = numbers(&store, question).await;
        expected.retain(|number| (3..5).contains(number));
        assert_eq!(numbers(&store, between).await, expected);
    }
}

pub async fn a_trail_goes_on_where_the_last_page_ended(store: Arc<dyn Store>) {
    write(&store, (1..=5).map(|number| look(number, subject(1), &[pointer(1)])).collect()).await;
    for question in [all(), of("RR8"), about(subject(1))] {
        let page = async |size, after| store.trail(question.clone(), Page { size, after }).await.unwrap();
        let (first, next) = page(2, None).await;
        let (second, end) = page(3, next).await;
        assert_eq!([first, second].concat(), store.audit(0, 100).await.unwrap());
        assert_eq!((end, page(0, None).await), (None, (Vec::new(), None)));
    }
}

pub async fn what_fits_is_found_among_many_lines_that_do_not(store: Arc<dyn Store>) {
    let line = |number: u32| {
        let pointer =
            if number.is_multiple_of(290) { Pointer { custodian: ods("RR8"), ..chart(1) } } else { pointer(1) };
        Change::PutAudit(look(number, subject(1), &[pointer]))
    };
    assert_eq!(store.commit(batch((1..=900).map(line).collect())).await.unwrap(), Committed::Done);
    for question in [all(), of("RR8"), about(subject(1))] {
        let charts = TrailQuestion { record_type: Some("1363501000000100".into()), ..question };
        let (lines, next) = store.trail(charts.clone(), Page { size: 2, after: None }).await.unwrap();
        assert_eq!(lines.iter().map(|(number, _)| *number).collect::<Vec<_>>(), [290, 580]);
        let (rest, end) = store.trail(charts, Page { size: 2, after: next }).await.unwrap();
        assert_eq!((rest[0].0, rest.len(), end), (870, 1, None));
    }
}

pub async fn a_line_about_pointers_comes_back_whole(store: Arc<dyn Store>) {
    let mut lines = Vec::new();
    for (number, interaction) in (1..).zip(Interaction::ALL) {
        let mut line = look(number, subject(1), &[pointer(1), chart(2), pointer(1)]);
        if let Audited::Pointers(access) = &mut line.what {
            access.interaction = interaction;
            access.status = 599;
            access.code = "NO_RECORD_FOUND".into();
            access.agent.reason = "x".repeat(300);
            access.agent.organization = "RR8".into();
            access.subject = access.subject.filter(|_| number % 2 == 0);
        }
        lines.push(AuditRecord { partner: Some("p".into()), request_id: "request".into(), ..line });
    }
    write(&store, lines.clone()).await;
    let kept: Vec<AuditRecord> = store.audit(0, 100).await.unwrap().into_iter().map(|(_, line)| line).collect();
    assert_eq!(kept, lines);
    let owned = owned_part(kept[1].clone(), &ods("RGD")).map(|line| line.what);
    assert!(matches!(owned, Some(Audited::Pointers(access)) if access.pointers.len() == 1));
}
