//! Limits of one GraphQL request and of one client.

use auth::limit::PointsConfig;
use graphql::{LIMITS, LimitKind, Limits};

use super::{
    check::Check,
    setting::{Setting, settings},
};

settings! {
    "GraphQL limits",
    "Limits of one GraphQL request, and of one client: a user, or the address of a client \
     without a session. A refusal names its setting. Fragments are counted wherever they are \
     spread.";
    MAX_BODY_BYTES = limit(LimitKind::BodyBytes, "Bytes of a request's body")
        .details("Bodies of more than 64 KiB that are being read share 64 MiB.");
    MAX_DOCUMENT_BYTES = limit(LimitKind::DocumentBytes, "Bytes of a document");
    MAX_TOKENS = limit(LimitKind::Tokens, "Tokens of a document");
    MAX_OPERATIONS = limit(
        LimitKind::Operations, "Operations of a document, of which one is executed",
    );
    MAX_DEPTH = limit(LimitKind::Depth, "Nesting depth of fields");
    MAX_INTROSPECTION_DEPTH = limit(
        LimitKind::IntrospectionDepth, "Nesting depth of fields in introspection",
    );
    MAX_INTROSPECTION_COMPLEXITY = limit(
        LimitKind::IntrospectionComplexity, "Complexity of introspection, where lists multiply their fields",
    );
    MAX_ALIASES = limit(LimitKind::Aliases, "Aliases of a document");
    MAX_ROOT_FIELDS = limit(LimitKind::RootFields, "Root fields of an operation");
    MAX_DIRECTIVES = limit(LimitKind::Directives, "Directives of a document");
    MAX_FIELDS = limit(LimitKind::Fields, "Fields and fragment spreads of a document");
    MAX_COMPLEXITY = limit(
        LimitKind::Complexity,
        "Complexity of an operation: fields of the response, and points of counts, searches \
         and filters",
    )
    .details(
        "Each field is one point. Lists multiply their fields by `limit`, `first` or `last`, or \
         else by the length of a page (a book's authors by 3). These add points: `totalCount` \
         1,000, `search` 2,000, `filter` 1,500 and 100 for each condition (400 for one within \
         titles or names), `offset` 1 for each 100 rows up to 1,000.",
    );
    MAX_LIST_LENGTH = limit(
        LimitKind::ListLength, "Values of one list in a document or a variable",
    );
    MAX_VARIABLES_BYTES = limit(
        LimitKind::VariablesBytes, "Bytes of all variables, each counted wherever it is used",
    );
    MAX_RESPONSE_BYTES = limit(LimitKind::ResponseBytes, "Bytes of a response")
        .details(
            "It also limits the JSON that the database writes. Requests with responses of more \
             than 256 KiB share 240 MiB of memory. They wait for memory up to 5 seconds, then fail \
             with `SERVICE_UNAVAILABLE`.",
        );
    TIMEOUT_MS = limit(LimitKind::Time, "Milliseconds after which an execution is canceled")
        .details(
            "A query is canceled. A mutation completes the field that it executes, and begins no \
             other. 5 seconds later, every request gets 503 unless it waits for its own body, and \
             the database cancels the server's statements.",
        );
    MAX_CONCURRENT = Setting::integer(
        "GRAPHQL_MAX_CONCURRENT", 100, (1, 1_000_000), "Running operations of one client",
    );
    RATE_LIMIT = Setting::switch(
        "GRAPHQL_RATE_LIMIT", true, "Whether the points of one client are limited",
    )
    .computed("true in production")
    .details("An operation costs its complexity and 100 points.");
    RATE_LIMIT_COST = Setting::integer(
        "GRAPHQL_RATE_LIMIT_COST",
        500_000,
        (1, MAX),
        "Points of one client in `GRAPHQL_RATE_LIMIT_WINDOW` seconds",
    );
    RATE_LIMIT_WINDOW = Setting::integer(
        "GRAPHQL_RATE_LIMIT_WINDOW",
        60,
        (1, 86_400),
        "Seconds after which all points are available again",
    );
}

/// No limit may be higher.
const MAX: u32 = 1024 * 1024 * 1024;

/// The row of a limit of the engine, which has its name and default.
#[expect(clippy::indexing_slicing, reason = "evaluated by the compiler")]
const fn limit(kind: LimitKind, help: &'static str) -> Setting {
    // The limits are in the order of their kinds.
    let limit = LIMITS[kind as usize];
    Setting::integer(limit.setting, limit.default, (1, MAX), help)
}

/// The checked settings.
#[derive(Clone, Copy, Debug)]
pub struct GraphqlLimits {
    /// Limits of one request.
    pub request: Limits,
    /// Running operations of one client.
    pub concurrent: u32,
    /// Points of one client over time; `None` is no limit.
    pub rate: Option<PointsConfig>,
}

/// `strict` is whether other hosts can reach the server.
pub(super) fn check(check: &mut Check, strict: bool) -> GraphqlLimits {
    let request = LIMITS.iter().fold(Limits::default(), |limits, limit| {
        let row = SECTION.settings.iter().find(|row| row.name == limit.setting);
        row.map_or(limits, |row| limits.with(limit.kind, check.integer(row)))
    });
    let on = check.switch_or(&RATE_LIMIT, strict);
    let rate = PointsConfig {
        max: check.integer(&RATE_LIMIT_COST),
        window: check.seconds(&RATE_LIMIT_WINDOW),
    };
    let concurrent = check.integer(&MAX_CONCURRENT);
    GraphqlLimits { request, concurrent, rate: on.then_some(rate) }
}
