//! `bookplate repair`: corrects rows that another server wrote in an unexpected form.

use crate::{config::Config, database_setup::open_migrated, failure::Failure, output, row_check};

pub(super) async fn run(config: &Config) -> Result<(), Failure> {
    let db = open_migrated(config).await?;
    let tx = db.begin().await?;
    let (corrected, left) = row_check::correct(&tx).await?;
    tx.commit().await?;
    for what in &corrected {
        output::say(format_args!("corrected: {what}\n"));
    }
    for broken in &left {
        output::say(format_args!("left: {}; {}\n", broken.what, broken.advice));
    }
    if corrected.is_empty() && left.is_empty() {
        output::say("nothing needs to be corrected\n");
    }
    db.close().await?;
    Ok(())
}
