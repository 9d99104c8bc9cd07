//! Scopes of SMART that cover resources, in both versions. Source: SMART App Launch 1 and 2, "Scopes for requesting FHIR resources".

use super::Caller;

/// Whose resources a scope is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Level {
    Patient,
    User,
    System,
}

/// The levels at which a caller's scopes cover something that is done to resources of a type. `permits` looks at what stands
/// behind the dot. Scopes that are narrowed by a query (`?…`) are not understood and so cover nothing.
///
/// What a person lets an app have is never more than their own: a scope of the level `system` is for clients that ask for
/// themselves.
pub(super) fn covering(caller: &Caller, resource_type: &str, permits: impl Fn(&str) -> bool) -> Vec<Level> {
    let covers = |scope: &String| {
        let (level, rest) = scope.split_once('/')?;
        let (covered, permission) = rest.split_once('.')?;
        let level = match level {
            "patient" => Level::Patient,
            "user" => Level::User,
            "system" if caller.is_system() => Level::System,
            _ => return None,
        };
        ((covered == resource_type || covered == "*") && permits(permission)).then_some(level)
    };
    caller.scopes.iter().filter_map(covers).collect()
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
    use super::{Caller, is_cruds};
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
                may_write(&caller, "Task", Writing::Create).is_ok(),
                may_read(&caller, "Task", Looking::Read).is_ok(),
                may_write(&caller, "Task", Writing::Update).is_ok(),
                may_read(&caller, "Task", Looking::Search).is_ok(),
            ];
            assert_eq!(may, ['c', 'r', 'u', 's'].map(|letter| letters.contains(letter)), "{scope:?}");
        }
    }
}
