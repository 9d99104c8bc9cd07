//! Where an app is launched from: the patient and what else is on the screen. Source: SMART App Launch 2.2,
//! "Scopes and Launch Context"; SMART App Launch 2.2, "Launch App: EHR Launch".

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::scope::{LaunchScope, Level, Scope};

/// How long a handle is good that the app is launched with.
pub const LAUNCH_SECS: i64 = 300;

/// What an app is told with its token. It is fixed when the user consents, and no later request changes it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LaunchContext {
    /// The id of the patient.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub patient: Option<String>,
    /// The id of the encounter.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub encounter: Option<String>,
    /// What else is on the screen.
    #[serde(default, rename = "fhirContext", skip_serializing_if = "Vec::is_empty")]
    pub others: Vec<ContextItem>,
    /// Whether the app has to show whose data it shows.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub need_patient_banner: Option<bool>,
    /// What the user wants to do, in words that app and source have agreed upon.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub intent: Option<String>,
    /// Where the source describes its looks.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub smart_style_url: Option<String>,
    /// Which of several organisations in one system it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tenant: Option<String>,
}

/// Something on the screen. At least one of reference, canonical and identifier is there.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContextItem {
    /// A relative reference.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reference: Option<String>,
    /// A canonical address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub canonical: Option<String>,
    /// An Identifier of FHIR.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub identifier: Option<Value>,
    /// The type of resource.
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// What it is there for; without it, `launch`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub role: Option<String>,
}

/// What a context lacks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ContextRefusal {
    /// What is granted is about a patient, and there is none.
    #[error("a scope is about the patient of the launch, and there is none")]
    NoPatient,
    /// The encounter that the app asked for is not there.
    #[error("a scope is about the encounter of the launch, and there is none")]
    NoEncounter,
}

impl LaunchContext {
    /// Whether it is enough for what is granted: no token that is about *the* patient without a patient.
    ///
    /// # Errors
    /// [`ContextRefusal::NoPatient`], [`ContextRefusal::NoEncounter`]
    pub fn is_enough_for(&self, scopes: &[String]) -> Result<(), ContextRefusal> {
        for scope in scopes.iter().filter_map(|scope| scope.parse().ok()) {
            match scope {
                Scope::Resource(scope) if scope.level == Level::Patient && self.patient.is_none() => {
                    return Err(ContextRefusal::NoPatient);
                }
                Scope::Launch(LaunchScope::Choose { kind, .. }) if kind == "patient" && self.patient.is_none() => {
                    return Err(ContextRefusal::NoPatient);
                }
                Scope::Launch(LaunchScope::Choose { kind, .. }) if kind == "encounter" && self.encounter.is_none() => {
                    return Err(ContextRefusal::NoEncounter);
                }
                Scope::Resource(_) | Scope::Launch(_) | Scope::Identity(_) | Scope::Lasting(_) => {}
            }
        }
        Ok(())
    }
}

/// A launch that was begun in the source's own system, remembered by the hash of its handle.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Launch {
    /// The app that it is for.
    pub client_id: String,
    /// Who is logged in there.
    pub user: String,
    /// What is on the screen.
    pub context: LaunchContext,
    /// In seconds since 1970.
    pub expires: i64,
    /// Whether the app came with it already.
    pub state: LaunchState,
}

/// A launch is good once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum LaunchState {
    /// Not yet.
    Fresh,
    /// It was.
    Used,
}

/// A handle leads to no launch: unknown, over, used before, or somebody else's. Which one is not told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the launch is not known, is over, or is not for this app and this user")]
pub struct NoLaunch;

/// Takes up a launch, for the app and the user that it was begun for. The caller keeps what comes out in place of what
/// came in, in one step, so that of two that come at once one is refused.
///
/// # Errors
/// [`NoLaunch`]
pub fn take_up(launch: Option<Launch>, client_id: &str, user: &str, now: i64) -> Result<Launch, NoLaunch> {
    let launch = launch.ok_or(NoLaunch)?;
    let is_for = launch.client_id == client_id && launch.user == user;
    if !is_for || launch.state == LaunchState::Used || now >= launch.expires {
        return Err(NoLaunch);
    }
    Ok(Launch { state: LaunchState::Used, ..launch })
}

#[cfg(test)]
mod tests {
    use super::{ContextItem, ContextRefusal, LAUNCH_SECS, Launch, LaunchContext, LaunchState, NoLaunch, take_up};
    use serde_json::json;

    fn launch() -> Launch {
        let context = LaunchContext { patient: Some("1".to_owned()), ..LaunchContext::default() };
        let (client_id, user) = ("app".to_owned(), "ada".to_owned());
        Launch { client_id, user, context, expires: LAUNCH_SECS, state: LaunchState::Fresh }
    }

    #[track_caller]
    fn check_enough(context: &LaunchContext, scope: &str, expected: Result<(), ContextRefusal>) {
        assert_eq!(context.is_enough_for(&["openid".to_owned(), scope.to_owned()]), expected, "{scope}");
    }

    /// User, app, use and time in all combinations.
    /// Threat: T13
    #[test]
    fn a_launch_is_taken_up_once_by_its_app_and_its_user_in_time() {
        let mut good = 0;
        for client_id in ["app", "other", ""] {
            for user in ["ada", "bob", ""] {
                for state in [LaunchState::Fresh, LaunchState::Used] {
                    for now in [0, LAUNCH_SECS - 1, LAUNCH_SECS, LAUNCH_SECS + 1] {
                        let taken = take_up(Some(Launch { state, ..launch() }), client_id, user, now);
                        let expected = client_id == "app" && user == "ada" && now < LAUNCH_SECS;
                        let expected = expected && state == LaunchState::Fresh;
                        assert_eq!(taken.is_ok(), expected, "{client_id} {user} {state:?} {now}");
                        good += usize::from(expected);
                    }
                }
            }
        }
        assert_eq!(good, 2);
        assert_eq!(take_up(None, "app", "ada", 0), Err(NoLaunch));
    }

    #[test]
    fn a_launch_that_was_taken_up_is_used() {
        let used = take_up(Some(launch()), "app", "ada", 0).expect("a launch");
        assert_eq!(used.state, LaunchState::Used);
        assert_eq!(take_up(Some(used), "app", "ada", 0), Err(NoLaunch));
    }

    /// Threat: T32
    #[test]
    fn what_is_about_the_patient_needs_one() {
        let nobody = LaunchContext::default();
        for scope in ["patient/*.rs", "patient/Task.read", "launch/patient", "patient/Messaging.write"] {
            check_enough(&nobody, scope, Err(ContextRefusal::NoPatient));
            check_enough(&launch().context, scope, Ok(()));
        }
        check_enough(&nobody, "launch/encounter", Err(ContextRefusal::NoEncounter));
        for scope in ["user/*.rs", "system/*.rs", "launch", "launch/imagingstudy", "thing"] {
            check_enough(&nobody, scope, Ok(()));
        }
    }

    #[test]
    fn what_is_not_there_is_not_told() {
        let item = ContextItem { reference: Some("Task/1".to_owned()), ..ContextItem::default() };
        let context = LaunchContext { need_patient_banner: Some(true), others: vec![item], ..LaunchContext::default() };
        let told = serde_json::to_value(&context).expect("JSON");
        assert_eq!(told, json!({"fhirContext": [{"reference": "Task/1"}], "need_patient_banner": true}));
        assert_eq!(serde_json::from_value::<LaunchContext>(told).expect("a context"), context);
    }
}
