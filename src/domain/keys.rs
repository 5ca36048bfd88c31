//! Keys derived from the instance key, which is never in the database: what they seal or sign is worthless to somebody
//! who has a copy of the database only.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use ring::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use ring::hkdf::{HKDF_SHA256, Salt};
use ring::hmac;

use crate::error::{Error, Result};

/// Keys of this installation.
#[derive(Clone)]
pub struct Keys {
    seal: LessSafeKey,
    messages: hmac::Key,
}

impl std::fmt::Debug for Keys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Keys").finish_non_exhaustive()
    }
}

impl Keys {
    /// The keys that follow from an instance key.
    pub fn derive(instance_key: &[u8; 32]) -> Result<Self> {
        let secret = Salt::new(HKDF_SHA256, b"ferrodesk").extract(instance_key);
        let expand = |purpose: &[u8]| {
            let mut key = [0_u8; 32];
            secret
                .expand(&[purpose], HKDF_SHA256)
                .and_then(|material| material.fill(&mut key))
                .map(|()| key)
                .map_err(|_| Error::internal("a key cannot be derived"))
        };
        let seal = UnboundKey::new(&AES_256_GCM, &expand(b"seal v1")?)
            .map_err(|_| Error::internal("a key cannot be used"))?;
        Ok(Self {
            seal: LessSafeKey::new(seal),
            messages: hmac::Key::new(hmac::HMAC_SHA256, &expand(b"messages v1")?),
        })
    }

    /// Encrypt a secret for the database. `purpose` says what it is, such as `mailbox password`: sealed for one
    /// purpose it opens for no other.
    pub fn seal(&self, purpose: &str, secret: &str) -> Result<String> {
        let mut nonce = [0_u8; NONCE_LEN];
        getrandom::fill(&mut nonce).map_err(Error::internal)?;
        let mut text = secret.as_bytes().to_vec();
        self.seal
            .seal_in_place_append_tag(
                Nonce::assume_unique_for_key(nonce),
                Aad::from(purpose.as_bytes()),
                &mut text,
            )
            .map_err(|_| Error::internal("a secret cannot be sealed"))?;
        let mut sealed = nonce.to_vec();
        sealed.append(&mut text);
        Ok(BASE64_STANDARD.encode(sealed))
    }

    /// What [`Keys::seal`] sealed. None: it was sealed under another instance key, or for another purpose.
    #[must_use]
    pub fn open(&self, purpose: &str, sealed: &str) -> Option<String> {
        let bytes = BASE64_STANDARD.decode(sealed).ok()?;
        let (nonce, text) = bytes.split_first_chunk::<NONCE_LEN>()?;
        let mut text = text.to_vec();
        let opened = self
            .seal
            .open_in_place(
                Nonce::assume_unique_for_key(*nonce),
                Aad::from(purpose.as_bytes()),
                &mut text,
            )
            .ok()?;
        String::from_utf8(opened.to_vec()).ok()
    }

    /// The signature of a message of ours: the first 16 bytes of an HMAC-SHA256.
    #[must_use]
    pub fn sign(&self, message: &str) -> [u8; 16] {
        let tag = hmac::sign(&self.messages, message.as_bytes());
        tag.as_ref()
            .first_chunk::<16>()
            .copied()
            .unwrap_or_default()
    }

    /// Whether [`Keys::sign`] gave this signature; compared in constant time.
    #[must_use]
    pub fn signed(&self, message: &str, signature: &[u8]) -> bool {
        // Both are signed once more, so that how far they agree cannot be told from the time it takes.
        let expected = hmac::sign(&self.messages, &self.sign(message));
        hmac::verify(&self.messages, signature, expected.as_ref()).is_ok()
    }
}

#[cfg(test)]
mod tests {
    use super::Keys;

    #[test]
    fn a_sealed_secret_opens_for_its_purpose_and_key_only() {
        let keys = Keys::derive(&[7; 32]).unwrap();
        let sealed = keys.seal("mailbox password", "pässword").unwrap();
        assert!(!sealed.contains("word"));
        assert_ne!(sealed, keys.seal("mailbox password", "pässword").unwrap());
        assert_eq!(
            keys.open("mailbox password", &sealed).as_deref(),
            Some("pässword")
        );
        assert_eq!(keys.open("webhook secret", &sealed), None);
        let others = Keys::derive(&[8; 32]).unwrap();
        assert_eq!(others.open("mailbox password", &sealed), None);
        assert_eq!(keys.open("mailbox password", "nonsense"), None);
        assert_eq!(keys.open("mailbox password", ""), None);
    }

    #[test]
    fn a_signature_holds_for_its_message_only() {
        let keys = Keys::derive(&[7; 32]).unwrap();
        let signature = keys.sign("a");
        assert!(keys.signed("a", &signature));
        assert!(!keys.signed("b", &signature));
        assert!(!keys.signed("a", &signature[..8]));
        assert!(!keys.signed("a", &[]));
    }
}
