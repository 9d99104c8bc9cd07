//! One referral, as far as it can be shown to anybody.

use std::{
    io::{Write, stdout},
    process::ExitCode,
};

use baton_exchange::{
    id::ReferralId,
    message::{CaseNames, MessageQuestion},
    referral::{Course, Realm, Referral},
};
use baton_store::{ListedReferral, Page, ReferralQuestion, Store, StoreError};

use super::{Unable, Where, stage};

/// Arguments of `baton referrals show`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The referral, by the id that `list` shows
    #[arg(value_name = "UUID")]
    id: uuid::Uuid,
    #[command(flatten)]
    at: Where,
}

pub(super) async fn show(args: &Args) -> Result<ExitCode, Unable> {
    let (store, homes) = args.at.open().await?;
    let id = ReferralId(args.id.into_bytes());
    for home in homes {
        let question = ReferralQuestion { id: Some(id), ..ReferralQuestion::all(home) };
        let (found, _) = store.referrals(question, Page { size: 1, after: None }).await?;
        if let Some(listed) = found.first() {
            let split = split_with(store.as_ref(), listed).await?;
            stdout().lock().write_all(text(listed, &split).as_bytes())?;
            return Ok(ExitCode::SUCCESS);
        }
    }
    eprintln!("baton referrals: there is no referral {id}");
    Ok(ExitCode::FAILURE)
}

/// The referrals that were split from the same order. A requisition that very many have names none of them.
async fn split_with(store: &dyn Store, listed: &ListedReferral) -> Result<Vec<ReferralId>, StoreError> {
    let Referral { home, id, course, updated, .. } = &listed.referral;
    let requisition = |course: &Option<Course>| course.as_ref().and_then(|course| course.links.requisition);
    let Some(key) = requisition(course) else { return Ok(Vec::new()) };
    let names = CaseNames { keys: vec![key], ..CaseNames::default() };
    let question = MessageQuestion::about(*home, names, *updated);
    let cases = store.known(question).await?.cases;
    let others = cases.iter().map(|case| &case.referral).filter(|other| other.id != *id);
    Ok(others.filter(|other| requisition(&other.course) == Some(key)).map(|other| other.id).collect())
}

fn text(listed: &ListedReferral, split: &[ReferralId]) -> String {
    let referral = &listed.referral;
    let mut lines = vec![
        format!("referral     {}", referral.id),
        format!("exchange     {}", referral.exchange),
        format!("stage        {}", stage(listed)),
        format!("version      {}, {}", referral.version, referral.updated),
    ];
    match &referral.course {
        Some(course) => lines.extend(of_course(course)),
        None => lines.push(format!("source       {}", referral.source)),
    }
    lines.extend(split.iter().map(|id| format!("split with   {id}")));
    for one in &listed.untold {
        lines.push(format!("to be told   {}: {} waiting, {} parked", one.partner, one.waiting, one.parked));
    }
    lines.join("\n") + "\n"
}

fn of_course(course: &Course) -> Vec<String> {
    let mut lines: Vec<String> =
        course.parties.iter().map(|party| format!("{:<12} {}", party.part.as_str(), party.partner)).collect();
    if course.realm == Realm::Test {
        lines.push("realm        test data".to_owned());
    }
    lines.extend(course.links.replaces.map(|id| format!("replaces     {id}")));
    lines.extend(course.links.replaced_by.map(|id| format!("replaced by  {id}")));
    lines.extend(course.links.based_on.map(|id| format!("follows      {id}")));
    lines
}
