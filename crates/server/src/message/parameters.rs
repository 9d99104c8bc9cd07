//! The operation's parameters in the query. Source: FHIR R4, `$process-message`; Netsmart, "Process Message Operation".

use baton_exchange::refusal::Refusal;

use crate::http::query::Parameters;

/// Checks `async` and `response-url`. Parameters that the operation does not have are ignored, as anywhere in FHIR.
///
/// # Errors
/// [`Refusal::ParameterInvalid`] for a value of `async` that is no boolean, [`Refusal::AsyncUnsupported`] for `true`,
/// [`Refusal::ResponseUrlWithoutAsync`] for an address nobody would ever call.
pub(super) fn check(query: &Parameters) -> Result<(), Refusal> {
    let said: Vec<&str> = query.iter().filter(|(name, _)| *name == "async").map(|(_, value)| value).collect();
    match said[..] {
        ["true"] => return Err(Refusal::AsyncUnsupported),
        [] | ["false"] => {}
        _ => {
            return Err(Refusal::ParameterInvalid {
                name: "async".to_owned(),
                expected: "true or false, and said once",
            });
        }
    }
    match query.get("response-url") {
        Some(_) => Err(Refusal::ResponseUrlWithoutAsync),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::{Parameters, Refusal, check};

    fn check_query(query: &str, expected: Result<(), Refusal>) {
        assert_eq!(check(&Parameters::parse(query.as_bytes())), expected, "{query}");
    }

    #[test]
    fn what_is_no_boolean_is_refused() {
        for query in ["async=maybe", "async=", "async=TRUE", "async=false&async=true"] {
            let name = "async".to_owned();
            check_query(query, Err(Refusal::ParameterInvalid { name, expected: "true or false, and said once" }));
        }
    }

    #[test]
    fn no_event_is_answered_later() {
        check_query("async=true", Err(Refusal::AsyncUnsupported));
        check_query("async=true&response-url=https://a.example", Err(Refusal::AsyncUnsupported));
    }

    #[test]
    fn a_place_for_a_later_answer_is_refused() {
        check_query("response-url=https://a.example", Err(Refusal::ResponseUrlWithoutAsync));
        check_query("async=false&response-url=https://a.example", Err(Refusal::ResponseUrlWithoutAsync));
    }

    #[test]
    fn other_parameters_are_ignored() {
        for query in ["", "async=false", "_format=xml", "foo=bar"] {
            check_query(query, Ok(()));
        }
    }
}
