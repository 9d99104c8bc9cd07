//! Parameters of a search.
//! Source: NRL "API Search", parameters; docs/dialects/nrl.md for paging.

use baton_exchange::pointer::{Bucket, Ods, PointerId, PointerSearch};

use super::{
    Admitted, Locator,
    directory::Custody,
    fault::Fault,
    name::Named,
    reference::{Organization, Subject, organization, shown},
    request::{Request, must_be_known, only},
};

/// What is found by a search at most on one page, and where the caller says nothing.
pub const PAGE_MAX: u32 = 500;

/// The parameter by which a page goes on after a pointer.
pub(super) const AFTER: &str = "_after";

const PARAMETERS: [&str; 10] = [
    "_id",
    "subject",
    "custodian",
    "custodian.identifier",
    "type.coding",
    "type",
    "_summary",
    "_format",
    "_count",
    AFTER,
];
const SNOMED: &str = "http://snomed.info/sct";
const ODS_SYSTEM: &str = "https://fhir.nhs.uk/Id/ods-organization-code";

/// Whether the pointers themselves are wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// They are.
    Pointers,
    /// Their number is enough.
    Count,
}

/// A search for the pointers of a patient.
#[derive(Clone, Debug)]
pub struct Find {
    /// The patient.
    pub subject: Subject,
    /// Only those of this custodian.
    pub custodian: Option<Ods>,
    /// Only those to records of this type.
    pub record_type: Option<String>,
    /// What is wanted of them.
    pub wanted: Wanted,
    /// How many on a page.
    pub size: u32,
    /// Where the page before ended.
    pub after: Option<PointerId>,
}

impl Find {
    /// What to ask the store for.
    #[must_use]
    pub fn question(&self, locator: &Locator) -> PointerSearch {
        let subject = self.subject.key();
        PointerSearch {
            home: Bucket::of(subject).home(&locator.exchange),
            subject,
            custodian: self.custodian.clone(),
            record_type: self.record_type.clone(),
        }
    }

    /// What is said of a patient who has never had a pointer.
    #[must_use]
    pub fn unknown(&self) -> Fault {
        Fault::PatientUnknown { number: self.subject.number().to_owned() }
    }
}

/// Reads the parameters of a search.
pub(super) fn search(locator: &Locator, by: &Admitted, query: &[(String, String)]) -> Result<Request, Fault> {
    must_be_known(query, &PARAMETERS)?;
    if let Some(id) = only(query, "_id")? {
        let goes_along = |name: &str| name == "_id" || (name == "_format" && locator.wording.takes_format_beside_id());
        return match query.iter().all(|(name, _)| goes_along(name)) && !id.is_empty() {
            true => Ok(Request::SearchById(Named::id(id))),
            false => Err(Fault::ParameterInvalid { name: "_id".to_owned() }),
        };
    }
    let subject = only(query, "subject")?.ok_or(Fault::ParameterMissing { name: "subject" })?;
    let subject = Subject::parse(subject).map_err(|fault| match fault {
        Fault::NhsNumber { number } => Fault::NhsNumberOfSearch { number },
        other => other,
    })?;
    by.may_see(locator, |number| number == subject.number())?;
    let (size, wanted) = (count(query)?, summary(query)?);
    let find = Find {
        subject,
        custodian: custodian(locator, query)?,
        record_type: record_type(locator, query)?,
        wanted: if size == 0 { Wanted::Count } else { wanted },
        size,
        after: after(query)?,
    };
    Ok(Request::Search(Box::new(find)))
}

fn summary(query: &[(String, String)]) -> Result<Wanted, Fault> {
    match only(query, "_summary")? {
        None => Ok(Wanted::Pointers),
        Some("count") => {
            let other = query.iter().find(|(name, _)| !matches!(name.as_str(), "subject" | "_summary" | "_format"));
            match other {
                Some((name, value)) => Err(Fault::ParameterUnsupported { name: name.clone(), value: shown(value) }),
                None => Ok(Wanted::Count),
            }
        }
        Some(other) => Err(Fault::ParameterUnsupported { name: "_summary".to_owned(), value: shown(other) }),
    }
}

fn count(query: &[(String, String)]) -> Result<u32, Fault> {
    let Some(count) = only(query, "_count")? else { return Ok(PAGE_MAX) };
    let is_number = !count.is_empty() && count.bytes().all(|byte| byte.is_ascii_digit());
    if !is_number {
        return Err(Fault::ParameterInvalid { name: "_count".to_owned() });
    }
    // a number too long to be read is more than a page has, too
    Ok(count.parse().unwrap_or(PAGE_MAX).min(PAGE_MAX))
}

fn after(query: &[(String, String)]) -> Result<Option<PointerId>, Fault> {
    let Some(after) = only(query, AFTER)? else { return Ok(None) };
    PointerId::parse(after).map(Some).ok_or_else(|| Fault::ParameterInvalid { name: AFTER.to_owned() })
}

fn custodian(locator: &Locator, query: &[(String, String)]) -> Result<Option<Ods>, Fault> {
    let ods = match (only(query, "custodian")?, only(query, "custodian.identifier")?) {
        (None, None) => return Ok(None),
        (Some(_), Some(_)) => return Err(Fault::ParameterInvalid { name: "custodian.identifier".to_owned() }),
        (Some(reference), None) => match organization(reference) {
            Some(Organization::Code(ods)) => ods,
            Some(Organization::NoCode) | None => return Err(Fault::OrganizationForm),
        },
        (None, Some(token)) => {
            let code = token.split_once('|').filter(|(system, _)| *system == ODS_SYSTEM).map(|(_, code)| code);
            let invalid = || Fault::ParameterInvalid { name: "custodian.identifier".to_owned() };
            code.and_then(Ods::parse).ok_or_else(invalid)?
        }
    };
    match locator.directory.custody(&ods) {
        Some(Custody::Provider) => Ok(Some(ods)),
        Some(Custody::None) | None => Err(Fault::CustodianUnknown { ods: ods.to_string() }),
    }
}

fn record_type(locator: &Locator, query: &[(String, String)]) -> Result<Option<String>, Fault> {
    let token = match (only(query, "type.coding")?, only(query, "type")?) {
        (None, None) => return Ok(None),
        (Some(_), Some(_)) => return Err(Fault::ParameterInvalid { name: "type".to_owned() }),
        (Some(token), None) | (None, Some(token)) => token,
    };
    match token.split_once('|') {
        Some((SNOMED, code)) => match locator.values.record_type.member(code) {
            Some(member) => Ok(Some(member.code.clone())),
            None => Err(Fault::TypeCode),
        },
        _ => Err(Fault::TypeSystem),
    }
}
