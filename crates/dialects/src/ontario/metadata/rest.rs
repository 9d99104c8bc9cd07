//! The types that can be read, searched and worked on by REST.
//! Source: Ontario guide 0.11, "Business Rules" (search and read); contract "A target's own work".

use crate::template::template;

/// What can be done with a type besides reading it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Work {
    /// Nothing; it has no search either.
    Fetch,
    /// Nothing.
    Read,
    /// A source changes it, by its identifier.
    ChangeByIdentifier,
    /// A target changes it.
    Change,
    /// A target makes and changes it.
    Create,
}

struct Type {
    name: &'static str,
    work: Work,
    /// Search parameters besides `_id` and `identifier`.
    parameters: &'static [Parameter],
}

type Parameter = (&'static str, &'static str);

const BASED_ON: Parameter = ("based-on", "reference");
const STATUS: Parameter = ("status", "token");
const CATEGORY: Parameter = ("category", "token");
const PATIENT: Parameter = ("patient", "reference");
const SUBJECT: Parameter = ("subject", "reference");

const TYPES: &[Type] = &[
    Type { name: "ServiceRequest", work: Work::ChangeByIdentifier, parameters: &[STATUS, CATEGORY, PATIENT, SUBJECT] },
    Type { name: "Task", work: Work::Change, parameters: &[BASED_ON, STATUS, PATIENT, SUBJECT] },
    Type { name: "Appointment", work: Work::Create, parameters: &[BASED_ON, STATUS] },
    Type { name: "Communication", work: Work::Read, parameters: &[BASED_ON, STATUS, CATEGORY, PATIENT, SUBJECT] },
    Type { name: "QuestionnaireResponse", work: Work::Read, parameters: &[STATUS, PATIENT, SUBJECT] },
    Type { name: "DocumentReference", work: Work::Read, parameters: &[STATUS, CATEGORY, PATIENT, SUBJECT] },
    Type { name: "Patient", work: Work::Read, parameters: &[] },
    Type { name: "Practitioner", work: Work::Read, parameters: &[] },
    Type { name: "PractitionerRole", work: Work::Read, parameters: &[] },
    Type { name: "Organization", work: Work::Read, parameters: &[] },
    Type { name: "Location", work: Work::Read, parameters: &[] },
    Type { name: "HealthcareService", work: Work::Read, parameters: &[] },
    Type { name: "Binary", work: Work::Fetch, parameters: &[] },
];

/// `rest.resource` of each type, and of the definitions that are served.
pub(super) fn resources() -> String {
    let served = template(
        r#"{"type": "MessageDefinition", "interaction": [{"code": "read"}, {"code": "search-type"}],
        "searchParam": [{"name": "_id", "type": "token"}, {"name": "url", "type": "uri"}]}"#,
    );
    let mut all: Vec<String> = TYPES.iter().map(resource).collect();
    all.push(served.0);
    all.join(",")
}

fn resource(of: &Type) -> String {
    let codes: Vec<String> = interactions(of.work).iter().map(|code| format!(r#"{{"code": "{code}"}}"#)).collect();
    let always = [("_id", "token"), ("identifier", "token")];
    let parameters = always.iter().filter(|_| of.work != Work::Fetch).chain(of.parameters);
    let parameters: Vec<String> =
        parameters.map(|(name, kind)| format!(r#"{{"name": "{name}", "type": "{kind}"}}"#)).collect();
    let search =
        if parameters.is_empty() { String::new() } else { format!(r#", "searchParam": [{}]"#, parameters.join(",")) };
    let conditional = if of.work == Work::ChangeByIdentifier { r#", "conditionalUpdate": true"# } else { "" };
    template(r#"{"type": "{type}", "interaction": [{codes}], "versioning": "versioned", "readHistory": true{conditional}{search}}"#)
        .json("codes", &codes.join(","))
        .json("conditional", conditional)
        .json("search", &search)
        .text("type", of.name)
        .0
}

fn interactions(work: Work) -> &'static [&'static str] {
    match work {
        Work::Fetch => &["read", "vread", "history-instance"],
        Work::Read => &["read", "vread", "history-instance", "search-type"],
        Work::ChangeByIdentifier => &["read", "vread", "history-instance", "search-type", "update"],
        Work::Change => &["read", "vread", "history-instance", "search-type", "update", "patch"],
        Work::Create => &["read", "vread", "history-instance", "search-type", "create", "update", "patch"],
    }
}
