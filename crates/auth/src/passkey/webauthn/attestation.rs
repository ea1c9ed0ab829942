//! Attestation objects (section 6.5): the authenticator data of a new credential, and a statement
//! about the authenticator.

use crypto::PublicKey;

use super::{
    authenticator_data::{AuthenticatorData, signed},
    cbor::Reader,
    cose::algorithm,
    expected::Refused,
};

const MALFORMED: Refused = Refused::Check("malformed attestation object");

/// An attestation object.
pub(super) struct AttestationObject<'b> {
    pub(super) authenticator_data: &'b [u8],
    format: &'b str,
    /// A map in CBOR.
    statement: &'b [u8],
}

impl<'b> AttestationObject<'b> {
    pub(super) fn parse(bytes: &'b [u8]) -> Result<Self, Refused> {
        Self::read(bytes).ok_or(MALFORMED)
    }

    fn read(bytes: &'b [u8]) -> Option<Self> {
        let mut reader = Reader::new(bytes);
        let (mut format, mut statement, mut authenticator_data) = (None, None, None);
        for _ in 0..reader.map()? {
            let is_new = match reader.text()? {
                "fmt" => format.replace(reader.text()?).is_none(),
                "attStmt" => statement.replace(reader.skip_map()?).is_none(),
                "authData" => authenticator_data.replace(reader.bytes()?).is_none(),
                _ => reader.skip().is_some(),
            };
            if !is_new {
                return None;
            }
        }
        let (format, statement) = (format?, statement?);
        Some(Self { authenticator_data: authenticator_data?, format, statement })
    }

    /// Checks the statement. `none` is empty; `packed` without certificates is a signature by the
    /// credential's own key. No other format is known, as none is requested.
    pub(super) fn check(&self, key: &PublicKey, client_data: &[u8]) -> Result<(), Refused> {
        match self.format {
            "none" if Reader::new(self.statement).map() == Some(0) => Ok(()),
            "packed" => self.check_packed(key, client_data),
            _ => Err(Refused::Check("unknown attestation")),
        }
    }

    fn check_packed(&self, key: &PublicKey, client_data: &[u8]) -> Result<(), Refused> {
        let statement = PackedStatement::read(self.statement).ok_or(MALFORMED)?;
        let data = AuthenticatorData::parse(self.authenticator_data)?;
        let own = data.attested.and_then(|attested| algorithm(attested.public_key));
        if statement.has_certificates || own != Some(statement.algorithm) {
            return Err(Refused::Check("unknown attestation"));
        }
        if key.verifies(&signed(self.authenticator_data, client_data), statement.signature) {
            Ok(())
        } else {
            Err(Refused::Signature)
        }
    }
}

/// The statement of the format `packed`.
struct PackedStatement<'b> {
    algorithm: i64,
    signature: &'b [u8],
    has_certificates: bool,
}

impl<'b> PackedStatement<'b> {
    fn read(bytes: &'b [u8]) -> Option<Self> {
        let mut reader = Reader::new(bytes);
        let (mut algorithm, mut signature, mut has_certificates) = (None, None, false);
        for _ in 0..reader.map()? {
            match reader.text()? {
                "alg" => algorithm = Some(reader.integer()?),
                "sig" => signature = Some(reader.bytes()?),
                "x5c" => has_certificates = reader.skip().is_some(),
                _ => _ = reader.skip()?,
            }
        }
        Some(Self { algorithm: algorithm?, signature: signature?, has_certificates })
    }
}
