//! Random values, hashes and signatures.

use crate::error::{Error, Result};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use rand::TryRng;
use sha2::{Digest, Sha256};
use std::path::Path;

/// The server's secret, from which signatures of tickets and links are made.
#[derive(Clone)]
pub struct Secret(Vec<u8>);

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret(…)")
    }
}

impl Secret {
    /// The secret of the settings, or the one kept in `file`, made at the first start.
    ///
    /// # Errors
    /// A secret shorter than 32 characters, or a file that cannot be read or written.
    pub fn load(setting: &str, file: &Path) -> Result<Self> {
        if !setting.is_empty() {
            if setting.len() < 32 {
                return Err(Error::fault("settings: secret must have at least 32 characters"));
            }
            return Ok(Self(setting.as_bytes().to_vec()));
        }
        if let Ok(text) = std::fs::read_to_string(file) {
            return Ok(Self(text.trim().as_bytes().to_vec()));
        }
        let made = random_token();
        std::fs::write(file, &made).map_err(Error::fault)?;
        Ok(Self(made.into_bytes()))
    }

    /// 256 bits for a purpose, the same as long as the secret is.
    pub(crate) fn derive(&self, purpose: &str) -> [u8; 32] {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.0).expect("HMAC takes keys of any length");
        mac.update(b"derive\0");
        mac.update(purpose.as_bytes());
        mac.finalize().into_bytes().into()
    }

    /// A signature over a purpose and a text, 128 bits, URL-safe.
    pub fn sign(&self, purpose: &str, text: &str) -> String {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.0).expect("HMAC takes keys of any length");
        mac.update(purpose.as_bytes());
        mac.update(&[0]);
        mac.update(text.as_bytes());
        URL_SAFE_NO_PAD.encode(&mac.finalize().into_bytes()[..16])
    }

    /// Whether a signature is ours, compared in constant time.
    pub fn verifies(&self, purpose: &str, text: &str, signature: &str) -> bool {
        let ours = self.sign(purpose, text);
        ours.len() == signature.len()
            && ours.bytes().zip(signature.bytes()).fold(0, |different, (a, b)| different | (a ^ b)) == 0
    }
}

/// 256 random bits from the operating system, URL-safe.
pub fn random_token() -> String {
    let mut bytes = [0_u8; 32];
    rand::rngs::SysRng.try_fill_bytes(&mut bytes).expect("the operating system has randomness");
    URL_SAFE_NO_PAD.encode(bytes)
}

/// Letters and digits that nobody mistakes for another when typing them from paper.
const ALPHABET: &[u8; 32] = b"23456789ABCDEFGHJKLMNPQRSTUVWXYZ";

/// So many random letters and digits to type from paper, five bits each; at most 32.
pub fn random_code(letters: usize) -> String {
    let digest = Sha256::digest(random_token());
    digest.iter().take(letters).map(|byte| char::from(ALPHABET[usize::from(byte % 32)])).collect()
}

/// SHA-256 in hexadecimal, for cookie values, links and files.
pub fn sha256_hex(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        text.push(char::from_digit(u32::from(byte >> 4), 16).unwrap_or('0'));
        text.push(char::from_digit(u32::from(byte & 15), 16).unwrap_or('0'));
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signature_holds_for_its_purpose_and_text_only() {
        let secret = Secret(b"0123456789abcdef0123456789abcdef".to_vec());
        let signature = secret.sign("ticket", "a");
        assert!(secret.verifies("ticket", "a", &signature));
        assert!(!secret.verifies("ticket", "b", &signature));
        assert!(!secret.verifies("link", "a", &signature));
        assert!(!secret.verifies("ticket", "a", ""));
    }

    #[test]
    fn codes_are_short_differ_and_have_no_letters_that_look_alike() {
        let (one, other) = (random_code(10), random_code(10));
        assert_eq!(one.len(), 10);
        assert_ne!(one, other);
        assert!(!one.contains(['0', '1', 'I', 'O']), "{one}");
    }

    #[test]
    fn tokens_differ() {
        assert_ne!(random_token(), random_token());
    }
}
