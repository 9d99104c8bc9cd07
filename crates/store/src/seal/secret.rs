//! Secrets of partners that are needed as they are, to sign what they are told and to ask for tokens: sealed in the database with
//! a key that is made of the secret of the key file. Whoever has a copy of the database alone cannot use them.

use aws_lc_rs::{
    aead::{AES_256_GCM, Aad, NONCE_LEN, Nonce, RandomizedNonceKey},
    hmac,
};
use base64::{Engine, prelude::BASE64_STANDARD};
use baton_exchange::endpoint::{Endpoint, Hidden, Settings};
use zeroize::Zeroize;

use super::layout::KEY_BYTES;
use crate::StoreError;

/// Of what the key is made, besides the secret of the file.
const WORDS: &[u8] = b"baton: secrets of partners";
/// How a sealed text begins. Texts of older versions are not sealed and begin with nothing of the kind.
const MARK: &str = "sealed:";

/// Whether the secrets of an endpoint are sealed: all are, or none is.
pub(crate) fn is_sealed(endpoint: &Endpoint) -> bool {
    endpoint.settings.as_ref().is_some_and(|settings| settings.secret.show().starts_with(MARK))
}

/// Seals and opens the secrets of endpoints.
pub(crate) struct Secrets(RandomizedNonceKey);

impl Secrets {
    pub(super) fn of(mut secret: [u8; KEY_BYTES]) -> Result<Secrets, StoreError> {
        let made = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, &secret), WORDS);
        secret.zeroize();
        let key = RandomizedNonceKey::new(&AES_256_GCM, made.as_ref());
        key.map(Secrets).map_err(|_| StoreError::Bug("a key of the wrong length".into()))
    }

    /// The endpoint as it is kept.
    ///
    /// # Errors
    ///
    /// `Bug` when a text cannot be sealed, which does not happen with texts of this size.
    pub(crate) fn sealed(&self, endpoint: Endpoint) -> Result<Endpoint, StoreError> {
        each(endpoint, |bound, text| self.seal(bound, text))
    }

    /// The endpoint as it was given.
    ///
    /// # Errors
    ///
    /// `Corrupt` when a text was sealed with another key, for another partner or as another secret, or was changed.
    pub(crate) fn opened(&self, endpoint: Endpoint) -> Result<Endpoint, StoreError> {
        each(endpoint, |bound, text| self.open(bound, text))
    }

    fn seal(&self, bound: &str, text: &str) -> Result<String, StoreError> {
        let mut sealed = text.as_bytes().to_vec();
        let nonce = self.0.seal_in_place_append_tag(Aad::from(bound.as_bytes()), &mut sealed);
        let nonce = nonce.map_err(|_| StoreError::Bug("a secret that could not be sealed".into()))?;
        Ok(format!("{MARK}{}", BASE64_STANDARD.encode([nonce.as_ref().as_slice(), &sealed].concat())))
    }

    fn open(&self, bound: &str, kept: &str) -> Result<String, StoreError> {
        let Some(sealed) = kept.strip_prefix(MARK) else { return Ok(kept.to_owned()) };
        let damaged = || StoreError::Corrupt("a secret of a partner that the key file does not open".into());
        let bytes = BASE64_STANDARD.decode(sealed).map_err(|_| damaged())?;
        let (nonce, sealed) = bytes.split_at_checked(NONCE_LEN).ok_or_else(damaged)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| damaged())?;
        let mut sealed = sealed.to_vec();
        let opened = self.0.open_in_place(nonce, Aad::from(bound.as_bytes()), &mut sealed).map_err(|_| damaged())?;
        String::from_utf8(opened.to_vec()).map_err(|_| damaged())
    }
}

/// The endpoint with other texts for its secrets. Each is bound to whose it is and what it is for.
fn each(
    mut endpoint: Endpoint,
    text: impl Fn(&str, &str) -> Result<String, StoreError>,
) -> Result<Endpoint, StoreError> {
    let Some(settings) = &mut endpoint.settings else { return Ok(endpoint) };
    let Settings { token, secret, old_secret, grant, .. } = settings;
    let places = [
        // a secret becomes the old one as it is, so both are bound alike
        ("signing", Some(secret)),
        ("signing", old_secret.as_mut()),
        ("token", token.as_mut()),
        ("grant", grant.as_mut().map(|grant| &mut grant.client_secret)),
    ];
    for (what, place) in places.into_iter().filter_map(|(what, place)| Some((what, place?))) {
        let bound = format!("{}\n{}\n{what}", endpoint.exchange, endpoint.partner);
        *place = Hidden(text(&bound, place.show())?);
    }
    Ok(endpoint)
}

#[cfg(test)]
mod tests {
    use baton_exchange::{endpoint::Flow, time::Timestamp};

    use super::{Endpoint, Hidden, Secrets, Settings};

    fn endpoint(partner: &str) -> Endpoint {
        let settings = Settings {
            url: "https://a.example.org".into(),
            events: vec!["*".into()],
            flow: Flow::Open,
            token: Some(Hidden("a token".into())),
            secret: Hidden("a secret".into()),
            old_secret: None,
            grant: None,
        };
        Endpoint {
            exchange: "e".into(),
            partner: partner.into(),
            serial: 0,
            changed: Timestamp(0),
            settings: Some(settings),
        }
    }

    fn secrets(number: u8) -> Secrets {
        Secrets::of([number; 32]).unwrap()
    }

    #[test]
    fn what_was_sealed_opens_with_the_same_file_only() {
        let sealed = secrets(1).sealed(endpoint("a")).unwrap();
        let text = sealed.settings.as_ref().unwrap().secret.show().to_owned();
        assert!(text.starts_with("sealed:") && !text.contains("secret"), "{text}");
        assert_eq!(secrets(1).opened(sealed.clone()).unwrap(), endpoint("a"));
        assert!(secrets(2).opened(sealed.clone()).is_err());
        assert!(secrets(1).opened(Endpoint { partner: "b".into(), ..sealed }).is_err(), "it is bound to whose it is");
    }

    #[test]
    fn what_older_versions_wrote_is_read_as_it_is() {
        assert_eq!(secrets(1).opened(endpoint("a")).unwrap(), endpoint("a"));
    }

    #[test]
    fn what_was_cut_or_changed_does_not_open() {
        let sealed = secrets(1).sealed(endpoint("a")).unwrap();
        let text = sealed.settings.as_ref().unwrap().secret.show().to_owned();
        for broken in [&text[..text.len() - 4], "sealed:", "sealed:AAAA", "sealed:é"] {
            let mut endpoint = endpoint("a");
            endpoint.settings.as_mut().unwrap().secret = Hidden(broken.to_owned());
            assert!(secrets(1).opened(endpoint).is_err(), "{broken}");
        }
    }
}
