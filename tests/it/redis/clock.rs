//! A clock that goes back, where sessions and limits are in Redis.

use super::Shared;
use crate::it::auth::clock;

#[tokio::test]
async fn a_clock_that_goes_back_lets_nobody_wait_and_no_session_begin_again() {
    let Some(shared) = Shared::start_with(&clock::LIMITED).await else { return };
    clock::assert_limits(&shared.app).await;
    let Some(shared) = Shared::start().await else { return };
    clock::assert_sessions(&shared.app).await;
}
