//! From a request that is understood, and what is known, to what is written and answered.
//! Source: NRL "API Create", "API Create (Supersede)", "API Update Interaction", "API Delete", "API Read".

use baton_exchange::{
    audit::AuditedPointer,
    decision::Assert,
    pointer::{
        Entry, Pointer, PointerDecision, PointerId, PointerState, SubjectKey, Target, create, remove, replace, view,
        withdraw,
    },
    refusal::Refusal,
    time::Timestamp,
};

use super::{
    Admitted, Locator,
    directory::Custody,
    document::{Identifier, New},
    fault::Fault,
    name::Named,
    outcome::{Address, Done, Refused, Wrong},
    ready::Ready,
    request::placed,
    stamp,
};

/// What becomes of a pointer.
pub struct Settled {
    /// What must still be true.
    pub asserts: Vec<Assert>,
    /// Pointers to write.
    pub written: Vec<Pointer>,
    /// The pointer to show.
    pub shown: Option<Pointer>,
    /// What was done, for the answer.
    pub done: Option<Done>,
    /// The patient.
    pub subject: Option<SubjectKey>,
    /// The pointers that the audit names.
    pub audited: Vec<AuditedPointer>,
}

/// What a decision needs besides the request and what is known.
#[derive(Clone, Copy, Debug)]
pub struct By<'a> {
    /// Who asks.
    pub caller: &'a Admitted,
    /// A time-ordered UUID and chance, for a new pointer.
    pub new_id: ([u8; 16], [u8; 10]),
    /// When it came.
    pub now: Timestamp,
}

/// Decides. `known` is what the store said to [`Ready::names`].
///
/// # Errors
/// Why not.
pub fn settle(locator: &Locator, ready: &Ready, known: Vec<Option<Pointer>>, by: &By<'_>) -> Result<Settled, Refused> {
    let mut known = known.into_iter();
    let first = known.next().flatten();
    match ready {
        Ready::Create(new) => made(locator, new, first.is_some(), known.next().flatten(), by),
        Ready::Update(named, _) => {
            let decided = withdraw(first, &by.caller.system, by.now).map_err(|refusal| worded(named, refusal))?;
            Ok(settled(Done::Updated, rewritten(decided)?))
        }
        Ready::Delete(Named::Id { id: None, text }) => Err(Fault::IdForm { id: super::reference::shown(text) }.into()),
        Ready::Delete(named) => {
            let decided = remove(first, &by.caller.system, by.now).map_err(|refusal| worded(named, refusal))?;
            Ok(settled(Done::Removed, decided))
        }
        Ready::Read(named) => {
            let pointer = view(first).map_err(|refusal| worded(named, refusal))?;
            shown_to(locator, by.caller, pointer)
        }
        Ready::SearchById(named) => match first {
            None => Err(named.not_found().into()),
            Some(pointer) if pointer.state == PointerState::Removed => Err(named.not_found().into()),
            Some(pointer) => {
                let is_current = pointer.state == PointerState::Current;
                let settled = shown_to(locator, by.caller, pointer)?;
                Ok(if is_current { settled } else { Settled { shown: None, audited: Vec::new(), ..settled } })
            }
        },
    }
}

/// Shows a pointer to somebody who may see it.
///
/// # Errors
/// [`Fault::NotThatPatient`] for a citizen who is another patient.
pub fn shown_to(locator: &Locator, by: &Admitted, pointer: Pointer) -> Result<Settled, Refused> {
    by.may_see(locator, |number| SubjectKey::of(number) == pointer.subject).map_err(placed)?;
    Ok(Settled {
        asserts: Vec::new(),
        written: Vec::new(),
        done: None,
        subject: Some(pointer.subject),
        audited: vec![AuditedPointer::from(&pointer)],
        shown: Some(pointer),
    })
}

