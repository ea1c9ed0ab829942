//! A software authenticator: it makes passkeys and signs in with them, rightly and wrongly.

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use ring::{
    rand::{SecureRandom, SystemRandom},
    signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair},
};
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

use super::BASE_URL;

/// The flags of authenticator data.
pub(crate) const PRESENT: u8 = 1;
const VERIFIED: u8 = 1 << 2;
pub(crate) const BACKUP_ELIGIBLE: u8 = 1 << 3;
pub(crate) const BACKED_UP: u8 = 1 << 4;
const ATTESTED: u8 = 1 << 6;

enum Key {
    P256(EcdsaKeyPair),
    Ed25519(Ed25519KeyPair),
}

/// An authenticator with one passkey.
pub(crate) struct Authenticator {
    key: Key,
    credential_id: [u8; 16],
    pub(crate) aaguid: [u8; 16],
}

/// What the authenticator and its browser say; each field can be wrong.
#[derive(Clone)]
pub(crate) struct Answer {
    pub(crate) kind: &'static str,
    pub(crate) challenge: String,
    pub(crate) origin: String,
    pub(crate) rp_id: String,
    pub(crate) flags: u8,
    pub(crate) counter: u32,
    /// Further fields of the client data.
    pub(crate) client_data: Map<String, Value>,
}

impl Answer {
    /// The right answer to creation options.
    pub(crate) fn creation(options: &Value) -> Self {
        Self::new("webauthn.create", options, &options["rp"]["id"])
    }

    /// The right answer to request options.
    pub(crate) fn request(options: &Value) -> Self {
        Self::new("webauthn.get", options, &options["rpId"])
    }

    fn new(kind: &'static str, options: &Value, rp_id: &Value) -> Self {
        Self {
            kind,
            challenge: options["challenge"].as_str().unwrap().to_owned(),
            origin: BASE_URL.to_owned(),
            rp_id: rp_id.as_str().unwrap().to_owned(),
            flags: PRESENT | VERIFIED,
            counter: 0,
            client_data: Map::new(),
        }
    }

    fn client_data(&self) -> Vec<u8> {
        let mut data = json!({
            "type": self.kind, "challenge": self.challenge, "origin": self.origin,
            "crossOrigin": false,
        });
        data.as_object_mut().unwrap().extend(self.client_data.clone());
        data.to_string().into_bytes()
    }

    fn authenticator_data(&self, flags: u8, attested: &[u8]) -> Vec<u8> {
        let hash = Sha256::digest(&self.rp_id);
        [&hash[..], &[self.flags | flags], &self.counter.to_be_bytes(), attested].concat()
    }
}

impl Authenticator {
    /// An authenticator whose key is on P-256.
    pub(crate) fn new() -> Self {
        let random = SystemRandom::new();
        let algorithm = &ECDSA_P256_SHA256_ASN1_SIGNING;
        let der = EcdsaKeyPair::generate_pkcs8(algorithm, &random).unwrap();
        let key = EcdsaKeyPair::from_pkcs8(algorithm, der.as_ref(), &random).unwrap();
        Self::with(Key::P256(key))
    }

    /// An authenticator whose key is for Ed25519.
    pub(crate) fn ed25519() -> Self {
        let der = Ed25519KeyPair::generate_pkcs8(&SystemRandom::new()).unwrap();
        Self::with(Key::Ed25519(Ed25519KeyPair::from_pkcs8(der.as_ref()).unwrap()))
    }

    fn with(key: Key) -> Self {
        let mut credential_id = [0; 16];
        SystemRandom::new().fill(&mut credential_id).unwrap();
        Self { key, credential_id, aaguid: [0; 16] }
    }

    /// An authenticator that gives its own passkey the id of another one.
    pub(crate) fn with_id_of(self, other: &Self) -> Self {
        Self { credential_id: other.credential_id, ..self }
    }

    pub(crate) fn credential_id(&self) -> String {
        encode(&self.credential_id)
    }

    /// The public key in COSE.
    pub(crate) fn cose(&self) -> Vec<u8> {
        match &self.key {
            Key::P256(key) => {
                let (x, y) = key.public_key().as_ref()[1..].split_at(32);
                [&b"\xa5\x01\x02\x03\x26\x20\x01\x21\x58\x20"[..], x, b"\x22\x58\x20", y].concat()
            }
            Key::Ed25519(key) => {
                let x = key.public_key().as_ref();
                [&b"\xa4\x01\x01\x03\x27\x20\x06\x21\x58\x20"[..], x].concat()
            }
        }
    }

    fn sign(&self, authenticator_data: &[u8], client_data: &[u8]) -> Vec<u8> {
        let signed = [authenticator_data, &Sha256::digest(client_data)].concat();
        match &self.key {
            Key::P256(key) => key.sign(&SystemRandom::new(), &signed).unwrap().as_ref().to_vec(),
            Key::Ed25519(key) => key.sign(&signed).as_ref().to_vec(),
        }
    }

    /// A new passkey, without attestation.
    pub(crate) fn attest(&self, answer: &Answer) -> Value {
        self.attestation(answer, |_, _| b"\x64none\x67attStmt\xa0".to_vec())
    }

    /// A new passkey with an attestation by its own key, or by that of `signer`.
    pub(crate) fn self_attest(&self, answer: &Answer, signer: &Self) -> Value {
        self.attestation(answer, |authenticator_data, client_data| {
            let signature = signer.sign(authenticator_data, client_data);
            let algorithm: &[u8] = match &self.key {
                Key::P256(_) => b"\x26",
                Key::Ed25519(_) => b"\x27",
            };
            let head = b"\x66packed\x67attStmt\xa2\x63alg";
            [&head[..], algorithm, b"\x63sig", &byte_string(&signature)].concat()
        })
    }

    fn attestation(&self, answer: &Answer, statement: impl Fn(&[u8], &[u8]) -> Vec<u8>) -> Value {
        let id = [&[0, 16][..], &self.credential_id].concat();
        let attested = [&self.aaguid[..], &id, &self.cose()].concat();
        let data = answer.authenticator_data(ATTESTED, &attested);
        let client_data = answer.client_data();
        let statement = statement(&data, &client_data);
        let object = [&b"\xa3\x63fmt"[..], &statement, b"\x68authData", &byte_string(&data)];
        self.response(&json!({
            "clientDataJSON": encode(&client_data), "attestationObject": encode(&object.concat()),
            "transports": ["internal", "hybrid"],
        }))
    }

    /// A proof that the authenticator has its passkey.
    pub(crate) fn assert(&self, answer: &Answer) -> Value {
        let (data, client_data) = (answer.authenticator_data(0, &[]), answer.client_data());
        self.response(&json!({
            "clientDataJSON": encode(&client_data), "authenticatorData": encode(&data),
            "signature": encode(&self.sign(&data, &client_data)), "userHandle": "dXNlcg",
        }))
    }

    fn response(&self, response: &Value) -> Value {
        let id = self.credential_id();
        json!({ "id": id, "rawId": id, "type": "public-key", "response": response })
    }
}

fn encode(bytes: &[u8]) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(bytes)
}

/// A byte string in CBOR.
fn byte_string(bytes: &[u8]) -> Vec<u8> {
    let length = u16::try_from(bytes.len()).unwrap().to_be_bytes();
    let head: &[u8] = match length {
        [0, short] if short < 24 => &[0x40 | short],
        [0, long] => &[0x58, long],
        [high, low] => &[0x59, high, low],
    };
    [head, bytes].concat()
}
