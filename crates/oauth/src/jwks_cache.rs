//! When the keys that a client publishes are fetched again, and when not.
//!
//! - Not for longer than the client's `Cache-Control` allows: SMART App Launch 2.2, "Client Authentication: Asymmetric".
//! - A key that is not known is worth a look, but one look in half a minute, whoever asks for it how often.
//! - A look that fails takes nothing away: keys are good for as long as they would have been without it.
//!
//! Keys that their client does not let be kept are fetched again and again, but once a second and no more: who shows tokens that
//! name one of them, good or not, would have them fetched else as often as they like.
//!
//! The caller fetches once at a time for each client, in at most 5 seconds and at most 64 KiB, and lets the others wait. Whoever
//! waited has what came meanwhile.

use crate::jws::KeySet;

/// How long nothing is fetched after a look that failed, or for a key that is not known, in seconds.
pub const COOL_DOWN_SECS: i64 = 30;

/// How long keys are used at least after they were fetched, in seconds, whatever their client says.
pub const PAUSE_SECS: i64 = 1;

/// How long keys are fresh whose client says nothing of it, in seconds.
pub const FRESH_SECS: i64 = 300;

/// How long keys are kept at most, in seconds: whatever the client says, and when it says nothing and cannot be reached.
pub const KEPT_SECS_MAX: i64 = 24 * 3600;

/// What is known of the keys of one client.
#[derive(Clone, Debug, Default)]
pub struct KeyCache {
    held: Option<Held>,
    /// When somebody last looked, and what came of it.
    looked: Option<(i64, Outcome)>,
}

#[derive(Clone, Debug)]
struct Held {
    keys: KeySet,
    /// Until when they are used without another look.
    fresh_until: i64,
    /// Until when they are used where another look failed.
    kept_until: i64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outcome {
    Fetched,
    Failed,
}

/// What is to be done for a token that names a key.
#[derive(Clone, Debug)]
pub enum Next<'c> {
    /// Check it with these.
    Serve(&'c KeySet),
    /// Fetch them, tell the cache, and check with what came, which may be good for this once only.
    Fetch,
    /// Refuse it: there is no such key, or it cannot be had now.
    Refuse,
}

impl KeyCache {
    /// What is to be done for a token that names this key.
    #[must_use]
    pub fn next(&self, kid: &str, now: i64) -> Next<'_> {
        // a clock that was set back does not keep anybody waiting
        let cooling =
            self.looked.filter(|(at, _)| (*at..at + COOL_DOWN_SECS).contains(&now)).map(|(_, outcome)| outcome);
        let held = self.held.as_ref().filter(|held| held.keys.names(kid));
        match (held, cooling) {
            (Some(held), _) if now < held.fresh_until => Next::Serve(&held.keys),
            (Some(held), Some(Outcome::Failed)) if now < held.kept_until => Next::Serve(&held.keys),
            (Some(_), Some(Outcome::Failed)) | (None, Some(_)) => Next::Refuse,
            (Some(_), Some(Outcome::Fetched) | None) | (None, None) => Next::Fetch,
        }
    }

    /// What is known after keys were fetched, with the `Cache-Control` and the `Age` that came with them.
    #[must_use]
    pub fn fetched(keys: KeySet, cache_control: Option<&str>, age: Option<&str>, now: i64) -> KeyCache {
        let age = age.and_then(|age| age.trim().parse::<u32>().ok()).map_or(0, i64::from);
        let held = match cache_control.and_then(allowed_secs) {
            Some(secs) => {
                let until = now + (secs - age).clamp(PAUSE_SECS, KEPT_SECS_MAX);
                Held { keys, fresh_until: until, kept_until: until }
            }
            None => Held { keys, fresh_until: now + FRESH_SECS, kept_until: now + KEPT_SECS_MAX },
        };
        KeyCache { held: Some(held), looked: Some((now, Outcome::Fetched)) }
    }

    /// What is known after keys could not be fetched, or what came was no set of keys. An empty set is one.
    #[must_use]
    pub fn failed(self, now: i64) -> KeyCache {
        KeyCache { looked: Some((now, Outcome::Failed)), ..self }
    }
}

/// How long an answer may be kept, in seconds; nothing when that is not said. What cannot be read allows nothing.
/// Source: RFC 9111, sections 4.2.1 and 5.2.2.
fn allowed_secs(cache_control: &str) -> Option<i64> {
    let secs = cache_control.split(',').filter_map(|directive| {
        let (name, value) = directive.split_once('=').unwrap_or((directive, ""));
        match name.trim().to_ascii_lowercase().as_str() {
            "no-store" | "no-cache" => Some(0),
            "max-age" | "s-maxage" => Some(value.trim().trim_matches('"').parse::<u32>().map_or(0, i64::from)),
            _ => None,
        }
    });
    secs.min()
}

#[cfg(test)]
mod tests {
    use super::{COOL_DOWN_SECS, FRESH_SECS, KEPT_SECS_MAX, KeyCache, Next, PAUSE_SECS};
    use crate::jws::KeySet;
    use baton_testkit::signer::EC;
    use serde_json::json;

    const NOW: i64 = 1_000_000;

