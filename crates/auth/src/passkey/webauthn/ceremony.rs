//! The checks of both ceremonies.

use super::{
    attestation::AttestationObject,
    authenticator_data::{AuthenticatorData, Flags, signed},
    client_data::ClientData,
    cose::public_key,
    credential::Credential,
    expected::{Expected, Refused},
};

/// The maximum length of a credential's id in bytes (section 7.1).
const MAX_CREDENTIAL_ID_LEN: usize = 1_023;

/// A new credential.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::passkey) struct NewCredential {
    pub(in crate::passkey) id: Vec<u8>,
    /// The public key in COSE.
    pub(in crate::passkey) public_key: Vec<u8>,
    pub(in crate::passkey) counter: u32,
    /// The model of the authenticator; zeros if it tells none.
    pub(in crate::passkey) aaguid: [u8; 16],
    /// Whether the credential may exist on several devices.
    pub(in crate::passkey) is_multi_device: bool,
    pub(in crate::passkey) is_backed_up: bool,
}

/// A checked response of a sign-in.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::passkey) struct Assertion {
    pub(in crate::passkey) counter: u32,
    /// Whether the authenticator verified its user.
    pub(in crate::passkey) user_verified: bool,
}

/// Checks a response to creation options.
pub(in crate::passkey) fn verify_registration(
    credential: &Credential,
    expected: Expected<'_>,
) -> Result<NewCredential, Refused> {
    credential.check()?;
    let client_data = credential.client_data()?;
    ClientData::parse(&client_data)?.check("webauthn.create", expected)?;
    let object = credential.attestation_object()?;
    let object = AttestationObject::parse(&object)?;
    let data = AuthenticatorData::parse(object.authenticator_data)?;
    check_data(&data, expected)?;
    let attested = data.attested.ok_or(Refused::Check("no credential"))?;
    let key = public_key(attested.public_key).ok_or(Refused::Check("unknown public key"))?;
    if attested.id.is_empty() || attested.id.len() > MAX_CREDENTIAL_ID_LEN {
        return Err(Refused::Check("credential id of another length"));
    }
    object.check(&key, &client_data)?;
    Ok(NewCredential {
        id: attested.id.to_vec(),
        public_key: attested.public_key.to_vec(),
        counter: data.counter,
        aaguid: *attested.aaguid,
        is_multi_device: data.flags.is_set(Flags::BACKUP_ELIGIBLE),
        is_backed_up: data.flags.is_set(Flags::BACKUP_STATE),
    })
}

/// Checks a response to request options with the credential's stored key (COSE) and counter.
pub(in crate::passkey) fn verify_assertion(
    credential: &Credential,
    expected: Expected<'_>,
    stored_key: &[u8],
    stored_counter: u32,
) -> Result<Assertion, Refused> {
    credential.check()?;
    let client_data = credential.client_data()?;
    ClientData::parse(&client_data)?.check("webauthn.get", expected)?;
    let (bytes, signature) = (credential.authenticator_data()?, credential.signature()?);
    let data = AuthenticatorData::parse(&bytes)?;
    check_data(&data, expected)?;
    let counter = data.counter;
    if (counter > 0 || stored_counter > 0) && counter <= stored_counter {
        return Err(Refused::Check("the counter did not increase"));
    }
    let key = public_key(stored_key).ok_or(Refused::Check("unknown stored key"))?;
    if !key.verifies(&signed(&bytes, &client_data), &signature) {
        return Err(Refused::Signature);
    }
    Ok(Assertion { counter, user_verified: data.flags.is_set(Flags::USER_VERIFIED) })
}

/// The checks of authenticator data that both ceremonies have.
fn check_data(data: &AuthenticatorData<'_>, expected: Expected<'_>) -> Result<(), Refused> {
    let AuthenticatorData { rp_id_hash, flags, .. } = data;
    if **rp_id_hash != crypto::sha256(expected.rp_id.as_bytes()) {
        return Err(Refused::Check("another relying party"));
    }
    if !flags.is_set(Flags::USER_PRESENT) {
        return Err(Refused::Check("no user present"));
    }
    if expected.user_verification && !flags.is_set(Flags::USER_VERIFIED) {
        return Err(Refused::Check("user not verified"));
    }
    if flags.is_set(Flags::BACKUP_STATE) && !flags.is_set(Flags::BACKUP_ELIGIBLE) {
        return Err(Refused::Check("backed up, but not eligible for backup"));
    }
    Ok(())
}
