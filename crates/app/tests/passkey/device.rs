//! A device that makes passkeys and answers with them: ES256, no attestation (Web Authentication, sections 6.1, 6.5, 8.7).

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::rand::{SecureRandom, SystemRandom};
use ring::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

/// Somebody touched it.
const PRESENT: u8 = 1;
/// It asked for the finger, the face or its code.
const VERIFIED: u8 = 1 << 2;
/// A new key follows.
const NEW_KEY: u8 = 1 << 6;

/// A passkey on a device.
pub(crate) struct Device {
    pair: EcdsaKeyPair,
    id: [u8; 16],
    /// Whose passkey it is, as the site said.
    user: String,
    /// The beginning of the address the browser shows.
    pub(crate) origin: String,
    /// Uses so far.
    pub(crate) uses: u32,
    /// Whether it asks for the finger before it answers.
    pub(crate) asks: bool,
}

fn written(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

impl Device {
    /// Makes a passkey as the site asks; with the answer for the site.
    pub(crate) fn make(origin: &str, options: &Value) -> (Self, String) {
        let random = SystemRandom::new();
        let scheme = &ECDSA_P256_SHA256_ASN1_SIGNING;
        let pkcs8 = EcdsaKeyPair::generate_pkcs8(scheme, &random).expect("a key");
        let pair = EcdsaKeyPair::from_pkcs8(scheme, pkcs8.as_ref(), &random).expect("its own key");
        let mut id = [0_u8; 16];
        random.fill(&mut id).expect("random");
        let user = options["user"]["id"].as_str().expect("a user").to_owned();
        let device = Self { pair, id, user, origin: origin.to_owned(), uses: 0, asks: true };
        let answer = device.made(options);
        (device, answer)
    }

    fn made(&self, options: &Value) -> String {
        let mut data = self.data(options["rp"]["id"].as_str().expect("a host"), NEW_KEY);
        data.extend([0_u8; 16]); // no kind of device is named
        data.extend([0, 16]);
        data.extend(self.id);
        data.extend(self.public_key());
        // {"fmt": "none", "attStmt": {}, "authData": data} in CBOR
        let mut object = b"\xa3\x63fmt\x64none\x67attStmt\xa0\x68authData\x58".to_vec();
        object.push(u8::try_from(data.len()).expect("less than 256 bytes"));
        object.extend(data);
        let response = json!({
            "attestationObject": written(&object),
            "clientDataJSON": written(self.client("webauthn.create", options).as_bytes()),
        });
        self.sent(&response)
    }

    /// Answers a login.
    pub(crate) fn answer(&mut self, options: &Value) -> String {
        self.uses += 1;
        let client = self.client("webauthn.get", options);
        let data = self.data(options["rpId"].as_str().expect("a host"), 0);
        let signed = [&data[..], &Sha256::digest(client.as_bytes())[..]].concat();
        let signature = self.pair.sign(&SystemRandom::new(), &signed).expect("signs");
        let response = json!({
            "authenticatorData": written(&data),
            "clientDataJSON": written(client.as_bytes()),
            "signature": written(signature.as_ref()),
            "userHandle": self.user,
        });
        self.sent(&response)
    }

    fn sent(&self, response: &Value) -> String {
        let id = written(&self.id);
        json!({"id": id, "rawId": id, "type": "public-key", "response": response, "extensions": {}})
            .to_string()
    }

    fn client(&self, kind: &str, options: &Value) -> String {
        json!({"type": kind, "challenge": options["challenge"], "origin": self.origin, "crossOrigin": false})
            .to_string()
    }

    fn data(&self, host: &str, flags: u8) -> Vec<u8> {
        let verified = if self.asks { VERIFIED } else { 0 };
        let mut data = Sha256::digest(host.as_bytes()).to_vec();
        data.push(flags | PRESENT | verified);
        data.extend(self.uses.to_be_bytes());
        data
    }

    /// {1: 2 (EC2), 3: -7 (ES256), -1: 1 (P-256), -2: x, -3: y} in CBOR.
    fn public_key(&self) -> Vec<u8> {
        // 0x04, then both coordinates
        let point = self.pair.public_key().as_ref();
        let mut key = b"\xa5\x01\x02\x03\x26\x20\x01\x21\x58\x20".to_vec();
        key.extend(&point[1..33]);
        key.extend(b"\x22\x58\x20");
        key.extend(&point[33..65]);
        key
    }
}
