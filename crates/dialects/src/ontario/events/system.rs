//! The code systems of events: which are ours, and which are another guide's.
//! Source: messages on the wire (`https`), profiles of the guide (`http`), examples of 2019 (none); the code system of
//! CA:eReC is not published yet, its canonicals begin with Infoway's host.

use super::Version;

/// The code system of events, as it is sent.
pub(crate) const EVENTS: &str = "https://ehealthontario.ca/fhir/CodeSystem/message-event-code";

const EVENTS_HTTP: &str = "http://ehealthontario.ca/fhir/CodeSystem/message-event-code";
const NATIONAL: [&str; 2] = ["https://fhir.infoway-inforoute.ca/", "http://fhir.infoway-inforoute.ca/"];

/// What the code system of an event is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum CodeSystem {
    /// The guide's.
    Ours,
    /// There is none, as in the oldest examples.
    Absent,
    /// The guide's with `http`, as its other canonicals have it.
    OursByHttp,
    /// The pan-Canadian guide's, in a message of somebody who speaks it.
    National,
    /// Another guide's: there the same word means something else.
    Foreign,
}

impl CodeSystem {
    /// Whether the codes of the guide are meant.
    #[must_use]
    pub fn is_accepted(self) -> bool {
        match self {
            CodeSystem::Ours | CodeSystem::Absent | CodeSystem::OursByHttp | CodeSystem::National => true,
            CodeSystem::Foreign => false,
        }
    }
}

/// Looks at the code system of an event in a message of somebody who speaks that version.
pub(crate) fn code_system(version: Version, system: Option<&str>) -> CodeSystem {
    let Some(system) = system else {
        return CodeSystem::Absent;
    };
    let is_national = || NATIONAL.iter().any(|start| system.starts_with(start));
    match (system, version) {
        (EVENTS, _) => CodeSystem::Ours,
        (EVENTS_HTTP, _) => CodeSystem::OursByHttp,
        (_, Version::Erec) if is_national() => CodeSystem::National,
        (_, Version::V010 | Version::V011 | Version::Erec) => CodeSystem::Foreign,
    }
}

#[cfg(test)]
mod tests {
    use super::{CodeSystem, EVENTS, EVENTS_HTTP, code_system};
    use crate::ontario::Version;

    #[test]
    fn the_system_of_an_event_may_be_absent_http_or_https() {
        for version in [Version::V010, Version::V011, Version::Erec] {
            assert_eq!(code_system(version, None), CodeSystem::Absent);
            assert_eq!(code_system(version, Some(EVENTS)), CodeSystem::Ours);
            assert_eq!(code_system(version, Some(EVENTS_HTTP)), CodeSystem::OursByHttp);
        }
    }

    #[test]
    fn a_word_of_another_system_is_another_word() {
        for system in ["http://ntst.com/fhir/message-events", "", "https://ehealthontario.ca/fhir/CodeSystem/other"] {
            assert!(!code_system(Version::V011, Some(system)).is_accepted(), "{system}");
        }
    }

    #[test]
    fn the_national_systems_are_for_those_who_speak_the_national_guide() {
        let national = Some("http://fhir.infoway-inforoute.ca/io/CA-eReC/CodeSystem/message-event");
        assert!(code_system(Version::Erec, national).is_accepted());
        assert!(!code_system(Version::V011, national).is_accepted());
        assert!(!code_system(Version::Erec, Some("http://fhir.infoway-inforoute.ca.example.org/x")).is_accepted());
    }
}
