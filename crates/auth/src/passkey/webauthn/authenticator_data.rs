//! Authenticator data (section 6.1): what the authenticator signs.

use super::{cbor::Reader, expected::Refused};

/// The flags.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Flags(u8);

impl Flags {
    pub(super) const USER_PRESENT: u8 = 1;
    pub(super) const USER_VERIFIED: u8 = 1 << 2;
    pub(super) const BACKUP_ELIGIBLE: u8 = 1 << 3;
    pub(super) const BACKUP_STATE: u8 = 1 << 4;
    const ATTESTED_CREDENTIAL: u8 = 1 << 6;
    const EXTENSIONS: u8 = 1 << 7;

    pub(super) fn is_set(self, flag: u8) -> bool {
        self.0 & flag != 0
    }
}

/// Authenticator data. The values of extensions are skipped.
pub(super) struct AuthenticatorData<'b> {
    pub(super) rp_id_hash: &'b [u8; 32],
    pub(super) flags: Flags,
    pub(super) counter: u32,
    pub(super) attested: Option<AttestedCredential<'b>>,
}

/// The new credential of a registration.
pub(super) struct AttestedCredential<'b> {
    pub(super) aaguid: &'b [u8; 16],
    pub(super) id: &'b [u8],
    /// In COSE.
    pub(super) public_key: &'b [u8],
}

impl<'b> AuthenticatorData<'b> {
    /// Refuses data with bytes after their end.
    pub(super) fn parse(bytes: &'b [u8]) -> Result<Self, Refused> {
        Self::read(bytes).ok_or(Refused::Check("malformed authenticator data"))
    }

    fn read(bytes: &'b [u8]) -> Option<Self> {
        let (rp_id_hash, rest) = bytes.split_first_chunk()?;
        let (&flags, rest) = rest.split_first()?;
        let (counter, rest) = rest.split_first_chunk()?;
        let (flags, counter) = (Flags(flags), u32::from_be_bytes(*counter));
        let (attested, rest) = if flags.is_set(Flags::ATTESTED_CREDENTIAL) {
            let (attested, rest) = AttestedCredential::read(rest)?;
            (Some(attested), rest)
        } else {
            (None, rest)
        };
        let mut reader = Reader::new(rest);
        if flags.is_set(Flags::EXTENSIONS) {
            reader.skip_map()?;
        }
        reader.rest().is_empty().then_some(Self { rp_id_hash, flags, counter, attested })
    }
}

impl<'b> AttestedCredential<'b> {
    /// Returns the credential and the bytes after it.
    fn read(bytes: &'b [u8]) -> Option<(Self, &'b [u8])> {
        let (aaguid, rest) = bytes.split_first_chunk()?;
        let (length, rest) = rest.split_first_chunk()?;
        let (id, rest) = rest.split_at_checked(u16::from_be_bytes(*length).into())?;
        let mut reader = Reader::new(rest);
        let public_key = reader.skip_map()?;
        Some((Self { aaguid, id, public_key }, reader.rest()))
    }
}

/// What authenticators sign.
pub(super) fn signed(authenticator_data: &[u8], client_data: &[u8]) -> Vec<u8> {
    [authenticator_data, &crypto::sha256(client_data)].concat()
}
