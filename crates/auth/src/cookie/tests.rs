use axum::http::header::COOKIE;
use chrono::TimeDelta;

use super::*;

const SECRET: &str = "test-secret-test-secret-test-secret-0001";
const TOKEN: &str = "J1R9BvxJamKJRHFONf2f1XLpokEqvXu4";
const ENCODED: &str =
    "J1R9BvxJamKJRHFONf2f1XLpokEqvXu4.IKk2%2BV6vSfW72nwr%2Fw2KBA8Nqr1atVZKL%2BRDxJPjaP8%3D";

fn cookies_at(base: &str, domain: Option<&str>) -> Cookies {
    let secure = base.starts_with("https");
    let config = Config { secure, domain: domain.map(str::to_owned), ..Config::default() };
    Cookies::new(config, &Url::parse(base).unwrap(), &Secrets::single(SECRET.into()))
}

fn cookies(secure: bool) -> Cookies {
    cookies_at(if secure { "https://localhost" } else { "http://localhost" }, None)
}

fn request(lines: &[String]) -> HeaderMap {
    let lines = lines.iter().map(|line| HeaderValue::from_bytes(line.as_bytes()).unwrap());
    lines.map(|line| (COOKIE, line)).collect()
}

/// The lines that `change` sets in the response to a request with these cookies.
fn changed(
    cookies: &Cookies,
    lines: &[String],
    change: impl FnOnce(&mut SetCookies<'_>),
) -> Vec<String> {
    let request = request(lines);
    let mut set_cookies = cookies.set_cookies(&request);
    change(&mut set_cookies);
    texts(&set_cookies.into_lines())
}

fn texts(lines: &[HeaderValue]) -> Vec<String> {
    lines.iter().map(|line| line.to_str().unwrap().to_owned()).collect()
}

fn read(lines: &[String]) -> Vec<String> {
    cookies(false).session_tokens(&request(lines))
}

/// A session cookie with a validly signed token.
fn signed(token: &str) -> String {
    let value = Signer::new(&Secrets::single(SECRET.into())).sign(token);
    format!("better-auth.session_token={value}")
}

/// `Set-Cookie` of better-auth, with http and https, 2026-11-20.
#[test]
fn cookies_are_written_as_by_better_auth() {
    let week = Some(TimeDelta::days(7));
    assert_eq!(
        changed(&cookies(true), &[], |set_cookies| set_cookies.session(TOKEN, week)),
        [format!(
            "__Secure-better-auth.session_token={ENCODED}; Max-Age=604800; Path=/; HttpOnly; \
             Secure; SameSite=Lax"
        )]
    );
    assert_eq!(
        changed(&cookies(false), &[], |set_cookies| {
            set_cookies.session(TOKEN, None);
            set_cookies.dont_remember();
        }),
        [
            format!("better-auth.session_token={ENCODED}; Path=/; HttpOnly; SameSite=Lax"),
            "better-auth.dont_remember=true.THb42C4i6re0qxtaQnfIh5DGap%2FH2AuM2dM4lnXppAU%3D; \
             Path=/; HttpOnly; SameSite=Lax"
                .to_owned(),
        ]
    );
    assert_eq!(
        cookies(false).expire_all(&HeaderMap::new()),
        [
            "better-auth.session_token=; Max-Age=0; Path=/; HttpOnly; SameSite=Lax",
            "better-auth.session_data=; Max-Age=0; Path=/; HttpOnly; SameSite=Lax",
            "better-auth.dont_remember=; Max-Age=0; Path=/; HttpOnly; SameSite=Lax",
        ]
    );
}

#[test]
fn no_cookie_outlives_400_days() {
    let life = Some(TimeDelta::days(1_000));
    let lines = changed(&cookies(false), &[], |set_cookies| set_cookies.session(TOKEN, life));
    assert!(lines[0].contains("; Max-Age=34560000; "), "{lines:?}");
}

/// Recorded from `GET /get-session` of better-auth, 2026-11-20, except the valid cookie after an
/// invalid one, which is used here.
#[test]
fn a_cookie_is_used_if_its_signature_is_valid() {
    let good = format!("better-auth.session_token={ENCODED}");
    let bad = "better-auth.session_token=bad".to_owned();
    let found = [TOKEN.to_owned()];
    assert_eq!(read(std::slice::from_ref(&good)), found);
    assert_eq!(read(&[format!("theme=dark; {good}; {bad}")]), found);
    assert_eq!(read(&[format!("name=Jos\u{e9}; x=%ff; {good}")]), found);
    assert_eq!(read(&["a=b".to_owned(), good.clone(), bad.clone()]), found);
    assert_eq!(read(&[good.replace("%2B", "+").replace("%2F", "/").replace("%3D", "=")]), found);
    assert_eq!(read(&[format!("better-auth.session_token=\"{ENCODED}\"")]), found);
    assert_eq!(read(&[format!("{bad}; {good}")]), found);

    assert!(read(&[format!("x{good}")]).is_empty());
    assert!(read(&[format!("__Secure-{good}")]).is_empty());
    assert!(read(&[good.replace("better", "b%65tter")]).is_empty());
    assert!(read(&[format!("better-auth.session_token={TOKEN}")]).is_empty());
    assert!(read(&[]).is_empty());
}

#[test]
fn few_candidates_are_read_and_each_once() {
    let many: Vec<_> = (0..100).map(|i| signed(&format!("token{i}"))).collect();
    assert_eq!(read(&many).len(), CANDIDATES);
    let (one, two) = (signed("one"), signed("two"));
    let twice = format!("{one}; better-auth.session_token=bad; {two}; {one}; {two}");
    assert_eq!(read(&[twice]), ["one", "two"]);
    let planted = "better-auth.session_token=planted; ".repeat(500);
    assert_eq!(read(&[format!("{planted}{one}")]), ["one"]);
}

const OLD_LINES: [&str; 2] = [
    "better-auth.session_token=; Max-Age=0; Path=/; HttpOnly; SameSite=Lax",
    "better-auth.session_token=; Max-Age=0; Domain=app.books.test; Path=/; HttpOnly; SameSite=Lax",
];

/// Besides cookies of the domain `books.test`, there may be cookies of the host.
#[test]
fn replacing_a_cookie_removes_it_for_the_other_domains() {
    let cookies = cookies_at("http://app.books.test", Some("books.test"));
    let set =
        |lines: &[String]| changed(&cookies, lines, |set_cookies| set_cookies.session(TOKEN, None));
    let good = format!("better-auth.session_token={ENCODED}");
    let own = format!("{good}; Domain=books.test; Path=/; HttpOnly; SameSite=Lax");
    let alone = vec![own.clone()];
    let cleared = vec![OLD_LINES[0].to_owned(), OLD_LINES[1].to_owned(), own];
    assert_eq!(set(&[]), alone, "nothing to remove");
    assert_eq!(set(std::slice::from_ref(&good)), alone, "the same session");
    assert_eq!(set(&[format!("{good}; {good}")]), cleared, "twice the same");
    assert_eq!(set(&[signed("another")]), cleared, "another session");
    assert_eq!(set(&[format!("{}; {good}", signed("another"))]), cleared);
    // A service of another subdomain has a cookie of the same name.
    assert_eq!(set(&[format!("{}; better-auth.session_token=x.y", signed("old"))]), alone);
}

#[test]
fn every_cookie_of_the_session_is_removed_for_every_domain_of_the_request() {
    let cookies = cookies_at("http://app.books.test", Some("books.test"));
    let carried = [
        signed("old"),
        "better-auth.session_data=a; better-auth.session_data.1=b; better-auth.dont_remember=c"
            .to_owned(),
    ];
    let lines = texts(&cookies.expire_all(&request(&carried)));
    for name in ["session_token", "session_data", "session_data.1", "dont_remember"] {
        for domain in ["", "Domain=app.books.test; ", "Domain=books.test; "] {
            let line =
                format!("better-auth.{name}=; Max-Age=0; {domain}Path=/; HttpOnly; SameSite=Lax");
            assert!(lines.contains(&line), "{line}");
        }
    }
    assert_eq!(lines.len(), 12);
    let lines = texts(&cookies.expire_all(&HeaderMap::new()));
    assert_eq!(lines.len(), 3, "nothing was carried: {lines:?}");
}

/// A site that moved to https has cookies of http for every domain.
#[test]
fn https_removes_the_cookie_without_the_secure_prefix() {
    let cookies = cookies_at("https://books.test", None);
    let lines = changed(&cookies, &[signed("old")], |set_cookies| set_cookies.session(TOKEN, None));
    let expired = "better-auth.session_token=; Max-Age=0; ";
    let attributes = "Path=/; HttpOnly; Secure; SameSite=Lax";
    assert_eq!(lines[0], format!("{expired}{attributes}"));
    assert_eq!(lines[1], format!("{expired}Domain=books.test; {attributes}"));
    assert!(lines[2].starts_with("__Secure-better-auth.session_token=J1R9"), "{lines:?}");
    assert_eq!(lines.len(), 3);
}

#[test]
fn chunks_of_two_cached_sessions_are_joined_separately() {
    let name = "better-auth.session_data";
    let carried = format!("{name}.0=a; {name}.0=A; {name}.1=b; {name}.1=B; {name}.2=C; {name}=w");
    let found = cookies(false).cached_sessions(&request(&[carried]));
    assert_eq!(found, ["w", "abC", "ABC"]);
}