fn made(locator: &Locator, new: &New, taken: bool, target: Option<Pointer>, by: &By<'_>) -> Result<Settled, Refused> {
    let entry = Entry {
        exchange: locator.exchange.clone(),
        subject: new.subject.key(),
        custodian: new.custodian.clone(),
        record_type: new.record_type.clone(),
        master: new.master.as_ref().map(Identifier::key),
    };
    let (uuid, chance) = by.new_id;
    let id = PointerId::new(entry.subject, uuid, chance);
    let created = create(entry, taken, &by.caller.system, id, by.now).map_err(|refusal| refused(new, refusal))?;
    resolvable(locator, new)?;
    let decided = match &new.target {
        None => created,
        Some(name) => {
            let expected = name.reference.as_ref().and(name.identifier.as_ref()).map(Identifier::key);
            let target = Target { found: target, expected };
            replace(created, target, by.now).map_err(|refusal| refused(new, refusal))?
        }
    };
    let mut decided = rewritten(decided)?;
    if let Some(pointer) = decided.pointers.first_mut() {
        pointer.body = stamp::as_kept(new.tree.root(), pointer);
    }
    Ok(settled(Done::Created, decided))
}

/// Custodian and author have to be known, the custodian as a provider.
fn resolvable(locator: &Locator, new: &New) -> Result<(), Refused> {
    let place = |element: &str| format!("DocumentReference.{element}.reference");
    if locator.directory.custody(&new.custodian) != Some(Custody::Provider) {
        let fault = Fault::OrganizationNotFound { ods: new.custodian.to_string() };
        return Err(Wrong::at(fault, place("custodian")).into());
    }
    if locator.directory.custody(&new.author).is_none() {
        let fault = Fault::OrganizationNotFound { ods: new.author.to_string() };
        return Err(Wrong::at(fault, place("author[0]")).into());
    }
    Ok(())
}

/// Bodies of pointers that were there before, in their new versions.
fn rewritten(mut decided: PointerDecision) -> Result<PointerDecision, Refused> {
    for pointer in decided.pointers.iter_mut().filter(|pointer| !pointer.body.is_empty()) {
        pointer.body = stamp::as_left(pointer).ok_or_else(|| Refused::from(Fault::Failure))?;
    }
    Ok(decided)
}

fn settled(done: Done, decided: PointerDecision) -> Settled {
    Settled {
        subject: decided.pointers.first().map(|pointer| pointer.subject),
        audited: decided.pointers.iter().map(AuditedPointer::from).collect(),
        asserts: decided.asserts,
        written: decided.pointers,
        shown: None,
        done: Some(done),
    }
}

/// A refusal about a pointer that was there before, with what the caller called it.
fn worded(named: &Named, refusal: Refusal) -> Wrong {
    match refusal {
        Refusal::NoSuchPointer => named.not_found().into(),
        Refusal::NotCustodian => Wrong::at(Fault::NotOwner, "fromASID"),
        other => Fault::Refusal(other).into(),
    }
}

/// A refusal of a new pointer, with its place.
fn refused(new: &New, refusal: Refusal) -> Wrong {
    match (refusal, &new.master) {
        (Refusal::MasterIdentifierTaken, Some(master)) => {
            let fault = Fault::Duplicate { value: master.value.clone(), system: master.system.clone() };
            Wrong::at(fault, "DocumentReference.masterIdentifier")
        }
        (Refusal::NotCustodian, _) => Wrong::at(Refusal::NotCustodian.into(), "DocumentReference.custodian"),
        (other, _) => Wrong::at(Fault::Refusal(other), "DocumentReference.relatesTo[0].target"),
    }
}

impl Settled {
    /// Addresses of the pointer that was asked for.
    #[must_use]
    pub fn address(&self, locator: &Locator) -> Option<Address> {
        self.written.first().map(|pointer| address(locator, pointer.id))
    }

    /// What the answer's `Location` is, where it has one.
    #[must_use]
    pub fn location(&self, locator: &Locator) -> Option<String> {
        let address = self.address(locator)?;
        match self.done? {
            Done::Created if locator.wording.locates_by_search() => Some(address.search),
            Done::Created => Some(address.plain),
            Done::Updated if locator.wording.locates_updates() => Some(address.plain),
            Done::Updated | Done::Removed => None,
        }
    }
}

/// Addresses of a pointer. The plain form of the base stands in all of them.
pub(super) fn address(locator: &Locator, id: PointerId) -> Address {
    let base = &locator.base;
    Address { plain: format!("{base}/DocumentReference/{id}"), search: format!("{base}/DocumentReference?_id={id}") }
}
