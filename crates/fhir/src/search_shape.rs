//! The shape of a search: what may be kept of it for ever, because nobody is named in it.
//! Source: FHIR R4 and STU3, "Search" and the code systems of `status`; IHE BALP 1.1, `entity[query]`.

/// What stands for all that somebody wrote freely.
const HIDDEN: &str = "…";
/// How long a shape is at most, with the mark that says that it was cut.
pub const SHAPE_BYTES_MAX: usize = 512;
/// That more was asked.
const CUT: &str = "&…";

/// How a search came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SearchWay {
    /// In the address.
    Get,
    /// By form.
    Form,
}

/// What may be kept of a parameter's values.
#[derive(Clone, Copy)]
enum Values {
    /// Nothing: they name somebody, or are written freely.
    Hidden,
    /// Those that are one of these codes.
    Codes(&'static [&'static str]),
    /// A number of at most four digits: a longer one may be somebody's.
    Number,
    /// Names of parameters, with a minus or without.
    Names,
    /// A type, a parameter, and perhaps another type.
    Includes,
}

use Values::{Codes, Hidden, Includes, Names, Number};

const BOOLEAN: Values = Codes(&["true", "false"]);
const FORMATS: Values = Codes(&[
    "json",
    "xml",
    "text/json",
    "text/xml",
    "application/json",
    "application/xml",
    "application/fhir+json",
    "application/fhir+xml",
    "application/json+fhir",
    "application/xml+fhir",
]);
/// Of Task, Appointment, ServiceRequest, Communication and DocumentReference.
const STATUSES: Values = Codes(&[
    "draft",
    "requested",
    "received",
    "accepted",
    "rejected",
    "ready",
    "cancelled",
    "in-progress",
    "on-hold",
    "failed",
    "completed",
    "entered-in-error",
    "proposed",
    "pending",
    "booked",
    "arrived",
    "fulfilled",
    "noshow",
    "checked-in",
    "waitlist",
    "active",
    "revoked",
    "unknown",
    "preparation",
    "not-done",
    "stopped",
    "current",
    "superseded",
]);

/// Parameters that are known, sorted. A name that is not here is nobody's word but the caller's.
const PARAMETERS: &[(&str, Values)] = &[
    ("_after", Hidden),
    ("_content", Hidden),
    ("_count", Number),
    ("_cursor", Hidden),
    ("_elements", Hidden),
    ("_format", FORMATS),
    ("_id", Hidden),
    ("_include", Includes),
    ("_lastUpdated", Hidden),
    ("_pretty", BOOLEAN),
    ("_revinclude", Includes),
    ("_sort", Names),
    ("_summary", Codes(&["true", "false", "text", "data", "count"])),
    ("_text", Hidden),
    ("_total", Codes(&["none", "estimate", "accurate"])),
    ("address", Hidden),
    ("agent", Hidden),
    ("author", Hidden),
    ("authored-on", Hidden),
    ("based-on", Hidden),
    ("birthdate", Hidden),
    ("class", Hidden),
    ("code", Hidden),
    ("coding", Hidden),
    ("custodian", Hidden),
    ("date", Hidden),
    ("email", Hidden),
    ("encounter", Hidden),
    ("entity", Hidden),
    ("family", Hidden),
    ("gender", Hidden),
    ("given", Hidden),
    ("identifier", Hidden),
    ("intent", Hidden),
    ("name", Hidden),
    ("owner", Hidden),
    ("patient", Hidden),
    ("performer", Hidden),
    ("period", Hidden),
    ("phone", Hidden),
    ("priority", Codes(&["routine", "urgent", "asap", "stat"])),
    ("requester", Hidden),
    ("status", STATUSES),
    ("subject", Hidden),
    ("telecom", Hidden),
    ("type", Hidden),
];

const MODIFIERS: &[&str] =
    &["above", "below", "contains", "exact", "identifier", "in", "missing", "not", "not-in", "of-type", "text"];

/// The shape of a search for a type: its names where they are known, with their modifiers, and of its values those that are
/// codes. All else is `…`, also a type that is none; what is too long is cut, and ends with `&…`.
///
/// ```
/// use baton_fhir::search_shape::{SearchWay, shape};
/// let asked = [("identifier", "urn:a|123"), ("status", "booked,Smith"), ("smith", "1")];
/// let said = shape(SearchWay::Get, "Task", &asked, |name| name == "Task");
/// assert_eq!(said, "GET Task?identifier=…&status=booked,…&…=…");
/// ```
#[must_use]
pub fn shape(
    way: SearchWay,
    resource_type: &str,
    parameters: &[(&str, &str)],
    is_type: impl Fn(&str) -> bool,
) -> String {
    let resource_type = if is_type(resource_type) { resource_type } else { HIDDEN };
    let mut shape = match way {
        SearchWay::Get => format!("GET {resource_type}"),
        SearchWay::Form => format!("POST {resource_type}/_search"),
    };
    for (place, (name, value)) in parameters.iter().enumerate() {
        let parameter = parameter(name, value, &is_type);
        let is_last = place + 1 == parameters.len();
        let room = if is_last { SHAPE_BYTES_MAX } else { SHAPE_BYTES_MAX - CUT.len() };
        if shape.len() + 1 + parameter.len() > room {
            shape.push_str(CUT);
            break;
        }
        shape.push(if place == 0 { '?' } else { '&' });
        shape.push_str(&parameter);
    }
    shape
}

