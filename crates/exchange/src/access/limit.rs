//! What the query of a scope asks of a resource.
//!
//! It is decided by the keys under which resources are found, so that a limited scope and a search with the same parameters can
//! never mean different resources. Source: SMART App Launch 2.2, "Finer-grained resource constraints using search parameters".

use baton_fhir::search::{alternatives, parameters};

use crate::{
    resource::IndexKey,
    search::{Parameter, References},
};

/// Conditions that a resource has to fit, all of them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Limit {
    conditions: Vec<Condition>,
}

/// One of them: a resource fits with any of these.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Condition {
    /// Logical ids.
    Ids(Vec<String>),
    /// Keys as they are before an exchange blinds them.
    Keys(Vec<IndexKey>),
}

/// Why a scope cannot be limited so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unlimitable {
    /// It is no scope of resources of one type, or its query is broken.
    Form,
    /// The type is not searched by a parameter, or not without a modifier or a chain.
    Parameter {
        /// Its name.
        name: String,
    },
    /// A parameter has a value that makes no sense.
    Value {
        /// Its name.
        name: String,
        /// What would make sense.
        expected: &'static str,
    },
    /// A resource does not say by itself whether it fits a parameter, where senders' own references are kept.
    Elsewhere {
        /// Its name.
        name: String,
    },
}

impl std::fmt::Display for Unlimitable {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Unlimitable::Form => f.write_str(
                "a scope is limited as in \"system/Task.rs?status=requested\": one type, and after `?` parameters with values",
            ),
            Unlimitable::Parameter { name } => write!(
                f,
                "`{name}` is no parameter that resources of this type are searched by here; scopes can be limited by _id, \
                 identifier, status, category, patient, subject and based-on, without modifiers, where the type has them"
            ),
            Unlimitable::Value { name, expected } => write!(f, "`{name}` has to be {expected}"),
            Unlimitable::Elsewhere { name } => write!(
                f,
                "`{name}` limits nothing where references stay as their sender wrote them: it needs an exchange of the dialect ontario"
            ),
        }
    }
}

impl std::error::Error for Unlimitable {}

impl Limit {
    /// Reads the query of a scope of resources of a type.
    ///
    /// # Errors
    /// [`Unlimitable`] when a parameter cannot be decided by looking at one resource alone: such a scope covers nothing.
    pub fn read(resource_type: &str, query: &str, references: References) -> Result<Limit, Unlimitable> {
        let read = parameters(query).ok_or(Unlimitable::Form)?;
        let conditions = read.into_iter().map(|(name, value)| condition(resource_type, name, &value, references));
        Ok(Limit { conditions: conditions.collect::<Result<_, _>>()? })
    }

    /// Whether a resource fits that is found by these keys.
    #[must_use]
    pub fn fits(&self, id: &str, keys: &[IndexKey]) -> bool {
        self.conditions.iter().all(|condition| match condition {
            Condition::Ids(ids) => ids.iter().any(|one| one == id),
            Condition::Keys(any_of) => any_of.iter().any(|key| keys.contains(key)),
        })
    }

    /// Its conditions.
    #[must_use]
    pub fn conditions(&self) -> &[Condition] {
        &self.conditions
    }

    /// Whether every resource fits.
    #[must_use]
    pub fn is_none(&self) -> bool {
        self.conditions.is_empty()
    }
}

fn condition(resource_type: &str, name: String, value: &str, references: References) -> Result<Condition, Unlimitable> {
    let Some(parameter) = Parameter::of(resource_type, &name) else { return Err(Unlimitable::Parameter { name }) };
    if !parameter.is_said_by_the_resource(references) {
        return Err(Unlimitable::Elsewhere { name });
    }
    if parameter == Parameter::Id {
        let ids: Vec<String> = alternatives(value).into_iter().map(str::to_owned).collect();
        let is_id = |id: &String| baton_fhir::definitions::primitive::is_id(id);
        return match !ids.is_empty() && ids.iter().all(is_id) {
            true => Ok(Condition::Ids(ids)),
            false => Err(Unlimitable::Value { name, expected: parameter.expected() }),
        };
    }
    let keys = parameter.keys(value, None);
    keys.map(Condition::Keys).ok_or_else(|| Unlimitable::Value { name, expected: parameter.expected() })
}

