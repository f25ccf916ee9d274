//! Ed25519 keys as OpenSSL reads and writes them: PEM around the structures of RFC 8410.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ring::rand::{SecureRandom as _, SystemRandom};
use ring::signature::{ED25519, Ed25519KeyPair, KeyPair as _, UnparsedPublicKey};
use serde::{Deserialize, Serialize};

/// Bytes of a private key, and of a public one.
const LENGTH: usize = 32;
/// What stands before a private key in its `PrivateKeyInfo` (RFC 8410, section 7).
const PRIVATE_HEAD: [u8; 16] = [
    0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20,
];
/// What stands before a public key in its `SubjectPublicKeyInfo` (RFC 8410, section 4).
const PUBLIC_HEAD: [u8; 12] = [
    0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00,
];
const PRIVATE_LABEL: &str = "PRIVATE KEY";
const PUBLIC_LABEL: &str = "PUBLIC KEY";

/// Why a key can't be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// The text is not a key of the kind that is asked for. It is not shown: it may be a secret.
    #[error("no Ed25519 {0} key in PEM (tmfctk keygen makes a pair)")]
    NotAKey(&'static str),
    /// The system gives no random bytes.
    #[error("the system gives no random bytes")]
    Random,
}

/// A private key. It is never shown.
pub struct SigningKey {
    seed: [u8; LENGTH],
    pair: Ed25519KeyPair,
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SigningKey([redacted])")
    }
}

impl SigningKey {
    /// A new key.
    ///
    /// # Errors
    ///
    /// [`KeyError::Random`] where the system gives no random bytes.
    pub fn generate() -> Result<Self, KeyError> {
        let mut seed = [0; LENGTH];
        SystemRandom::new()
            .fill(&mut seed)
            .map_err(|_| KeyError::Random)?;
        Self::from_seed(seed).ok_or(KeyError::Random)
    }

    fn from_seed(seed: [u8; LENGTH]) -> Option<Self> {
        let pair = Ed25519KeyPair::from_seed_unchecked(&seed).ok()?;
        Some(Self { seed, pair })
    }

    /// Reads a private key from its PEM.
    ///
    /// # Errors
    ///
    /// [`KeyError::NotAKey`] where it is none.
    pub fn from_pem(text: &str) -> Result<Self, KeyError> {
        unwrapped(text, PRIVATE_LABEL, &PRIVATE_HEAD)
            .and_then(Self::from_seed)
            .ok_or(KeyError::NotAKey("private"))
    }

    /// The key as PEM: a secret.
    pub fn to_pem(&self) -> String {
        wrapped(PRIVATE_LABEL, &PRIVATE_HEAD, &self.seed)
    }

    /// The public half.
    pub fn public(&self) -> PublicKey {
        let mut key = [0; LENGTH];
        key.copy_from_slice(self.pair.public_key().as_ref());
        PublicKey(key)
    }

    /// The signature over some bytes.
    pub fn sign(&self, bytes: &[u8]) -> Vec<u8> {
        self.pair.sign(bytes).as_ref().to_vec()
    }
}

/// A public key; shown and stored as Base64.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct PublicKey([u8; LENGTH]);

impl PublicKey {
    /// Reads a public key from its PEM.
    ///
    /// # Errors
    ///
    /// [`KeyError::NotAKey`] where it is none.
    pub fn from_pem(text: &str) -> Result<Self, KeyError> {
        unwrapped(text, PUBLIC_LABEL, &PUBLIC_HEAD)
            .map(Self)
            .ok_or(KeyError::NotAKey("public"))
    }

    /// The key as PEM.
    pub fn to_pem(self) -> String {
        wrapped(PUBLIC_LABEL, &PUBLIC_HEAD, &self.0)
    }

    /// Whether the signature over some bytes is this key's.
    pub fn verifies(&self, bytes: &[u8], signature: &[u8]) -> bool {
        UnparsedPublicKey::new(&ED25519, self.0)
            .verify(bytes, signature)
            .is_ok()
    }
}

impl fmt::Display for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&STANDARD.encode(self.0))
    }
}

impl From<PublicKey> for String {
    fn from(key: PublicKey) -> Self {
        key.to_string()
    }
}

impl TryFrom<String> for PublicKey {
    type Error = KeyError;

    fn try_from(text: String) -> Result<Self, KeyError> {
        let bytes = STANDARD.decode(text).ok();
        let key = bytes.and_then(|bytes| bytes.try_into().ok());
        key.map(Self).ok_or(KeyError::NotAKey("public"))
    }
}

fn wrapped(label: &str, head: &[u8], key: &[u8]) -> String {
    let text = STANDARD.encode([head, key].concat());
    format!("-----BEGIN {label}-----\n{text}\n-----END {label}-----\n")
}

fn unwrapped(text: &str, label: &str, head: &[u8]) -> Option<[u8; LENGTH]> {
    let (_, rest) = text.split_once(&format!("-----BEGIN {label}-----"))?;
    let (inner, _) = rest.split_once(&format!("-----END {label}-----"))?;
    let inner: String = inner.split_ascii_whitespace().collect();
    let bytes = STANDARD.decode(inner).ok()?;
    bytes.strip_prefix(head)?.try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signature_is_verified_by_its_public_key_only() {
        let (key, other) = (
            SigningKey::generate().unwrap(),
            SigningKey::generate().unwrap(),
        );
        let signature = key.sign(b"manifest");
        assert!(key.public().verifies(b"manifest", &signature));
        assert!(!key.public().verifies(b"manifests", &signature));
        assert!(!other.public().verifies(b"manifest", &signature));
    }

    #[test]
    fn keys_read_back_from_their_pem_and_their_base64() {
        let key = SigningKey::generate().unwrap();
        let again = SigningKey::from_pem(&key.to_pem()).unwrap();
        assert_eq!(again.public(), key.public());
        assert_eq!(
            PublicKey::from_pem(&key.public().to_pem()),
            Ok(key.public())
        );
        assert_eq!(
            PublicKey::try_from(key.public().to_string()),
            Ok(key.public())
        );
    }

    /// The example key of RFC 8410, section 10.3: the same that OpenSSL reads.
    #[test]
    fn the_known_key_is_read() {
        let pem = "-----BEGIN PRIVATE KEY-----\n\
            MC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC\n\
            -----END PRIVATE KEY-----\n";
        let public = "-----BEGIN PUBLIC KEY-----\n\
            MCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=\n\
            -----END PUBLIC KEY-----\n";
        let key = SigningKey::from_pem(pem).unwrap();
        assert_eq!(key.public().to_pem(), public);
        assert_eq!(key.to_pem(), pem);
    }

    #[test]
    fn an_invalid_key_is_reported_without_its_text() {
        let error = SigningKey::from_pem("hunter2").unwrap_err().to_string();
        assert_eq!(
            error,
            "no Ed25519 private key in PEM (tmfctk keygen makes a pair)"
        );
        let public = SigningKey::generate().unwrap().public().to_pem();
        assert!(SigningKey::from_pem(&public).is_err());
        assert!(
            PublicKey::from_pem("-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----")
                .is_err()
        );
    }
}