fn parameter(name: &str, value: &str, is_type: &impl Fn(&str) -> bool) -> String {
    // of a chain the last name says what is compared
    let Some(values) = name.split('.').map(|link| values_of(link, is_type)).reduce(|all, last| all.and(last)).flatten()
    else {
        return format!("{HIDDEN}={HIDDEN}");
    };
    let mut shown: Vec<&str> = Vec::new();
    for one in value.split(',').filter(|_| !value.is_empty()) {
        let kept = if is_kept(values, one, is_type) { one } else { HIDDEN };
        // how many there are of what is hidden says nothing
        if kept != HIDDEN || shown.last() != Some(&HIDDEN) {
            shown.push(kept);
        }
    }
    format!("{name}={}", shown.join(","))
}

/// What may be kept of the values of a parameter; nothing for one that is not known.
fn values_of(name: &str, is_type: &impl Fn(&str) -> bool) -> Option<Values> {
    let (name, modifier) = name.split_once(':').map_or((name, None), |(name, modifier)| (name, Some(modifier)));
    let place = PARAMETERS.binary_search_by_key(&name, |(known, _)| known).ok()?;
    match modifier {
        None => Some(PARAMETERS[place].1),
        Some("missing") => Some(BOOLEAN),
        // with another modifier it may be compared with anything
        Some(modifier) => (MODIFIERS.binary_search(&modifier).is_ok() || is_type(modifier)).then_some(Hidden),
    }
}

fn is_kept(values: Values, value: &str, is_type: &impl Fn(&str) -> bool) -> bool {
    let is_parameter = |name: &str| PARAMETERS.binary_search_by_key(&name, |(known, _)| known).is_ok();
    match values {
        Hidden => false,
        Codes(codes) => codes.contains(&value),
        Number => (1..=4).contains(&value.len()) && value.bytes().all(|byte| byte.is_ascii_digit()),
        Names => is_parameter(value.strip_prefix('-').unwrap_or(value)),
        Includes => {
            let mut parts = value.split(':');
            match (parts.next(), parts.next(), parts.next(), parts.next()) {
                (Some("*"), None, ..) => true,
                (Some(of), Some(name), to, None) => is_type(of) && is_parameter(name) && to.is_none_or(is_type),
                _ => false,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{MODIFIERS, PARAMETERS, SHAPE_BYTES_MAX, SearchWay, shape};

    fn is_type(name: &str) -> bool {
        ["Task", "Patient", "ServiceRequest"].contains(&name)
    }

    #[track_caller]
    fn check(name: &str, value: &str, expected: &str) {
        assert_eq!(shape(SearchWay::Get, "Task", &[(name, value)], is_type), format!("GET Task?{expected}"));
    }

    #[test]
    fn the_tables_are_sorted() {
        assert!(PARAMETERS.is_sorted_by(|one, next| one.0 < next.0) && MODIFIERS.is_sorted());
    }

    /// Threat: T116
    #[test]
    fn what_was_written_freely_is_not_in_it() {
        check("identifier", "urn:oid:2.16.840|9876543210", "identifier=…");
        check("name", "Smith", "name=…");
        check("9876543210", "1", "…=…");
        check("subject:9876543210", "1", "…=…");
        check("subject.9876543210", "1", "…=…");
        check("subject:Patient.identifier.9876543210", "1", "…=…");
        check("_count", "9876543210", "_count=…");
        check("_count", "-1", "_count=…");
        check("_sort", "9876543210,-date", "_sort=…,-date");
        check("_include", "Task:9876543210", "_include=…");
        check("_include", "Task:subject:Patient:9876543210", "_include=…");
        check("_include", "9876543210:subject", "_include=…");
        check("_format", "application/fhir+json; name=smith", "_format=…");
        check("status", "booked,9876543210,1,cancelled", "status=booked,…,cancelled");
        check("status:text", "booked", "status:text=…");
        check("", "", "…=…");
        assert_eq!(shape(SearchWay::Get, "Smith", &[], is_type), "GET …");
    }

    #[test]
    fn names_that_are_known_and_codes_are_kept() {
        check("subject:Patient.identifier", "1", "subject:Patient.identifier=…");
        check("custodian.identifier", "RR8", "custodian.identifier=…");
        check("identifier:missing", "true", "identifier:missing=true");
        check("_count", "500", "_count=500");
        check("_sort", "-date,_id", "_sort=-date,_id");
        check("_include", "*,Task:subject,Task:subject:Patient", "_include=*,Task:subject,Task:subject:Patient");
        check("_summary", "count", "_summary=count");
        check("patient", "", "patient=");
        let asked = [("patient", "1"), ("_format", "json")];
        let expected = "POST ServiceRequest/_search?patient=…&_format=json";
        assert_eq!(shape(SearchWay::Form, "ServiceRequest", &asked, is_type), expected);
    }

    #[test]
    fn a_shape_has_512_bytes_and_one_that_is_longer_is_cut_with_a_mark() {
        let of = |number: usize, last: &'static str| {
            let mut asked = vec![("_id", "1"); number];
            asked.push((last, ""));
            shape(SearchWay::Get, "Task", &asked, is_type)
        };
        // "GET Task", 62 times 8 bytes, and 8 more
        let whole = of(62, "family");
        assert_eq!((whole.len(), whole.ends_with("&family=")), (SHAPE_BYTES_MAX, true));
        let cut = of(62, "_summary");
        assert!(cut.len() <= SHAPE_BYTES_MAX && cut.ends_with("_id=…&…"), "{cut}");
        let more = shape(SearchWay::Get, "Task", &[("_id", "1"); 5_000], is_type);
        assert!(more.len() <= SHAPE_BYTES_MAX && more.ends_with("&_id=…&…"), "{more}");
    }
}
