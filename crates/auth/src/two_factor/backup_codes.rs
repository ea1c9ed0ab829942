//! Backup codes: each replaces the second factor once.
//!
//! They are stored as a JSON list, sealed if the settings say so. Stored lists are read in every
//! form, so that the setting can be changed. A hashed code is `hmac:` and its signature under the
//! service's secret, which better-auth does not have: a stolen table does not help to find the code.

use crypto::{Signer, Vault};
use domain::{Error, Result, id::random_alphanumeric};
use subtle::{Choice, ConstantTimeEq};

use super::config::{BackupCodes, Storage};
use crate::context::Context;

const HASH_PREFIX: &str = "hmac:";
/// The position of the dash in a code.
const FIRST_PART: usize = 5;

/// New codes for the user.
pub(super) fn generate(config: BackupCodes) -> Vec<String> {
    let code = |_| {
        let (text, length) = (random_alphanumeric(), config.length as usize);
        let text = text.get(..length).unwrap_or(&text);
        let (first, second) = text.split_at_checked(FIRST_PART).unwrap_or((text, ""));
        format!("{first}-{second}")
    };
    (0..config.amount).map(code).collect()
}

/// The stored form of codes.
pub(super) fn encode(context: &Context, codes: &[String]) -> Result<String> {
    let storage = context.config.plugins.two_factor.backup_codes.storage;
    let stored = codes.iter().map(|code| match storage {
        Storage::Hashed if !code.starts_with(HASH_PREFIX) => {
            format!("{HASH_PREFIX}{}", context.cookies.signer().signature(&signed_text(code)))
        }
        _ => code.clone(),
    });
    let json = serde_json::to_string(&stored.collect::<Vec<_>>()).map_err(Error::internal)?;
    Ok(match storage {
        Storage::Encrypted => Vault::new(context.config.secrets.clone()).seal(&json),
        Storage::Plain | Storage::Hashed => json,
    })
}

/// The stored form of the remaining codes after the use of `code`; `None`: it is no backup code.
pub(super) fn without(context: &Context, stored: &str, code: &str) -> Result<Option<String>> {
    let codes = decode(context, stored)?;
    let signer = context.cookies.signer();
    let (mut remaining, mut found) = (Vec::new(), Choice::from(0));
    // All are compared, so that the time does not tell which one matches.
    for stored in codes {
        let is_code = matches(signer, &stored, code);
        found |= is_code;
        if !bool::from(is_code) {
            remaining.push(stored);
        }
    }
    bool::from(found).then(|| encode(context, &remaining)).transpose()
}

fn decode(context: &Context, stored: &str) -> Result<Vec<String>> {
    let json = if stored.starts_with('[') {
        Some(stored.to_owned())
    } else {
        Vault::new(context.config.secrets.clone()).open(stored)
    };
    let json = json.ok_or_else(|| {
        Error::internal("backup codes cannot be decrypted: their secret was removed")
    })?;
    Ok(serde_json::from_str(&json).unwrap_or_default())
}

/// Whether `code` is the stored one. Compares in constant time.
fn matches(signer: &Signer, stored: &str, code: &str) -> Choice {
    match stored.strip_prefix(HASH_PREFIX) {
        Some(signature) => Choice::from(u8::from(signer.verifies(&signed_text(code), signature))),
        None => stored.as_bytes().ct_eq(code.as_bytes()),
    }
}

/// The text whose signature is stored. Its prefix separates it from all other signed texts.
fn signed_text(code: &str) -> String {
    format!("two-factor-backup-code:{code}")
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn codes_have_better_auths_form() {
        let codes = generate(BackupCodes { amount: 10, length: 10, storage: Storage::Plain });
        assert_eq!(codes.iter().collect::<BTreeSet<_>>().len(), 10);
        for code in codes {
            let (first, second) = code.split_once('-').unwrap();
            assert_eq!((first.len(), second.len()), (5, 5), "{code}");
            assert!((first.to_owned() + second).bytes().all(|c| c.is_ascii_alphanumeric()));
        }
    }
}
