//! Over PostgreSQL: what a node commits, all hear.

use domain::Result;
use repositories::Database;
use services::{Events, events::CHANNEL};

use super::Pauses;
use crate::telemetry::chain;

/// Hears what other nodes say, for ever.
pub(super) async fn listen(db: Database, events: Events) {
    let mut pauses = Pauses::new();
    loop {
        match hear(&db, &events, &mut pauses).await {
            Ok(()) => tracing::warn!("the connection over which other nodes are heard is lost"),
            Err(error) => {
                tracing::warn!(error = %chain(&error), "other nodes cannot be heard; trying again");
            }
        }
        pauses.pause().await;
    }
}

/// Hears until the connection is lost.
async fn hear(db: &Database, events: &Events, pauses: &mut Pauses) -> Result<()> {
    let Some(mut listener) = db.listen(CHANNEL).await? else { return Ok(()) };
    tracing::debug!("other nodes are heard");
    *pauses = Pauses::new();
    while let Some(text) = listener.next().await? {
        events.hear(&text);
    }
    Ok(())
}
