//! Places under the path of a record locator. Source: NRL "API Interactions", both forms of the base address.

/// Which of the two forms of the address was used. Both serve the same pointers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// `{path}/DocumentReference`
    Plain,
    /// `{path}/STU3/DocumentReference`
    Stu3,
}

impl Form {
    /// The path of pointers in this form, behind the base.
    #[must_use]
    pub fn pointers(self) -> &'static str {
        match self {
            Form::Plain => "DocumentReference",
            Form::Stu3 => "STU3/DocumentReference",
        }
    }
}

/// A place under the path of a record locator.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PointerPlace {
    /// The CapabilityStatement.
    Metadata,
    /// All pointers: to make, find, update and delete them.
    Pointers(Form),
    /// A search by form.
    Search(Form),
    /// One pointer, by what may be its id.
    Pointer(String),
    /// A record behind the gate, by its address.
    Record(String),
    /// The audit, for owners of pointers.
    Trail,
    /// Nothing is here.
    Unknown,
}

impl PointerPlace {
    /// Finds the place of a path under the base: empty, or starting with a slash. One slash at the end means nothing.
    #[must_use]
    pub fn of(rest: &str) -> PointerPlace {
        if let Some(address) = rest.strip_prefix("/SSP/").filter(|address| !address.is_empty()) {
            // a record's address has slashes of its own, encoded or not
            return super::unescaped(address).map_or(PointerPlace::Unknown, PointerPlace::Record);
        }
        let rest = rest.strip_suffix('/').unwrap_or(rest).strip_prefix('/').unwrap_or_default();
        let Some(segments) = rest.split('/').map(super::decoded).collect::<Option<Vec<String>>>() else {
            return PointerPlace::Unknown;
        };
        let words: Vec<&str> = segments.iter().map(String::as_str).collect();
        let (form, words) = match &words[..] {
            ["STU3", words @ ..] => (Form::Stu3, words),
            words => (Form::Plain, words),
        };
        match *words {
            ["metadata"] => PointerPlace::Metadata,
            ["DocumentReference"] => PointerPlace::Pointers(form),
            ["DocumentReference", "_search"] => PointerPlace::Search(form),
            ["DocumentReference", id] if !id.is_empty() => PointerPlace::Pointer(id.to_owned()),
            ["AuditEvent"] => PointerPlace::Trail,
            _ => PointerPlace::Unknown,
        }
    }

    /// The methods that a place takes; nothing where there is no such place.
    #[must_use]
    pub fn allow(&self) -> Option<&'static str> {
        match self {
            PointerPlace::Metadata | PointerPlace::Trail => Some("GET, HEAD"),
            PointerPlace::Pointers(_) => Some("GET, HEAD, POST, PATCH, DELETE"),
            PointerPlace::Search(_) => Some("POST"),
            PointerPlace::Pointer(_) => Some("GET, HEAD, PATCH, DELETE"),
            PointerPlace::Record(_) => Some("GET"),
            PointerPlace::Unknown => None,
        }
    }

    /// The place without what varies.
    #[must_use]
    pub fn template(&self) -> &'static str {
        match self {
            PointerPlace::Metadata => "{base}/metadata",
            PointerPlace::Pointers(_) => "{base}/DocumentReference",
            PointerPlace::Search(_) => "{base}/DocumentReference/_search",
            PointerPlace::Pointer(_) => "{base}/DocumentReference/{id}",
            PointerPlace::Record(_) => "{base}/SSP/{address}",
            PointerPlace::Trail => "{base}/AuditEvent",
            PointerPlace::Unknown => "{base}/(none)",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Form, PointerPlace};

    #[test]
    fn both_forms_lead_to_the_same_places() {
        for (path, place) in [
            ("/DocumentReference", PointerPlace::Pointers(Form::Plain)),
            ("/STU3/DocumentReference/", PointerPlace::Pointers(Form::Stu3)),
            ("/STU3/DocumentReference/_search", PointerPlace::Search(Form::Stu3)),
            ("/DocumentReference/a-1", PointerPlace::Pointer("a-1".to_owned())),
            ("/STU3/DocumentReference/not%20an%20id", PointerPlace::Pointer("not an id".to_owned())),
            ("/metadata", PointerPlace::Metadata),
            ("/STU3/metadata", PointerPlace::Metadata),
            ("/AuditEvent", PointerPlace::Trail),
        ] {
            assert_eq!(PointerPlace::of(path), place, "{path}");
        }
    }

    #[test]
    fn other_paths_lead_nowhere() {
        for path in [
            "",
            "/",
            "/Patient",
            "/STU3",
            "/documentreference",
            "/DocumentReference/a/b",
            "/SSP/",
            "/SSP",
            "/R4/metadata",
        ] {
            assert_eq!(PointerPlace::of(path), PointerPlace::Unknown, "{path}");
        }
    }

    #[test]
    fn a_records_address_is_one_word_however_it_is_written() {
        let record = PointerPlace::Record("https://p1.nhs.uk/a/b.pdf?c=d".to_owned());
        assert_eq!(PointerPlace::of("/SSP/https%3A%2F%2Fp1.nhs.uk%2Fa%2Fb.pdf%3Fc%3Dd"), record);
        assert_eq!(PointerPlace::of("/SSP/https://p1.nhs.uk/a/b.pdf%3Fc%3Dd"), record);
        assert_eq!(PointerPlace::of("/SSP/%FF"), PointerPlace::Unknown);
    }
}
