//! Checks whether Redis reads and writes.

use super::Redis;

/// The key of probes.
const PROBE: &str = "bookplate:health-probe";
/// Seconds after which the key of probes expires.
const PROBE_SECONDS: u32 = 60;

/// A failed probe.
#[derive(Debug)]
pub struct RedisFailure {
    /// `redis.read` or `redis.write`.
    pub part: &'static str,
    /// The error, as Redis or the connection reported it.
    pub cause: String,
}

impl Redis {
    /// Reads the key of probes.
    pub async fn probe_read(&self) -> Result<(), RedisFailure> {
        let read = self.send::<Option<String>>(redis::cmd("GET").arg(self.key(PROBE))).await;
        read.map(drop).map_err(|cause| RedisFailure { part: "redis.read", cause })
    }

    /// Reads and writes the key of probes.
    pub async fn probe(&self) -> Result<(), RedisFailure> {
        self.probe_read().await?;
        let mut write = redis::cmd("SET");
        write.arg(self.key(PROBE)).arg("written").arg("EX").arg(PROBE_SECONDS);
        let written = self.send::<redis::Value>(&write).await;
        written.map_err(|cause| RedisFailure { part: "redis.write", cause })?;
        Ok(())
    }
}
