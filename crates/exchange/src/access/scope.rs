//! Scopes of SMART that cover resources, in both versions. Source: SMART App Launch 1 and 2, "Scopes for requesting FHIR resources".

use super::{Caller, Limit, Part, Reach};
use crate::search::References;

/// Whose resources a scope is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Level {
    Patient,
    User,
    System,
}

/// What is done to resources, in the words of both versions of scopes.
#[derive(Clone, Copy)]
pub(super) struct Deed {
    /// SMART 1: `read` or `write`.
    pub(super) word: &'static str,
    /// SMART 2.
    pub(super) letter: char,
}

/// How far a caller's scopes reach together, for something that is done to resources of a type; nothing where none covers it.
///
/// A scope with a query counts as far as its query can be decided by looking at one resource, see [`Limit`]; otherwise it covers
/// nothing. What a person lets an app have is never more than their own: a scope of the level `system` is for clients that ask for
/// themselves. Nobody is let in for one patient where there is none (`patient`), or where that is not enough to say yes.
pub(super) fn reach(
    caller: &Caller,
    resource_type: &str,
    deed: Deed,
    patient: Option<&str>,
    references: References,
) -> Option<Reach> {
    let mut parts = Vec::new();
    for scope in &caller.scopes {
        let Some((level, query)) = covering(scope, resource_type, deed) else { continue };
        let patient = match level {
            Level::System if !caller.is_system() => continue,
            Level::Patient if !caller.is_system() => match patient {
                Some(patient) => Some(patient.to_owned()),
                None => continue,
            },
            Level::Patient | Level::User | Level::System => None,
        };
        match (query, &patient) {
            // nothing is wider
            (None, None) => return Some(Reach::All),
            (None, Some(_)) => parts.push(Part { patient, limit: Limit::default() }),
            (Some(query), _) => {
                parts.extend(Limit::read(resource_type, query, references).ok().map(|limit| Part { patient, limit }));
            }
        }
    }
    Reach::of(parts)
}

/// The level and the query of a scope that is about something that is done to resources of a type.
fn covering<'s>(scope: &'s str, resource_type: &str, deed: Deed) -> Option<(Level, Option<&'s str>)> {
    let (scope, query) = match scope.split_once('?') {
        Some((scope, query)) => (scope, Some(query)),
        None => (scope, None),
    };
    let (level, rest) = scope.split_once('/')?;
    let (covered, permission) = rest.split_once('.')?;
    let level = match level {
        "patient" => Level::Patient,
        "user" => Level::User,
        "system" => Level::System,
        _ => return None,
    };
    // types differ in what they are searched by, so a query is about one of them
    let is_about = covered == resource_type || (covered == "*" && query.is_none());
    let permits = match permission {
        "*" => true,
        word if word == deed.word => true,
        letters => is_cruds(letters) && letters.contains(deed.letter),
    };
    (is_about && permits).then_some((level, query))
}

/// The letters of `cruds`, each at most once and in that order.
pub(super) fn is_cruds(letters: &str) -> bool {
    let mut rest = "cruds";
    letters.chars().all(|letter| match rest.split_once(letter) {
        Some((_, after)) => {
            rest = after;
            true
        }
        None => false,
    })
}

#[cfg(test)]
mod tests {
    use super::{Caller, References, is_cruds};
    use crate::access::{Looking, Writing, may_read, may_write};

    /// All words of these letters that are no longer than that.
    fn words(letters: &str, longest: usize) -> Vec<String> {
        let mut all = vec![String::new()];
        let mut last = all.clone();
        for _ in 0..longest {
            last = last.iter().flat_map(|word| letters.chars().map(move |letter| format!("{word}{letter}"))).collect();
            all.extend(last.iter().cloned());
        }
        all
    }

    /// The thirty-two choices of letters, each written down by itself.
    fn choices() -> Vec<String> {
        let chosen = |bits: u32| "cruds".chars().enumerate().filter(move |(at, _)| bits >> at & 1 == 1);
        (0..32).map(|bits| chosen(bits).map(|(_, letter)| letter).collect()).collect()
    }

    /// Threat: T31
    #[test]
    fn of_all_words_of_six_letters_only_the_choices_of_cruds_in_their_order_are_one() {
        let choices = choices();
        let wrong: Vec<String> =
            words("crudsx", 6).into_iter().filter(|word| is_cruds(word) != choices.contains(word)).collect();
        assert!(wrong.is_empty(), "{wrong:?}");
    }

    /// Whatever stands where in a scope, against a list of what covers something.
    /// Threat: T31
    #[test]
    fn a_scope_covers_what_a_list_of_all_good_scopes_says_and_nothing_else() {
        let mut good = Vec::new();
        for level in ["patient", "user", "system"] {
            for name in ["Task", "*"] {
                good.push((format!("{level}/{name}.read"), "rs".to_owned()));
                good.push((format!("{level}/{name}.write"), "cu".to_owned()));
                good.push((format!("{level}/{name}.*"), "crus".to_owned()));
                let letters = choices().into_iter().filter(|letters| !letters.is_empty());
                good.extend(letters.map(|letters| (format!("{level}/{name}.{letters}"), letters)));
            }
        }
        let pieces = [
            "patient", "user", "system", "System", "Task", "task", "*", "/", ".", "read", "write", "rs", "sr", "?", " ",
        ];
        let mut seed: u64 = 0x9e37_79b9_7f4a_7c15;
        let mut draw = |most: usize| {
            seed ^= seed << 13;
            seed ^= seed >> 7;
            seed ^= seed << 17;
            usize::try_from(seed % most as u64).expect("it is small")
        };
        let random = (0..100_000).map(|_| (0..=draw(6)).map(|_| pieces[draw(pieces.len())]).collect::<String>());
        let scopes: Vec<String> = good.iter().map(|(scope, _)| scope.clone()).chain(random).collect();
        for scope in scopes {
            let letters = good.iter().find(|(text, _)| *text == scope).map_or("", |(_, letters)| letters);
            let caller = Caller::system("clinic-a".into(), vec![scope.clone()]);
            let may = [
                may_write(&caller, "Task", Writing::Create, References::Ours).is_ok(),
                may_read(&caller, "Task", Looking::Read, References::Ours).is_ok(),
                may_write(&caller, "Task", Writing::Update, References::Ours).is_ok(),
                may_read(&caller, "Task", Looking::Search, References::Ours).is_ok(),
            ];
            assert_eq!(may, ['c', 'r', 'u', 's'].map(|letter| letters.contains(letter)), "{scope:?}");
        }
    }
}
