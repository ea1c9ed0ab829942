//! What an e-mail address is.

/// The longest address, in characters: RFC 5321's path without its brackets.
pub(crate) const LONGEST: usize = 254;
/// The rules of [`normal`] but for the length, as JavaScript has them in zod.
pub(crate) const PATTERN: &str = r"^(?!\.)(?!.*\.\.)[A-Za-z0-9_'+\-.]*[A-Za-z0-9_+\-]@([A-Za-z0-9][A-Za-z0-9\-]*\.)+[A-Za-z]{2,}$";

/// An address in lower case, as it is stored, or nothing if it is none.
///
/// The rules are better-auth's (zod's): letters, digits and `_'+-.` before the `@`,
/// no dot at an end or beside another, and a host name of labels with a last one
/// of two letters or more.
pub(crate) fn normal(address: &str) -> Option<String> {
    let (local, host) = address.split_once('@')?;
    let valid = address.len() <= LONGEST
        && !address.starts_with('.')
        && !address.contains("..")
        && local.bytes().all(|c| c.is_ascii_alphanumeric() || b"_'+-.".contains(&c))
        && local.bytes().last().is_some_and(|c| c != b'\'' && c != b'.')
        && is_host(host);
    valid.then(|| address.to_ascii_lowercase())
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

    /// Recorded from `POST /sign-in/email` of better-auth, 2026-11-20, as are
    /// the bad ones.
    #[test]
    fn good_addresses_are_better_auths() {
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
            assert_eq!(normal(good), Some(good.to_lowercase()), "{good}");
        }
    }

    #[test]
    fn bad_addresses_are_better_auths() {
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
            assert_eq!(normal(bad), None, "{bad}");
        }
    }

    #[test]
    fn no_address_is_longer_than_254_characters() {
        let host = "@example.com";
        let fits = format!("{}{host}", "a".repeat(LONGEST - host.len()));
        assert!(normal(&fits).is_some());
        assert_eq!(normal(&format!("a{fits}")), None);
    }
}
