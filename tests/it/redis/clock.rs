//! A clock moved back, with sessions and limits in Redis.

use super::Shared;
use crate::it::auth::clock;

#[tokio::test]
async fn a_clock_moved_back_extends_no_limit_and_revives_no_session() {
    let Some(shared) = Shared::start_with(&clock::LIMITED).await else { return };
    clock::assert_limits(&shared.app).await;
    let Some(shared) = Shared::start().await else { return };
    clock::assert_sessions(&shared.app).await;
}