/// Whether a scope is covered by what is decided here: one without a query always is.
///
/// # Errors
/// [`Unlimitable`], which says what is wrong with the query.
pub fn may_limit(scope: &str, references: References) -> Result<(), Unlimitable> {
    let Some((scope, query)) = scope.split_once('?') else { return Ok(()) };
    let subject = scope.split_once('/').and_then(|(_, rest)| rest.split_once('.'));
    let (resource_type, _) = subject.ok_or(Unlimitable::Form)?;
    if matches!(resource_type, "*" | "Messaging") {
        return Err(Unlimitable::Form);
    }
    Limit::read(resource_type, query, references).map(drop)
}

#[cfg(test)]
mod tests {
    use super::{Condition, IndexKey, Limit, References, Unlimitable, may_limit};

    fn name(text: &str) -> String {
        text.to_owned()
    }

    #[track_caller]
    fn check_refused(scope: &str, expected: &Unlimitable) {
        assert_eq!(may_limit(scope, References::Ours).as_ref(), Err(expected), "{scope}");
    }

    /// Threat: T33
    #[test]
    fn what_one_resource_alone_does_not_decide_limits_nothing() {
        for query in ["", "status", "status=", "=a", "status=a&", "status=%4", "status=%FF", "status=a&&_id=1"] {
            check_refused(&format!("system/Task.rs?{query}"), &Unlimitable::Form);
        }
        for parameter in [
            "status:not=a",
            "patient.name=a",
            "patient:Patient.identifier=a",
            "_lastUpdated=ge2020",
            "_count=1",
            "_sort=status",
            "_include=*",
            "_has:Task:patient:status=a",
            "foo=a",
            "status&other=a=b",
        ] {
            let scope = format!("system/Task.rs?status=a&{parameter}");
            let is_refused = may_limit(&scope, References::Ours).is_err();
            assert!(is_refused, "{scope}");
        }
        check_refused("system/*.rs?status=a", &Unlimitable::Form);
        check_refused("system/Messaging.write?status=a", &Unlimitable::Form);
        check_refused("system/Unknown.rs?_id=a", &Unlimitable::Parameter { name: name("_id") });
        check_refused("patient/Patient.rs?status=a", &Unlimitable::Parameter { name: name("status") });
        let expected = "a code without its system";
        check_refused("system/Task.rs?status=a|b", &Unlimitable::Value { name: name("status"), expected });
        check_refused("system/Task.rs?_id=a_b", &Unlimitable::Value { name: name("_id"), expected: "an id" });
        for query in ["patient=1", "based-on=1"] {
            let (parameter, _) = query.split_once('=').expect("a parameter");
            let refused = may_limit(&format!("system/Task.rs?{query}"), References::OfSender);
            assert_eq!(refused, Err(Unlimitable::Elsewhere { name: name(parameter) }));
        }
    }

    #[test]
    fn all_parameters_have_to_fit_and_of_each_one_value() {
        let limit = Limit::read("Task", "status=a,b&status=b,c&identifier=s%7C1&_id=t-1,t-2", References::Ours);
        let limit = limit.expect("a limit");
        assert!(matches!(limit.conditions()[3], Condition::Ids(_)));
        let keys = |codes: &[&str]| -> Vec<IndexKey> {
            let codes = codes.iter().map(|code| IndexKey::status(code));
            codes.chain([IndexKey::identifier("s", "1"), IndexKey::identifier_value("1")]).collect()
        };
        assert!(limit.fits("t-1", &keys(&["b"])) && limit.fits("t-2", &keys(&["b", "x"])));
        for codes in [&["a"][..], &["c"], &["B"], &[]] {
            assert!(!limit.fits("t-1", &keys(codes)), "{codes:?}");
        }
        assert!(!limit.fits("t-3", &keys(&["b"])));
        assert!(!limit.fits("t-1", &[IndexKey::status("b"), IndexKey::identifier("t", "1")]));
    }

    #[test]
    fn a_scope_without_a_query_needs_nothing() {
        for scope in ["system/*.rs", "openid", "tenant/Thing.do"] {
            assert_eq!(may_limit(scope, References::OfSender), Ok(()), "{scope}");
        }
    }

    #[test]
    fn what_is_wrong_is_said_with_what_would_be_right() {
        let words = |scope: &str| may_limit(scope, References::OfSender).expect_err("it is refused").to_string();
        assert!(words("system/Task.rs?foo=1").contains("`foo` is no parameter"));
        assert!(words("system/Task.rs?status=a|b").contains("a code without its system"));
        assert!(words("system/Task.rs?patient=1").contains("ontario"));
        assert!(words("system/*.rs?status=1").contains("system/Task.rs?status=requested"));
    }
}
