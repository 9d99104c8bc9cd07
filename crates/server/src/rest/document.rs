//! `GET {base}/DocumentReference/{id}/$binary`: the paper of a document, from here or from the partner that keeps it.
//! Source: spec of Ontario, 7 "attachment" (Ocean's address of papers), 1.3 "attachments" (authorised fetch).

use baton_dialects::ontario::passed_as;
use baton_exchange::{
    access::{Caller, Looking, may_read},
    id::{PartnerId, ReferralId},
    referral::{Course, PaperKey},
    refusal::Refusal,
};
use baton_fhir::{
    attachment::{Attachment, attachments},
    format::Format,
};
use baton_store::{Page, ReferralQuestion};
use bytes::Bytes;

use super::{
    Reader, Sight,
    binary::{decoded, paper, raw},
};
use crate::{
    app::App,
    delivery::fetch_paper,
    exchanged::Exchanged,
    http::{refuse::Problem, reply::Reply},
    visit::shown,
};

/// Gives the paper of a document of a referral in which the caller has a part.
///
/// # Errors
/// As any read; and the refusals of [`fetch_paper`] and [`passed_as`] for a paper that is not here.
pub async fn paper_of_document(app: &App, exchange: &Exchanged, caller: &Caller, id: &str) -> Result<Reply, Problem> {
    let reach = may_read(caller, TYPE, Looking::Read, exchange.mount.references())?;
    let sight = Sight::of(&exchange.mount, caller, reach);
    let reader = Reader { app, exchange, partner: &caller.partner, sight, format: Format::Json };
    let (document, tree, room) = reader.resource(TYPE, id, None).await?;
    let has_paper = |attachment: &Attachment<'_>| attachment.data.is_some() || attachment.url.is_some();
    let attachment = attachments(tree.root()).find(has_paper).ok_or(Refusal::NoSuchResource)?;
    if let Some(data) = attachment.data {
        let bytes = decoded(data)?;
        let content_type = passed_as(attachment.content_type, &bytes)?;
        return Ok(raw(bytes, &content_type).accounting(shown([&document.referral])).made_in(room));
    }
    let url = attachment.url.ok_or(Refusal::NoSuchResource)?;
    if let Some(binary) = binary_here(url, reader.base()) {
        let reach = may_read(caller, "Binary", Looking::Read, exchange.mount.references())?;
        return paper(app, exchange, caller, reach, binary).await;
    }
    let address = attachment.address().ok_or(Refusal::PaperElsewhere)?;
    let bytes = reader.fetched(&caller.partner, document.referral, address).await?;
    // it may have been withdrawn while the paper was on its way
    reader.resource(TYPE, id, None).await?;
    let content_type = passed_as(attachment.content_type, &bytes)?;
    Ok(raw(bytes.into(), &content_type).accounting(shown([&document.referral])))
}

const TYPE: &str = "DocumentReference";

/// The id of the Binary here that an address leads to.
fn binary_here<'u>(url: &'u str, base: &str) -> Option<&'u str> {
    let path = url.strip_prefix(base).map_or(Some(url), |rest| rest.strip_prefix('/'))?;
    path.strip_prefix("Binary/").filter(|id| !id.contains('/'))
}

impl Reader<'_> {
    /// Fetches a paper `for_whom`, from a partner that said its address and is there.
    async fn fetched(&self, for_whom: &PartnerId, referral: ReferralId, address: &str) -> Result<Bytes, Problem> {
        let _place = self.app.fetches.take(for_whom)?;
        let course = self.course(referral).await?;
        let said_by = course.iter().flat_map(|course| course.papers.said_by(PaperKey::of(address)));
        let doors = said_by.filter_map(|partner| self.app.delivery.door(partner));
        for door in doors.filter(|door| !door.is_disabled()) {
            let mount = &self.exchange.mount;
            match fetch_paper(&self.app.egress, &self.app.clock, &door, &mount.exchange, address).await {
                Err(Refusal::PaperElsewhere) => {}
                fetched => return Ok(fetched?),
            }
        }
        Err(Refusal::PaperElsewhere.into())
    }

    async fn course(&self, referral: ReferralId) -> Result<Option<Course>, Problem> {
        let question = ReferralQuestion { id: Some(referral), ..ReferralQuestion::all(self.sight.home) };
        let (listed, _) = self.app.in_time(self.app.store.referrals(question, Page { size: 1, after: None })).await?;
        Ok(listed.into_iter().next().and_then(|listed| listed.referral.course))
    }
}

#[cfg(test)]
mod tests {
    use super::binary_here;

    #[test]
    fn only_a_binary_of_this_exchange_is_here() {
        let here = |url| binary_here(url, "https://baton.example.org/ontario");
        assert_eq!(here("Binary/b-1"), Some("b-1"));
        assert_eq!(here("https://baton.example.org/ontario/Binary/b-1"), Some("b-1"));
        for url in [
            "https://a.example.org/Binary/b-1",
            "https://baton.example.org/ontarioBinary/b-1",
            "Binary/b/1",
            "x/Binary/b",
        ] {
            assert_eq!(here(url), None, "{url}");
        }
    }
}
