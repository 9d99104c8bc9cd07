//! May this caller send messages?

use super::Caller;
use crate::refusal::Refusal;

/// The scopes that cover messages. `Messaging` is no resource type, so `*` does not mean it, and the guide has not
/// said yet what its scopes look like in SMART's second version. Source: Netsmart messages, "Authorization".
pub const MESSAGE_SCOPES: [&str; 6] = [
    "patient/Messaging.write",
    "patient/Messaging.*",
    "user/Messaging.write",
    "user/Messaging.*",
    "system/Messaging.write",
    "system/Messaging.*",
];

/// Decides whether a caller may send messages.
///
/// # Errors
/// [`Refusal::MissingScope`] when none of [`MESSAGE_SCOPES`] was granted, in this very spelling.
pub fn may_message(caller: &Caller) -> Result<(), Refusal> {
    // an app sends in the name of its user; a message about the launch's patient alone cannot be told from another here
    let is_for = |scope: &str| caller.is_system() || scope.starts_with("user/");
    if caller.scopes.iter().any(|granted| MESSAGE_SCOPES.contains(&granted.as_str()) && is_for(granted)) {
        return Ok(());
    }
    let needed = MESSAGE_SCOPES.iter().map(|scope| (*scope).to_owned()).collect();
    Err(Refusal::MissingScope { needed, granted: caller.scopes.clone() })
}

#[cfg(test)]
mod tests {
    use super::{MESSAGE_SCOPES, may_message};
    use crate::access::Caller;

    fn check(scope: &str, may: bool) {
        let caller = Caller::system("clinic-a".into(), vec!["openid".to_owned(), scope.to_owned()]);
        assert_eq!(may_message(&caller).is_ok(), may, "{scope}");
    }

    #[test]
    fn other_scopes_do_not_cover_messages() {
        let others =
            ["system/ServiceRequest.write", "system/Messaging.read", "Messaging.write", "system/MessageHeader.write"];
        others.iter().for_each(|scope| check(scope, false));
    }

    #[test]
    fn a_star_for_resources_does_not_mean_messages() {
        ["system/*.*", "system/*.write", "user/*.*", "patient/*.write", "*", "*/*.*"]
            .iter()
            .for_each(|s| check(s, false));
    }

    /// Threat: T31
    #[test]
    fn letter_case_matters() {
        ["system/messaging.write", "System/Messaging.write", "SYSTEM/MESSAGING.*"].iter().for_each(|s| check(s, false));
    }

    #[test]
    fn forms_of_the_second_version_are_not_defined_by_the_guide() {
        ["system/Messaging.c", "system/Messaging.cu", "system/Messaging.cruds"].iter().for_each(|s| check(s, false));
    }

    #[test]
    fn six_scopes_cover_messages() {
        MESSAGE_SCOPES.iter().for_each(|scope| check(scope, true));
    }
}
