//! `GraphiQL`: the page that a browser's `GET /graphql` opens.
//!
//! Its files are in `crates/server/graphiql`. `just assets` bundles the packages pinned
//! there; a binary built afterwards embeds the bundle, and the page needs no other host.
//! Without the bundle, the page loads the same versions from a CDN, with the integrity hashes
//! of `cdn.html`. The example tabs and the bar that signs in by cookie are the same in both.

use axum::{
    extract::Path,
    http::{
        Uri,
        header::{
            CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY,
            X_CONTENT_TYPE_OPTIONS,
        },
    },
    response::{Html, IntoResponse, Response},
};

use crate::rest_error::not_found;

/// Changes with the content of any asset, so that caches may keep assets for ever.
const VERSION: &str = env!("GRAPHIQL_VERSION");

const TEMPLATE: &str = include_str!("../graphiql/index.html");

#[cfg(graphiql_bundle)]
const LIBRARIES: &str = include_str!("../graphiql/bundle.html");
#[cfg(not(graphiql_bundle))]
const LIBRARIES: &str = include_str!("../graphiql/cdn.html");

/// Where scripts and styles may come from.
const SOURCES: &str =
    if cfg!(graphiql_bundle) { "'self'" } else { "'self' https://cdn.jsdelivr.net/npm/" };

const SCRIPT: &str = "text/javascript; charset=utf-8";
const STYLE: &str = "text/css; charset=utf-8";

/// Name, media type and content of each file under `/graphql/assets/<version>/`.
const ASSETS: &[(&str, &str, &str)] = &[
    ("examples.js", SCRIPT, include_str!("../graphiql/examples.js")),
    ("page.css", STYLE, include_str!("../graphiql/page.css")),
    ("page.js", SCRIPT, include_str!("../graphiql/page.js")),
    ("session.js", SCRIPT, include_str!("../graphiql/session.js")),
    #[cfg(graphiql_bundle)]
    ("graphiql.css", STYLE, include_str!("../graphiql/dist/graphiql.css")),
    #[cfg(graphiql_bundle)]
    ("graphiql.js", SCRIPT, include_str!("../graphiql/dist/graphiql.js")),
];

/// A script or a style of [`page`].
pub(crate) async fn asset(Path((version, name)): Path<(String, String)>, uri: Uri) -> Response {
    let found = ASSETS.iter().find(|(known, ..)| version == VERSION && *known == name);
    let Some(&(_, media_type, content)) = found else { return not_found(uri).await };
    let headers = [
        (CONTENT_TYPE, media_type),
        (CACHE_CONTROL, "public, max-age=31536000, immutable"),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ];
    (headers, content).into_response()
}

/// The HTML page. Its policy allows only its own and the libraries' scripts, and requests to
/// this server only.
pub(crate) fn page() -> Response {
    let headers = [
        (CACHE_CONTROL, "no-cache"),
        (REFERRER_POLICY, "no-referrer"),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ];
    (headers, [(CONTENT_SECURITY_POLICY, policy())], Html(html())).into_response()
}

fn html() -> String {
    TEMPLATE.replace("{{libraries}}", LIBRARIES.trim_end()).replace("{{version}}", VERSION)
}

/// The dialogs' scroll lock adds inline styles; fonts and icons are `data:` URLs.
/// No form may navigate: a password must never end up in a URL.
fn policy() -> String {
    format!(
        "default-src 'none'; script-src {SOURCES}; style-src {SOURCES} 'unsafe-inline'; \
         font-src data:; img-src data:; connect-src 'self'; form-action 'none'; \
         base-uri 'none'; frame-ancestors 'none'"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_asset_the_page_names_is_served() {
        let html = html();
        let prefix = format!("\"/graphql/assets/{VERSION}/");
        let named: Vec<_> =
            html.split(&prefix).skip(1).filter_map(|rest| rest.split('"').next()).collect();

        assert!(named.contains(&"page.js"));
        for name in named {
            assert!(ASSETS.iter().any(|asset| asset.0 == name), "{name}");
        }
    }

    #[test]
    fn the_cdn_is_asked_for_the_pinned_versions_by_hash() {
        let pins = include_str!("../graphiql/package.json");

        for tag in include_str!("../graphiql/cdn.html").lines() {
            let path = tag.split("https://cdn.jsdelivr.net/npm/").nth(1).unwrap_or_default();
            let (package, rest) = path.split_once('@').unwrap_or_default();
            let version = rest.split('/').next().unwrap_or_default();
            assert!(pins.contains(&format!("\"{package}\": \"{version}\"")), "{tag}");
            assert!(tag.contains("integrity=\"sha384-"), "{tag}");
        }
    }
}
