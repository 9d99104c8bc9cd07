//! Scopes in words that people can agree to.

use baton_oauth::scope::{IdentityScope, LastingScope, LaunchScope, Letter, Level, ResourceScope, Scope, Subject};

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
    format!("{} {what} {of_whom}", verbs.join(", "))
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
        ] {
            assert_eq!(words(&scope.parse().expect("a scope")), expected);
        }
    }
}
