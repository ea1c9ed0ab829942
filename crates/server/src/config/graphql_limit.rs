//! How much one GraphQL request, and one client, may ask for.

use auth::limit::PointsConfig;
use chrono::TimeDelta;
use clap::Args;
use graphql::{LIMITS, LimitKind, Limits};

use super::check::Check;

/// Settings as given; an empty value counts as absent.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "GraphQL limits")]
pub struct GraphqlLimitSettings {
    /// Bytes of a request's body [default: 1048576]
    #[arg(long, env = "GRAPHQL_MAX_BODY_BYTES", global = true)]
    pub graphql_max_body_bytes: Option<String>,
    /// Bytes of a document [default: 65536]
    #[arg(long, env = "GRAPHQL_MAX_DOCUMENT_BYTES", global = true)]
    pub graphql_max_document_bytes: Option<String>,
    /// Names, marks and values of a document [default: 2000]
    #[arg(long, env = "GRAPHQL_MAX_TOKENS", global = true)]
    pub graphql_max_tokens: Option<String>,
    /// Operations of a document, of which one is executed [default: 50]
    #[arg(long, env = "GRAPHQL_MAX_OPERATIONS", global = true)]
    pub graphql_max_operations: Option<String>,
    /// Fields within fields [default: 10]
    #[arg(long, env = "GRAPHQL_MAX_DEPTH", global = true)]
    pub graphql_max_depth: Option<String>,
    /// Fields within fields of questions about the schema [default: 16]
    #[arg(long, env = "GRAPHQL_MAX_INTROSPECTION_DEPTH", global = true)]
    pub graphql_max_introspection_depth: Option<String>,
    /// What questions about the schema bring back, lists multiplied [default: 50000]
    #[arg(long, env = "GRAPHQL_MAX_INTROSPECTION_COMPLEXITY", global = true)]
    pub graphql_max_introspection_complexity: Option<String>,
    /// Fields under another name [default: 30]
    #[arg(long, env = "GRAPHQL_MAX_ALIASES", global = true)]
    pub graphql_max_aliases: Option<String>,
    /// Fields of an operation itself [default: 30]
    #[arg(long, env = "GRAPHQL_MAX_ROOT_FIELDS", global = true)]
    pub graphql_max_root_fields: Option<String>,
    /// Directives of a document [default: 50]
    #[arg(long, env = "GRAPHQL_MAX_DIRECTIVES", global = true)]
    pub graphql_max_directives: Option<String>,
    /// Fields and fragments of a document, each wherever it is spread [default: 1000]
    #[arg(long, env = "GRAPHQL_MAX_FIELDS", global = true)]
    pub graphql_max_fields: Option<String>,
    /// Fields that the answer may have, lists multiplied by their length, and points of
    /// counts, searches and filters [default: 10000]
    #[arg(long, env = "GRAPHQL_MAX_COMPLEXITY", global = true)]
    pub graphql_max_complexity: Option<String>,
    /// Values of one list in a document or a variable [default: 1000]
    #[arg(long, env = "GRAPHQL_MAX_LIST_LENGTH", global = true)]
    pub graphql_max_list_length: Option<String>,
    /// Bytes of all variables, each counted where it stands [default: 262144]
    #[arg(long, env = "GRAPHQL_MAX_VARIABLES_BYTES", global = true)]
    pub graphql_max_variables_bytes: Option<String>,
    /// Bytes of an answer [default: 4194304]
    #[arg(long, env = "GRAPHQL_MAX_RESPONSE_BYTES", global = true)]
    pub graphql_max_response_bytes: Option<String>,
    /// Milliseconds after which an execution is given up [default: 10000]
    #[arg(long, env = "GRAPHQL_TIMEOUT_MS", global = true)]
    pub graphql_timeout_ms: Option<String>,
    /// Operations of one client at the same time [default: 100]
    #[arg(long, env = "GRAPHQL_MAX_CONCURRENT", global = true)]
    pub graphql_max_concurrent: Option<String>,
    /// Whether clients have so many points for so much time, where an operation costs
    /// its complexity and 100 [default: true in production]
    #[arg(long, env = "GRAPHQL_RATE_LIMIT", global = true)]
    pub graphql_rate_limit: Option<String>,
    /// Points of one client, user or address, in that time [default: 500000]
    #[arg(long, env = "GRAPHQL_RATE_LIMIT_COST", global = true)]
    pub graphql_rate_limit_cost: Option<String>,
    /// Seconds after which all points are given back [default: 60]
    #[arg(long, env = "GRAPHQL_RATE_LIMIT_WINDOW", global = true)]
    pub graphql_rate_limit_window: Option<String>,
}

/// The checked settings.
#[derive(Clone, Copy, Debug)]
pub struct GraphqlLimits {
    /// How much one request may ask for.
    pub request: Limits,
    /// How many operations of one client are executed at the same time.
    pub concurrent: u32,
    /// How much one client may ask for over time; `None` is not counted.
    pub rate: Option<PointsConfig>,
}

/// No limit may be higher: neither a mistake nor a machine is that large.
const MOST: u32 = 1024 * 1024 * 1024;

impl GraphqlLimitSettings {
    pub(super) fn check(mut self, check: &mut Check, strict: bool) -> GraphqlLimits {
        let request = LIMITS.iter().fold(Limits::default(), |limits, limit| {
            let given = self.of(limit.of).take();
            let most = check.number(limit.setting, given, limit.default, 1..=MOST);
            limits.with(limit.of, most)
        });
        let concurrent = self.graphql_max_concurrent;
        let on = check.switch("GRAPHQL_RATE_LIMIT", self.graphql_rate_limit, strict);
        let (max, window) = (self.graphql_rate_limit_cost, self.graphql_rate_limit_window);
        let max = check.number("GRAPHQL_RATE_LIMIT_COST", max, 500_000, 1..=MOST);
        let window = check.number("GRAPHQL_RATE_LIMIT_WINDOW", window, 60, 1..=86_400);
        let rate = PointsConfig { max, window: TimeDelta::seconds(window.into()) };
        GraphqlLimits {
            request,
            concurrent: check.number("GRAPHQL_MAX_CONCURRENT", concurrent, 100, 1..=1_000_000),
            rate: on.then_some(rate),
        }
    }

    fn of(&mut self, measure: LimitKind) -> &mut Option<String> {
        match measure {
            LimitKind::BodyBytes => &mut self.graphql_max_body_bytes,
            LimitKind::DocumentBytes => &mut self.graphql_max_document_bytes,
            LimitKind::Tokens => &mut self.graphql_max_tokens,
            LimitKind::Operations => &mut self.graphql_max_operations,
            LimitKind::Depth => &mut self.graphql_max_depth,
            LimitKind::IntrospectionDepth => &mut self.graphql_max_introspection_depth,
            LimitKind::Introspection => &mut self.graphql_max_introspection_complexity,
            LimitKind::Aliases => &mut self.graphql_max_aliases,
            LimitKind::RootFields => &mut self.graphql_max_root_fields,
            LimitKind::Directives => &mut self.graphql_max_directives,
            LimitKind::Fields => &mut self.graphql_max_fields,
            LimitKind::Complexity => &mut self.graphql_max_complexity,
            LimitKind::ListLength => &mut self.graphql_max_list_length,
            LimitKind::VariablesBytes => &mut self.graphql_max_variables_bytes,
            LimitKind::ResponseBytes => &mut self.graphql_max_response_bytes,
            LimitKind::Time => &mut self.graphql_timeout_ms,
        }
    }
}
