//! Tells the target, from this process or by a server that is faster, and waits for what it says.

use std::{fmt, sync::Arc, time::Duration};

use baton_exchange::{
    id::{PartnerId, ReferralId},
    referral::{Part, ReferralState},
};
use baton_store::{ListedReferral, Page, ReferralQuestion};
use tokio::{
    sync::Semaphore,
    time::{Instant, sleep},
};

use super::{Unable, place::Place};
use crate::delivery::{Door, tell_now};

/// How often the store is asked how far it is.
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// What became of the notice to the target.
pub(super) enum Outcome {
    /// It was delivered, and the referral is there in its life.
    Delivered(PartnerId, String),
    /// It will be delivered by a server.
    Queued(PartnerId),
    /// It waits until its target wants to be told again.
    Paused(PartnerId),
    /// The target refuses it.
    Refused(PartnerId),
    /// There is nobody to tell.
    Kept,
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Outcome::Delivered(to, stage) => write!(f, "delivered: {to} has it, and the referral is {stage}"),
            Outcome::Queued(to) => write!(f, "queued: {to} was not told yet; a server goes on trying"),
            Outcome::Paused(to) => {
                write!(
                    f,
                    "paused: {to} is told when its endpoint is resumed (`baton endpoints`), or the partner enabled (`baton partner`)"
                )
            }
            Outcome::Refused(to) => write!(f, "refused: {to} was not told, see `baton deliveries list`"),
            Outcome::Kept => f.write_str("kept: the referral has no target but Baton itself"),
        }
    }
}

/// Delivers what is due to the target of a referral, and says how that ended. Without `wait`, one attempt has to do.
pub(super) async fn tell(place: &Place, referral: ReferralId, wait: bool) -> Result<Outcome, Unable> {
    let Some(target) = target(&listed(place, referral).await?) else { return Ok(Outcome::Kept) };
    let is_paused = |door: &Arc<Door>| door.is_paused_in(&place.mount.exchange);
    if place.app.delivery.door(&target).as_ref().is_some_and(is_paused) {
        return Ok(Outcome::Paused(target));
    }
    let until = Instant::now() + place.app.delivery.timeout + Duration::from_secs(1);
    let open = Arc::new(Semaphore::new(0));
    let start = || tokio::spawn(tell_now(place.app.clone(), target.clone(), open.clone()));
    let mut worker = start();
    let outcome = loop {
        let is_over = worker.is_finished();
        let listed = listed(place, referral).await?;
        let untold = listed.as_ref().and_then(|it| it.untold.iter().find(|one| one.partner == target));
        match untold {
            None => break Outcome::Delivered(target.clone(), stage(listed.as_ref())),
            Some(one) if one.parked > 0 => break Outcome::Refused(target.clone()),
            Some(_) if !wait && (is_over || Instant::now() > until) => break Outcome::Queued(target.clone()),
            Some(_) if is_over => worker = start(),
            Some(_) => {}
        }
        sleep(LOOK_EVERY).await;
    };
    open.close();
    // what is under way is reported, else it would be made again
    let _ = worker.await;
    Ok(outcome)
}

async fn listed(place: &Place, referral: ReferralId) -> Result<Option<ListedReferral>, Unable> {
    let home = baton_exchange::id::Home::shared(&place.mount.exchange);
    let question = ReferralQuestion { id: Some(referral), ..ReferralQuestion::all(home) };
    let (found, _) = place.app.store.referrals(question, Page { size: 1, after: None }).await?;
    Ok(found.into_iter().next())
}

fn target(listed: &Option<ListedReferral>) -> Option<PartnerId> {
    let course = listed.as_ref()?.referral.course.as_ref()?;
    course.with_part(Part::Target).next().cloned()
}

fn stage(listed: Option<&ListedReferral>) -> String {
    let referral = listed.map(|listed| &listed.referral);
    match referral.and_then(|referral| Some((referral.state, referral.course.as_ref()?.stage))) {
        Some((ReferralState::Revoked, _)) => "withdrawn".to_owned(),
        Some((_, stage)) => stage.as_str().to_owned(),
        None => "gone".to_owned(),
    }
}
