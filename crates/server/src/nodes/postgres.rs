//! Over PostgreSQL: what a node commits, all hear.

use domain::Result;
use repositories::Database;
use services::events::CHANNEL;

use super::Ear;
use crate::telemetry::chain;

/// Hears what other nodes say, for ever.
pub(super) async fn listen(db: Database, mut ear: Ear) {
    loop {
        match hear(&db, &mut ear).await {
            Ok(()) => tracing::warn!("the connection over which other nodes are heard is lost"),
            Err(error) => {
                tracing::warn!(error = %chain(&error), "other nodes cannot be heard; trying again");
            }
        }
        ear.deaf().await;
    }
}

/// Hears until the connection is lost.
async fn hear(db: &Database, ear: &mut Ear) -> Result<()> {
    let Some(mut listener) = db.listen(CHANNEL).await? else { return Ok(()) };
    ear.open();
    while let Some(text) = listener.next().await? {
        ear.events.hear(&text);
    }
    Ok(())
}
