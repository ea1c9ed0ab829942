//! Checks Redis: connection, reads and writes, and risks of losing data.

use auth::redis::{Redis, RedisFailure};

use super::report::Finding;
use crate::config::Config;

const SETTING: &str = "REDIS_URL";

pub(super) async fn check(config: &Config) -> Vec<Finding> {
    let Some(settings) = config.redis.clone() else { return Vec::new() };
    let url = settings.url.to_string();
    let redis = match Redis::new(settings) {
        Ok(redis) => redis,
        Err(error) => return vec![Finding::wrong(SETTING, error.to_string(), "see the log")],
    };
    if let Err(RedisFailure { part, cause }) = redis.probe().await {
        let message = format!("is {url}, which fails ({part}): {cause}");
        return vec![Finding::wrong(SETTING, message, advice(part, &cause))];
    }
    let mut findings =
        vec![Finding::ok(SETTING, format!("is {url}, which accepts reads and writes"))];
    match redis.info().await {
        Some(info) => findings.extend(
            info.risks().into_iter().map(|(risk, advice)| Finding::warning(SETTING, risk, advice)),
        ),
        None => findings.push(Finding::warning(
            SETTING,
            "does not report what it keeps on disk",
            "check that it has `appendonly yes` and `maxmemory-policy noeviction`, or let its \
             user run INFO",
        )),
    }
    findings
}

fn advice(part: &str, cause: &str) -> &'static str {
    let has = |word: &str| cause.to_ascii_lowercase().contains(word);
    if part == "redis.read" {
        "start Redis, and compare REDIS_URL with its address and login"
    } else if has("oom") || has("maxmemory") {
        "its memory is full: raise `maxmemory`, or remove the data of others"
    } else if has("readonly") || has("read only") {
        "it is a replica: name the primary"
    } else if has("misconf") {
        "it cannot save to its disk: free space there, or see its log"
    } else {
        "see its log, and what its user may do"
    }
}
