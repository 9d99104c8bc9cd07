//! Scopes in words that people can agree to.

use baton_oauth::scope::{
    IdentityScope, LastingScope, LaunchScope, Letter, Level, Parameter, Query, ResourceScope, Scope, Subject,
};

/// What an app could do with a scope.
pub(super) fn words(scope: &Scope) -> String {
    match scope {
        Scope::Launch(LaunchScope::Ehr) => "know where you launched it".to_owned(),
        Scope::Launch(LaunchScope::Choose { kind, .. }) if kind == "encounter" => {
            "know the encounter of the patient, if there is one".to_owned()
        }
        Scope::Launch(LaunchScope::Choose { kind, .. }) => format!("know which {kind} you chose"),
        Scope::Identity(IdentityScope::OpenId) => "know that it is you".to_owned(),
        Scope::Identity(IdentityScope::FhirUser | IdentityScope::Profile) => {
            "know who you are in the records".to_owned()
        }
        Scope::Lasting(LastingScope::Offline) => "go on for up to 90 days, also when you are not here".to_owned(),
        Scope::Lasting(LastingScope::Online) => "go on while you are logged in".to_owned(),
        Scope::Resource(scope) => of_resources(scope),
    }
}

fn of_resources(scope: &ResourceScope) -> String {
    let of_whom = match scope.level {
        Level::Patient => "of the patient",
        Level::User | Level::System => "that you may see yourself",
    };
    let what = match &scope.subject {
        Subject::Messaging => return "send messages in the name of your organisation".to_owned(),
        Subject::EveryType => "all records".to_owned(),
        Subject::Type(name) => format!("records of the kind {name}"),
    };
    let letters = scope.permissions.letters();
    let mut verbs = Vec::new();
    for (letter, verb) in [
        (Letter::Read, "read"),
        (Letter::Search, "search"),
        (Letter::Create, "make"),
        (Letter::Update, "change"),
        (Letter::Delete, "delete"),
    ] {
        if letters.has(letter) {
            verbs.push(verb);
        }
    }
    let only = scope.query.as_ref().map(only).unwrap_or_default();
    format!("{} {what} {of_whom}{only}", verbs.join(", "))
}

/// The limit of a scope: all parameters count, and of each one value is enough. Values are what the app wrote: they are quoted, and what
/// is not plain in them is escaped, so that they cannot pass for words of ours.
fn only(query: &Query) -> String {
    let quoted = |value: &String| format!("\"{}\"", value.escape_default());
    let parameter = |parameter: Parameter| {
        let values: Vec<String> = parameter.values.iter().map(quoted).collect();
        format!("{} is {}", parameter.name, values.join(" or "))
    };
    let all: Vec<String> = query.parameters().map(parameter).collect();
    format!(", only those whose {}", all.join(" and "))
}

#[cfg(test)]
mod tests {
    use super::words;

    #[test]
    fn a_scope_says_what_can_be_done() {
        for (scope, expected) in [
            ("patient/*.rs", "read, search all records of the patient"),
            ("user/Task.write", "make, change, delete records of the kind Task that you may see yourself"),
            ("user/Messaging.write", "send messages in the name of your organisation"),
            ("launch/encounter", "know the encounter of the patient, if there is one"),
            ("launch/patient", "know which patient you chose"),
            (
                "user/Task.rs?status=requested,accepted&identifier=urn:a%7C1",
                "read, search records of the kind Task that you may see yourself, only those whose status is \"requested\" or \
                 \"accepted\" and identifier is \"urn:a|1\"",
            ),
            (
                "patient/Observation.r?category=laboratory",
                "read records of the kind Observation of the patient, only those whose category is \"laboratory\"",
            ),
            (
                "user/Patient.r?identifier=1%22%20and%20all%20is%20well%E2%80%AE",
                r#"read records of the kind Patient that you may see yourself, only those whose identifier is "1\" and all is well\u{202e}""#,
            ),
        ] {
            assert_eq!(words(&scope.parse().expect("a scope")), expected);
        }
    }
}
