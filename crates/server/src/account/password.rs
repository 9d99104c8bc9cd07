//! Passwords, hashed with argon2id so that guessing from a stolen database is slow.
//! Source: OWASP ASVS 5.0, 11.4.2; RFC 9106 (argon2id).

use std::sync::Arc;

use argon2::{Argon2, PasswordHasher, PasswordVerifier, password_hash::phc};
use baton_exchange::access::PasswordHash;
use tokio::{sync::Semaphore, task::spawn_blocking};

use crate::failure::Failure;

/// How many passwords are checked at the same time: each takes a core for a while, and 19 MiB.
pub(crate) const CHECKS_MAX: usize = 2;

/// How many passwords may wait for that. More are not looked at.
pub(crate) const WAITING_MAX: usize = 32;

/// Checks passwords, a few at a time.
pub(crate) struct Passwords {
    places: Arc<Semaphore>,
    /// To be checked, or to wait for it.
    queue: Arc<Semaphore>,
    /// What the password of nobody is compared with, so that it takes as long as that of somebody.
    nobody: PasswordHash,
}

impl Default for Passwords {
    fn default() -> Passwords {
        // of no known text
        let nobody = "$argon2id$v=19$m=19456,t=2,p=1$bm9ib2R5bm9ib2R5$hmYHmYlzdNXQFMHDDxvX6P7TWE1L9V7Fm4KBPoSQ2fI";
        Passwords {
            places: Arc::new(Semaphore::new(CHECKS_MAX)),
            queue: Arc::new(Semaphore::new(CHECKS_MAX + WAITING_MAX)),
            nobody: PasswordHash(nobody.to_owned()),
        }
    }
}

impl Passwords {
    /// Whether this is the password. Without a hash it takes the same time and is not.
    ///
    /// # Errors
    /// A [`Failure`] when it cannot be checked now: [`Failure::Busy`] when too many wait already.
    pub(crate) async fn is_right(&self, hash: Option<&PasswordHash>, password: &str) -> Result<bool, Failure> {
        let queued = self.queue.clone().try_acquire_owned().map_err(|_| Failure::Busy)?;
        let place = self.places.clone().acquire_owned().await.map_err(|_| Failure::Busy)?;
        let (expected, password) = (hash.unwrap_or(&self.nobody).clone(), password.to_owned());
        // who hangs up meanwhile does not end the work, which keeps its place till then
        let checked = spawn_blocking(move || {
            let _places = (queued, place);
            fits(&expected, &password)
        });
        let checked = checked.await;
        let fits = checked.map_err(|_| Failure::Bug("the check of a password did not end".to_owned()))?;
        Ok(fits && hash.is_some())
    }
}

fn fits(expected: &PasswordHash, password: &str) -> bool {
    let Ok(hash) = phc::PasswordHash::new(&expected.0) else { return false };
    Argon2::default().verify_password(password.as_bytes(), &hash).is_ok()
}

/// The hash of a password, with a salt of chance.
///
/// # Errors
/// [`Failure::Bug`] when there is no randomness.
pub(crate) fn hashed(password: &str) -> Result<PasswordHash, Failure> {
    let failed = |what: String| Failure::Bug(format!("a password cannot be hashed: {what}"));
    let mut salt = [0; 16];
    getrandom::fill(&mut salt).map_err(|error| failed(error.to_string()))?;
    let hash: phc::PasswordHash = Argon2::default()
        .hash_password_with_salt(password.as_bytes(), &salt)
        .map_err(|error| failed(error.to_string()))?;
    Ok(PasswordHash(hash.to_string()))
}

#[cfg(test)]
mod tests {
    use std::task::{Context, Waker};

    use super::{CHECKS_MAX, Failure, PasswordHash, Passwords, WAITING_MAX, hashed};

    #[tokio::test]
    async fn only_the_right_password_of_somebody_is_right() {
        let (passwords, hash) = (Passwords::default(), hashed("correct horse").expect("a hash"));
        assert!(hash.0.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{}", hash.0);
        for (hash, password, expected) in [
            (Some(&hash), "correct horse", true),
            (Some(&hash), "correct horse ", false),
            (Some(&hash), "", false),
            (None, "correct horse", false),
            (None, "nobody", false),
            (Some(&PasswordHash("correct horse".to_owned())), "correct horse", false),
        ] {
            assert_eq!(passwords.is_right(hash, password).await.expect("checked"), expected, "{password}");
        }
    }

    /// Threat: T90
    #[tokio::test]
    async fn so_many_passwords_wait_and_no_more() {
        let passwords = Passwords::default();
        let _working = passwords.places.acquire_many(CHECKS_MAX as u32).await.expect("places");
        let waiting = (0..CHECKS_MAX + WAITING_MAX).map(|_| Box::pin(passwords.is_right(None, "x")));
        let mut waiting: Vec<_> = waiting.collect();
        for one in &mut waiting {
            assert!(one.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
        }
        assert!(matches!(passwords.is_right(None, "x").await, Err(Failure::Busy)));
    }

    #[tokio::test]
    async fn two_passwords_are_checked_at_the_same_time_and_others_wait_for_them() {
        let passwords = Passwords::default();
        let one_left = passwords.places.acquire_many(CHECKS_MAX as u32 - 1).await.expect("places");
        assert!(!passwords.is_right(None, "x").await.expect("it is checked at once"));
        let all = passwords.places.acquire().await.expect("a place");
        let mut next = Box::pin(passwords.is_right(None, "x"));
        assert!(next.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
        drop(all);
        assert!(!next.await.expect("it has the place of the other"));
        drop(one_left);
    }

    /// Threat: T90
    #[tokio::test]
    async fn who_hangs_up_gives_no_place_away_while_the_password_is_still_checked() {
        let passwords = Passwords::default();
        let mut one = Box::pin(passwords.is_right(None, "x"));
        assert!(one.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
        drop(one);
        assert_eq!(passwords.places.available_permits(), CHECKS_MAX - 1);
        let _all = passwords.places.acquire_many(CHECKS_MAX as u32).await.expect("it comes back when that has ended");
    }

    #[test]
    fn two_have_two_hashes_of_one_password() {
        assert_ne!(hashed("same").expect("a hash"), hashed("same").expect("a hash"));
    }
}