    fn keys() -> KeySet {
        KeySet::published(&json!({"keys": [EC.jwk()]}).to_string()).expect("good keys")
    }

    fn fetched(cache_control: Option<&str>) -> KeyCache {
        KeyCache::fetched(keys(), cache_control, None, NOW)
    }

    #[track_caller]
    fn check(cache: &KeyCache, kid: &str, after: i64, expected: &str) {
        let next = match cache.next(kid, NOW + after) {
            Next::Serve(_) => "serve",
            Next::Fetch => "fetch",
            Next::Refuse => "refuse",
        };
        assert_eq!(next, expected, "{kid} after {after} s");
    }

    #[test]
    fn keys_are_fetched_when_they_are_first_needed() {
        check(&KeyCache::default(), "ec", 0, "fetch");
    }

    #[test]
    fn nothing_is_fetched_for_half_a_minute_after_a_failure() {
        let cache = KeyCache::default().failed(NOW);
        check(&cache, "ec", 0, "refuse");
        check(&cache, "ec", COOL_DOWN_SECS - 1, "refuse");
        check(&cache, "ec", COOL_DOWN_SECS, "fetch");
    }

    /// Ten thousand names that nobody has, for five minutes.
    /// Threat: T30
    #[test]
    fn a_storm_of_unknown_names_is_one_look_in_half_a_minute() {
        for cache_control in [None, Some("max-age=60"), Some("no-store")] {
            let mut cache = fetched(cache_control);
            let mut looks = 0;
            for storm in 0..10_000 {
                let now = NOW + storm * 300 / 10_000;
                if let Next::Fetch = cache.next(&format!("nobody-{storm}"), now) {
                    looks += 1;
                    cache = KeyCache::fetched(keys(), cache_control, None, now);
                }
            }
            assert_eq!(looks, 9, "{cache_control:?}");
        }
    }

    /// Threat: T30
    #[test]
    fn a_look_that_fails_takes_no_good_key_away() {
        let cache = fetched(Some("max-age=600"));
        check(&cache, "nobody", COOL_DOWN_SECS, "fetch");
        let cache = cache.failed(NOW + COOL_DOWN_SECS);
        check(&cache, "nobody", COOL_DOWN_SECS + 1, "refuse");
        check(&cache, "ec", COOL_DOWN_SECS + 1, "serve");
        check(&cache, "ec", 599, "serve");
    }

    #[test]
    fn keys_are_used_for_as_long_as_their_client_says_and_no_longer() {
        let cache = fetched(Some("public, max-age=60"));
        check(&cache, "ec", 59, "serve");
        check(&cache, "ec", 60, "fetch");
        let cache = cache.failed(NOW + 60);
        check(&cache, "ec", 61, "refuse");
        check(&cache, "ec", 60 + COOL_DOWN_SECS, "fetch");
    }

    #[test]
    fn keys_of_a_client_that_says_nothing_outlive_its_failures_for_a_day() {
        for silent in [None, Some("public"), Some("must-revalidate")] {
            let cache = fetched(silent);
            check(&cache, "ec", FRESH_SECS - 1, "serve");
            check(&cache, "ec", FRESH_SECS, "fetch");
            check(&cache.clone().failed(NOW + FRESH_SECS), "ec", FRESH_SECS + 1, "serve");
            check(&cache.clone().failed(NOW + KEPT_SECS_MAX - 2), "ec", KEPT_SECS_MAX - 1, "serve");
            check(&cache.failed(NOW + KEPT_SECS_MAX - 1), "ec", KEPT_SECS_MAX, "refuse");
        }
    }

    #[test]
    fn keys_that_may_not_be_kept_are_fetched_each_second_and_no_more_often() {
        for never in
            ["no-store", "no-cache", "max-age=0", "max-age=-1", "max-age=x", "max-age=60, no-store", "MAX-AGE = 0"]
        {
            check(&fetched(Some(never)), "ec", PAUSE_SECS - 1, "serve");
            check(&fetched(Some(never)), "ec", PAUSE_SECS, "fetch");
        }
    }

    #[test]
    fn a_client_takes_back_its_keys_by_publishing_none() {
        let none = KeySet::published(r#"{"keys": []}"#).expect("a set");
        let cache = KeyCache::fetched(none, None, None, NOW);
        check(&cache, "ec", 0, "refuse");
    }

    #[test]
    fn no_client_has_its_keys_kept_for_more_than_a_day() {
        let cache = fetched(Some("max-age=\"4000000000\""));
        check(&cache, "ec", KEPT_SECS_MAX - 1, "serve");
        check(&cache, "ec", KEPT_SECS_MAX, "fetch");
    }

    #[test]
    fn the_shortest_time_counts_and_less_what_is_gone_of_it() {
        check(&fetched(Some("s-maxage=600, max-age=60")), "ec", 60, "fetch");
        let cache = KeyCache::fetched(keys(), Some("max-age=60"), Some("50"), NOW);
        check(&cache, "ec", 9, "serve");
        check(&cache, "ec", 10, "fetch");
    }

    #[test]
    fn a_clock_that_was_set_back_keeps_nobody_waiting() {
        check(&KeyCache::default().failed(NOW), "ec", -1, "fetch");
    }
}
