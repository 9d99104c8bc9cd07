//! Numbers of lines as partners see them: who knows its own numbers would know how much others do between them.

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::Mount;

const HALF: usize = 8;

impl Mount {
    /// A number behind a veil: 32 digits, always the same for the same number.
    #[must_use]
    pub fn veiled(&self, number: u64) -> String {
        let tag = self.short(b"tag", number.to_be_bytes());
        let hidden = u64::from_be_bytes(self.short(b"number", tag)) ^ number;
        format!("{:016x}{hidden:016x}", u64::from_be_bytes(tag))
    }

    /// The number behind a veil; nothing for what is none.
    #[must_use]
    pub fn unveiled(&self, text: &str) -> Option<u64> {
        let (tag, hidden) = text.split_at_checked(2 * HALF)?;
        let half = |text: &str| u64::from_str_radix(text, 16).ok().filter(|half| format!("{half:016x}") == text);
        let number = u64::from_be_bytes(self.short(b"number", half(tag)?.to_be_bytes())) ^ half(hidden)?;
        (self.veiled(number) == text).then_some(number)
    }

    fn short(&self, what: &[u8], bytes: [u8; HALF]) -> [u8; HALF] {
        // HMAC takes a secret of any length, so the other branch is never taken
        let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(&self.blind) else { return bytes };
        mac.update(b"line of the audit: ");
        mac.update(what);
        mac.update(&bytes);
        let mut short = [0; HALF];
        short.copy_from_slice(&mac.finalize().into_bytes()[..HALF]);
        short
    }
}

#[cfg(test)]
mod tests {
    use crate::{Dialect, Mode, Mount, ontario::Directory};

    fn mount(blind: u8) -> Mount {
        Mount {
            exchange: "e".into(),
            dialect: Dialect::Ontario,
            mode: Mode::Compat,
            base: String::new(),
            reliable_cache_secs: 0,
            bundle_entries_max: 1,
            directory: Directory::default(),
            blind: [blind; 32],
        }
    }

    #[test]
    fn a_number_comes_back_from_behind_its_own_veil_only() {
        for number in [0, 1, 4711, u64::MAX] {
            let veiled = mount(1).veiled(number);
            assert_eq!((veiled.len(), mount(1).unveiled(&veiled)), (32, Some(number)));
            assert_eq!(mount(2).unveiled(&veiled), None);
            assert_eq!(mount(1).unveiled(&veiled.to_uppercase()).filter(|_| veiled.to_uppercase() != veiled), None);
        }
    }

    #[test]
    fn what_was_never_given_is_no_number() {
        let veiled = mount(1).veiled(7);
        for place in 0..veiled.len() {
            let other = if &veiled[place..=place] == "0" { "1" } else { "0" };
            assert_eq!(mount(1).unveiled(&format!("{}{other}{}", &veiled[..place], &veiled[place + 1..])), None);
        }
        for text in ["", "7", "ü", "+123456789abcdef0123456789abcdef", &veiled[1..]] {
            assert_eq!(mount(1).unveiled(text), None, "{text}");
        }
    }
}
