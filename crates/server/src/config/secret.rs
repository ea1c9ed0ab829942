//! The secret that signs cookies: weak ones, and the generated one of development.

use std::{
    fmt,
    fs::{self, OpenOptions},
    io::{self, ErrorKind, Write},
    os::unix::fs::OpenOptionsExt,
    path::Path,
};

use auth::secret_weakness;
use database::private::{create_folder, restrict};
use domain::id::random_alphanumeric;
use secrecy::{ExposeSecret, SecretString};

/// Advice for a strong secret. Not a shell command, which `.env` would not run.
pub(crate) const SECRET_ADVICE: &str = "run \"bookplate secret\" and paste what it prints";

/// A weak secret in use. Production refuses it: an attacker who guesses it can forge sessions and
/// links.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WeakSecret {
    /// The variable that sets it.
    pub variable: &'static str,
    /// The version of the secret, if it has one.
    pub version: Option<u32>,
    what: &'static str,
}

impl WeakSecret {
    /// Checks a secret. `None` if it is strong.
    pub(super) fn of(
        variable: &'static str,
        version: Option<u32>,
        secret: &SecretString,
    ) -> Option<Self> {
        secret_weakness(secret.expose_secret()).map(|what| Self { variable, version, what })
    }
}

/// E.g. `has fewer than 32 characters`.
impl fmt::Display for WeakSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.version {
            Some(version) => write!(f, "has a version {version} that {}", self.what),
            None => f.write_str(self.what),
        }
    }
}

/// The secret of development, generated at the first start.
pub(super) fn kept_in(path: &Path, notices: &mut Vec<String>) -> domain::Result<SecretString> {
    let shown = path.display();
    let refused = |error: io::Error| {
        domain::Error::internal(format!(
            "BETTER_AUTH_SECRET is not set, and none can be kept in {shown}: {error}; set it to \
             what `bookplate secret` prints"
        ))
    };
    notices.push(if make(path).map_err(refused)? {
        format!(
            "BETTER_AUTH_SECRET is not set: a random one was saved in {shown} (set it in production)"
        )
    } else {
        format!("BETTER_AUTH_SECRET is not set: the one in {shown} is used (set it in production)")
    });
    let secret = fs::read_to_string(path).map_err(refused)?.trim().to_owned();
    match secret_weakness(&secret) {
        Some(what) => Err(domain::Error::internal(format!("the secret in {shown} {what}"))),
        None => Ok(SecretString::from(secret)),
    }
}

/// Creates the file, readable by its owner only, unless it exists. Returns whether it did.
///
/// A complete file is linked to the name, so that neither a concurrent start nor one after a
/// crash reads half a secret.
fn make(path: &Path) -> io::Result<bool> {
    if path.exists() {
        restrict(path);
        return Ok(false);
    }
    create_folder(path.parent().unwrap_or(Path::new(".")))?;
    let draft = path.with_extension(random_alphanumeric());
    let named = write(&draft).and_then(|()| fs::hard_link(&draft, path));
    // Also after an error. The draft may not exist.
    _ = fs::remove_file(&draft);
    match named {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(false),
        Err(error) => Err(error),
    }
}

/// Writes a new secret to a new file.
fn write(draft: &Path) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(draft)?;
    file.write_all((random_alphanumeric() + &random_alphanumeric()).as_bytes())?;
    file.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_made_secret_is_kept_for_its_owner_alone() {
        use std::os::unix::fs::PermissionsExt;

        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("data/secret");
        let (first, second) =
            (kept_in(&path, &mut Vec::new()).unwrap(), kept_in(&path, &mut Vec::new()).unwrap());
        assert_eq!(first.expose_secret(), second.expose_secret());
        let mode = |path: &Path| path.metadata().unwrap().permissions().mode() & 0o777;
        assert_eq!((mode(&path), mode(path.parent().unwrap())), (0o600, 0o700));
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
        kept_in(&path, &mut Vec::new()).unwrap();
        assert_eq!(mode(&path), 0o600);
    }
}
