//! The syntax of e-mail addresses.

/// The maximum length of an address in characters: RFC 5321's path without its brackets.
pub(crate) const MAX_LEN: usize = 254;
/// The rules of [`normalize`] without the length, as zod's regular expression.
pub(crate) const PATTERN: &str = r"^(?!\.)(?!.*\.\.)[A-Za-z0-9_'+\-.]*[A-Za-z0-9_+\-]@([A-Za-z0-9][A-Za-z0-9\-]*\.)+[A-Za-z]{2,}$";

/// Returns a valid address in lower case, as it is stored.
///
/// The rules are better-auth's (zod's): letters, digits and `_'+-.` before the `@`, no dot at an
/// end or next to another, and a host name whose last label has two letters or more.
pub(crate) fn normalize(address: &str) -> Option<String> {
    let (local, host) = address.split_once('@')?;
    let valid = address.len() <= MAX_LEN
        && !address.starts_with('.')
        && !address.contains("..")
        && local.bytes().all(|c| c.is_ascii_alphanumeric() || b"_'+-.".contains(&c))
        && local.bytes().last().is_some_and(|c| c != b'\'' && c != b'.')
        && is_host(host);
    valid.then(|| address.to_ascii_lowercase())
}

/// The domain above those of placeholders, which this service and better-auth give to users without
/// an address.
const PLACEHOLDERS: &str = ".placeholder.invalid";

/// Whether an address in lower case is a placeholder, which no client may claim: its owner would be
/// kept out.
pub(crate) fn is_placeholder(address: &str) -> bool {
    address.ends_with(PLACEHOLDERS)
}

/// As [`normalize`], for an address that a client claims: `None` for placeholders, too.
pub(crate) fn normalize_claimed(address: &str) -> Option<String> {
    normalize(address).filter(|address| !is_placeholder(address))
}

fn is_host(host: &str) -> bool {
    let Some((labels, top)) = host.rsplit_once('.') else { return false };
    let is_label = |label: &str| {
        label.bytes().next().is_some_and(|c| c.is_ascii_alphanumeric())
            && label.bytes().all(|c| c.is_ascii_alphanumeric() || c == b'-')
    };
    labels.split('.').all(is_label)
        && top.len() >= 2
        && top.bytes().all(|c| c.is_ascii_alphabetic())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Recorded from `POST /sign-in/email` of better-auth, 2026-11-20, as are the invalid ones.
    #[test]
    fn valid_addresses_are_better_auths() {
        for good in [
            "a@b.co",
            "o'neil+x@x.co.uk",
            "a@x-.com",
            "a_b-c@x.com",
            "-a@x.com",
            "+a@x.com",
            "a-@x.com",
            "a+@x.com",
            "'a@x.com",
            "_@x.com",
            "a@X.COM",
            "a@a.b-c.com",
            "1@1.com",
            "+@x.com",
            "-@x.com",
            "a@x--y.com",
            "a@xn--p1ai.com",
        ] {
            assert_eq!(normalize(good), Some(good.to_lowercase()), "{good}");
        }
    }

    #[test]
    fn invalid_addresses_are_better_auths() {
        for bad in [
            "",
            "@",
            "a@b",
            "a@b.c",
            "a..b@x.com",
            ".a@x.com",
            "a.@x.com",
            "a b@x.com",
            "é@x.com",
            "a@éx.com",
            "a@-x.com",
            "a@x..com",
            "a@x.c1",
            "a@x.1com",
            "a!b@x.com",
            "a%b@x.com",
            "a@x_y.com",
            "a'@x.com",
            "a@1.2.3.4",
            "a@b@c.com",
            "\"a\"@x.com",
            "a@[1.2.3.4]",
            "a@x.com.",
            "a&b@x.com",
            "a/b@x.com",
            "a@b.c0m",
            "a@b.c-m",
            "'@x.com",
            "a@xn--e1afmkfd.xn--p1ai",
            "c@example.com ",
            "a\0@x.com",
        ] {
            assert_eq!(normalize(bad), None, "{bad}");
        }
    }

    #[test]
    fn nobody_claims_a_placeholder() {
        for bad in [
            "4930123456@phone-number.placeholder.invalid",
            "0xABC@SIWE.Placeholder.Invalid",
            "temp@anonymous.placeholder.invalid",
            "not an address",
        ] {
            assert_eq!(normalize_claimed(bad), None, "{bad}");
        }
        for good in ["a@placeholder.invalid.com", "a@notplaceholder.invalid", "a@b.co"] {
            assert!(normalize_claimed(good).is_some(), "{good}");
        }
    }

    #[test]
    fn no_address_is_longer_than_254_characters() {
        let host = "@example.com";
        let fits = format!("{}{host}", "a".repeat(MAX_LEN - host.len()));
        assert!(normalize(&fits).is_some());
        assert_eq!(normalize(&format!("a{fits}")), None);
    }
}
