//! Risks of losing data, which Redis's `INFO` shows.

use super::Redis;

/// The response to `INFO`.
#[derive(Debug)]
pub struct RedisInfo(String);

impl Redis {
    /// The server's `INFO`, or `None` if it is not permitted.
    pub async fn info(&self) -> Option<RedisInfo> {
        self.send::<String>(&redis::cmd("INFO")).await.ok().map(RedisInfo)
    }
}

impl RedisInfo {
    fn value(&self, name: &str) -> Option<&str> {
        self.0.lines().find_map(|line| line.trim_end().strip_prefix(name)?.strip_prefix(':'))
    }

    /// Risks of losing data with this Redis, and the setting of Redis that prevents each.
    #[must_use]
    pub fn risks(&self) -> Vec<(String, &'static str)> {
        let mut risks = Vec::new();
        if self.value("aof_enabled") == Some("0") {
            let risk = "keeps no append-only file: when it ends unexpectedly, it is back as it was \
                        at its last snapshot, and who has signed in since must sign in again \
                        (sessions that were ended stay ended)";
            risks.push((risk.to_owned(), "set `appendonly yes` in Redis"));
        }
        let limited = self.value("maxmemory").is_some_and(|bytes| bytes != "0");
        let policy = self.value("maxmemory_policy").unwrap_or("noeviction");
        if limited && policy != "noeviction" {
            let risk = format!(
                "removes sessions and limits when its memory is full (maxmemory-policy {policy})"
            );
            risks.push((risk, "set `maxmemory-policy noeviction` in Redis"));
        }
        risks
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn risks_of_losing_data_are_named() {
        let risks = |info: &str| RedisInfo(info.replace('\n', "\r\n")).risks().len();
        assert_eq!(risks("aof_enabled:1\nmaxmemory:0\nmaxmemory_policy:allkeys-lru\n"), 0);
        assert_eq!(risks("aof_enabled:1\nmaxmemory:9\nmaxmemory_policy:noeviction\n"), 0);
        assert_eq!(risks("aof_enabled:0\nmaxmemory:9\nmaxmemory_policy:volatile-ttl\n"), 2);
        assert_eq!(risks(""), 0);
    }
}
