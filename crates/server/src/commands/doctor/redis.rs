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
        vec![Finding::ok(SETTING, format!("is {url}, which takes reads and writes"))];
    match redis.info().await {
        Some(info) => findings.extend(
            info.risks().into_iter().map(|(risk, advice)| Finding::warning(SETTING, risk, advice)),
        ),
        None => findings.push(Finding::warning(
            SETTING,
            "does not tell what it keeps on disk",
            "see that it has `appendonly yes` and `maxmemory-policy noeviction`, or let its user \
             run INFO",
        )),
    }
    findings
}

fn advice(part: &str, cause: &str) -> &'static str {
    let says = |word: &str| cause.to_ascii_lowercase().contains(word);
    if part == "redis.read" {
        "start Redis, and compare REDIS_URL with its address and login"
    } else if says("oom") || says("maxmemory") {
        "its memory is full: raise `maxmemory`, or remove what others keep there"
    } else if says("readonly") || says("read only") {
        "it is a replica: name the primary"
    } else if says("misconf") {
        "it cannot save to its disk: free space there, or see its log"
    } else {
        "see its log, and what its user may do"
    }
}
